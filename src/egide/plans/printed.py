"""What a person is covered by, as its insurer prints it: its own column of each grid, and nothing of the others."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from egide import db
from egide.plans import sql
from egide.plans.catalogue import JOIN, Plan, assemble
from egide.plans.grid import Grid
from egide.plans.read_grid import read_grid
from egide.plans.show import cell_text

_KEPT: Final = 64  # grids read, of those that people of this installation look at


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLine:
    """A line of a grid at one level; several texts where it has cases."""

    section: str
    label: str
    note: str
    texts: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLevel:
    """A grid at one level."""

    label: str
    version_on: date
    source: str
    lines: list[PrintedLine]
    notes: list[str]


@lru_cache(_KEPT)
def _read(text: str) -> Grid:
    return read_grid(text)


async def printed(tx: db.Tx, plan_code: str, day: date) -> list[PrintedLevel]:
    """Return what the levels of a plan code print on a day, the base first, without those that are not there yet.

    Cost: a statement; a grid that was not read lately is parsed.
    """
    levels = plan_code.split(JOIN)
    found = {one.level_code: _read(one.text) for one in await sql.in_force(tx, levels, day)}
    return [_level(found[level], level) for level in levels if level in found]


async def plan_in_force(tx: db.Tx, plan_code: str, day: date) -> Plan | None:
    """Return the plan that a cover names, on a day; None if one of its grids is not there yet. Cost: as ``printed``."""
    levels = plan_code.split(JOIN)
    found = {one.level_code: _read(one.text) for one in await sql.in_force(tx, levels, day)}
    if found.keys() != set(levels):
        return None
    return assemble(plan_code, [found[level] for level in levels])


def _level(grid: Grid, level: str) -> PrintedLevel:
    column = list(grid.levels).index(level)
    name = grid.levels[level]
    return PrintedLevel(
        label=f"{grid.label}, {name}" if name else grid.label,
        version_on=grid.version_on,
        source=grid.source,
        lines=[
            PrintedLine(
                section=row.section,
                label=row.label,
                note=row.note,
                texts=[cell_text(cell) for cell in row.cells[column]],
            )
            for row in grid.rows
        ],
        notes=list(grid.notes),
    )
