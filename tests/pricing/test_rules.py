"""One example per rule of the text, and the vectors computed by hand from the law."""

from datetime import date

import pytest

from egide.plans import Catalogue, read_grid
from egide.pricing import Act, Guarantee, StepCode, Use, price_claim
from pricing.builders import DAY, LAW, NOMENCLATURE, act, grid, grid_text, held, stacked


def shares(guarantee: Guarantee, *acts: Act) -> tuple[float, float, float]:
    share = price_claim(acts, guarantee, NOMENCLATURE.law_on(acts[0].care_on), {}).total
    return share.amo_cents / 100, share.amc_cents / 100, share.patient_cents / 100


def amc(guarantee: Guarantee, *acts: Act) -> list[float]:
    lines = price_claim(acts, guarantee, NOMENCLATURE.law_on(acts[0].care_on), {}).lines
    return [line.share.amc_cents / 100 for line in lines]


VISIT = grid("consultation-generaliste | TM")


class TestBasicInsurer:
    def test_a_visit_in_the_pathway(self) -> None:
        assert shares(VISIT, act("ngap:G", 3000)) == (21, 9, 0)

    def test_the_flat_deduction_is_apart(self) -> None:
        line = price_claim([act("ngap:G", 3000)], grid("biologie | TM"), LAW, {}).lines[0]
        assert line.steps[-1].code is StepCode.FLAT_DEDUCTION
        assert line.deducted_cents == line.steps[-1].cents == 200

    @pytest.mark.parametrize(
        ("age", "situation", "kept"), [(17, (), 0), (18, (), 200), (40, ("maternity",), 0)]
    )
    def test_the_young_and_the_exempt_keep_it(
        self, age: int, situation: tuple[str, ...], kept: int
    ) -> None:
        visit = act("ngap:G", 3000, age=age, situation=situation)
        assert price_claim([visit], VISIT, LAW, {}).lines[0].deducted_cents == kept

    def test_four_a_day_and_fifty_euros_a_year(self) -> None:
        visits = [act("ngap:G", 3000, performer="P1") for _ in range(5)]
        lines = price_claim(visits, VISIT, LAW, {}).lines
        assert [line.deducted_cents for line in lines] == [200, 200, 200, 200, 0]
        counters = held(*(line.uses for line in lines[:4]))
        later = [act("ngap:G", 3000, on=date(2026, 4, day)) for day in range(1, 23)]
        kept = [one.deducted_cents for one in price_claim(later, VISIT, LAW, counters).lines]
        assert sum(kept) == 5000 - 800

    @pytest.mark.parametrize("turned", [False, True])
    def test_the_last_euro_of_the_year_goes_to_one_act_whatever_the_order(
        self, *, turned: bool
    ) -> None:
        spent = held((Use("amo:participation", date(2026, 1, 5), 24, 4_900),))
        visits = [act("ngap:G", 3_000), act("ngap:CS", 2_300)]
        lines = price_claim(visits[:: -1 if turned else 1], VISIT, LAW, spent).lines
        assert {line.act.code: line.deducted_cents for line in lines} == {
            "ngap:G": 100,
            "ngap:CS": 0,
        }

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(2020, 3, 10), (7.5, 7.5, 10)),
            (date(2024, 3, 10), (7.95, 7.95, 10.6)),
            (date(2026, 3, 2), (9, 9, 12)),
        ],
        ids=["40 % capped at 10 €", "40 % of 26,50 €", "40 % of 30 €"],
    )
    def test_a_visit_out_of_the_pathway(
        self, day: date, expected: tuple[float, float, float]
    ) -> None:
        price = {2020: 2_500, 2024: 2_650, 2026: 3_000}[day.year]
        visit = act("ngap:G", price, situation=("out-of-pathway",), on=day)
        assert shares(VISIT, visit) == expected

    @pytest.mark.parametrize(
        ("age", "situation"), [(15, ()), (40, ("maternity",)), (0, ("newborn",))]
    )
    def test_some_have_no_pathway_to_leave(self, age: int, situation: tuple[str, ...]) -> None:
        visit = act("ngap:G", 3000, age=age, situation=(*situation, "out-of-pathway"))
        assert shares(VISIT, visit)[2] == 0

    def test_local_regime(self) -> None:
        assert shares(VISIT, act("ngap:G", 3000, situation=("local-regime",))) == (27, 3, 0)

    def test_long_illness_leaves_nothing_but_overruns(self) -> None:
        assert shares(VISIT, act("ngap:G", 3500, situation=("ald",))) == (30, 0, 5)

    def test_invalidity_does_not_reach_weak_drugs(self) -> None:
        drug = act("grouping:PH4", 1000, situation=("invalidity",))
        assert shares(VISIT, drug) == (3, 0, 7)
        assert shares(VISIT, act("grouping:PH4", 1000, situation=("ald",))) == (10, 0, 0)

    def test_dental_care_since_october_2023(self) -> None:
        for day, amo in ((date(2023, 10, 14), 20.24), (date(2023, 10, 15), 17.35)):
            assert shares(VISIT, act("ccam:HBJD001", 2892, on=day))[0] == amo


