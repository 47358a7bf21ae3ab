"""Laws of the price, for every act and every grid; and one example per rule of the text."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from egide.core.money import Money
from egide.pricing import Act, Family, Guarantee, Share, StepCode, price_claim
from pricing.builders import DAY, LAW, act, any_act, any_guarantee, grid

many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _share(guarantee: Guarantee, *acts: Act) -> Share:
    return price_claim(acts, guarantee, LAW, {}).total


def _euros(amo: float, amc: float, patient: float) -> Share:
    amounts = [Money(round(one * 100)) for one in (amo, amc, patient)]
    return Share(amo=amounts[0], amc=amounts[1], patient=amounts[2])


@given(st.lists(any_act(), min_size=1, max_size=5), any_guarantee())
@many
def test_every_cent_is_paid_by_exactly_one_payer(acts: list[Act], guarantee: Guarantee) -> None:
    for line in price_claim(acts, guarantee, LAW, {}).lines:
        share = line.share
        assert share.amo + share.amc + share.patient == line.act.expense
        assert min(share.amo, share.amc, share.patient) >= Money(0)
        by_code = {step.code: step.amount for step in line.steps}
        assert by_code[StepCode.AMC] == share.amc
        assert by_code[StepCode.PATIENT] == share.patient
        assert by_code[StepCode.AMO] == share.amo


@given(any_act(), st.integers(0, 300), st.integers(0, 300), st.sampled_from(("% BR", "% FR")))
@many
def test_a_better_guarantee_never_costs_the_patient_more(
    one: Act, low: int, more: int, word: str
) -> None:
    weak = grid(f"{one.family} | {low} {word}")
    strong = grid(f"{one.family} | {low + more} {word}")
    assert _share(strong, one).patient <= _share(weak, one).patient


@given(any_act(), st.integers(1, 500_000), any_guarantee())
@many
def test_a_dearer_act_is_never_paid_less(one: Act, more: int, guarantee: Guarantee) -> None:
    dearer = replace(one, expense=one.expense + Money(more))
    before, after = _share(guarantee, one), _share(guarantee, dearer)
    assert after.amo >= before.amo
    assert after.amo + after.amc >= before.amo + before.amc


@given(any_act(), any_guarantee())
@many
def test_the_increase_for_leaving_the_pathway_is_never_covered(
    one: Act, guarantee: Guarantee
) -> None:
    inside = replace(one, amo_rate=one.full_rate)
    assert _share(guarantee, one).amc == _share(guarantee, inside).amc


class TestVectors:
    """Those computed by hand from article R871-2 in the project's reference."""

    def test_a_visit_in_the_pathway(self) -> None:
        guarantee = grid("consultation-generaliste | TM")
        assert _share(guarantee, act("ngap:G", 3000)) == _euros(21, 9, 0)

    def test_the_flat_deduction_is_apart(self) -> None:
        line = price_claim([act("ngap:G", 3000)], grid("biologie | TM"), LAW, {}).lines[0]
        assert line.steps[-1].code is StepCode.FLAT_DEDUCTION
        assert line.steps[-1].amount == Money(200)

    def test_a_visit_out_of_the_pathway(self) -> None:
        guarantee = grid("consultation-generaliste | TM")
        visit = act("ngap:G", 3000, situation=("out-of-pathway",))
        assert _share(guarantee, visit) == _euros(9, 9, 12)

    @pytest.mark.parametrize(
        ("situation", "expected"),
        [(("not-optam",), (17.5, 27.5, 35)), ((), (17.5, 32.5, 30))],
        ids=["outside OPTAM: 20 points less", "inside OPTAM: the whole 200 %"],
    )
    def test_overruns(self, situation: tuple[str, ...], expected: tuple[float, ...]) -> None:
        guarantee = grid("consultation-specialiste | 200 % BR")
        assert _share(guarantee, act("ngap:CS", 8000, situation=situation)) == _euros(*expected)

    def test_outside_optam_never_more_than_the_base_again(self) -> None:
        guarantee = grid("consultation-specialiste | 400 % BR")
        visit = act("ngap:CS", 20_000, situation=("not-optam",))
        assert _share(guarantee, visit) == _euros(17.5, 32.5, 150)

    def test_a_pair_of_glasses_by_the_equipment(self) -> None:
        guarantee = grid("monture-b, verre-b-simple | 420 € par équipement")
        frame, lenses = act("grouping:M03", 15_000), act("grouping:VU1", 30_000, quantity=2)
        assert _share(guarantee, frame, lenses) == _euros(0.09, 399.91, 50)

    def test_a_hearing_aid_of_class_2(self) -> None:
        guarantee = grid("audio-classe-2 | 100 % FR")
        aid = act("lpp:2392530", 200_000, side="right")
        assert _share(guarantee, aid) == _euros(240, 1460, 300)


