"""The reckoning, step by step: what each says, its amount, its source; and the uses that remember it."""

from datetime import date
from typing import ClassVar

from egide.pricing import Act, Guarantee, PricedLine, StepCode, Use, price_claim
from pricing.builders import DAY, LAW, act, grid, held, stacked

Told = tuple[str, int, str, tuple[object, ...]]


def priced(guarantee: Guarantee, *acts: Act, **before: tuple[Use, ...]) -> list[PricedLine]:
    return list(price_claim(acts, guarantee, LAW, before).lines)


def told(line: PricedLine, *codes: StepCode) -> list[Told]:
    """Return the steps of some codes, whole."""
    return [
        (step.code.value, step.cents, step.source, step.words)
        for step in line.steps
        if step.code in codes
    ]


class TestLimits:
    osteo = grid("osteopathie | 30 € par séance | limite: 3 par année civile")

    def test_part_of_the_units_with_what_is_left(self) -> None:
        first = priced(self.osteo, act("ngap:OSTEO", 10_000, quantity=2))[0]
        assert told(first, StepCode.PARTLY, StepCode.LIMIT) == []
        assert first.uses == (Use("limit:TEST:essai-l0", DAY, 2, 0),)
        second = price_claim(
            [act("ngap:OSTEO", 10_000, quantity=2)], self.osteo, LAW, held(first.uses)
        ).lines[0]
        assert told(second, StepCode.PARTLY) == [("partly", 0, "essai-l0", ("L0", 1, 2))]
        assert second.share.amc_cents == 3_000
        assert second.uses == (Use("limit:TEST:essai-l0", DAY, 1, 0),)

    def test_none_left(self) -> None:
        used = {"limit:TEST:essai-l0": (Use("limit:TEST:essai-l0", DAY, 3, 0),)}
        line = price_claim([act("ngap:OSTEO", 5_000)], self.osteo, LAW, used).lines[0]
        assert told(line, StepCode.LIMIT) == [("limit", 0, "essai-l0", ("L0", 3))]
        assert line.uses == ()

    def test_a_limit_by_stay_and_by_side_keeps_its_own_names(self) -> None:
        room = grid("chambre-particuliere | 50 € par jour | limite: 2 jours par séjour")
        line = priced(room, act("grouping:SHO", 9_000, quantity=2, stay="S9"))[0]
        assert line.uses == (Use("limit:TEST:essai-l0:S9", DAY, 2, 0),)
        aid = grid("audio-classe-2 | 500 € | renouvellement: 1 par 4 ans et par oreille")
        line = priced(aid, act("lpp:2392530", 90_000, side="right"))[0]
        assert line.uses == (Use("renewal:audio:right", DAY, 1, 0),)

    def test_what_the_law_covers_whole_says_its_own_period(self) -> None:
        frame = act("grouping:M01", 3_000)
        silent = grid("transport | TM")
        first = priced(silent, frame)[0]
        assert told(first, StepCode.FULL, StepCode.NOT_COVERED) == [
            ("not-covered", 0, "TEST", ()),
            ("full", 3_000, "CSS R871-2 3°", ()),
        ]
        again = price_claim([frame], silent, LAW, held(first.uses)).lines[0]
        assert told(again, StepCode.LIMIT) == [
            ("limit", 0, "CSS R871-2", ("Monture de classe A adulte", 1))
        ]
        assert again.share.amc_cents == 360  # the copayment alone