class TestHospital:
    def test_a_heavy_stay_leaves_24_euros_that_a_responsible_contract_pays(self) -> None:
        stay = act(
            "grouping:GHS",
            200_000,
            base=200_000,
            stay="S1",
            situation=("heavy-act",),
            performer="H",
        )
        surgeon = act("ngap:CS", 2300, stay="S1", situation=("heavy-act",))
        assert shares(grid("transport | TM"), stay, surgeon) == (1999, 24, 0)

    def test_the_day_charge_is_part_of_the_copayment_of_the_stay(self) -> None:
        stay = act("grouping:GHS", 10_000, base=10_000, stay="S1")
        days = act("grouping:FJ", 6900, quantity=3, stay="S1")
        assert shares(grid("transport | TM"), stay, days)[1] == 20 + (69 - 20)

    def test_the_day_charge_is_covered_without_end(self) -> None:
        days = act("grouping:FJ", 20_000 * 3, quantity=30 * 1, on=date(2026, 2, 1))
        assert shares(grid("transport | TM"), days)[2] == 0

    def test_a_room_by_day_and_its_limit_by_stay(self) -> None:
        room = grid("chambre-particuliere | 50 € par jour | limite: 8 jours par séjour")
        paid = amc(room, act("grouping:SHO", 100_000, quantity=10, stay="S1"))
        assert paid == [400]
        again = act("grouping:SHO", 10_000, quantity=1, stay="S2")
        uses = price_claim(
            [act("grouping:SHO", 100_000, quantity=10, stay="S1")], room, LAW, {}
        )
        other = price_claim([again], room, LAW, held(uses.lines[0].uses))
        assert other.total.amc_cents == 5000


class TestOverruns:
    def test_inside_optam_the_whole_promise(self) -> None:
        visit = act("ngap:CS+MPC", 8000, on=date(2024, 3, 2))
        assert shares(grid("consultation | 200 % BR"), visit) == (18.55, 34.45, 27)

    def test_outside_optam_twenty_points_less_than_inside(self) -> None:
        guarantee = grid(
            "consultation | 200 % BR | si: OPTAM", "consultation | 190 % BR | si: non OPTAM"
        )
        visit = act("ngap:CS+MPC", 8000, situation=("not-optam",), on=date(2024, 3, 2))
        assert shares(guarantee, visit) == (16.1, 25.3, 38.6)  # 180 % of the base of 23 €

    def test_outside_optam_never_more_than_the_base_again(self) -> None:
        guarantee = grid("consultation-specialiste | 400 % BR")
        visit = act("ngap:CS", 20_000, situation=("not-optam",))
        assert shares(guarantee, visit) == (16.1, 29.9, 154)

    def test_twenty_points_less_than_inside(self) -> None:
        guarantee = grid("consultation-specialiste | 150 % BR")
        visit = act("ngap:CS", 20_000, situation=("not-optam",))
        assert sum(shares(guarantee, visit)[:2]) == pytest.approx(23 * 1.3)

    def test_twenty_points_less_than_inside_where_a_minimum_promises_it(self) -> None:
        visit = act("ngap:G", 9_000, situation=("not-optam",))  # 130 % of 23 €, less 4.60
        for formula in ("130 % BR", "10 €, minimum 130 % BR"):
            assert shares(grid(f"consultation | {formula}"), visit) == (16.1, 9.2, 64.7)

    def test_a_free_contract_has_no_such_bound(self) -> None:
        guarantee = grid("consultation-specialiste | 400 % BR", responsible="non")
        visit = act("ngap:CS", 20_000, situation=("not-optam",))
        assert sum(shares(guarantee, visit)[:2]) == 92


LENSES = "monture-b, verre-b-simple, verre-b-complexe, verre-b-hypercomplexe"