class TestResponsibleContract:
    @pytest.mark.parametrize(
        ("first", "second", "ceiling"),
        [
            ("VU1", "VU2", 420),
            ("VU1", "VU4", 560),
            ("VM1", "VU7", 700),
            ("VU1", "VM4", 610),
            ("VU5", "VM7", 750),
            ("VM4", "VM6", 800),
        ],
        ids=list("abcdef"),
    )
    def test_each_category_has_its_ceiling(self, first: str, second: str, ceiling: int) -> None:
        guarantee = grid(
            "monture-b, verre-b-simple, verre-b-complexe, verre-b-hypercomplexe | 100 % FR"
        )
        acts = [
            act("grouping:M03", 9_000),
            act(f"grouping:{first}", 90_000),
            act(f"grouping:{second}", 90_000),
        ]
        share = _share(guarantee, *acts)
        assert share.amo + share.amc == Money(ceiling * 100)

    @pytest.mark.parametrize(
        ("first", "second", "floor"),
        [("VU1", "VU2", 50), ("VU1", "VU4", 125), ("VM1", "VM2", 200)],
    )
    def test_each_category_has_its_floor_once_anything_is_covered(
        self, first: str, second: str, floor: int
    ) -> None:
        guarantee = grid("monture-b, verre-b-simple, verre-b-complexe | 100 % BR + 1 €")
        acts = [
            act("grouping:M03", 9_000),
            act(f"grouping:{first}", 20_000),
            act(f"grouping:{second}", 20_000),
        ]
        share = _share(guarantee, *acts)
        assert share.amo + share.amc == Money(floor * 100)

    def test_a_frame_is_paid_100_euros_at_most(self) -> None:
        share = _share(grid("monture-b | 100 % FR"), act("grouping:M03", 25_000))
        assert share.amo + share.amc == Money(10_000)

    def test_a_contract_that_is_not_responsible_has_no_ceiling(self) -> None:
        guarantee = grid("monture-b | 100 % FR", responsible="non")
        assert _share(guarantee, act("grouping:M03", 25_000)).patient == Money(0)

    def test_the_copayment_is_always_due(self) -> None:
        share = _share(grid("transport | TM"), act("nabm:1104", 702))
        assert share == _euros(4.21, 2.81, 0)

    def test_but_for_drugs_at_15_percent(self) -> None:
        share = _share(grid("transport | TM"), act("grouping:PH2", 1000))
        assert share == _euros(1.5, 0, 8.5)

    def test_100_percent_sante_leaves_nothing(self) -> None:
        share = _share(grid("transport | TM"), act("ccam:HBLD634", 50_000))
        assert share == _euros(72, 428, 0)


