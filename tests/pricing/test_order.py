"""Class A beside class B, and a stay: the order of a claim's lines changes nobody's amount."""

from collections import Counter
from datetime import date
from itertools import permutations

import pytest

from egide.core.money import Money
from egide.nomenclature import BilledLine, load_nomenclature
from egide.plans import Catalogue, shipped_grids
from egide.pricing import price_claim
from pricing.builders import LAW, act, grid

_DAY = date(2026, 11, 2)
_TABLES = load_nomenclature()
_PLANS = Catalogue(shipped_grids())
_PAIRS = {
    "class A frame, class B lenses": (
        ("M01", 30, ""),
        ("VU2", 120, "right"),
        ("VU2", 120, "left"),
    ),
    "class B frame, class A lens": (
        ("M02", 150, ""),
        ("V01", 32, "right"),
        ("VU3", 140, "left"),
    ),
    "a stay": (("GHS", 900, ""), ("ADC", 400, ""), ("FJ", 23, "")),
}


@pytest.mark.parametrize(
    "plan", ["FORMATION-N1", "HCR-A5", "BOULANGERIE", "GARDIENS", "PROPRETE-ART9"]
)
@pytest.mark.parametrize("billed", list(_PAIRS))
def test_any_order_gives_each_line_the_same(plan: str, billed: str) -> None:
    found = _PLANS.on(plan, _DAY)
    assert found is not None
    decided = set[tuple[tuple[tuple[str, str], int], ...]]()
    for order in permutations(_PAIRS[billed]):
        lines = [
            BilledLine(
                system="grouping",
                code=code,
                care_on=_DAY,
                quantity=1,
                expense=Money(price * 100),
                base=Money(min(price, 250) * 60),
                side=side,
            )
            for code, price, side in order
        ]
        acts = [
            _TABLES.act(one, age=40, member_since=date.min)
            for one in _TABLES.of_one_stay(lines)
        ]
        priced = price_claim(acts, found.guarantee, _TABLES.law_on(_DAY), {})
        assert [line.act for line in priced.lines] == acts
        # Two lenses of one class share what is left of a ceiling: together they get the same.
        shares: Counter[tuple[str, str]] = Counter()
        for one in priced.lines:
            shares[one.act.code, "amo"] += one.share.amo_cents
            shares[one.act.code, "amc"] += one.share.amc_cents
        decided.add(tuple(sorted(shares.items())))
    assert len(decided) == 1


_ORDERED = {
    "a count goes to what gains most by it": (
        grid("osteopathie | 50 € | limite: 1 par année civile", responsible="non"),
        {4_000: 0, 6_000: 5_000},
    ),
    "a credit goes to the dearest first": (
        grid("osteopathie | crédit de 70 € par année civile", responsible="non"),
        {4_000: 1_000, 6_000: 6_000},
    ),
}


@pytest.mark.parametrize("name", list(_ORDERED))
@pytest.mark.parametrize("turned", [False, True])
def test_what_runs_out_goes_to_one_act_whatever_the_order(name: str, *, turned: bool) -> None:
    guarantee, paid = _ORDERED[name]
    acts = [act("ngap:OSTEO", cents) for cents in sorted(paid, reverse=turned)]
    lines = price_claim(acts, guarantee, LAW, {}).lines
    assert {line.act.expense_cents: line.share.amc_cents for line in lines} == paid


@pytest.mark.parametrize("turned", [False, True])
def test_a_count_is_not_spent_on_what_is_owed_without_it(*, turned: bool) -> None:
    """The dearer visit has its copayment whatever the count: 10 € more by it, where osteopathy has 35."""
    guarantee = grid("consultation, osteopathie | 40 € | limite: 1 par année civile")
    acts = [act("ngap:G", 6_000), act("ngap:OSTEO", 3_500)]
    lines = price_claim(acts[:: -1 if turned else 1], guarantee, LAW, {}).lines
    assert {line.act.code: line.share.amc_cents for line in lines} == {
        "ngap:G": 900,
        "ngap:OSTEO": 3_500,
    }


def test_a_count_goes_to_the_first_day_of_care() -> None:
    guarantee = grid("osteopathie | 50 € | limite: 1 par année civile", responsible="non")
    later = act("ngap:OSTEO", 9_000, on=date(2026, 3, 9))
    first = act("ngap:OSTEO", 3_000, on=date(2026, 3, 2))
    lines = price_claim([later, first], guarantee, LAW, {}).lines
    assert [line.share.amc_cents for line in lines] == [0, 3_000]
