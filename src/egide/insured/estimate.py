"""« Combien vais-je payer ? »: a typical care at a price, under one's own cover and what one has used of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from egide import db
from egide.core.money import Money, euros
from egide.core.refusal import Refusal, RefusalCode
from egide.insured.sql import OwnCover
from egide.nomenclature import (
    BilledLine,
    Nomenclature,
    TypicalCare,
    UnpriceableError,
    typical_treatments,
)
from egide.plans import plan_in_force
from egide.pricing import PricedClaim, Use, merged, price_claim

_PRICE: Final = re.compile(r" à [\d\s]+ €|, \d+ ans")
_MOST_CENTS: Final = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A care that one may ask the price of, with the prices of its acts as they are met in practice."""

    label: str
    care: TypicalCare

    @property
    def cents(self) -> list[int]:
        """Return the price of each act, in cents."""
        return [line.expense.cents for line in self.care.lines]


@dataclass(frozen=True, slots=True)
class Asked:
    """A care at a price of each of its acts, in cents."""

    choice: Choice
    cents: Sequence[int]


def choices(age: int, today: date) -> list[Choice]:
    """Return the cares that somebody of an age may ask about."""
    return [
        Choice(label=_PRICE.sub("", care.label), care=care)
        for care in typical_treatments(today)
        if care.from_age <= age < care.below_age
    ]


async def estimate(
    tx: db.Tx,
    cover: OwnCover,
    used: Sequence[Use],
    asked: Asked,
    today: date,
    nomenclature: Nomenclature,
) -> PricedClaim:
    """Price a care as it would be today; nothing of it is kept.

    Raises Refusal: ``value-invalid``: no grid of the cover yet, a code without a tariff, a price out of bounds or
    above what the law allows.
    """
    lines = asked.choice.care.lines
    if len(asked.cents) != len(lines) or not all(
        0 <= one <= _MOST_CENTS for one in asked.cents
    ):
        hint = "Un prix pour chaque acte, de 0 à 100 000 €."
        raise Refusal(RefusalCode.VALUE_INVALID, where="prices_cents", hint=hint)
    plan = await plan_in_force(tx, cover.plan_code, today)
    if plan is None:
        hint = "Votre assureur n'a pas encore donné la grille de ce contrat."
        raise Refusal(RefusalCode.VALUE_INVALID, where="plan", hint=hint)
    age = today.year - cover.birth_year
    try:
        acts = [
            nomenclature.act(line, age=age, member_since=cover.start_on)
            for line in nomenclature.of_one_stay(list(map(_priced, lines, asked.cents)))
        ]
    except UnpriceableError as error:
        raise Refusal(RefusalCode.VALUE_INVALID, where="care", hint=str(error)) from None
    for act in acts:
        if act.limit_cents is not None and act.expense_cents > act.limit_cents:
            hint = f"Ce prix dépasse celui que la loi permet pour {act.label} : {euros(act.limit_cents)}."
            raise Refusal(RefusalCode.VALUE_INVALID, where="prices_cents", hint=hint)
    return price_claim(acts, plan.guarantee, nomenclature.law_on(today), merged({}, used))


def _priced(line: BilledLine, cents: int) -> BilledLine:
    # The base of a stay or a transport is declared with it: no more than its price.
    base = None if line.base is None else Money(min(line.base.cents, cents))
    return replace(line, expense=Money(cents), base=base)