class TestUnitsPartlyCovered:
    """A line of four units of which two are left: each measure counts by half."""

    used: ClassVar = {"limit:TEST:essai-l0": (Use("limit:TEST:essai-l0", DAY, 1, 0),)}

    def paid(self, formula: str, one: Act, *, head: str = "", situation: str = "") -> int:
        rule = f" | si: {situation}" if situation else ""
        guarantee = grid(
            f"{one.kind.family} | {formula} | limite: 3 par année civile{rule}",
            responsible="non",
            head=head,
        )
        return price_claim([one], guarantee, LAW, self.used).lines[0].share.amc_cents

    care = act("ngap:AMI4", 8_000, quantity=4)  # base 50.40, AMO 30.24

    def test_of_the_base(self) -> None:
        assert self.paid("150 % BR", self.care) == 3_780 - 1_512

    def test_of_the_expense_up_to_what_is_left_of_it(self) -> None:
        assert self.paid("100 % FR", self.care) == 4_000 - 1_512

    def test_of_what_the_amo_leaves(self) -> None:
        assert self.paid("RSS + 100 % du reste à charge", self.care) == 4_000 - 1_512

    def test_of_the_price_limit(self) -> None:
        crowns = act("ccam:HBLD038", 119_480, quantity=4)  # limit 298.70 by unit
        assert self.paid("50 % HLF", crowns) == 29_870 - 14_400

    def test_of_the_network_price(self) -> None:
        visits = act("ngap:OSTEO", 28_000, quantity=4, situation=("network",))
        formula = "100 % FR dans la limite du prix du réseau"
        head = 'réseau:\n  "ngap:OSTEO": 45,00 €\n'
        assert self.paid(formula, visits, head=head, situation="réseau") == 9_000


class TestCredits:
    def test_what_is_taken_and_where_it_is_remembered(self) -> None:
        guarantee = grid("osteopathie | 10 € + crédit de 50 € par année civile")
        line = priced(guarantee, act("ngap:OSTEO", 4_500))[0]
        assert line.share.amc_cents == 4_500
        assert told(line, StepCode.CREDIT) == [("credit", 3_500, "essai-l0", ())]
        assert line.uses == (Use("credit:TEST:essai-l0", DAY, 0, 3_500),)
        small = priced(guarantee, act("ngap:OSTEO", 1_001))[0]
        assert told(small, StepCode.CREDIT) == [("credit", 1, "essai-l0", ())]
        none = priced(guarantee, act("ngap:OSTEO", 1_000))[0]
        assert told(none, StepCode.CREDIT) == []
        assert none.uses == ()

    def test_by_side(self) -> None:
        guarantee = grid("chirurgie-refractive | 300 € par œil et par an")
        line = priced(guarantee, act("libre:chirurgie-refractive", 50_000, side="left"))[0]
        assert line.uses == (Use("credit:TEST:essai-l0:left", DAY, 0, 30_000),)

    def test_a_ceiling_that_holds_the_amo_part_counts_it(self) -> None:
        guarantee = grid(
            "detartrage | 300 % BR dans la limite de 50 € par an", responsible="non"
        )
        care = act("ccam:HBJD001", 9_000)  # AMO 17.35
        lines = priced(guarantee, care, care)
        assert [line.share.amc_cents for line in lines] == [5_000 - 1_735, 0]
        assert lines[0].uses == (Use("ceiling:TEST:essai-l0:0", DAY, 0, 5_000),)
        on_top = grid(
            "detartrage | 300 % BR dans la limite de 50 € par an",
            amo="en plus",
            responsible="non",
        )
        lines = priced(on_top, care, care)
        assert [line.share.amc_cents for line in lines] == [5_000, 0]
        assert lines[0].uses == (Use("ceiling:TEST:essai-l0:0", DAY, 0, 5_000),)


