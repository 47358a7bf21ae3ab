"""Windows of time, and what the uses of a counter leave in them.

A claim may reach us after one for a later day of care. A window is therefore never judged by what came
before alone: a use is allowed if no window that holds its day is overrun, whatever the order of arrival.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from egide.core.period import add_months
from egide.pricing.act import Act, Role
from egide.pricing.condition import ALWAYS, Condition

NO_LIMIT: Final = 1_000_000
CONTRACT: Final = "contract/"  # what the counters that a contract's persons share begin with
RENEWAL: Final = "renewal:"  # what the counters of renewals begin with


class Span(StrEnum):
    """The kinds of windows."""

    CIVIL_YEARS = "civil-years"  # so many calendar years in a row
    MONTHS = "months"  # so many months, wherever they begin
    ANCHORED = "anchored"  # so many months from the first use; then the next use begins anew
    MEMBERSHIP_YEAR = "membership-year"  # from one anniversary of the cover to the next
    EQUIPMENT = "equipment"  # the pair of glasses being bought
    WHOLE = "whole"  # all that was ever used under the counter: a stay, a life


class Window(NamedTuple):
    """A kind of window and its length, in years or months."""

    span: Span
    length: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most ``units`` in a window.

    Args:
        counter: whose units are counted together; ``by_side`` and ``by_stay`` tell them apart.
        condition: to whom it applies. One that asks for a word of the situation (a change of sight)
            stands in place of the general ones.
        roles: what it counts; anything if empty.
        anchors: the counters whose first use begins an anchored window; its own if empty.
    """

    counter: str
    units: int
    window: Window
    by_side: bool = False
    by_stay: bool = False
    condition: Condition = ALWAYS
    roles: frozenset[Role] = frozenset()
    anchors: tuple[str, ...] = ()


class Use(NamedTuple):
    """Units and cents of a counter used on a day."""

    counter: str
    care_on: date
    units: int
    cents: int


Counters = Mapping[str, Sequence[Use]]
NO_USE: Final[tuple[Use, ...]] = ()


def counter_of(counter: str, act: Act, *, by_side: bool, by_stay: bool = False) -> str:
    """Return the name under which the uses of an act are kept."""
    if by_side:
        counter = f"{counter}:{act.side}"
    return f"{counter}:{act.stay}" if by_stay else counter


def used_in(
    uses: Sequence[Use], window: Window, act: Act, equipment_since: date
) -> tuple[int, int]:
    """Return the units and the cents used in the fullest window that holds an act's day.

    Args:
        equipment_since: the first day of the equipment that the act is part of.
    """
    day = act.care_on
    match window.span:
        case Span.WHOLE:
            inside = list(uses)
        case Span.EQUIPMENT:
            inside = [use for use in uses if use.care_on >= equipment_since]
        case Span.CIVIL_YEARS if window.length == 1:
            inside = [use for use in uses if use.care_on.year == day.year]
        case Span.CIVIL_YEARS:
            return _fullest(
                [
                    [use for use in uses if 0 <= use.care_on.year - first < window.length]
                    for first in range(day.year - window.length + 1, day.year + 1)
                ]
            )
        case Span.MEMBERSHIP_YEAR:
            since = _anniversary(act)
            end = add_months(since, 12)
            inside = [use for use in uses if since <= use.care_on < end]
        case Span.MONTHS:
            starts = {day, *(use.care_on for use in uses if use.care_on <= day)}
            return _fullest(
                [
                    [use for use in uses if start <= use.care_on < end]
                    for start in starts
                    if day < (end := add_months(start, window.length))
                ]
            )
        case Span.ANCHORED:
            first, end = _anchored(uses, window.length, day)
            inside = [use for use in uses if first <= use.care_on < end]
    return sum(use.units for use in inside), sum(use.cents for use in inside)


def _fullest(windows: list[list[Use]]) -> tuple[int, int]:
    return (
        max(sum(use.units for use in inside) for inside in windows),
        max(sum(use.cents for use in inside) for inside in windows),
    )


