"""Persons, contracts and cover: what an insurer says of its people."""

from egide.members.import_members import ImportOutcome, ImportRefusedError, import_members

__all__ = ["ImportOutcome", "ImportRefusedError", "import_members"]