class TestCounters:
    def test_a_session_a_year(self) -> None:
        guarantee = grid("osteopathie | 30 € par séance | limite: 1 par année civile")
        one, other = act("ngap:OSTEO", 5000), act("ngap:OSTEO", 5000)
        first, second = price_claim([one, other], guarantee, LAW, {}).lines
        assert (first.share.amc, second.share.amc) == (Money(3000), Money(0))
        assert second.steps[-3].code is StepCode.LIMIT

    def test_a_credit_is_consumed_and_comes_back_in_january(self) -> None:
        guarantee = grid(
            "lentilles-refusees | crédit de 170 € par année civile", responsible="non"
        )
        lenses = replace(act("ngap:OSTEO", 10_000), family=Family.CONTACT_LENSES_REFUSED)
        lines = price_claim([lenses, lenses, lenses], guarantee, LAW, {}).lines
        assert [line.share.amc for line in lines] == [Money(10_000), Money(7_000), Money(0)]
        held = {use.counter: (use,) for use in lines[0].uses}
        january = replace(lenses, care_on=date(DAY.year + 1, 1, 1))
        assert price_claim([january], guarantee, LAW, held).total.amc == Money(10_000)

    @pytest.mark.parametrize(
        ("later", "age", "paid"),
        [
            (date(2028, 3, 1), 40, 0),
            (date(2028, 3, 2), 40, 5005),
            (date(2027, 3, 1), 10, 0),
            (date(2027, 3, 2), 10, 5005),
        ],
        ids=["a day early", "two years", "child, a day early", "child, one year"],
    )
    def test_a_frame_is_renewed_when_its_period_ends(
        self, later: date, age: int, paid: int
    ) -> None:
        rule = (
            "renouvellement: [1 par 2 ans (à partir de 16 ans), 1 par 1 an (moins de 16 ans)]"
        )
        guarantee = grid(f"monture-b | 100 % BR + 50 € | {rule}")
        first = price_claim([act("grouping:M03", 12_000, age=age)], guarantee, LAW, {}).lines[0]
        assert [use.units for use in first.uses] == [1]
        held = {use.counter: (use,) for use in first.uses}
        again = act("grouping:M03", 12_000, age=age, on=later)
        line = price_claim([again], guarantee, LAW, held).lines[0]
        assert (line.share.amo + line.share.amc).cents == (paid or 5)  # the copayment at least

    def test_a_claim_for_an_earlier_day_that_comes_later_finds_the_frame_used(self) -> None:
        guarantee = grid("monture-b | 100 % BR + 50 € | renouvellement: 1 par 2 ans")
        first = price_claim([act("grouping:M03", 12_000)], guarantee, LAW, {}).lines[0]
        held = {use.counter: (use,) for use in first.uses}
        earlier = act("grouping:M03", 12_000, on=date(2025, 6, 1))
        assert price_claim([earlier], guarantee, LAW, held).total.amc == Money(2)

    def test_each_ear_has_its_own_period(self) -> None:
        guarantee = grid(
            "audio-classe-1 | RSS + 100 % du reste à charge, dans la limite des PLV | renouvellement: 1 par 4 ans et par oreille"
        )
        right = act("lpp:2351057", 95_000, side="right")
        left = act("lpp:2365119", 95_000, side="left")
        lines = price_claim([right, left, left], guarantee, LAW, {}).lines
        assert [line.share.amc.cents for line in lines] == [71_000, 71_000, 16_000]

    def test_an_early_renewal_case_opens_it(self) -> None:
        guarantee = grid("monture-b | 100 % BR + 50 € | renouvellement: 1 par 2 ans")
        held = {
            use.counter: (use,)
            for use in price_claim([act("grouping:M03", 9_000)], guarantee, LAW, {})
            .lines[0]
            .uses
        }
        again = act("grouping:M03", 9_000, situation=("early-renewal",))
        assert price_claim([again], guarantee, LAW, held).total.amc == Money(5_002)

    def test_it_opens_nothing_else(self) -> None:
        guarantee = grid("osteopathie | 30 € par séance | limite: 1 par année civile")
        session = act("ngap:OSTEO", 5000, situation=("early-renewal",))
        lines = price_claim([session, session], guarantee, LAW, {}).lines
        assert [line.share.amc.cents for line in lines] == [3000, 0]

    def test_it_starts_a_new_period(self) -> None:
        guarantee = grid("monture-b | 100 % BR + 50 € | renouvellement: 1 par 2 ans")
        opened = act("grouping:M03", 9_000, situation=("early-renewal",))
        line = price_claim([opened], guarantee, LAW, {}).lines[0]
        assert [use.units for use in line.uses] == [1]

    def test_the_copayment_is_due_past_a_limit(self) -> None:
        guarantee = grid("auxiliaire | 150 % BR | limite: 1 par année civile")
        care = act("ngap:AMI4", 2000)
        lines = price_claim([care, care], guarantee, LAW, {}).lines
        assert [line.share.amc.cents for line in lines] == [1134, 504]

    def test_two_limits_of_one_line_are_one_use(self) -> None:
        guarantee = grid("osteopathie | 30 € | limite: [2 par année civile, 1 par 6 mois]")
        line = price_claim([act("ngap:OSTEO", 5000)], guarantee, LAW, {}).lines[0]
        assert [use.counter for use in line.uses] == ["limit:ligne 1"]
