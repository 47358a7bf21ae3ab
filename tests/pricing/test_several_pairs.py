"""Several pairs of glasses in one invoice, or lines of more lenses than a pair has: one period pays one pair."""

from itertools import permutations
from typing import Final

import pytest

from egide.pricing import Act, price_claim
from egide.pricing.equipment import as_elements
from pricing.builders import LAW, act
from pricing.test_printed_rows import _amc, _faults, _levels

_SIMPLE: Final = "ligne: S, actes: equipement-simple, remboursement: 420 € par équipement, dont monture: 100 €"
_COMPLEX: Final = (
    "ligne: C, actes: [equipement-complexe, equipement-mixte-simple-complexe], "
    "remboursement: 450 € par équipement, dont monture: 50 €"
)


def _bill(text: str) -> list[Act]:
    """Return acts said as ``M03=150 VU1x2=300``."""
    acts: list[Act] = []
    for word in text.split():
        said, _, euros = word.partition("=")
        code, _, count = said.partition("x")
        acts.append(act(f"grouping:{code}", int(euros) * 100, quantity=int(count or 1)))
    return acts


@pytest.mark.parametrize(
    ("bill", "together"),
    [
        ("M03=150 VU1x2=600", 420),
        ("M03=150 M03=150 VU1x2=600 VU2x2=600", 420),
        ("M03x2=300 VU1x4=1200", 420),
        ("M03=150 VU1x4=1200", 420),
        ("M03=150 VU1x3=900", 420),
        ("M03=150 M03=150 VM1x2=1000 VU2x2=600", 450),
        ("M03=150 M03=150 VU1=300 VM1=500 VU1=300 VM1=500", 450),
        ("M03=150 VU1=300 VM1=500 M03=150 VU1=300 VM1=500", 450),
        ("M03=150 VU1x2=300 VM1=500", 400),  # a frame of 100 and the lenses: no more was billed
    ],
)
def test_a_period_pays_one_pair_however_it_is_billed(bill: str, together: int) -> None:
    low, _ = _levels(_SIMPLE, _COMPLEX)
    priced = price_claim(_bill(bill), low, LAW, {})
    assert together * 100 - 100 < priced.total.amc_cents <= together * 100


@pytest.mark.parametrize(
    "bill", ["M03=150 VU1x2=600", "M03=150 M03=150 VU1x2=600 VU2x2=600", "M03=120 VU1x3=500"]
)
def test_no_order_of_whole_pairs_pays_otherwise(bill: str) -> None:
    low, _ = _levels(_SIMPLE, _COMPLEX)
    acts = _bill(bill)
    paid = {price_claim(list(some), low, LAW, {}).total for some in permutations(acts)}
    assert len({total.amc_cents for total in paid}) == 1


def test_a_line_in_parts_says_each_amount_once() -> None:
    low, _ = _levels(_SIMPLE)
    [frames, lenses] = price_claim(_bill("M03x2=300 VU1x4=1200"), low, LAW, {}).lines
    for line in (frames, lenses):
        assert sum(line.share) == line.act.expense_cents
        codes = [step.code.value for step in line.steps]
        for code in ("expense", "amo", "amc", "patient"):
            assert codes.count(code) == 1, (code, codes)
        said = {step.code.value: step.cents for step in line.steps}
        assert (said["amo"], said["amc"], said["patient"]) == tuple(line.share)


class TestOutsideOptam:
    """What a contract pays outside OPTAM is bounded by what it pays inside, credits included (R871-2 2°)."""

    def test_a_credit_inside_counts(self) -> None:
        low, _ = _levels(
            "ligne: I, actes: consultation, si: OPTAM, remboursement: 100 % BR + 100 € par an",
            "ligne: O, actes: consultation, si: non OPTAM, remboursement: 150 % BR",
        )
        one = act("ngap:CS", 6_000, situation=("not-optam",))
        [line] = price_claim([one], low, LAW, {}).lines
        # 150 % of the base; the law allows 200 %, since the credit inside is more than that.
        assert line.share.amo_cents + line.share.amc_cents == one.base_cents * 3 // 2


