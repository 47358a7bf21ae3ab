"""What bounds a promise: price limits, floors within limits or past them, ceilings over several acts."""

from datetime import date

import pytest

from egide.pricing import Act, Guarantee, StepCode, Use, price_claim
from pricing.builders import LAW, act, grid, held

CROWN = act("ccam:HBLD038", 40_000)  # price limit 298.70, base 120, AMO 72


def amc(guarantee: Guarantee, *acts: Act, **counters: tuple[Use, ...]) -> list[int]:
    priced = price_claim(acts, guarantee, LAW, counters)
    return [line.share.amc_cents for line in priced.lines]


class TestPriceLimits:
    def test_a_price_above_its_limit_is_paid_up_to_it(self) -> None:
        written = '"100 % FR, dans la limite des HLF"'
        guarantee = grid(f"prothese-dentaire | {written}", responsible="non")
        assert amc(guarantee, CROWN) == [29_870 - 7_200]
        assert amc(guarantee, CROWN._replace(expense_cents=20_000)) == [12_800]

    def test_where_the_price_is_free_the_base_is_all_that_a_price_limit_gives(self) -> None:
        written = '"100 % FR, dans la limite des HLF"'
        guarantee = grid(f"prothese-dentaire | {written}", responsible="non")
        assert amc(guarantee, CROWN._replace(limit_cents=None)) == [12_000 - 7_200]

    def test_the_best_of_two_takes_account_of_what_the_amo_pays(self) -> None:
        guarantee = grid(
            'prothese-dentaire | "max(RSS + 10 € ; RSS + 10 % PMSS)"', responsible="non"
        )
        assert amc(guarantee, CROWN._replace(expense_cents=90_000)) == [40_050]
        copayment = grid(
            'prothese-dentaire | "max(TM + 50 € ; 60 €)"', amo="en plus", responsible="non"
        )
        assert amc(copayment, CROWN) == [9_800]


class TestFloors:
    @pytest.mark.parametrize(
        ("used", "paid"), [(0, 3_000), (11_500, 1_100), (12_000, 900), (12_600, 900)]
    )
    def test_a_minimum_holds_when_the_ceiling_is_spent(self, used: int, paid: int) -> None:
        guarantee = grid(
            "consultation | 200 % BR, minimum TM | plafond: visites",
            head="plafonds:\n  visites: 126 € par année civile\n",
            responsible="non",
        )
        visit = act("ngap:G", 5_100)
        spent = (Use("ceiling:TEST:visites", visit.care_on, 0, used),)
        assert amc(guarantee, visit, **{"ceiling:TEST:visites": spent}) == [paid]

    def test_a_minimum_is_not_what_is_paid_past_a_count(self) -> None:
        minimum = grid(
            "osteopathie | 30 €, minimum 10 € | limite: 1 par année civile", responsible="non"
        )
        beyond = grid(
            "osteopathie | 30 €, au-delà 10 € | limite: 1 par année civile", responsible="non"
        )
        visit = act("ngap:OSTEO", 6_000)
        assert amc(minimum, visit, visit) == [3_000, 0]
        assert amc(beyond, visit, visit) == [3_000, 1_000]

    def test_what_is_paid_past_a_count_stays_within_the_price(self) -> None:
        guarantee = grid(
            "auxiliaire | 300 % BR, au-delà 10 % PMSS | limite: 1 par année civile",
            responsible="non",
        )
        care = act("ngap:AMI4", 2_000)  # base 12.60, AMO 7.56
        lines = price_claim([care, care], guarantee, LAW, {}).lines
        assert [line.share.amc_cents for line in lines] == [1_244, 1_244]
        past = [step for step in lines[1].steps if step.code is StepCode.BEYOND]
        assert [(one.cents, one.source, one.words) for one in past] == [
            (1_244, "essai-l0", ("L0", 1))
        ]
        again = grid(
            "auxiliaire | 300 % BR, au-delà TM | limite: 1 par année civile", responsible="non"
        )
        assert amc(again, care, care) == [1_244, 504]

    def test_one_cent_past_a_count_is_paid(self) -> None:
        guarantee = grid(
            "osteopathie | 30 €, au-delà 0,01 € | limite: 1 par année civile", responsible="non"
        )
        visit = act("ngap:OSTEO", 6_000)
        assert amc(guarantee, visit, visit) == [3_000, 1]


class TestCutsOfTheLaw:
    def test_a_cut_gives_back_to_each_purse_what_it_no_longer_pays(self) -> None:
        guarantee = grid("monture-b | 60 € + crédit de 200 € par année civile")
        frame = act("grouping:M03", 25_000)
        line = price_claim([frame], guarantee, LAW, {}).lines[0]
        assert line.share.amo_cents + line.share.amc_cents == 10_000
        spent = [use.cents for use in line.uses if use.counter.startswith("credit")]
        assert spent == [4_000]

    def test_a_ceiling_over_several_acts_knows_what_each_took(self) -> None:
        guarantee = grid(
            "chirurgie-refractive | 300 € | plafond: confort",
            "osteopathie | 100 € | plafond: confort",
            head="plafonds:\n  confort: 350 € par année civile\n",
        )
        eye = act("libre:chirurgie-refractive", 90_000, side="left")
        session = act("ngap:OSTEO", 20_000)
        first = price_claim([eye], guarantee, LAW, {}).lines[0]
        assert [(use.counter, use.cents) for use in first.uses] == [
            ("ceiling:TEST:confort", 30_000)
        ]
        assert price_claim([session], guarantee, LAW, held(first.uses)).total.amc_cents == 5_000

    def test_a_credit_by_stay_begins_anew_with_the_next_one(self) -> None:
        guarantee = grid("chambre-particuliere | 100 € par séjour")
        days = act("grouping:SHO", 20_000, stay="S1")
        first = price_claim([days], guarantee, LAW, {}).lines[0]
        counters = held(first.uses)
        assert price_claim([days], guarantee, LAW, counters).total.amc_cents == 0
        other = days._replace(stay="S2")
        assert price_claim([other], guarantee, LAW, counters).total.amc_cents == 10_000

    def test_a_share_of_the_pmss_is_that_of_the_day(self) -> None:
        guarantee = grid("osteopathie | 1 % PMSS par année civile")
        visit = act("ngap:OSTEO", 100_000, on=date(2026, 3, 2))
        assert amc(guarantee, visit, visit) == [4_005, 0]
