"""What a line of the grid promises for an act: sums, the best or the least of several, bounds, credits."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from egide.core.money import share_cents
from egide.pricing.act import REFUSED, Act
from egide.pricing.law import Law
from egide.pricing.limits import (
    NO_USE,
    Counters,
    Span,
    Window,
    carried_left,
    counter_of,
    used_in,
)


class Amount(NamedTuple):
    """An amount of the grid: cents and a share of the PMSS, added."""

    cents: int = 0
    pmss_bp: int = 0

    def on(self, law: Law) -> int:
        """Return the amount of the day, in cents."""
        if not self.pmss_bp:
            return self.cents
        return self.cents + share_cents(law.pmss_cents, self.pmss_bp)


NO_AMOUNT = Amount()
_WHOLE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Shares of what the act costs, amounts by unit, and choices, added; rates in basis points.

    Args:
        base: of the tariff base (BR).
        copayment: of what the base leaves after the AMO (TM).
        amo: of what the AMO pays (RSS).
        expense: of what is billed (FR).
        remainder: of what the AMO leaves of it.
        limit: of the price limit (PLV, HLF); of the tariff base where the price is free.
        network: of the price agreed in the network; of the tariff base where there is none.
        unit: for each unit billed.
        pair: for each two units billed.
        once: for the whole line.
    """

    base: int = 0
    copayment: int = 0
    amo: int = 0
    expense: int = 0
    remainder: int = 0
    limit: int = 0
    network: int = 0
    unit: Amount = NO_AMOUNT
    pair: Amount = NO_AMOUNT
    once: Amount = NO_AMOUNT
    choices: tuple["Choice", ...] = ()
    is_share_of_base: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note whether it is « x % BR » and nothing else, as most lines of grids are."""
        rates = (self.copayment, self.amo, self.expense, self.remainder, self.limit)
        amounts = (self.unit, self.pair, self.once)
        is_plain = not any((*rates, self.network, self.choices))
        is_plain = is_plain and all(one is NO_AMOUNT for one in amounts)
        object.__setattr__(self, "is_share_of_base", is_plain)

    @property
    def asks_limit(self) -> bool:
        """Tell whether it is reckoned from the price limit of the act."""
        options = (option for choice in self.choices for option in choice.options)
        return bool(self.limit) or any(option.asks_limit for option in options)

    def cents(self, act: Act, amo: int, law: Law) -> int:
        """Return the sum for an act, in cents.

        Args:
            amo: the AMO part inside the pathway.
        """
        base = act.base_cents
        cents = share_cents(base, self.base) if self.base else 0
        if self.is_share_of_base:
            return cents
        if self.unit is not NO_AMOUNT:
            cents += self.unit.on(law) * act.quantity
        if self.copayment and base > amo and REFUSED not in act.situation:
            cents += share_cents(base - amo, self.copayment)
        if self.amo:
            cents += share_cents(amo, self.amo)
        if self.expense:
            cents += share_cents(act.expense_cents, self.expense)
        if self.remainder:
            cents += share_cents(act.expense_cents - amo, self.remainder)
        if self.limit:
            limit = act.limit_cents
            cents += share_cents(base if limit is None else limit, self.limit)
        if self.network:
            price = act.network_cents
            cents += share_cents(base if price is None else price, self.network)
        if self.pair is not NO_AMOUNT:
            cents += self.pair.on(law) * act.quantity // 2
        if self.once is not NO_AMOUNT:
            cents += self.once.on(law)
        for choice in self.choices:
            cents += choice.cents(act, amo, law)
        return cents


@dataclass(frozen=True, slots=True)
class Choice:
    """The greatest of several sums, or the least."""

    options: tuple[Sum, ...]
    is_greatest: bool

    def cents(self, act: Act, amo: int, law: Law) -> int:
        """Return what the choice comes to for an act."""
        amounts = [option.cents(act, amo, law) for option in self.options]
        return max(amounts) if self.is_greatest else min(amounts)


class BoundKind(StrEnum):
    """What bounds a promise, AMO part included."""

    AMOUNT = "amount"  # a sum of the grid
    REGULATED = "regulated"  # the price limit of the act: PLV, HLF, a regulated amount
    NETWORK = "network"  # the price agreed in the insurer's network


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A ceiling or a floor of the promise.

    Args:
        includes_amo: the sum is compared with what AMO and AMC pay together; otherwise with the AMC's.
        beyond: not a floor but what follows a limit (« au-delà », « puis »): for the units that a limit leaves
            out, and for an act that a credit or a ceiling of a period no longer pays.
    """

    kind: BoundKind
    sum: Sum = field(default_factory=Sum)
    includes_amo: bool = True
    beyond: bool = False

    def together(self, act: Act, amo: int, law: Law) -> int:
        """Return the bound for AMO and AMC together: the tariff base where the price is free or none was agreed."""
        match self.kind:
            case BoundKind.REGULATED:
                return act.base_cents if act.limit_cents is None else act.limit_cents
            case BoundKind.NETWORK:
                return act.base_cents if act.network_cents is None else act.network_cents
            case BoundKind.AMOUNT:
                cents = self.sum.cents(act, amo, law)
                return cents if self.includes_amo else cents + amo


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """An amount that is spent in a window: a credit of a line, or a ceiling over several lines.

    Args:
        counter: under which it is spent.
        carried_years: for how many years more the unused part of a civil year stays.
        includes_amo: what the AMO pays is spent from it too.
    """

    counter: str
    amount: Amount
    window: Window
    by_side: bool = False
    by_stay: bool = False
    carried_years: int = 0
    includes_amo: bool = False

    @property
    def is_for_pair(self) -> bool:
        """Tell whether it is the amount of a pair of glasses, with or without its AMO part."""
        return self.window.span is Span.EQUIPMENT

    @property
    def is_of_pair(self) -> bool:
        """Tell whether it is the amount of a pair of glasses, the AMO part of all its elements within."""
        return self.includes_amo and self.window.span is Span.EQUIPMENT

    def name(self, act: Act) -> str:
        """Return the counter of an act's own purse."""
        return counter_of(self.counter, act, by_side=self.by_side, by_stay=self.by_stay)

    def left(self, act: Act, law: Law, counters: Counters, equipment_since: date) -> int:
        """Return what is left to spend on an act's day, in cents."""
        cents = self.amount.on(law)
        uses = counters.get(self.name(act), NO_USE)
        if self.carried_years:
            return carried_left(uses, cents, act, self.carried_years)
        if not uses:
            return cents
        return max(cents - self.used(act, counters, equipment_since), 0)

    def used(self, act: Act, counters: Counters, equipment_since: date) -> int:
        """Return what was spent in the window that holds an act's day, in cents."""
        uses = counters.get(self.name(act), NO_USE)
        return used_in(uses, self.window, act, equipment_since)[1] if uses else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A line's promise: a sum, a credit on top of it, then ceilings, then floors.

    Args:
        includes_amo: the sum is what AMO and AMC pay together; otherwise what the AMC adds.
        text: the formula as the grid prints it.
    """

    sum: Sum
    includes_amo: bool
    text: str
    credit: Purse | None = None
    ceilings: tuple[Bound, ...] = ()
    floors: tuple[Bound, ...] = ()

    @property
    def asks_limit(self) -> bool:
        """Tell whether the price limit of the act (PLV, HLF) says what it pays."""
        bounds = (*self.ceilings, *self.floors)
        return self.sum.asks_limit or any(
            one.kind is BoundKind.REGULATED or one.sum.asks_limit for one in bounds
        )

    @property
    def goes_beyond(self) -> bool:
        """Tell whether it may pay more than the tariff base, AMO part included."""
        given = self.sum
        amounts = (given.unit, given.pair, given.once)
        shares = (given.expense, given.remainder, given.network, given.choices)
        return (
            self.credit is not None
            or given.base + given.copayment > _WHOLE
            or any(shares)
            or any(amount != NO_AMOUNT for amount in amounts)
        )


class Promise(NamedTuple):
    """A promise in cents, AMO part included.

    Args:
        plain: without the credit, nor what a floor adds.
        total: with both.
        is_capped: a ceiling of the grid cut it.
    """

    plain: int
    total: int
    is_capped: bool


def least(
    formula: Formula, act: Act, amo: int, law: Law, *, beyond: bool, within: bool
) -> int | None:
    """Return the most that the floors of a formula ask for, AMO part included; None if there is none.

    Args:
        beyond: those that follow a limit; ``within``: the others.
    """
    asked = [
        floor.together(act, amo, law)
        for floor in formula.floors
        if (beyond if floor.beyond else within)
    ]
    return max(asked) if asked else None


def promised(formula: Formula, act: Act, amo: int, law: Law, credit_cents: int) -> Promise:
    """Reckon a formula for an act.

    Args:
        amo: the AMO part inside the pathway.
        credit_cents: what is left of the line's credit; 0 if it has none.
    """
    plain = formula.sum.cents(act, amo, law)
    if not formula.includes_amo:
        plain += amo
    total = plain + credit_cents
    is_capped = False
    for ceiling in formula.ceilings:
        most = ceiling.together(act, amo, law)
        if total > most:
            total, is_capped = most, True
            plain = min(plain, most)
    if formula.floors:
        # A credit that is used up is followed by what comes beyond it.
        is_over = formula.credit is not None and not is_capped
        floor = least(formula, act, amo, law, beyond=is_over, within=True)
        if floor is not None:
            total = max(total, floor)
    return Promise(plain, total, is_capped)
