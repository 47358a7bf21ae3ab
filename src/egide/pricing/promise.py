"""What a line of the grid promises for an act, AMO part included, before any cap of the law."""

from dataclasses import dataclass

from egide.core.money import ZERO, Money
from egide.core.period import add_months
from egide.pricing.terms import (
    Act,
    CeilingKind,
    Counters,
    GuaranteeLine,
    Limit,
    Per,
    TermKind,
    Use,
    Window,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A promise, AMO part included, in two layers.

    Args:
        plain: everything but credits.
        credit: what a credit may add on top, already limited to what is left of it.
        capped: the grid's own ceiling cut it.
    """

    plain: Money
    credit: Money
    capped: bool


EQUIPMENT_COUNTER = "equipment:"  # counters of one claim, which nobody keeps after it


def credit_counter(line: GuaranteeLine) -> str | None:
    """Return the counter of a line's credit in euros, None if it has no credit."""
    for term in line.formula.terms:
        if term.per is Per.CIVIL_YEAR:
            return f"credit:{line.key}"
        if term.per is Per.EQUIPMENT:
            return f"{EQUIPMENT_COUNTER}{line.key}"
    return None


def _left_of_credit(line: GuaranteeLine, act: Act, amount: Money, counters: Counters) -> Money:
    uses: tuple[Use, ...] = counters.get(credit_counter(line) or "", ())
    used = sum(use.amount.cents for use in uses if use.care_on.year == act.care_on.year)
    return Money(max(amount.cents - used, 0))


def promise(line: GuaranteeLine, act: Act, amo: Money, counters: Counters) -> Promise:
    """Reckon a line's formula for an act.

    Args:
        amo: the AMO part inside the pathway.
        counters: the uses before this act, those of the same claim included.
    """
    plain = ZERO if line.formula.includes_amo else amo
    credit = ZERO
    copayment = Money(max(act.base.cents - amo.cents, 0))
    for term in line.formula.terms:
        match term.kind:
            case TermKind.BASE:
                plain += term.rate.of(act.base)
            case TermKind.COPAYMENT:
                plain += copayment
            case TermKind.AMO:
                plain += amo
            case TermKind.EXPENSE:
                plain += term.rate.of(act.expense)
            case TermKind.REMAINDER:
                plain += term.rate.of(act.expense - amo)
            case TermKind.FLAT if term.per is Per.ACT:
                plain += term.amount.times(act.quantity)
            case TermKind.FLAT:
                credit += _left_of_credit(line, act, term.amount, counters)
    ceiling = line.formula.ceiling
    if ceiling is None:
        return Promise(plain=plain, credit=credit, capped=False)
    is_regulated = ceiling.kind is CeilingKind.REGULATED
    most = act.price_limit if is_regulated else ceiling.amount.times(act.quantity)
    if most is None or plain + credit <= most:
        return Promise(plain=plain, credit=credit, capped=False)
    plain = min(plain, most)
    return Promise(plain=plain, credit=min(credit, most - plain), capped=True)


def limit_counter(limit: Limit, act: Act) -> str:
    """Return the counter under which a limit's units are kept."""
    return f"{limit.counter}:{act.side}" if limit.by_side else limit.counter


def units_left(limit: Limit, act: Act, counters: Counters) -> int:
    """Return how many units a limit still allows on the act's day, later uses counted too.

    A claim may reach us after one for a later day of care: a rolling window looks both ways, so
    that the order of arrival does not give a unit more.
    """
    used = 0
    for use in counters.get(limit_counter(limit, act), ()):
        if limit.window is Window.CIVIL_YEAR:
            inside = use.care_on.year == act.care_on.year
        else:
            first, second = sorted((use.care_on, act.care_on))
            inside = second < add_months(first, limit.months)
        used += use.units if inside else 0
    return max(limit.units - used, 0)


def applying_limits(line: GuaranteeLine, act: Act) -> list[Limit]:
    """Return the limits of a line that hold at the person's age."""
    return [limit for limit in line.limits if limit.from_age <= act.age < limit.below_age]