class TestWhatTheAmoRefuses:
    """An act that the AMO refuses is paid by the line that prints what it refuses."""

    def test_a_family_of_refused_acts_pays_a_coded_act_that_is_refused(self) -> None:
        low, _ = _levels(
            "ligne: P, actes: prothese-dentaire, remboursement: 300 % BR",
            'ligne: R, actes: prothese-dentaire-refusee, base: "107,50 €", remboursement: 200 % BR',
        )
        refused = act("grouping:PF1", 55_000, base=10_750, situation=("refused",), side="36")
        assert _amc(low, refused) == 215


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (
            "ligne: I, actes: implantologie, remboursement: 600 € par implant, limite: 2 par an",
            "implant",
        ),
        (
            "ligne: O, actes: orthodontie, remboursement: TM + 300 € par semestre",
            "orthodontie-semestre",
        ),
        (
            "ligne: C, actes: prothese-dentaire, remboursement: TM + 300 € par couronne",
            "par acte",
        ),
        ("ligne: N, actes: consultation, remboursement: TM + 40 € par nuit", "par acte"),
        ("ligne: B, actes: transport, remboursement: TM + 80 € par boîte", "par acte"),
        (
            "ligne: A, actes: audio-accessoires, remboursement: TM + 800 € par oreille",
            "aide-auditive",
        ),
        ("ligne: V, actes: [verre, monture], remboursement: 100 € par verre", "verre"),
    ],
)
def test_a_unit_that_some_act_of_the_line_is_not_is_refused(row: str, word: str) -> None:
    assert word in _faults(row)


@pytest.mark.parametrize(
    "row",
    [
        "ligne: I, actes: implant, remboursement: 600 € par implant, limite: 2 par an",
        "ligne: I, actes: implantologie, remboursement: 600 € par acte, limite: 2 par an",
        "ligne: O, actes: orthodontie-semestre, remboursement: TM + 300 € par semestre",
        "ligne: P, actes: implantologie, remboursement: 300 € par an et par dent",
        "ligne: C, codes: [grouping:CM1], remboursement: TM + 300 € par couronne",
        "ligne: L, actes: aide-auditive, remboursement: 400 € par oreille",
    ],
)
def test_a_unit_of_every_act_is_taken(row: str) -> None:
    assert _levels(row)


def test_two_pairs_that_a_grid_pays_are_two_however_their_lenses_come() -> None:
    low, _ = _levels(_SIMPLE + ", renouvellement: 2 par 2 ans")
    bill = _bill("M03=150 M03=150 VU1=300 VU2=300 VU1=300 VU2=300")
    paid = price_claim(bill, low, LAW, {}).total.amc_cents
    assert 2 * 42_000 - 100 < paid <= 2 * 42_000


@pytest.mark.parametrize(
    ("row", "code", "asks"),
    [
        ("ligne: P, actes: prothese-dentaire, remboursement: 300 % BR", "PF0", True),
        (
            "ligne: P, actes: prothese-dentaire-maitrise, remboursement: RSS + 100 % RAC dans la limite des HLF",
            "PF1",
            True,
        ),
        ("ligne: P, actes: inlay-core, remboursement: 100 % HLF", "IC1", True),
        ("ligne: P, actes: inlay-core, remboursement: 300 % BR", "IC1", False),
        ("ligne: P, actes: prothese-dentaire, remboursement: 100 % HLF", "PFC", False),
    ],
)
def test_a_price_limit_that_no_code_says_is_asked_for(row: str, code: str, asks: bool) -> None:
    low, _ = _levels(row)
    one = act(f"grouping:{code}", 50_000, base=12_000)
    assert low.asks_limit(one, LAW) is asks
    assert not low.asks_limit(one._replace(limit_cents=60_000), LAW)


def test_absurd_quantities_cost_no_more_than_as_many_lines() -> None:
    """What an invoice costs to price grows with its lines, not with what they count."""
    low, _ = _levels(_SIMPLE)
    bill = [act("grouping:VU1", 900_000, quantity=999) for _ in range(20)]
    assert len(as_elements(bill)) <= 5 * len(bill)
    priced = price_claim(bill, low, LAW, {})
    assert all(sum(line.share) == line.act.expense_cents for line in priced.lines)
