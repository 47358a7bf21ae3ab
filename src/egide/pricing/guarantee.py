"""A grid compiled for pricing: its lines, and the layers that a base and its options make."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from egide.core.period import Period
from egide.pricing.act import REFUSED, Act, Role
from egide.pricing.condition import ALWAYS, Condition
from egide.pricing.equipment import Equipment
from egide.pricing.formula import Formula, Purse
from egide.pricing.law import Law
from egide.pricing.limits import CONTRACT, RENEWAL, Limit

ALL_DAYS: Final = Period(date.min, None)
NETWORK: Final = "network"
SMALLEST: Final = "a"  # the category of a frame bought before its lenses


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeLine:
    """One line of the printed table, at one level.

    Args:
        key: stable inside its grid; counters are kept under it.
        families: words of the plan language; ``codes`` are acts named one by one.
        equipment: categories (a to f) of the pairs of glasses it pays as a whole.
        formula: what it promises.
        ceilings: purses over several lines, or over a window, that bound what is paid.
        base_cents: the base to reckon from by unit, where the AMO refuses the act; None for its own.
        frame_cents: most of an equipment's amount that may go to its frame.
        pays: false where the table prints « néant », or before its waiting period is over: the acts are
            its own, so no broader line pays them.
        glasses: it names lenses or frames of class B.
        renews: derived: it says its own period of renewal, in place of the law's.
        counts: derived: it counts units, or spends an amount, a credit or a ceiling, that other acts spend too.
        is_bare: derived: a sum and nothing that bounds it or is spent.
        holds_plainly: derived: it holds on any day for any act of which nothing special is said.
    """

    key: str
    label: str
    formula: Formula
    families: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    equipment: frozenset[str] = frozenset()
    condition: Condition = ALWAYS
    limits: tuple[Limit, ...] = ()
    ceilings: tuple[Purse, ...] = ()
    period: Period = ALL_DAYS
    base_cents: int | None = None
    frame_cents: int | None = None
    pays: bool = True
    glasses: bool = False
    renews: bool = field(init=False, repr=False, compare=False)
    counts: bool = field(init=False, repr=False, compare=False)
    is_bare: bool = field(init=False, repr=False, compare=False)
    holds_plainly: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note what many acts would otherwise ask again: renewals, bounds, what could exclude an act."""
        renews = any(limit.counter.startswith(RENEWAL) for limit in self.limits)
        object.__setattr__(self, "renews", renews)
        formula = self.formula
        spends = any(not one.is_for_pair for one in _purses(self))
        object.__setattr__(self, "counts", spends or bool(self.limits))
        bounds = (formula.ceilings, formula.floors, self.ceilings)
        is_bare = formula.credit is None and self.frame_cents is None and not any(bounds)
        object.__setattr__(self, "is_bare", is_bare)
        plainly = self.period is ALL_DAYS and self.condition.asks_nothing
        object.__setattr__(self, "holds_plainly", plainly)

    def applies(self, act: Act) -> bool:
        """Tell whether the line holds for an act that it names."""
        if self.holds_plainly and not act.situation:
            return True
        period = self.period
        if period is not ALL_DAYS and act.care_on not in period:
            return False
        return self.condition is ALWAYS or self.condition.holds(act)


class Stacking(StrEnum):
    """How a layer counts with those under it."""

    BASE = "base"  # the first
    TOTAL = "total"  # its amounts include what the layers under it pay
    ADDED = "added"  # its amounts come on top of theirs


_Index = dict[str, tuple[GuaranteeLine, ...]]


