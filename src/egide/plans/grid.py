"""A grid as its file says it, checked; and the error that gathers its mistakes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from egide.plans.table import GridFault, Row
from egide.pricing import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A version of a grid.

    Args:
        levels: the plan codes that covers name, with the label of their column.
        layers: by plan code, compiled for pricing.
        option_of: the plan codes that it may be added to; empty for a base.
        closed_on: first day on which nobody can enter it any more; None while it is open.
        domains: the fields of care for which third-party payment is open (PHAR, OPTI, …).
        rows: the printed table.
        digest: SHA-256 of the file, in hexadecimal.
    """

    code: str
    version_on: date
    label: str
    source: str
    levels: Mapping[str, str]
    layers: Mapping[str, Layer]
    option_of: tuple[str, ...]
    closed_on: date | None
    domains: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    text: str
    digest: str


class GridError(Exception):
    """A grid's file has mistakes: all of them, in the order of the file."""

    def __init__(self, faults: list[GridFault]) -> None:
        super().__init__(f"{len(faults)} erreur(s) dans la grille")
        self.faults = faults

    def __str__(self) -> str:
        """Return every fault, a line each."""
        return "\n".join(str(fault) for fault in self.faults)