class TestGlasses:
    def test_a_pair_paid_as_a_whole(self) -> None:
        guarantee = grid("equipement-simple | 420 € par équipement | dont monture: 100 €")
        frame, lenses = act("grouping:M03", 15_000), act("grouping:VU1", 30_000, quantity=2)
        assert shares(guarantee, frame, lenses) == (0.09, 399.91, 50)
        inline = grid("equipement-simple | 420 € par équipement dont monture 100 €")
        assert shares(inline, frame, lenses) == (0.09, 399.91, 50)

    @pytest.mark.parametrize("first", [0, 1])
    def test_the_copayment_of_a_pair_is_that_of_the_whole(self, first: int) -> None:
        guarantee = grid("equipement-simple | 250 € par équipement")
        pair = [act("grouping:M03", 12_000), act("grouping:VU1", 30_000, quantity=2)]
        share = shares(guarantee, pair[first], pair[1 - first])
        assert share == (0.09, 249.91, 170)
        nothing = grid("equipement-simple | 0 € par équipement", responsible="oui")
        assert sum(shares(nothing, *pair)[:2]) >= 0.15

    @pytest.mark.parametrize(
        "said", ["renouvellement: 1 par 2 ans", "limite: 1 par 2 ans", "renouvellement: 1 équipement par 2 ans", "limite: un équipement tous les deux ans"]
    )  # fmt: skip
    def test_one_pair_is_a_frame_and_two_lenses(self, said: str) -> None:
        guarantee = grid(f"equipement-simple | 320 € par équipement | {said}")
        pair = [act("grouping:M03", 12_000), act("grouping:VU1", 30_000, quantity=2)]
        lines = price_claim(pair, guarantee, LAW, {}).lines
        assert sum(line.share.amc_cents for line in lines) == 32_000 - 9
        later = [one._replace(care_on=date(2027, 9, 1)) for one in pair]
        again = price_claim(later, guarantee, LAW, held(*(line.uses for line in lines)))
        assert again.total.amc_cents == 6

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
        acts = [
            act("grouping:M03", 9_000),
            act(f"grouping:{first}", 90_000),
            act(f"grouping:{second}", 90_000),
        ]
        got = shares(grid(f"{LENSES} | 100 % FR"), *acts)
        assert got[0] + got[1] == pytest.approx(ceiling)

    def test_a_pair_bought_in_two_claims_has_one_ceiling(self) -> None:
        guarantee = grid(f"{LENSES} | 100 % FR")
        first = price_claim(
            [act("grouping:M03", 9_000), act("grouping:VU1", 30_000)], guarantee, LAW, {}
        )
        later = price_claim(
            [act("grouping:VU2", 30_000, on=date(2026, 5, 2))],
            guarantee,
            LAW,
            held(*(line.uses for line in first.lines)),
        )
        paid = sum(one.total.amc_cents + one.total.amo_cents for one in (first, later))
        assert paid == 42_000

    @pytest.mark.parametrize(
        ("first", "second", "floor"),
        [("VU1", "VU2", 50), ("VU1", "VU4", 125), ("VM1", "VM2", 200)],
    )
    def test_each_category_has_its_floor_once_anything_is_covered(
        self, first: str, second: str, floor: int
    ) -> None:
        acts = [
            act("grouping:M03", 9_000),
            act(f"grouping:{first}", 20_000),
            act(f"grouping:{second}", 20_000),
        ]
        got = shares(grid(f"{LENSES} | 100 % BR + 1 €"), *acts)
        assert got[0] + got[1] == pytest.approx(floor)
        got = shares(grid(f"{LENSES} | 100 % BR"), *acts)
        assert got[0] + got[1] < 1

    @pytest.mark.parametrize(
        ("year", "most"), [(2019, 150), (2020, 100)], ids=["before 2020", "since"]
    )
    def test_a_frame_has_its_own_ceiling(self, year: int, most: int) -> None:
        frame = act("grouping:M03", 25_000)._replace(care_on=date(year, 6, 1))
        got = shares(grid("monture-b | 100 % FR"), frame)
        assert got[0] + got[1] == most

    def test_a_contract_that_is_not_responsible_has_no_ceiling(self) -> None:
        guarantee = grid("monture-b | 100 % FR", responsible="non")
        assert shares(guarantee, act("grouping:M03", 25_000))[2] == 0

    def test_class_a_is_covered_whole(self) -> None:
        acts = [act("grouping:M01", 3000), act("grouping:V01", 6000, quantity=2)]
        assert shares(grid("transport | TM"), *acts)[2] == 0


