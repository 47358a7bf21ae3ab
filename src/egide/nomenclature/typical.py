"""Typical acts to show and compare grids on: illustrations with prices met in practice."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import msgspec

from egide.core.money import Money
from egide.nomenclature.exact_yaml import load_data, to_cents
from egide.nomenclature.nomenclature import BilledLine


class _Act(msgspec.Struct, frozen=True):
    act: str
    price: Decimal
    quantity: int = 1
    base: Decimal | None = None
    situation: list[str] = []
    side: str = ""
    stay: str = ""


class _Care(msgspec.Struct, frozen=True):
    label: str
    acts: list[_Act]
    age: int = 40
    from_age: int = 0
    below_age: int = 200


@dataclass(frozen=True, slots=True)
class TypicalCare:
    """What a person of an age buys at once, on a day.

    Args:
        age: full years.
        from_age, below_age: of whom such a care is: from, and below.
    """

    label: str
    age: int
    lines: tuple[BilledLine, ...]
    from_age: int = 0
    below_age: int = 200


def typical_treatments(day: date) -> list[TypicalCare]:
    """Return the typical acts as if billed on a day."""
    return [
        TypicalCare(
            care.label,
            care.age,
            tuple(_line(act, day) for act in care.acts),
            care.from_age,
            care.below_age,
        )
        for care in load_data("typical.yaml", list[_Care])
    ]


def _line(act: _Act, day: date) -> BilledLine:
    system, _, code = act.act.partition(":")
    return BilledLine(
        system=system,
        code=code,
        care_on=day,
        quantity=act.quantity,
        expense=Money(to_cents(act.price)),
        side=act.side,
        situation=frozenset(act.situation),
        base=None if act.base is None else Money(to_cents(act.base)),
        stay=act.stay,
    )
