"""Grids in the database: published once a version, with the plan codes that covers may name."""

from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.plans import sql
from egide.plans.grid import Grid


async def publish(tx: db.Tx, grid: Grid) -> bool:
    """Store a grid; True if it is new, False if the same was there.

    Raises Refusal: ``plan-invalid`` if another text holds that code and version, another grid one
    of its plan codes, or if it completes no published base, or an option: never in a ring.
    """
    levels = list(grid.levels)
    known = await sql.known_levels(tx, list(grid.option_of))
    if unknown := sorted(set(grid.option_of) - known):
        raise _taken(grid, f"{', '.join(unknown)} : aucune base publiée de ce code.")
    if option := await sql.first_option(tx, list(grid.option_of)):
        raise _taken(grid, f"{option} est une option : nommer la base.")
    if taken := await sql.taken_level(tx, levels, grid.code):
        raise _taken(grid, f"Une autre grille a déjà un niveau {taken}.")
    stored = sql.PublishedGrid(
        plan_code=grid.code,
        version_on=grid.version_on,
        levels=levels,
        option_of=list(grid.option_of),
        closed_on=grid.closed_on,
        text=grid.text,
        digest=grid.digest,
    )
    if await sql.insert_grid(tx, stored):
        return True
    if await sql.digest_of(tx, grid.code, grid.version_on) != grid.digest:
        raise _taken(grid, "Une autre grille porte déjà ce code et cette version.")
    return False


def _taken(grid: Grid, hint: str) -> Refusal:
    return Refusal(RefusalCode.PLAN_INVALID, where=f"{grid.code} {grid.version_on}", hint=hint)
