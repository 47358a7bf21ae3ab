"""Insurers (AMC), establishments, professionals and software: who may be paid, who may ask."""

from egide.directory.finess import FinessFileError, take_in_finess
from egide.directory.named import establishment_named, insurer_named, keyed_number
from egide.directory.sql import (
    Numbers,
    establishment_ibans,
    establishment_of,
    establishment_professions,
    insurer_ids,
    insurer_numbers,
    insurers,
)
from egide.directory.take_in import DirectoryFault, DirectoryReport, take_in

__all__ = [
    "DirectoryFault",
    "DirectoryReport",
    "FinessFileError",
    "Numbers",
    "establishment_ibans",
    "establishment_named",
    "establishment_of",
    "establishment_professions",
    "insurer_ids",
    "insurer_named",
    "insurer_numbers",
    "insurers",
    "keyed_number",
    "take_in",
    "take_in_finess",
]