class TestGlasses:
    def pair(self, frame: str, lens: str, prices: tuple[int, int]) -> list[Act]:
        return [
            act(f"grouping:{frame}", prices[0]),
            act(f"grouping:{lens}", prices[1], quantity=2),
        ]

    def test_too_much_is_taken_from_the_last_and_said(self) -> None:
        guarantee = grid("monture-b | 100 €", "verre-b | 300 € par verre")
        frame, lenses = priced(guarantee, *self.pair("M03", "VU1", (10_000, 60_000)))
        assert told(lenses, StepCode.EQUIPMENT_CEILING) == [
            ("equipment-ceiling", 42_000, "CSS R871-2 3°", ())
        ]
        assert told(frame, StepCode.EQUIPMENT_CEILING) == []
        together = [one.share.amo_cents + one.share.amc_cents for one in (frame, lenses)]
        assert together == [10_000, 32_000]

    def test_one_cent_too_much_is_taken(self) -> None:
        guarantee = grid("monture-b | 100 €", "verre-b | 160,01 € par verre")
        lines = priced(guarantee, *self.pair("M03", "VU1", (10_000, 60_000)))
        assert sum(one.share.amo_cents + one.share.amc_cents for one in lines) == 42_000

    def test_a_class_a_frame_keeps_its_whole_cover(self) -> None:
        guarantee = grid("monture-a | 100 % PLV", "verre-b | 420 € par verre")
        lenses, frame = priced(guarantee, *reversed(self.pair("M01", "VU1", (3_000, 90_000))))
        assert frame.share.patient_cents == 0
        assert lenses.share.amo_cents + lenses.share.amc_cents == 39_000

    def test_a_floor_is_said_and_never_lifts_a_frame_above_its_own_ceiling(self) -> None:
        guarantee = grid("monture-b | 1 €", "verre-b | 1 € par verre")
        frame, lenses = priced(guarantee, *self.pair("M03", "VM1", (30_000, 9_000)))
        assert told(frame, StepCode.EQUIPMENT_FLOOR) == [
            ("equipment-floor", 20_000, "CSS R871-2 3°", ())
        ]
        assert frame.share.amo_cents + frame.share.amc_cents == 10_000
        assert lenses.share.patient_cents == 0  # 90 € of lenses are all that is left to lift
        frame, lenses = priced(guarantee, *self.pair("M03", "VM1", (30_000, 30_000)))
        together = [one.share.amo_cents + one.share.amc_cents for one in (frame, lenses)]
        assert together == [10_000, 10_000]

    def test_a_floor_short_of_one_cent_is_reached(self) -> None:
        guarantee = grid("monture-b | 20 €", "verre-b | 14,99 € par verre")
        lines = priced(guarantee, *self.pair("M03", "VU1", (30_000, 30_000)))
        assert sum(one.share.amo_cents + one.share.amc_cents for one in lines) == 5_000

    def test_credit_taken_for_what_the_ceiling_cuts_is_given_back(self) -> None:
        guarantee = grid("verre-b | crédit de 600 € par an", "monture-b | 100 €")
        lines = priced(guarantee, *self.pair("M03", "VU1", (10_000, 60_000)))
        credit = [use for use in lines[1].uses if use.counter.startswith("credit:")]
        assert [use.cents for use in credit] == [60_000 - 6 - 28_000 + 6]


class TestStays:
    def test_several_lines_of_a_stay_bear_the_day_charge_together(self) -> None:
        guarantee = grid("sejour, forfait-journalier | 100 % FR", responsible="non")
        stays = [act("grouping:GHS", 10_000, base=10_000, stay="S1") for _ in range(2)]
        days = act("grouping:FJ", 6_900, quantity=3, stay="S1")
        lines = priced(guarantee, *stays, days)
        last = lines[2]
        assert told(last, StepCode.EXPENSE, StepCode.IMPUTED, StepCode.BASE) == [
            ("expense", 6_900, "grouping:FJ", ("Forfait journalier hospitalier",)),
            ("imputed", 4_000, "CSS L174-4", ()),
            ("base", 2_900, "arrêté publié le 28/2/2026", ()),
        ]
        assert last.act.limit_cents == 2_900
        assert tuple(last.share) == (0, 2_900, 0)

    def test_two_day_charges_share_one_participation(self) -> None:
        guarantee = grid("sejour, forfait-journalier | 100 % FR", responsible="non")
        stay = act("grouping:GHS", 20_000, base=20_000, stay="S1")
        first, second = (act("grouping:FJ", 2_300, stay="S1") for _ in range(2))
        lines = priced(guarantee, stay, first, second)
        assert [sum(line.share) for line in lines] == [20_000, 0, 600]

    def test_what_was_billed_net_stays_as_billed(self) -> None:
        guarantee = grid("sejour, forfait-journalier | 100 % FR", responsible="non")
        stay = act("grouping:GHS", 10_000, base=10_000, stay="S1")
        net = act("grouping:FJ", 4_900, quantity=3, stay="S1")
        assert [sum(line.share) for line in priced(guarantee, stay, net)] == [10_000, 4_900]
        free = act("grouping:FJ", 0, quantity=3, stay="S1")
        assert [sum(line.share) for line in priced(guarantee, stay, free)] == [10_000, 0]
        above = act("grouping:FJ", 7_000, quantity=3, stay="S1")
        assert [sum(line.share) for line in priced(guarantee, stay, above)] == [10_000, 5_000]

    def test_the_local_regime_pays_the_day_charge(self) -> None:
        stay = act("grouping:GHS", 10_000, base=10_000, stay="S1", situation=("local-regime",))
        days = act("grouping:FJ", 2_300, stay="S1", situation=("local-regime",))
        lines = priced(grid("transport | TM"), stay, days)
        assert [tuple(line.share) for line in lines] == [(10_000, 0, 0), (2_300, 0, 0)]