class TestOtherFloorsAndCeilings:
    def test_a_hearing_aid_of_class_2(self) -> None:
        aid = act("lpp:2392530", 200_000, side="right")
        assert shares(grid("audio-classe-2 | 100 % FR"), aid) == (240, 1460, 300)

    def test_the_copayment_is_always_due(self) -> None:
        assert shares(grid("transport | TM"), act("ngap:AMI4", 1260))[2] == 0
        free = grid("transport | TM", responsible="non")
        assert shares(free, act("ngap:AMI4", 1260))[1] == 0

    def test_but_for_drugs_at_30_and_15_percent(self) -> None:
        assert shares(VISIT, act("grouping:PH2", 1000)) == (1.5, 0, 8.5)
        assert shares(VISIT, act("grouping:PH4", 1000)) == (3, 0, 7)
        assert shares(VISIT, act("grouping:PH7", 1000)) == (6.5, 3.5, 0)

    def test_100_percent_sante_leaves_nothing(self) -> None:
        assert shares(VISIT, act("ccam:HBLD634", 50_000)) == (72, 428, 0)

    def test_and_not_before_2020(self) -> None:
        old = act("ccam:HBLD634", 50_000, on=date(2019, 12, 1))
        assert shares(VISIT, old)[2] > 300


class TestFormulas:
    @pytest.mark.parametrize(
        ("formula", "paid"),
        [
            ("300 % BR", 288),  # AMO included
            ("TM + 200 % BR", 288),
            ("100 % BR + 50 €", 98),
            ("80 % FR", 328),
            ("80 % FR dans la limite de 300 % BR", 288),
            ("200 € - RSS", 128),
            ("RSS + 50 % du reste à charge", 214),
            ("3 % PMSS", 48.15),  # 120.15 less 72
            ("max(100 % BR ; 250 €)", 178),
            ("min(100 % BR ; 250 €)", 48),
            ("200 € par année civile, au-delà 100 % BR", 200),
            ("100 % BR, minimum 300 €", 228),
        ],
    )
    def test_a_crown_of_500(self, formula: str, paid: float) -> None:
        amo = "en plus" if "année" in formula else "comprise"
        guarantee = grid(f'prothese-dentaire-libre | "{formula}"', amo=amo, responsible="non")
        crown = act("grouping:PFC", 50_000)
        assert amc(guarantee, crown) == [paid]

    def test_what_is_said_en_plus(self) -> None:
        guarantee = grid("prothese-dentaire-libre | 240 % BR", amo="en plus")
        assert shares(guarantee, act("grouping:PFC", 50_000)) == (72, 288, 140)

    def test_a_refused_act_from_a_reconstituted_base(self) -> None:
        guarantee = grid(
            "prothese-dentaire-refusee | 240 % BR | base: 107,50 €",
            "orthodontie | 270 % BR | si: refusé",
            amo="en plus",
        )
        semester = act("ngap:TO90", 100_000, situation=("refused",))
        assert shares(guarantee, semester) == (0, 522.45, 477.55)

    def test_a_line_pays_nothing_of_what_is_refused_unless_it_says_so(self) -> None:
        guarantee = grid("orthodontie | 270 % BR")
        assert shares(guarantee, act("ngap:TO90", 100_000, situation=("refused",)))[1] == 0


