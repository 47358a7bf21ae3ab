"""A line of the printed table, for those who show it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a printed line says at one level: the formula, and what bounds it."""

    text: str
    case: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the printed table.

    Args:
        cells: by level, in their order; several where the line has cases.
        note: what the source leaves unclear and the reading chosen, or a remark.
        is_service: it tells of a service that is not paid by act.
    """

    section: str
    label: str
    cells: tuple[tuple[Cell, ...], ...]
    note: str = ""
    is_service: bool = False
