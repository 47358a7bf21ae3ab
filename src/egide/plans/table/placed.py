"""Printed lines as they are read: where each stands, and in what order they are tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import yaml

from egide.plans.language.terms import CreditTerm, Setting
from egide.plans.table.row import Row
from egide.pricing import Formula, GuaranteeLine, Sum

NOTHING: Final = Formula(sum=Sum(), includes_amo=True, text="néant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the lines of a grid take from its head.

    Args:
        levels: the plan codes, in the order of the columns.
        ceilings: the purses that lines name, by level; None where a level has none.
        has_network: prices of a network are in the head.
    """

    code: str
    levels: tuple[str, ...]
    setting: Setting
    ceilings: Mapping[str, Sequence[CreditTerm | None]]
    has_network: bool = False


class PlacedLine(NamedTuple):
    """A guarantee line and where the file says it.

    Args:
        is_rest: it stands for what the cases before it leave (« sinon »).
        is_last: it pays nothing, and leaves its acts to any other line that names the same.
    """

    node: yaml.Node
    line: GuaranteeLine
    is_rest: bool
    is_last: bool = False


@dataclass(slots=True, kw_only=True)
class ReadLine:
    """A printed line read: for each level the guarantee lines that it makes.

    Args:
        shares: it names its counter itself: others may name the same.
        has_counters: something of it is kept from one claim to the next.
        counts_units: at some level it limits how often it pays.
    """

    node: yaml.Node
    row: Row
    by_level: list[list[PlacedLine]]
    key: str
    shares: bool = False
    has_counters: bool = False
    counts_units: bool = False


def with_voids_last(lines: list[PlacedLine]) -> list[PlacedLine]:
    """Mark what pays nothing and stands before nothing that pays; of a pair, it is as if unprinted.

    The elements of a pair of glasses have lines of their own, which such a line must not hide.
    """
    kept: list[PlacedLine] = []
    pays_later = False
    for placed in reversed(lines):
        pays_later = pays_later or placed.line.pays
        if placed.line.pays or pays_later:
            kept.append(placed)
            continue
        line = replace(placed.line, equipment=frozenset())
        if line.families or line.codes:
            kept.append(placed._replace(line=line, is_last=True))
    return kept[::-1]
