"""Persons, contracts and cover: what an insurer says of its people."""

from egide.members.import_members import (
    ImportOutcome,
    ImportRefusedError,
    ImportTerms,
    import_members,
)

__all__ = ["ImportOutcome", "ImportRefusedError", "ImportTerms", "import_members"]
