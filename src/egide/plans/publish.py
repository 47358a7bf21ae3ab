"""Grids in the database: published once a version, with the plan codes that covers may name."""

from typing import Final

from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.plans.grid import Grid

_PUBLISH: Final = """
insert into plan (plan_code, version_on, source_text, digest)
values ($1, $2, $3, $4)
    on conflict (plan_code, version_on) do nothing
"""
_DIGEST: Final = "select digest from plan where plan_code = $1 and version_on = $2"
_TAKEN: Final = (
    "select level_code from plan_level where level_code = any ($1::text[]) and plan_code <> $2"
)
_OPTIONS: Final = """
select level_code from plan_level where level_code = any ($1::text[]) and cardinality(option_of) > 0 order by level_code
"""
_KNOWN: Final = (
    "select level_code from plan_level where level_code = any ($1::text[]) order by 1"
)
_LEVELS: Final = """
insert into plan_level (level_code, plan_code, version_on, option_of, closed_on)
select level_code, $2, $3, $4, $5 from unnest($1::text[]) as l (level_code)
"""


async def publish(tx: db.Tx, grid: Grid) -> bool:
    """Store a grid; True if it is new, False if the same was there.

    Raises Refusal: ``plan-invalid`` if another text holds that code and version, another grid one
    of its plan codes, or if it completes no published base, or an option: never in a ring.
    """
    levels = list(grid.levels)
    known = {row["level_code"] for row in await db.many(tx, _KNOWN, list(grid.option_of))}
    if unknown := sorted(set(grid.option_of) - known):
        raise _taken(grid, f"{', '.join(unknown)} : aucune base publiée de ce code.")
    if option := await db.first(tx, _OPTIONS, list(grid.option_of)):
        raise _taken(grid, f"{option['level_code']} est une option : nommer la base.")
    if taken := await db.first(tx, _TAKEN, levels, grid.code):
        raise _taken(grid, f"Une autre grille a déjà un niveau {taken['level_code']}.")
    if await db.run(tx, _PUBLISH, grid.code, grid.version_on, grid.text, grid.digest):
        await db.run(
            tx,
            _LEVELS,
            levels,
            grid.code,
            grid.version_on,
            list(grid.option_of),
            grid.closed_on,
        )
        return True
    row = await db.first(tx, _DIGEST, grid.code, grid.version_on)
    if row is None or row["digest"] != grid.digest:
        raise _taken(grid, "Une autre grille porte déjà ce code et cette version.")
    return False


def _taken(grid: Grid, hint: str) -> Refusal:
    return Refusal(RefusalCode.PLAN_INVALID, where=f"{grid.code} {grid.version_on}", hint=hint)