class TestCounters:
    def test_a_session_a_year(self) -> None:
        guarantee = grid("osteopathie | 30 € par séance | limite: 1 par année civile")
        first, second = price_claim(
            [act("ngap:OSTEO", 5000), act("ngap:OSTEO", 5000)], guarantee, LAW, {}
        ).lines
        assert (first.share.amc_cents, second.share.amc_cents) == (3000, 0)
        assert StepCode.LIMIT in {step.code for step in second.steps}

    def test_three_sessions_of_five(self) -> None:
        guarantee = grid("osteopathie | 30 € par séance (maximum 3 par an)")
        line = price_claim([act("ngap:OSTEO", 25_000, quantity=5)], guarantee, LAW, {}).lines[0]
        assert line.share.amc_cents == 9000
        assert StepCode.PARTLY in {step.code for step in line.steps}

    def test_a_credit_is_consumed_and_comes_back_in_january(self) -> None:
        guarantee = grid("medecine-douce | crédit de 170 € par année civile")
        session = act("ngap:OSTEO", 10_000)
        lines = price_claim([session] * 3, guarantee, LAW, {}).lines
        assert [line.share.amc_cents for line in lines] == [10_000, 7_000, 0]
        january = session._replace(care_on=date(2027, 1, 1))
        counters = held(*(line.uses for line in lines))
        assert price_claim([january], guarantee, LAW, counters).total.amc_cents == 10_000

    def test_a_credit_carried_over_a_year(self) -> None:
        guarantee = grid("medecine-douce | crédit de 100 € par année civile, reporté 1 an")
        spent = act("ngap:OSTEO", 4000, on=date(2025, 6, 1), since=date(2025, 1, 1))
        counters = held(price_claim([spent], guarantee, LAW, {}).lines[0].uses)
        later = act("ngap:OSTEO", 50_000, since=date(2025, 1, 1))
        assert price_claim([later], guarantee, LAW, counters).total.amc_cents == 16_000

    def test_two_lines_may_share_one_credit(self) -> None:
        guarantee = grid(
            "osteopathie | 100 € par an | crédit: bien-être",
            "dietetique | 100 € par an | crédit: bien-être",
        )
        acts = [act("ngap:OSTEO", 7000), act("libre:dietetique", 7000)]
        assert sum(amc(guarantee, *acts)) == 100

    def test_a_ceiling_over_several_lines(self) -> None:
        guarantee = grid(
            "implant | 12 % PMSS | plafond: implantologie",
            "pilier-implantaire | 8 % PMSS | plafond: implantologie",
            head="plafonds:\n  implantologie: 15 % PMSS par an\n",
        )
        acts = [act("libre:implant", 100_000), act("libre:pilier-implantaire", 100_000)]
        assert amc(guarantee, *acts) == [480.6, 120.15]

    @pytest.mark.parametrize(
        ("later", "age", "situation", "paid"),
        [
            (date(2028, 3, 1), 40, (), 5),
            (date(2028, 3, 2), 40, (), 5005),
            (date(2027, 3, 1), 10, (), 5),
            (date(2027, 3, 2), 10, (), 5005),
            (date(2027, 3, 2), 40, ("sight-change",), 5005),
            (date(2027, 3, 1), 40, ("sight-change",), 5),
        ],
        ids=["early", "two years", "child early", "child", "sight", "sight early"],
    )
    def test_a_frame_is_renewed_when_its_period_ends(
        self, later: date, age: int, situation: tuple[str, ...], paid: int
    ) -> None:
        guarantee = grid("monture-b | 100 % BR + 50 €")  # the periods are those of the law
        first = price_claim([act("grouping:M03", 12_000, age=age)], guarantee, LAW, {}).lines[0]
        again = act("grouping:M03", 12_000, age=age, on=later, situation=situation)
        line = price_claim([again], guarantee, LAW, held(first.uses)).lines[0]
        assert line.share.amo_cents + line.share.amc_cents == paid

    def test_a_claim_for_an_earlier_day_that_comes_later_finds_the_frame_used(self) -> None:
        guarantee = grid("monture-b | 100 % BR + 50 € | renouvellement: 1 par 2 ans")
        first = price_claim([act("grouping:M03", 12_000)], guarantee, LAW, {}).lines[0]
        earlier = act("grouping:M03", 12_000, on=date(2025, 6, 1))
        assert price_claim([earlier], guarantee, LAW, held(first.uses)).total.amc_cents == 2

    def test_each_ear_has_its_own_period(self) -> None:
        guarantee = grid(
            'audio-classe-1 | "RSS + 100 % du reste à charge, dans la limite des PLV" | renouvellement: 1 par 4 ans et par oreille'
        )
        right = act("lpp:2351057", 95_000, side="right")
        left = act("lpp:2365119", 95_000, side="left")
        assert amc(guarantee, right, left, left) == [710, 710, 160]

    def test_a_limit_of_the_grid_leaves_the_periods_of_the_law(self) -> None:
        guarantee = grid("audio-classe-2 | 1 000 € | limite: 2 par année civile")
        first = price_claim([act("lpp:2392530", 160_000, side="right")], guarantee, LAW, {})
        later = act("lpp:2392530", 160_000, side="right", on=date(2027, 6, 1))
        again = price_claim([later], guarantee, LAW, held(first.lines[0].uses))
        assert first.total.amc_cents == 76_000
        assert again.total.amc_cents == 16_000  # the copayment alone

    def test_the_copayment_is_due_past_a_limit(self) -> None:
        guarantee = grid("auxiliaire | 150 % BR | limite: 1 par année civile")
        care = act("ngap:AMI4", 2000)
        assert amc(guarantee, care, care) == [11.34, 5.04]

    def test_two_limits_of_one_line_are_one_use(self) -> None:
        guarantee = grid("osteopathie | 30 € | limite: [2 par année civile, 1 par 6 mois]")
        line = price_claim([act("ngap:OSTEO", 5000)], guarantee, LAW, {}).lines[0]
        assert [use.counter for use in line.uses] == ["limit:TEST:essai-l0"]

    def test_beyond_a_yearly_ceiling(self) -> None:
        guarantee = grid(
            "consultation | 200 % BR, dans la limite de 90 € par an, au-delà TM",
            responsible="non",
        )
        assert amc(guarantee, *[act("ngap:G", 10_000)] * 4) == [39, 9, 9, 9]
        named = grid(
            "prothese-dentaire-maitrise | 350 % BR, au-delà 100 % BR | plafond: dentaire",
            head="plafonds:\n  dentaire: 800 € par année civile\n",
            responsible="non",
        )
        crown = act("ccam:HBLD491", 80_000)
        assert amc(named, *[crown] * 4) == [348, 348, 104, 48]

    @pytest.mark.parametrize(
        "line",
        [
            "70 € par jour, maximum 60 jours par an, au-delà 35 € par jour",
            "70 € par jour, puis 35 € par jour | limite: 60 par an",
        ],
    )
    def test_beyond_a_count(self, line: str) -> None:
        guarantee = grid(f"chambre-particuliere | {line}")
        days = act("grouping:SHO", 700_000, quantity=65, stay="S1")
        priced = price_claim([days], guarantee, LAW, {}).lines[0]
        assert priced.share.amc_cents == 437_500
        again = price_claim([days], guarantee, LAW, held(priced.uses)).lines[0]
        assert again.share.amc_cents == 65 * 3_500
        beyond = [step for step in again.steps if step.code is StepCode.BEYOND]
        assert [(step.cents, step.words[1]) for step in beyond] == [(227_500, 65)]


