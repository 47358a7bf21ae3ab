"""Acts of several units that something counts, or that spend an amount of the grid: priced one unit after another.

What a count or an amount leaves to the fifth unit, and what the law owes it all the same, is a matter of that unit: so
one line of ten is paid what ten lines of one are.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from egide.pricing.act import ELEMENTS
from egide.pricing.amo_part import AmoPart
from egide.pricing.guarantee import Guarantee
from egide.pricing.law import Law
from egide.pricing.reckoning import PricedLine, Share, Step, StepCode, merged_uses

MOST_UNITS: Final = 300  # of a claim; beyond, several are priced as one


class UnitPart(NamedTuple):
    """A part of an act that is priced by itself: one unit, or the act whole.

    Args:
        place: that of its act among the acts.
        is_first: it is the first of its act: what is said or kept once is said of it.
    """

    place: int
    part: AmoPart
    is_first: bool


def in_units(
    parts: Sequence[AmoPart], guarantee: Guarantee, law: Law, most: int
) -> list[UnitPart]:
    """Return acts in the parts that are priced by themselves, ``most`` at the most beside one an act."""
    many = {
        place
        for place, part in enumerate(parts)
        if part.act.quantity > 1 and _is_counted(part, guarantee, law)
    }
    if not many:
        return [UnitPart(place, part, is_first=True) for place, part in enumerate(parts)]
    size = -(-sum(parts[place].act.quantity for place in many) // most)
    found: list[UnitPart] = []
    for place, part in enumerate(parts):
        shares = _cut(part, size) if place in many else [part]
        found += [UnitPart(place, one, is_first=at == 0) for at, one in enumerate(shares)]
    return found


def _is_counted(part: AmoPart, guarantee: Guarantee, law: Law) -> bool:
    """Tell whether something counts an act, or an amount is spent for it; pairs of glasses stay whole."""
    act = part.act
    if act.kind.role in ELEMENTS or part.imputed_cents or part.undue_cents:
        return False
    if guarantee.responsible and law.contract.renewals.get(act.kind.role):
        return True
    lines = (layer.line_for(act) for layer in guarantee.layers if layer.counts)
    return any(line is not None and line.pays and line.counts for line in lines)


def _cut(part: AmoPart, size: int) -> list[AmoPart]:
    """Return an act in parts of ``size`` units; together they are the act, to the cent.

    Of each amount the last units have the odd cents: what is below another as a whole is so in each part.
    """
    act = part.act
    units = act.quantity

    def share(cents: int, first: int, last: int) -> int:
        whole, odd = divmod(cents, units)
        return whole * (last - first) + max(last - max(first, units - odd), 0)

    def share_of(cents: int | None, first: int, last: int) -> int | None:
        return None if cents is None else share(cents, first, last)

    spans = [(first, min(first + size, units)) for first in range(0, units, size)]
    return [
        AmoPart(
            act._replace(
                quantity=last - first,
                expense_cents=share(act.expense_cents, first, last),
                base_cents=share(act.base_cents, first, last),
                limit_cents=share_of(act.limit_cents, first, last),
                network_cents=share_of(act.network_cents, first, last),
            ),
            share(part.paid, first, last),
            share(part.in_pathway, first, last),
            heavy_cents=share_of(part.heavy_cents, first, last),
        )
        for first, last in spans
    ]


def shares_of(cents: int, rooms: Sequence[int]) -> list[int]:
    """Return an amount shared out evenly among parts, none of which takes more than it has room for.

    What a part has no room for goes to those that have, the first first; what nobody has room for, to nobody.
    """
    whole, odd = divmod(cents, len(rooms))
    even = (whole + (at >= len(rooms) - odd) for at in range(len(rooms)))
    found = [min(share, room) for share, room in zip(even, rooms, strict=True)]
    left = cents - sum(found)
    for at, room in enumerate(rooms):
        more = min(left, room - found[at])
        found[at] += more
        left -= more
    return found


def joined_units(
    units: Sequence[UnitPart], lines: Sequence[PricedLine], parts: Sequence[AmoPart]
) -> tuple[PricedLine, ...]:
    """Return the decision on each act, of those on its parts."""
    if len(units) == len(parts):
        return tuple(lines)
    both = zip(units, lines, strict=True)
    return tuple(
        _joined(parts[place], [line for _, line in group])
        for place, group in groupby(both, key=lambda one: one[0].place)
    )


def _joined(part: AmoPart, lines: Sequence[PricedLine]) -> PricedLine:
    if len(lines) == 1:
        return lines[0]
    return PricedLine(
        part.act,
        Share(*(sum(of) for of in zip(*(line.share for line in lines), strict=True))),
        tuple(_steps(lines)),
        tuple(merged_uses([], [use for line in lines for use in line.uses])),
        sum(line.deducted_cents for line in lines),
        sum(line.other_amc_cents for line in lines),
    )


_PROMISED: Final = frozenset({StepCode.PROMISE, StepCode.PROMISE_ADDED})
# What bounds some units is told of all: of the others, what they are paid.
_BOUNDS: Final = frozenset(
    {StepCode.GRID_CEILING, StepCode.CEILING, StepCode.FLOOR, StepCode.FULL}
)


def _steps(lines: Sequence[PricedLine]) -> Iterator[Step]:
    """Yield the steps of all units, each once: its amounts together, before what is said last of the line."""
    found: dict[tuple[object, ...], Step] = {}
    for line in lines:
        for step in line.steps:
            key = _key(step)
            known = found.get(key)
            found[key] = step if known is None else _together(known, step)
    has_credit = any(step.code is StepCode.CREDIT for step in found.values())
    for step in sorted(found.values(), key=lambda one: one.code in _LAST):
        if has_credit and step.code in _PROMISED:
            # What was left of a credit at each unit adds up to nothing: what they were paid does.
            shares = [line.share for line in lines]
            amo = sum(one.amo_cents for one in shares) * (step.code is StepCode.PROMISE)
            yield step._replace(cents=sum(one.amc_cents for one in shares) + amo)
        elif step.code in {*_BOUNDS, StepCode.LIMIT}:
            key = _key(step)
            rest = [one for one in lines if key not in map(_key, one.steps)]
            if step.code is StepCode.LIMIT:
                yield _partly(step, rest, lines) if rest else step
                continue
            paid = sum(one.share.amo_cents + one.share.amc_cents for one in rest)
            yield step._replace(cents=step.cents + paid)
        else:
            yield step


def _partly(step: Step, within: Sequence[PricedLine], lines: Sequence[PricedLine]) -> Step:
    """Return what is said of a line of which a limit leaves out the last units alone."""
    left, units = (sum(line.act.quantity for line in some) for some in (within, lines))
    return step._replace(code=StepCode.PARTLY, words=(step.words[0], left, units))


_LAST: Final = frozenset(
    {StepCode.OTHER_AMC, StepCode.AMC, StepCode.PATIENT, StepCode.FLAT_DEDUCTION}
)


# What they say beside their first word is of a unit.
_COUNTED: Final = frozenset({StepCode.AMO, StepCode.PARTLY, StepCode.BEYOND})


def _key(step: Step) -> tuple[object, ...]:
    """Return what makes two steps of two units one: all that they say but amounts and units."""
    words = step.words[:1] if step.code in _COUNTED else step.words
    return step.code, step.source, words


def _together(one: Step, more: Step) -> Step:
    words = one.words
    if one.code in {StepCode.AMO, StepCode.BEYOND} and len(words) > 1:
        words = (words[0], int(words[1]) + sum(map(int, more.words[1:])))
    return one._replace(cents=one.cents + more.cents, words=words)