def _anniversary(act: Act) -> date:
    if act.member_since is None:
        return date(act.care_on.year, 1, 1)
    years = act.care_on.year - act.member_since.year
    since = add_months(act.member_since, 12 * years)
    return since if since <= act.care_on else add_months(act.member_since, 12 * (years - 1))


def _anchored(uses: Sequence[Use], months: int, day: date) -> tuple[date, date]:
    """Return the window that holds a day: from the use that began it, or from the day itself."""
    first = end = date.min
    for care_on in sorted(use.care_on for use in uses):
        if care_on > day:
            break
        if care_on >= end:
            first, end = care_on, add_months(care_on, months)
    return (first, end) if day < end else (day, add_months(day, months))


def units_left(limit: Limit, act: Act, counters: Counters, equipment_since: date) -> int:
    """Return how many units a limit still allows on the act's day."""
    name = counter_of(limit.counter, act, by_side=limit.by_side, by_stay=limit.by_stay)
    uses = counters.get(name, NO_USE)
    if limit.anchors:
        anchoring = [use for one in limit.anchors for use in counters.get(one, NO_USE)]
        first, end = _anchored(anchoring, limit.window.length, act.care_on)
        uses = [use for use in uses if first <= use.care_on < end]
        return max(limit.units - sum(use.units for use in uses), 0)
    if not uses:
        return limit.units
    used, _ = used_in(uses, limit.window, act, equipment_since)
    return max(limit.units - used, 0)


def applying(limits: Sequence[Limit], act: Act) -> list[Limit]:
    """Return the limits that hold for an act; an exceptional one stands in place of the general."""
    role = act.kind.role
    matching = [
        limit
        for limit in limits
        if limit.condition.holds(act) and (not limit.roles or role in limit.roles)
    ]
    exceptional = [limit for limit in matching if limit.condition.is_exceptional]
    return exceptional or matching


def carried_left(uses: Sequence[Use], cents: int, act: Act, years: int) -> int:
    """Return what is left of a yearly credit whose unused part is carried over ``years`` more.

    What is carried is spent first, in each of the years gone by. Nothing is carried from before the
    cover began. What was spent in later years, that came before this act did, is not left to it.
    """
    year = act.care_on.year
    spent: dict[int, int] = {}
    for use in uses:
        spent[use.care_on.year] = spent.get(use.care_on.year, 0) + use.cents
    first = min([year, *spent]) - years
    if act.member_since is not None:
        first = max(first, act.member_since.year)
    span = range(min(first, year), max([year, *spent]) + 1)

    def spend(more: int) -> tuple[int, int]:
        """Return what is spent and was not there, of all years, if so much more is spent now; and what is left."""
        purses: list[list[int]] = []
        missing = 0
        for one in span:
            purses = [purse for purse in purses if purse[0] + years >= one]
            purses.append([one, cents])
            due = spent.get(one, 0) + (more if one == year else 0)
            for purse in purses:
                taken = min(due, purse[1])
                purse[1] -= taken
                due -= taken
            missing += due
        return missing, sum(purse[1] for purse in purses)

    before, left = spend(0)
    if span[-1] == year:
        return left
    # The most that leaves no more missing than there is: it grows by what is spent beyond what is left.
    least, most = 0, cents * (years + 1)
    while least < most:
        middle = (least + most + 1) // 2
        if spend(middle)[0] > before:
            most = middle - 1
        else:
            least = middle
    return least


def merged(counters: Counters, uses: Sequence[Use]) -> Counters:
    """Return counters with some uses added."""
    added: dict[str, list[Use]] = {}
    for use in uses:
        added.setdefault(use.counter, []).append(use)
    return {
        **counters,
        **{name: (*counters.get(name, ()), *new) for name, new in added.items()},
    }


def without(counters: Counters, uses: Sequence[Use]) -> Counters:
    """Return counters with some uses taken away, each once; one that is not there takes nothing."""
    left = {name: list(held) for name, held in counters.items()}
    for use in uses:
        held = left.get(use.counter, [])
        if use in held:
            held.remove(use)
    return {name: tuple(held) for name, held in left.items()}