class TestConditions:
    def test_a_wait(self) -> None:
        guarantee = grid("osteopathie | 30 € | attente: 3 mois")
        for since, paid in ((date(2025, 12, 3), 0), (date(2025, 12, 2), 30)):
            assert amc(guarantee, act("ngap:OSTEO", 5000, since=since)) == [paid]
        assert amc(guarantee, act("ngap:OSTEO", 5000, since=None)) == [0]

    def test_ages(self) -> None:
        guarantee = grid(
            "orthodontie | 200 % BR | si: moins de 18 ans",
            "orthodontie | 100 % BR | si: à partir de 18 ans",
        )
        young, old = (act("ngap:TO90", 90_000, age=age) for age in (17, 18))
        assert shares(guarantee, young)[1] == 193.5
        assert shares(guarantee, old)[1] == 0

    def test_a_dated_line(self) -> None:
        guarantee = grid(
            "osteopathie | 30 € | au: 2025-12-31", "osteopathie | 40 € | du: 2026-01-01"
        )
        days = (date(2025, 12, 31), date(2026, 1, 1))
        assert [amc(guarantee, act("ngap:OSTEO", 9000, on=day)) for day in days] == [[30], [40]]

    def test_the_network_has_its_price(self) -> None:
        guarantee = grid(
            "osteopathie | 100 % FR dans la limite du prix du réseau | si: réseau",
            'osteopathie | 30 € | si: "hors réseau"',
            head='réseau:\n  "ngap:OSTEO": 45,00 €\n',
        )
        assert amc(guarantee, act("ngap:OSTEO", 6000, situation=("network",))) == [45]
        assert amc(guarantee, act("ngap:OSTEO", 6000)) == [30]

    def test_who_is_not_contracted_has_not_joined_optam_either(self) -> None:
        guarantee = grid(
            "consultation | 300 % BR | si: OPTAM", 'consultation | 120 % BR | si: "non OPTAM"'
        )
        known = act("ngap:G", 9000, situation=("not-contracted",), base=61)
        assert shares(guarantee, known) == (0.43, pytest.approx(0.30), pytest.approx(89.27))

    def test_a_case_that_names_its_acts_is_about_no_others(self) -> None:
        cases = 'cas: [{codes: ["grouping:VM1"], remboursement: 10 €}, {remboursement: 20 €}]'
        text = grid_text(("verre-b-multifocal | 1 €",), "en plus", "non", "", "TEST", "civil")
        read = read_grid(text.replace("remboursement: 1 €", cases))
        plan = Catalogue([read]).on("TEST", DAY)
        assert plan is not None
        acts = [act(f"grouping:{code}", 9000) for code in ("VM1", "VM2")]
        assert amc(plan.guarantee, *acts) == [10, 20]


