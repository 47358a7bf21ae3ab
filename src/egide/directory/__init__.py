"""Insurers (AMC), establishments, professionals and software: who may be paid, who may ask."""

from egide.directory.sql import (
    establishment_ibans,
    establishment_professions,
    insurer_ids,
    insurers,
)
from egide.directory.take_in import DirectoryFault, DirectoryReport, take_in

__all__ = [
    "DirectoryFault",
    "DirectoryReport",
    "establishment_ibans",
    "establishment_professions",
    "insurer_ids",
    "insurers",
    "take_in",
]
