"""``egide plans diff``: what changes from one guarantee to another, for whom and by how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import click

from egide.cli.context import json_option, tell_json
from egide.cli.plans.reading import (
    ON,
    console,
    day_of,
    fail,
    is_file,
    known_grids,
    plan_of,
    read,
    table,
    with_others,
)
from egide.core.money import euros
from egide.nomenclature import load_nomenclature
from egide.plans import Grid, Plan
from egide.plans.diff import changes, table_changes


@dataclass(frozen=True, slots=True)
class _Side:
    """A plan to compare, and the column of the printed table that it is, where it is one."""

    plan: Plan
    version_on: date
    column: tuple[Grid, int] | None


@click.command()
@click.argument("before")
@click.argument("after")
@ON
@json_option
@with_others
def diff(
    before: str, after: str, moment: datetime | None, others: list[Grid], as_json: bool
) -> None:
    """Dire ce qui change d'une garantie à l'autre, pour qui et de combien.

    BEFORE, AFTER : deux codes, ou deux fichiers, comparés niveau par niveau ; un même code deux fois compare ses deux
    dernières versions connues, chacune en vigueur.
    """
    day = day_of(moment)
    pairs = _pairs(before, after, day, others)
    on = max([day, *(side.version_on for pair in pairs for side in pair)])
    shown_on = on if moment is None else day
    if as_json:
        tell_json([_compared(one, other, shown_on) for one, other in pairs])
        return
    for one, other in pairs:
        _compare(one, other, shown_on)


def _compared(one: _Side, other: _Side, day: date) -> dict[str, object]:
    """Return a comparison: what changes for typical care, and the lines that one table has and not the other."""
    found = changes(one.plan, other.plan, load_nomenclature(), day)
    lines = _lines(one, other)
    return {
        "before": {"code": one.plan.code, "version": one.version_on},
        "after": {"code": other.plan.code, "version": other.version_on},
        "changes": [{**change._asdict(), "gain": change.gain} for change in found],
        "lines": [{"sign": sign, "line": line} for sign, line in lines],
    }


def _lines(one: _Side, other: _Side) -> Sequence[tuple[str, str]]:
    if one.column is None or other.column is None:
        return ()
    return table_changes(one.column, other.column)


def _pairs(before: str, after: str, day: date, others: list[Grid]) -> list[tuple[_Side, _Side]]:
    """Return what is compared with what: levels of the same name, or the only ones there are."""
    if before == after and not is_file(before):
        return [_versions(before, known_grids(others))]
    firsts, seconds = _sides(before, day, others), _sides(after, day, others)
    if len(firsts) == len(seconds) == 1:
        return [(firsts[0], seconds[0])]
    by_code = {side.plan.code: side for side in seconds}
    shared = [(one, by_code[one.plan.code]) for one in firsts if one.plan.code in by_code]
    if not shared:
        codes = [", ".join(side.plan.code for side in sides) for sides in (firsts, seconds)]
        raise fail(
            said=f"Aucun niveau de même code : {codes[0]} d'un côté, {codes[1]} de l'autre."
        )
    return shared


def _versions(code: str, grids: list[Grid]) -> tuple[_Side, _Side]:
    versions = sorted(
        (grid for grid in grids if code in grid.levels), key=lambda grid: grid.version_on
    )
    if len(versions) < 2:
        raise fail(
            said=f"{code} : une seule version connue. Ajouter l'autre par --with FICHIER."
        )
    one, other = (_side(code, grid) for grid in versions[-2:])
    return one, other


def _sides(name: str, day: date, others: list[Grid]) -> list[_Side]:
    if is_file(name):
        grid = read(Path(name))
        return [_side(level, grid) for level in grid.levels]
    grids = known_grids(others)
    plan = plan_of(name, day, grids)
    own = [grid for grid in grids if name in grid.levels and grid.version_on <= day]
    latest = max(own, key=lambda grid: grid.version_on, default=None)
    if latest is None:  # a base with its options is no one column
        return [_Side(plan, day, None)]
    return [_side(name, latest)]


def _side(level: str, grid: Grid) -> _Side:
    plan = plan_of(level, grid.version_on, [grid])
    return _Side(plan, grid.version_on, (grid, list(grid.levels).index(level)))


def _compare(one: _Side, other: _Side, day: date) -> None:
    versions = [f"{side.plan.code} ({side.version_on:%d/%m/%Y})" for side in (one, other)]
    drawn = table(
        "soin",
        "prix",
        "AMC avant",
        "AMC après",
        "reste avant",
        "reste après",
        "gain",
        title=f"{' → '.join(versions)}, soins du {day:%d/%m/%Y}",
    )
    same = 0
    for change in changes(one.plan, other.plan, load_nomenclature(), day):
        if change.gain == 0 and change.amc_before == change.amc_after:
            same += 1
            continue
        style = "green" if change.gain > 0 else "red"
        amounts = (
            change.expense,
            change.amc_before,
            change.amc_after,
            change.patient_before,
            change.patient_after,
        )
        gain = f"[{style}]{euros(change.gain)}[/{style}]"
        drawn.add_row(change.label, *(euros(amount) for amount in amounts), gain)
    console.print(drawn)
    console.print(f"{same} soins types sans changement.")
    for sign, line in _lines(one, other):
        console.print(f"{sign} {line}", markup=False, soft_wrap=True)