class TestNothing:
    """« Néant » is a line like another: what is its own, no broader line pays."""

    osteo = act("ngap:OSTEO", 6_000)

    @staticmethod
    def of(text: str, level: str) -> Guarantee:
        plan = Catalogue([read_grid(text)]).on(level, DAY)
        assert plan is not None
        return plan.guarantee

    def cases(self, *cases: str, responsible: str = "non") -> Guarantee:
        text = grid_text(("osteopathie | 1 €",), "comprise", responsible, "", "TEST", "civil")
        written = "cas: [" + ", ".join(f"{{{one}}}" for one in cases) + "]"
        return self.of(text.replace("remboursement: 1 €", written), "TEST")

    def test_a_case_that_pays_nothing_is_not_what_the_others_leave(self) -> None:
        guarantee = self.cases(
            "si: moins de 18 ans, remboursement: néant", "remboursement: 30 €"
        )
        child = act("ngap:OSTEO", 6_000, age=10)
        assert amc(guarantee, self.osteo, child) == [30, 0]

    def test_what_is_left_may_pay_nothing(self) -> None:
        guarantee = self.cases(
            "si: moins de 18 ans, remboursement: 30 €", "si: sinon, remboursement: néant"
        )
        child = act("ngap:OSTEO", 6_000, age=10)
        assert amc(guarantee, self.osteo, child) == [0, 30]

    def test_a_narrow_line_that_pays_nothing_hides_the_broad_one(self) -> None:
        text = grid_text(
            ("medecine-douce | 20 €", "osteopathie | [néant, 40 €]"),
            "en plus", "non", "niveaux: {A: a, B: b}\n", "TEST", "civil",
        )  # fmt: skip
        assert amc(self.of(text, "TEST-A"), self.osteo) == [0]
        assert amc(self.of(text, "TEST-B"), self.osteo) == [40]
        other = act("libre:dietetique", 6_000)
        assert amc(self.of(text, "TEST-A"), other) == [20]

    def test_two_lines_for_the_same_acts_by_level(self) -> None:
        text = grid_text(
            ("osteopathie | [néant, 40 €]", "osteopathie | [25 €, néant]"),
            "en plus", "non", "niveaux: {A: a, B: b}\n", "TEST", "civil",
        )  # fmt: skip
        assert amc(self.of(text, "TEST-A"), self.osteo) == [25]
        assert amc(self.of(text, "TEST-B"), self.osteo) == [40]

    def test_before_its_waiting_period_nothing_else_pays(self) -> None:
        guarantee = grid("osteopathie | 50 € | attente: 3 mois", "medecine-douce | 20 €")
        young = act("ngap:OSTEO", 6_000, since=date(2026, 1, 1))
        assert amc(guarantee, young) == [0]
        assert amc(guarantee, act("ngap:OSTEO", 6_000, since=date(2025, 12, 2))) == [50]

    def test_the_law_pays_all_the_same(self) -> None:
        guarantee = grid("consultation | 200 % BR", "consultation-generaliste | néant")
        assert amc(guarantee, act("ngap:G", 6_000)) == [9]
        pair = grid("equipement-simple | néant", "monture-b | 60 €")
        assert amc(pair, act("grouping:M03", 6_000)) == [59.97]

    def test_a_pair_that_pays_nothing_in_a_case_leaves_the_copayment_due(self) -> None:
        text = grid_text(("equipement-simple | 1 €",), "comprise", "oui", "", "TEST", "civil")
        cases = (
            "cas: [{si: moins de 18 ans, remboursement: néant}, "
            "{si: sinon, remboursement: 300 € par équipement}]"
        )
        guarantee = self.of(text.replace("remboursement: 1 €", cases), "TEST")
        frame = act("grouping:M03", 12_000, age=10)
        line = price_claim([frame], guarantee, LAW, {}).lines[0]
        assert (line.share.amo_cents, line.share.amc_cents) == (3, 2)

    def test_the_reckoning_says_that_nothing_covers_it(self) -> None:
        guarantee = grid("osteopathie | néant", "medecine-douce | 20 €")
        line = price_claim([self.osteo], guarantee, LAW, {}).lines[0]
        codes = [step.code for step in line.steps]
        assert StepCode.NOT_COVERED in codes
        assert StepCode.PROMISE not in codes


class TestPeriods:
    def test_a_ceiling_of_the_year_holds_the_amo_part_where_its_amount_does(self) -> None:
        crown = act("ccam:HBLD491", 60_000)  # AMO 72
        line = "prothese-dentaire | {} dans la limite de 200 € par an"
        for amo, formula, paid in (
            ("comprise", "300 % BR", 128),
            ("comprise dans les BR", "300 % BR", 200),
            ("comprise dans les BR", "FR - RSS", 200),
            ("en plus", "300 % BR - RSS", 200),
            ("en plus", "300 % BR", 200),
        ):
            guarantee = grid(line.format(formula), amo=amo, responsible="non")
            assert amc(guarantee, crown) == [paid], (amo, formula)

    def test_an_amount_of_the_year_after_one_by_session_is_a_ceiling(self) -> None:
        guarantee = grid('osteopathie | "25 € par séance, 60 € par an"')
        assert amc(guarantee, *[act("ngap:OSTEO", 6_000)] * 3) == [25, 25, 10]

    def test_a_count_said_after_a_pair_counts_pairs(self) -> None:
        guarantee = grid(
            "equipement-simple | 300 € par équipement, maximum 1 tous les 2 ans",
            responsible="non",
        )
        pair = [
            act("grouping:VU1", 20_000, quantity=2),
            act("grouping:M03", 15_000),
        ]
        priced = price_claim(pair, guarantee, LAW, {})
        assert priced.total.amo_cents + priced.total.amc_cents == 30_000
        again = price_claim(pair, guarantee, LAW, held(*(one.uses for one in priced.lines)))
        assert again.total.amc_cents == 0


