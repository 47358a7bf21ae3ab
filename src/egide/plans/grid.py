"""A grid as its file says it, checked; and the errors that name line, field, reason and remedy."""

from dataclasses import dataclass
from datetime import date

from egide.pricing import Guarantee


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A version of a grid.

    Args:
        domains: the fields of care for which third-party payment is open (PHAR, OPTI, …).
        guarantee: the same, compiled for pricing.
        digest: SHA-256 of the file, in hexadecimal.
    """

    code: str
    version_on: date
    label: str
    domains: tuple[str, ...]
    guarantee: Guarantee
    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class GridFault:
    """One mistake in a grid's file."""

    line: int
    field: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        """Return the fault as a line of the report."""
        return f"ligne {self.line}, {self.field} : {self.reason} {self.remedy}"


class GridError(Exception):
    """A grid's file has mistakes: all of them, in the order of the file."""

    def __init__(self, faults: list[GridFault]) -> None:
        super().__init__(f"{len(faults)} erreur(s) dans la grille")
        self.faults = faults

    def __str__(self) -> str:
        """Return every fault, a line each."""
        return "\n".join(str(fault) for fault in self.faults)
