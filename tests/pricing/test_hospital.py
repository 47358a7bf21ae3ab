"""Fees in a stay are paid by the grid's hospital lines, in the order of the acts or another (six real grids)."""

from datetime import date
from itertools import permutations

import pytest

from egide.core.money import Money
from egide.nomenclature import BilledLine, load_nomenclature
from egide.plans import Catalogue, shipped_grids
from egide.pricing import Guarantee, price_claim

_DAY = date(2026, 11, 2)
_PLANS = Catalogue(shipped_grids())


def _guarantee(plan: str) -> Guarantee:
    found = _PLANS.on(plan, _DAY)
    assert found is not None
    return found.guarantee


def _priced(plan: str, price: int, code: str, situation: frozenset[str], stay: str = "") -> int:
    """Return what the AMC pays, in cents, of an act at a price for a base of 100 €, beside a stay of 1,000 €."""
    found = set[int]()
    lines = [
        BilledLine(
            system="grouping",
            code="GHS",
            care_on=_DAY,
            quantity=1,
            expense=Money(100_000),
            base=Money(100_000),
            stay=stay,
        ),
        BilledLine(
            system="grouping",
            code=code,
            care_on=_DAY,
            quantity=1,
            expense=Money(price * 100),
            base=Money(10_000),
            situation=situation,
            stay=stay,
        ),
    ]
    tables = load_nomenclature()
    for order in permutations(lines):
        acts = [
            tables.act(one, age=40, member_since=date.min) for one in tables.of_one_stay(order)
        ]
        priced = price_claim(acts, _guarantee(plan), tables.law_on(_DAY), {})
        [line] = [one for one in priced.lines if one.act.code == f"grouping:{code}"]
        found.add(line.share.amc_cents)
    [amc] = found
    return amc


@pytest.mark.parametrize(
    ("plan", "price", "printed"),
    [
        ("HCR-A5", 400, 25_000),  # TM + 230 %
        ("FORMATION-N2", 400, 17_000),  # TM + 150 %
        ("BOULANGERIE", 400, 22_000),
        ("PROPRETE-ART9", 200, 7_000),
        ("GARDIENS", 400, 15_000),
    ],
)
def test_surgery_in_a_stay_is_paid_as_the_hospital_line_is_printed(
    plan: str, price: int, printed: int
) -> None:
    assert _priced(plan, price, "ADC", frozenset()) == printed


def test_who_is_not_optam_is_paid_by_its_own_line_of_the_hospital() -> None:
    assert _priced("HCR-A5", 400, "ADC", frozenset({"not-optam"})) == 12_000  # TM + 100 %


@pytest.mark.parametrize("code", ["ADC", "ADA", "ACO", "ADI", "ADE", "ATM"])
def test_whatever_a_doctor_does_in_a_stay_is_a_hospital_fee(code: str) -> None:
    assert _priced("HCR-A5", 400, code, frozenset()) == 25_000


def test_outside_a_stay_the_town_line_pays() -> None:
    tables = load_nomenclature()
    line = BilledLine(
        system="grouping",
        code="ADC",
        care_on=_DAY,
        quantity=1,
        expense=Money(40_000),
        base=Money(10_000),
    )
    assert tables.of_one_stay([line]) == [line]
    act = tables.act(line, age=40, member_since=date.min)
    priced = price_claim([act], _guarantee("HCR-A5"), tables.law_on(_DAY), {})
    assert act.kind.family == "acte-chirurgie"
    assert priced.total.amc_cents != 25_000


def test_a_bill_that_says_which_stay_is_whose_is_taken_at_its_word() -> None:
    tables = load_nomenclature()
    stay = BilledLine(
        system="grouping",
        code="GHS",
        care_on=_DAY,
        quantity=1,
        expense=Money(1_000),
        base=Money(1_000),
        stay="A",
    )
    apart = BilledLine(
        system="grouping",
        code="ADC",
        care_on=_DAY,
        quantity=1,
        expense=Money(1_000),
        base=Money(1_000),
    )
    assert tables.of_one_stay([stay, apart]) == [stay, apart]
