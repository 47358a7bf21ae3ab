"""Which lines of a grid no act can reach: printed, accepted, and paying nobody."""

from collections.abc import Iterator
from typing import NamedTuple

from egide.nomenclature import OTHER, Nomenclature, families, in_stay
from egide.plans.grid import Grid
from egide.pricing import PARTICIPATION, GuaranteeLine


class Unreached(NamedTuple):
    """What of a line leads to no act.

    Args:
        named: the codes and families that lead nowhere.
        is_whole: nothing else that the line names leads to one either: it pays nobody.
    """

    line: str
    named: tuple[str, ...]
    is_whole: bool


def unreached(grid: Grid, nomenclature: Nomenclature) -> list[Unreached]:
    """Return the codes that the tables lack, and the lines that no act of the tables reaches, in the grid's order.

    What is billed by its own word (``libre:…``, what the AMO refuses) is always reached.
    """
    kinds = {entry.kind for entry in nomenclature.entries()}
    reached = {word for kind in kinds for word in (*kind.lineage, *in_stay(kind).lineage)}
    reached.add(PARTICIPATION)  # of stays and of acts
    by_word = {word for word, family in families().items() if family.is_refused}

    def leads(name: str) -> bool:
        system, _, code = name.rpartition(":")
        if system:
            return system == OTHER or nomenclature.has(system, code)
        return name in reached or name in by_word

    found: dict[tuple[str, tuple[str, ...]], Unreached] = {}
    for line in _lines(grid):
        names = sorted(line.families | line.codes)
        lacking = tuple(name for name in names if not leads(name))
        is_whole = not line.equipment and len(lacking) == len(names)
        if (
            not is_whole
        ):  # a family without an act beside one that has some is how tables are printed
            lacking = tuple(name for name in lacking if name in line.codes)
        if lacking:
            found.setdefault((line.key, lacking), Unreached(line.label, lacking, is_whole))
    return list(found.values())


def _lines(grid: Grid) -> Iterator[GuaranteeLine]:
    for layer in grid.layers.values():
        yield from (line for line in layer.lines if line.pays)
