"""The published grids in memory: what a cover's plan code stands for on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from egide import db
from egide.plans import sql
from egide.plans.grid import Grid
from egide.plans.read_grid import read_grid
from egide.pricing import Guarantee

JOIN: Final = "+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a person is covered by on a day: a base and its options, compiled.

    Args:
        code: the plan codes of its levels, joined by ``+``.
        domains: those of the base.
    """

    code: str
    domains: tuple[str, ...]
    guarantee: Guarantee


class Catalogue:
    """The grids in memory, by plan code and day."""

    def __init__(self, grids: Iterable[Grid] = ()) -> None:
        self._count = 0
        self._versions: dict[str, list[Grid]] = {}
        self._plans: dict[tuple[str, tuple[date, ...]], Plan] = {}
        self._hold(grids)

    def _hold(self, grids: Iterable[Grid]) -> None:
        held = sorted(grids, key=lambda one: one.version_on)
        self._count = len(held)
        self._versions, self._plans = {}, {}
        for grid in held:
            for level in grid.levels:
                self._versions.setdefault(level, []).append(grid)

    def add(self, grids: Iterable[Grid]) -> None:
        """Hold more grids, which need not be published."""
        for grid in grids:
            for level in grid.levels:
                versions = [*self._versions.get(level, ()), grid]
                self._versions[level] = sorted(versions, key=lambda one: one.version_on)

    def on(self, plan_code: str, day: date) -> Plan | None:
        """Return the plan in force on a day; None if one of its grids is not there yet."""
        grids: list[Grid] = []
        levels = plan_code.split(JOIN)
        for level in levels:
            versions = self._versions.get(level, ())
            grid = next((one for one in reversed(versions) if one.version_on <= day), None)
            if grid is None:
                return None
            grids.append(grid)
        key = (plan_code, tuple(grid.version_on for grid in grids))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = assemble(plan_code, grids)
        return plan

    async def refresh(self, tx: db.Tx) -> None:
        """Read the published grids again if there are others than those read.

        Cost: a count; only if it changed, a parse of them all.
        """
        if await sql.count_grids(tx) == self._count:
            return
        self._hold(read_grid(text) for text in await sql.grid_texts(tx))


def assemble(plan_code: str, grids: Iterable[Grid]) -> Plan:
    """Return the plan that the levels of a plan code make, the base first, each of its grid."""
    pairs = list(zip(plan_code.split(JOIN), grids, strict=True))
    layers = [grid.layers[level] for level, grid in pairs]
    # What the law bounds comes before what it does not.
    options = sorted(layers[1:], key=lambda layer: not layer.responsible)
    return Plan(
        code=plan_code, domains=pairs[0][1].domains, guarantee=Guarantee((layers[0], *options))
    )
