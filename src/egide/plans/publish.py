"""Grids in the database: published once a version, read into memory by whoever prices."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.plans.grid import Grid
from egide.plans.read_grid import read_grid

_PUBLISH: Final = """
insert into plan (plan_code, version_on, source_text, digest)
values ($1, $2, $3, $4)
    on conflict (plan_code, version_on) do nothing
"""
_DIGEST: Final = "select digest from plan where plan_code = $1 and version_on = $2"
_COUNT: Final = "select count(*) as grids from plan"
_ALL: Final = (
    "select plan_code, version_on, source_text from plan order by plan_code, version_on"
)


async def publish(tx: db.Tx, grid: Grid) -> bool:
    """Store a grid; True if it is new, False if the same was there.

    Raises Refusal: ``plan-invalid`` if another text holds that code and version.
    """
    if await db.run(tx, _PUBLISH, grid.code, grid.version_on, grid.text, grid.digest):
        return True
    row = await db.first(tx, _DIGEST, grid.code, grid.version_on)
    if row is None or row["digest"] != grid.digest:
        raise Refusal(
            RefusalCode.PLAN_INVALID,
            where=f"{grid.code} {grid.version_on}",
            hint="Une autre grille porte déjà ce code et cette version.",
        )
    return False


def _by_code(grids: Iterable[Grid]) -> dict[str, list[Grid]]:
    versions: dict[str, list[Grid]] = {}
    for grid in sorted(grids, key=lambda one: one.version_on):
        versions.setdefault(grid.code, []).append(grid)
    return versions


class Catalogue:
    """The grids in memory, by code and day."""

    def __init__(self, grids: Iterable[Grid] = ()) -> None:
        self._versions = _by_code(grids)

    def on(self, plan_code: str, day: date) -> Grid | None:
        """Return the version in force on a day, None if there is none yet."""
        versions = self._versions.get(plan_code, ())
        return next((grid for grid in reversed(versions) if grid.version_on <= day), None)

    async def refresh(self, tx: db.Tx) -> None:
        """Read the published grids again if there are others than those read.

        Cost: a count; only if it changed, a parse of them all.
        """
        counted = await db.first(tx, _COUNT)
        if counted is not None and counted["grids"] == sum(map(len, self._versions.values())):
            return
        rows = await db.many(tx, _ALL)
        self._versions = _by_code(read_grid(row["source_text"]) for row in rows)