def test_an_option_says_what_it_adds_and_whose_line_it_is() -> None:
    both = stacked("osteopathie | 20 €", "osteopathie | 15 €")
    line = price_claim([act("ngap:OSTEO", 9_000)], both, LAW, {}).lines[0]
    assert told(line, StepCode.PROMISE, StepCode.OPTION, StepCode.AMC) == [
        ("promise", 2_000, "essai-l0", ("L0", "20 €")),
        ("option", 1_500, "OPT0, essai-l0", ("L0", "15 €")),
        ("amc", 3_500, "TEST+OPT0", ()),
    ]


def test_a_grids_ceiling_is_said() -> None:
    guarantee = grid("osteopathie | 100 % FR dans la limite de 40 €")
    line = price_claim([act("ngap:OSTEO", 9_000)], guarantee, LAW, {}).lines[0]
    assert told(line, StepCode.GRID_CEILING) == [("grid-ceiling", 4_000, "essai-l0", ())]
    line = price_claim([act("ngap:OSTEO", 4_000)], guarantee, LAW, {}).lines[0]
    assert told(line, StepCode.GRID_CEILING) == []


def test_a_ceiling_of_the_law_is_said() -> None:
    line = priced(grid("audio-classe-2 | 100 % FR"), act("lpp:2392530", 200_000, side="left"))[
        0
    ]
    assert told(line, StepCode.CEILING) == [("ceiling", 170_000, "CSS R871-2 4° b", ())]
    assert line.share.patient_cents == 30_000


def test_leaving_the_pathway_is_said_with_its_articles() -> None:
    visit = act("ngap:CS+MPC", 3_300, situation=("out-of-pathway",))
    line = priced(grid("consultation | 200 % BR"), visit)[0]
    assert told(line, StepCode.OUT_OF_PATHWAY, StepCode.CEILING) == [
        ("out-of-pathway", 1_060, "CSS R160-6, R871-1 1°", ()),
        ("ceiling", 2_650, "CSS R871-1 2°", ()),
    ]
    assert tuple(line.share) == (795, 795, 1_710)


def test_windows_count_from_the_first_use_or_roll() -> None:
    anchored = grid(
        'monture-b | 80 € | renouvellement: "1 équipement par 2 ans, à compter de la date d\'achat"'
    )
    frame = act("grouping:M03", 9_000, on=date(2024, 3, 2))
    first = price_claim([frame], anchored, LAW, {}).lines[0]
    days = (date(2026, 3, 1), date(2026, 3, 2))
    paid = [
        price_claim([frame._replace(care_on=day)], anchored, LAW, held(first.uses))
        .lines[0]
        .share.amc_cents
        for day in days
    ]
    assert paid == [2, 7_997]