@dataclass(slots=True, kw_only=True)
class Layer:
    """One grid at one level.

    Args:
        responsible: bound by the floors and ceilings of R871-2.
        network_prices: cents by unit, by act code, agreed in the insurer's network.
        counts: derived: some line counts units, or spends an amount.
        covers_optics: derived: some line pays glasses of class B beyond their copayment.
        counts_sides: derived: some line counts or spends by ear, by eye or by tooth.
        pair_credits: derived: what its lines give for a pair of glasses, a line by category: a pair spends one of
            them, whatever category it was taken for before its second lens was billed.
    """

    plan_code: str
    label: str
    responsible: bool
    lines: tuple[GuaranteeLine, ...]
    stacking: Stacking = Stacking.BASE
    network_prices: Mapping[str, int] = field(default_factory=dict[str, int])
    counts: bool = field(init=False, repr=False)
    covers_optics: bool = field(init=False, repr=False)
    pair_credits: tuple[Purse, ...] = field(init=False, repr=False)
    shares_counters: bool = field(init=False, repr=False)
    counts_sides: bool = field(init=False, repr=False)
    _by_code: _Index = field(init=False, repr=False)
    _by_word: _Index = field(init=False, repr=False)
    _by_equipment: _Index = field(init=False, repr=False)
    _by_lineage: dict[tuple[str, ...], tuple[GuaranteeLine, ...]] = field(
        init=False, repr=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Index the lines by what they name."""
        self.counts = any(line.counts for line in self.lines)
        self.covers_optics = any(
            line.pays and line.glasses and line.formula.goes_beyond for line in self.lines
        )
        purses = (line.formula.credit for line in self.lines)
        of_pairs = {one.counter: one for one in purses if one is not None and one.is_for_pair}
        self.pair_credits = tuple(of_pairs.values())
        names = (name for line in self.lines for name in _counters(line))
        self.shares_counters = any(name.startswith(CONTRACT) for name in names)
        self.counts_sides = any(map(_counts_sides, self.lines))
        self._by_code = _indexed((code, line) for line in self.lines for code in line.codes)
        self._by_word = _indexed((word, line) for line in self.lines for word in line.families)
        self._by_equipment = _indexed(
            (letter, line) for line in self.lines for letter in line.equipment
        )

    def line_for(self, act: Act) -> GuaranteeLine | None:
        """Return the line that pays an act: one that names its code, else the narrowest family."""
        by_code = self._by_code
        if by_code and act.code in by_code:
            for line in by_code[act.code]:
                if line.applies(act):
                    return line
        lineage = act.kind.lineage
        candidates = self._by_lineage.get(lineage)
        if candidates is None:
            candidates = tuple(line for word in lineage for line in self._by_word.get(word, ()))
            self._by_lineage[lineage] = candidates
        is_plain = not act.situation
        for line in candidates:
            if (is_plain and line.holds_plainly) or line.applies(act):
                return line
        if REFUSED in act.situation:
            for word in act.kind.refused_lineage:
                for line in self._by_word.get(word, ()):
                    if line.applies(act):
                        return line
        return None

    def equipment_line(self, act: Act, letter: str) -> GuaranteeLine | None:
        """Return the line that pays a whole pair of glasses of a category, None if none does."""
        for line in self._by_equipment.get(letter, ()):
            if line.applies(act):
                return line
        return None

    def names(self, word: str, code: str) -> bool:
        """Tell whether some line names a family, or an act of it by its code."""
        return word in self._by_word or code in self._by_code

    @property
    def pays_equipments(self) -> bool:
        """Tell whether some line pays pairs of glasses as a whole."""
        return bool(self._by_equipment)


def _purses(line: GuaranteeLine) -> tuple[Purse, ...]:
    """Return what a line spends from: its ceilings, and its credit if it has one."""
    credit = line.formula.credit
    return line.ceilings if credit is None else (*line.ceilings, credit)


def _counters(line: GuaranteeLine) -> Iterable[str]:
    return (one.counter for one in (*line.limits, *_purses(line)))


def _counts_sides(line: GuaranteeLine) -> bool:
    """Tell whether a line counts or spends by ear, by eye or by tooth."""
    return any(one.by_side for one in (*line.limits, *_purses(line)))


def _indexed(pairs: Iterable[tuple[str, GuaranteeLine]]) -> _Index:
    index: _Index = {}
    for word, line in pairs:
        index[word] = (*index.get(word, ()), line)
    return index


@dataclass(frozen=True, slots=True)
class Guarantee:
    """What a person is covered by: a base, and its options in order, the responsible ones first."""

    layers: tuple[Layer, ...]

    @property
    def plan_code(self) -> str:
        """Return the codes of its layers, joined as a cover writes them."""
        return "+".join(layer.plan_code for layer in self.layers)

    @property
    def label(self) -> str:
        """Return the labels of its layers."""
        return " + ".join(layer.label for layer in self.layers)

    @property
    def shares_counters(self) -> bool:
        """Tell whether some counter of it is shared by all whom its contract covers."""
        return any(layer.shares_counters for layer in self.layers)

    def counts_by_side(self, act: Act, law: Law) -> bool:
        """Tell whether something that an act uses is counted by ear, by eye or by tooth: its place must be said."""
        if self.responsible and any(
            limit.by_side for limit in law.contract.renewals.get(act.kind.role, ())
        ):
            return True
        lines = (layer.line_for(act) for layer in self.layers if layer.counts_sides)
        return any(line is not None and line.pays and _counts_sides(line) for line in lines)

    def asks_limit(self, act: Act, law: Law) -> bool:
        """Tell whether what is paid of an act hangs on its price limit, which a text sets and nobody gave."""
        if act.limit_cents is not None or REFUSED in act.situation:
            return False
        if self.responsible and act.kind.role in law.contract.full:
            return act.expense_cents > act.base_cents
        if not act.kind.is_limited:
            return False
        lines = (layer.line_for(act) for layer in self.layers)
        return any(line is not None and line.pays and line.formula.asks_limit for line in lines)

    @property
    def covers_optics(self) -> bool:
        """Tell whether it pays some glasses of class B beyond their copayment."""
        return any(layer.covers_optics for layer in self.layers)

    @property
    def responsible(self) -> bool:
        """Tell whether its base is bound by R871-2."""
        return self.layers[0].responsible


def line_of(layer: Layer, act: Act, equipment: Equipment | None) -> GuaranteeLine | None:
    """Return the line of a layer that pays an act, that of its whole pair of glasses first.

    None if nothing pays it, or if the line whose act it is pays nothing.
    """
    line = None
    if equipment is None or not layer.pays_equipments:
        line = layer.line_for(act)
    elif is_class_a(act, equipment):
        line = layer.line_for(act)
        if line is None and (not layer.responsible or not equipment.has_class_a):
            # A frame alone, of no pair of class A yet; or a pair that the law does not cover whole.
            line = layer.equipment_line(act, equipment.correction or SMALLEST)
    else:
        line = layer.equipment_line(act, equipment.category or SMALLEST)
        line = layer.line_for(act) if line is None else line
    return line if line is not None and line.pays else None


def is_class_a(act: Act, equipment: Equipment) -> bool:
    """Tell whether an element is paid as class A: a lens of it, or a frame of it without a lens of class B."""
    role = act.kind.role
    return role is Role.LENS_A or (role is Role.FRAME_A and equipment.category is None)


def by_the_grid(layer: Layer | None, line: GuaranteeLine, act: Act) -> Act:
    """Return an act with the base that the grid gives to what the AMO refuses, and the network's price."""
    if line.base_cents is not None and (not act.base_cents or REFUSED in act.situation):
        act = act._replace(base_cents=line.base_cents * act.quantity)
    if layer is not None and layer.network_prices and NETWORK in act.situation:
        price = layer.network_prices.get(act.code)
        if price is not None:
            act = act._replace(network_cents=price * act.quantity)
    return act
