"""Pairs of glasses: which lenses and which frame make one equipment, over several claims if need be.

An equipment is two lenses and a frame. Its category comes from the letters of its lenses (R871-2 3°), of class B or
of a class A whose correction is known, never from a dioptre. What was bought before is remembered by counters, so
that a pair billed in two claims is bounded as if it were billed in one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Final

from egide.core.period import add_months
from egide.pricing.act import ELEMENTS, FRAMES, LENS_LETTERS, Act, cut_up
from egide.pricing.limits import Counters, Use

_PAIRS: Final = {"aa": "a", "ac": "b", "cc": "c", "af": "d", "cf": "e", "ff": "f"}
_LENSES = 2
_MOST_PARTS = 4  # no grid pays more pairs of one line
EQUIPMENT_USE = "equipment:"
_FRAME = "frame"
_CLASS_A = "A"  # a class A lens; the letter of its correction follows, where it is known


@dataclass(slots=True)
class Equipment:
    """One pair of glasses, bought or being bought.

    Args:
        since: the day of its first element.
        paid_cents: what AMO and AMC paid of it in earlier claims.
        amo_cents: what the AMO pays of the elements of this claim that are not priced yet.
        is_begun: some of its elements were bought in earlier claims.
        spent: what this claim has spent of the credits of pairs for it, by counter.
    """

    since: date
    frames: int = 0
    letters: list[str] = field(default_factory=list[str])
    paid_cents: int = 0
    amo_cents: int = 0
    is_begun: bool = False
    spent: dict[str, int] = field(default_factory=dict[str, int])

    def takes(self, element: str, units: int) -> bool:
        """Tell whether so many more of an element fit in."""
        if element == _FRAME:
            return self.frames + units <= 1
        return len(self.letters) + units <= _LENSES

    def is_completed_by(self, element: str, units: int) -> bool:
        """Tell whether so many more of an element make it whole."""
        lenses = 0 if element == _FRAME else units
        frames = units - lenses
        return self.takes(element, units) and (
            self.frames + frames == 1 and len(self.letters) + lenses == _LENSES
        )

    def add(self, element: str, units: int) -> None:
        """Put an element in."""
        if element == _FRAME:
            self.frames += units
        else:
            self.letters += [element] * units

    @property
    def is_complete(self) -> bool:
        """Tell whether it has its two lenses and its frame."""
        return self.frames > 0 and len(self.letters) >= _LENSES

    @property
    def category(self) -> str | None:
        """Return its category, a to f; None without a class B lens. A lens alone counts for two."""
        if all(letter.startswith(_CLASS_A) for letter in self.letters):
            return None
        return self.correction

    @property
    def correction(self) -> str | None:
        """Return the category of its known corrections, whatever the class of its lenses; None without any."""
        known = (letter.removeprefix(_CLASS_A) for letter in self.letters)
        letters = sorted(filter(None, known))[:_LENSES]
        return (
            _PAIRS["".join(letters if len(letters) > 1 else letters * 2)] if letters else None
        )

    @property
    def has_class_a(self) -> bool:
        """Tell whether one of its lenses is of class A."""
        return any(letter.startswith(_CLASS_A) for letter in self.letters)


def _element(act: Act) -> str:
    role = act.kind.role
    if role in FRAMES:
        return _FRAME
    return LENS_LETTERS.get(role) or f"{_CLASS_A}{act.kind.lens}"


def equipments(acts: Sequence[Act], counters: Counters, months: int) -> dict[int, Equipment]:
    """Return the equipment of each lens and frame of a claim, by position.

    Args:
        months: within which elements bought apart make one equipment.
    """
    found: dict[int, Equipment] = {}
    every: list[Equipment] = []
    for index, act in enumerate(acts):
        if act.kind.role not in ELEMENTS:
            continue
        if not every:
            every.append(_open_on(act.care_on, counters, months))
        element = _element(act)
        # The one that it completes, that of the element before it, or the first that misses it: two frames, then the
        # lenses of both.
        whole = (one for one in every if one.is_completed_by(element, act.quantity))
        missing = (one for one in (every[-1], *every) if one.takes(element, act.quantity))
        one = next(chain(whole, missing), None)
        if one is None:
            one = Equipment(act.care_on)
        elif one is not every[-1]:
            every.remove(one)
        if one is not every[-1]:
            every.append(one)
        one.add(element, act.quantity)
        found[index] = one
        # A whole pair takes no more: what is looked through stays short.
        every = [other for other in every if other is one or not other.is_complete]
    return found


def as_elements(acts: Sequence[Act]) -> list[tuple[int, Act]]:
    """Return acts with their place, those that are elements of more than one pair in parts of one pair each."""
    found: list[tuple[int, Act]] = []
    for place, act in enumerate(acts):
        most = (
            (1 if act.kind.role in FRAMES else _LENSES)
            if act.kind.role in ELEMENTS
            else act.quantity
        )
        if act.quantity <= most:
            found.append((place, act))
            continue
        whole = min(act.quantity // most, _MOST_PARTS)
        rest = act.quantity - whole * most
        sizes = [most] * whole + [rest] * bool(rest)
        found += [(place, part) for part, _ in cut_up(act, 0, sizes)]
    return found


def _open_on(day: date, counters: Counters, months: int) -> Equipment:
    """Return the equipment that is not complete on a day, or a new one."""
    bought = sorted(
        (use.care_on, name.removeprefix(EQUIPMENT_USE), use.units, use.cents)
        for name, uses in counters.items()
        if name.startswith(EQUIPMENT_USE)
        for use in uses
        if use.care_on <= day
    )
    current = Equipment(date.min)
    for care_on, element, units, cents in bought:
        is_over = current.since == date.min or care_on >= add_months(current.since, months)
        if is_over or not current.takes(element, units):
            current = Equipment(care_on)
        current.add(element, units)
        current.paid_cents += cents
        current.is_begun = True
    if current.since == date.min or current.is_complete:
        return Equipment(day)
    return current if day < add_months(current.since, months) else Equipment(day)


def element_use(act: Act, paid_cents: int) -> Use:
    """Return the use that remembers an element, with what AMO and AMC paid for it."""
    return Use(f"{EQUIPMENT_USE}{_element(act)}", act.care_on, act.quantity, paid_cents)