class TestOptions:
    def test_an_option_adds_or_completes(self) -> None:
        crown = act("grouping:PFC", 90_000)
        base = "prothese-dentaire | 200 % BR"
        added = stacked(base, "prothese-dentaire | 100 % BR", stacking="ajouté")
        whole = stacked(base, "prothese-dentaire | 350 % BR", stacking="total")
        assert shares(stacked(base), crown) == (72, 168, 660)
        assert shares(added, crown)[1] == pytest.approx(168 + 120)
        assert shares(whole, crown)[1] == pytest.approx(350 * 1.2 - 72)

    def test_a_responsible_option_is_bound_with_its_base(self) -> None:
        frame = act("grouping:M03", 25_000)
        both = stacked("monture-b | 80 €", "monture-b | 90 €")
        assert sum(shares(both, frame)[:2]) == 100

    def test_base_and_option_see_one_renewal(self) -> None:
        both = stacked("monture-b | 40 €", "monture-b | 20 €")
        line = price_claim([act("grouping:M03", 25_000)], both, LAW, {}).lines[0]
        assert line.share.amc_cents + line.share.amo_cents > 4000
        assert [use.units for use in line.uses if use.counter == "renewal:monture"] == [1]


def test_the_reckoning_follows_the_price() -> None:
    line = price_claim([act("ngap:G", 5000)], grid("consultation | 150 % BR"), LAW, {}).lines[0]
    assert [step.code.value for step in line.steps] == [
        "expense",
        "base",
        "amo",
        "promise",
        "amc",
        "patient",
        "flat-deduction",
    ]
    assert line.steps[2].french == "La Sécurité sociale paie 70 % de la base : 21,00 €."
    assert line.steps[2].english == "Social security pays 70 % of the base: 21,00 €."
    assert line.steps[3].source == "essai-l0"
    assert line.act.care_on == DAY


@pytest.mark.parametrize("amo", ["en plus", "comprise"])
def test_what_goes_to_the_frame_holds_the_part_of_the_amo_as_its_pair_does(amo: str) -> None:
    paid = 6_000 if amo == "en plus" else 5_997
    pair = grid(
        "equipement-simple | 150 € par équipement | dont monture: 60 €",
        amo=amo,
        responsible="non",
    )
    frame = act("grouping:M03", 10_000)
    lens = act("grouping:VU1", 4_000, quantity=2)
    lines = price_claim([frame, lens], pair, LAW, {}).lines
    assert lines[0].share.amc_cents == paid


def test_a_crown_is_paid_by_the_place_of_its_tooth() -> None:
    printed = grid(
        "prothese-dentaire | 300 % BR | si: dents du sourire",
        "prothese-dentaire | 150 % BR | si: dents de fond",
        responsible="non",
    )
    crown = "grouping:PFC"
    billed = [act(crown, 80_000, base=12_000, side=side) for side in ("11", "26", "")]
    assert [line[0] for line in (amc(printed, one) for one in billed)] == [288.0, 108.0, 0.0]


def test_a_room_in_rehabilitation_has_its_own_amount() -> None:
    printed = grid(
        "chambre-particuliere | 40 € par jour | si: soins de suite",
        "chambre-particuliere | 60 € par jour | si: non soins de suite",
        responsible="non",
    )
    room = [
        act("grouping:SHO", 9_000),
        act("grouping:SHO", 9_000, situation=("rehabilitation",)),
    ]
    assert amc(printed, room[0]) + amc(printed, room[1]) == [60.0, 40.0]


def test_what_is_counted_by_a_place_asks_for_it() -> None:
    aid, implant = act("lpp:2392530", 150_000), act("libre:implant", 90_000)
    manual = act("libre:osteopathie", 6_000)
    by_law = grid("osteopathie | 30 € | limite: 4 par an")
    by_ear = grid("audio-classe-2 | 1 200 € par an et par oreille", responsible="non")
    by_tooth = grid("implant | 600 € | limite: 1 par an et par dent", responsible="non")
    asked = [
        [one.counts_by_side(billed, LAW) for billed in (aid, implant, manual)]
        for one in (by_law, by_ear, by_tooth)
    ]
    assert asked == [[True, False, False], [True, False, False], [False, True, False]]
