"""The parts that pricing is made of, each at its edges: cases, kinds, drafts, pairs of glasses."""

from datetime import date

import pytest

from egide.pricing import (
    ELEMENTS,
    Act,
    Case,
    Guarantee,
    Role,
    Share,
    StepCode,
    Sum,
    Use,
    price_claim,
)
from egide.pricing.act import Heaviness, Kind, Trait
from egide.pricing.amo_part import AmoPart
from egide.pricing.draft import Draft, Payment
from egide.pricing.equipment import Equipment, equipments
from egide.pricing.formula import Amount, Formula
from egide.pricing.guarantee import GuaranteeLine
from egide.pricing.reckoning import Step
from pricing.builders import LAW, act, grid, held, stacked

_DAY = date(2026, 3, 2)
_FRAME = act("grouping:M03", 10_000)
_LENS = act("grouping:VU1", 10_000)


@pytest.mark.parametrize(
    ("one", "other", "excluded"),
    [
        (Case(), Case(), False),
        (Case(required=frozenset("a")), Case(forbidden=frozenset("a")), True),
        (Case(required=frozenset("a")), Case(forbidden=frozenset("b")), False),
        (Case(required=frozenset("ab")), Case(forbidden=frozenset("b"), from_age=3), True),
        (Case(below_age=16), Case(from_age=16), True),
        (Case(below_age=17), Case(from_age=16), False),
        (Case(below_age=16), Case(below_age=10), False),
        (Case(from_months=0, below_months=12), Case(from_months=12), True),
        (Case(from_months=0, below_months=13), Case(from_months=12), False),
        (Case(below_months=12), Case(below_months=6), False),
        (Case(from_months=3), Case(from_months=12), False),
        (Case(below_months=12), Case(from_age=3), False),
        (Case(below_age=16, below_months=3), Case(from_age=16, from_months=1), True),
        (Case(below_age=20, below_months=3), Case(from_age=16, from_months=3), True),
        (Case(required=frozenset("a"), below_age=20), Case(from_age=16, forbidden=frozenset("b")), False),
    ],
)  # fmt: skip
def test_two_cases_exclude_each_other(one: Case, other: Case, excluded: bool) -> None:
    assert one.excludes(other) is excluded
    assert other.excludes(one) is excluded


@pytest.mark.parametrize(
    ("role", "heaviness", "traits"),
    [
        (Role.NONE, Heaviness.NONE, Trait.NONE),
        (Role.STAY, Heaviness.NONE, Trait.STAY),
        (Role.DAILY_CHARGE, Heaviness.NONE, Trait.DAILY_CHARGE),
        (Role.DAILY_CHARGE, Heaviness.EXEMPT, Trait.DAILY_CHARGE | Trait.HEAVY),
        (Role.NONE, Heaviness.REDUCED, Trait.HEAVY),
        (Role.FRAME_A, Heaviness.EXEMPT, Trait.HEAVY | Trait.ELEMENT),
        *((role, Heaviness.NONE, Trait.ELEMENT) for role in sorted(ELEMENTS)),
    ],
)
def test_a_kind_knows_what_asks_for_a_look_at_the_whole_claim(
    role: Role, heaviness: Heaviness, traits: Trait
) -> None:
    kind = Kind(family="x", lineage=("x",), role=role, heaviness=heaviness)
    assert kind.traits == int(traits) and type(kind.traits) is int


def test_a_sum_knows_that_it_is_a_share_of_the_base_and_nothing_else() -> None:
    assert Sum(base=100).is_share_of_base is True
    others = (Sum(copayment=1), Sum(amo=1), Sum(expense=1), Sum(remainder=1), Sum(limit=1))
    amounts = (Sum(network=1), Sum(unit=Amount(1)), Sum(pair=Amount(1)), Sum(once=Amount(1)))
    assert [one.is_share_of_base for one in (*others, *amounts)] == [False] * 9


def _draft(*paid: int) -> Draft:
    billed = act("ngap:G", 10_000)
    draft = Draft(AmoPart(billed, 2_000, 2_000), [], responsible=True)
    formula = Formula(sum=Sum(), includes_amo=True, text="")
    line = GuaranteeLine(key="k", label="l", formula=formula)
    draft.payments = [Payment(line, billed, 2_000, 0, 0, cents, 0) for cents in paid]
    draft.amc = sum(paid)
    return draft


@pytest.mark.parametrize(
    ("together", "amc", "left"),
    [
        (8_000, 6_000, [1_000, 2_000, 3_000]),
        (7_999, 5_999, [1_000, 2_000, 2_999]),
        (6_000, 4_000, [1_000, 2_000, 1_000]),
        (4_500, 2_500, [1_000, 1_500, 0]),
        (2_400, 400, [400, 0, 0]),
        (2_000, 0, [0, 0, 0]),
        (0, 0, [0, 0, 0]),
    ],
)
def test_a_cap_takes_from_the_last_payment_first(
    together: int, amc: int, left: list[int]
) -> None:
    draft = _draft(1_000, 2_000, 3_000)
    draft.cap(together, StepCode.CEILING, "source")
    assert draft.amc == amc
    assert [payment.paid for payment in draft.payments] == left
    assert bool(draft.steps) is (together < 8_000)


def test_a_lift_is_told_only_where_it_lifts() -> None:
    draft = _draft(3_000)
    draft.lift(5_000, StepCode.FLOOR, "source")
    assert (draft.amc, draft.steps) == (3_000, [])
    draft.lift(5_001, StepCode.FLOOR, "source")
    assert draft.amc == 3_001
    assert draft.steps == [Step(StepCode.FLOOR, 5_001, "source")]
    draft.lift(99_999, StepCode.FLOOR, "source")
    assert draft.amc == draft.most == 8_000


def test_what_is_not_paid_after_all_is_given_back_to_amounts_and_not_to_counts() -> None:
    draft = _draft()
    draft.uses = [
        Use("credit:a", _DAY, 0, 500),
        Use("limit:a", _DAY, 1, 0),
        Use("equipment:a", _DAY, 1, 700),
    ]
    draft.give_back(200)
    assert [use.cents for use in draft.uses] == [300, 0, 700]
    draft.give_back(5_000)
    assert [use.cents for use in draft.uses] == [0, 0, 700]


class TestPairs:
    def test_a_pair_is_two_lenses_and_a_frame(self) -> None:
        found = equipments([_FRAME, _LENS, _LENS, _FRAME, _LENS], {}, 24)
        pairs = [found[index] for index in range(5)]
        assert pairs[0] is pairs[1] is pairs[2] and pairs[0].is_complete
        assert pairs[3] is pairs[4] and pairs[3] is not pairs[0]
        assert pairs[3].since == _DAY and not pairs[3].is_complete

    def test_elements_billed_by_two_fill_a_pair(self) -> None:
        both = _LENS._replace(quantity=2)
        found = equipments([both, _FRAME, both], {}, 24)
        assert found[0] is found[1] and found[2] is not found[0]
        mixed = equipments([_LENS, both], {}, 24)
        assert mixed[0] is not mixed[1]
        frames = equipments([_FRAME._replace(quantity=2)], {}, 24)
        assert frames[0].frames == 2

    def test_what_is_not_of_glasses_stands_between(self) -> None:
        found = equipments([act("ngap:G", 3_000), _FRAME, act("ngap:G", 3_000), _LENS], {}, 24)
        assert sorted(found) == [1, 3] and found[1] is found[3]

    @pytest.mark.parametrize(
        ("bought", "is_joined"),
        [
            ([("frame", date(2026, 3, 2))], True),
            ([("frame", date(2026, 3, 3))], False),
            ([("frame", date(2024, 3, 3))], True),
            ([("frame", date(2024, 3, 2))], False),
            ([("frame", date(2020, 1, 1)), ("frame", date(2025, 1, 1))], True),
            ([("frame", date(2022, 6, 1)), ("a", date(2024, 6, 1))], True),
            (
                [("frame", date(2025, 1, 1)), ("a", date(2025, 1, 1)), ("a", date(2025, 1, 1))],
                False,
            ),
            ([], False),
        ],
    )
    def test_an_element_joins_the_pair_that_is_open(
        self, bought: list[tuple[str, date]], is_joined: bool
    ) -> None:
        uses = tuple((Use(f"equipment:{name}", on, 1, 1_000),) for name, on in bought)
        pair = equipments([_LENS], held(*uses), 24)[0]
        assert (pair.paid_cents > 0) is is_joined
        assert (pair.since < _DAY or bought[0][1] == _DAY) if is_joined else pair.since == _DAY

    def test_a_pair_that_begins_the_day_an_older_one_ends_is_a_new_one(self) -> None:
        uses = (
            Use("equipment:a", date(2022, 3, 2), 1, 900),
            Use("equipment:a", date(2024, 3, 2), 1, 500),
        )
        later = _FRAME._replace(care_on=date(2025, 3, 2))
        pair = equipments([later], held(uses), 24)[0]
        assert (pair.since, pair.paid_cents, pair.letters) == (date(2024, 3, 2), 500, ["a"])

    def test_its_category_is_that_of_its_class_b_lenses(self) -> None:
        def category(*letters: str) -> str | None:
            return Equipment(_DAY, letters=list(letters)).category

        assert [category(*pair) for pair in ("aa", "ca", "cc", "fa", "cf", "ff")] == list(
            "abcdef"
        )
        assert (category("c"), category("A", "f"), category("A", "A"), category()) == (
            "c",
            "f",
            None,
            None,
        )


def _shares(*acts: Act, pair: str, amo: str = "comprise") -> list[Share]:
    guarantee = grid(f"equipement-simple | {pair}", amo=amo)
    return [line.share for line in price_claim(acts, guarantee, LAW, {}).lines]


class TestCopaymentOfAPair:
    """A class A frame (base 9 €, AMO 5,40 €) with class B lenses (base 0,05 €, AMO 0,03 €)."""

    def test_what_the_pair_lacks_of_its_copayment_is_added_element_by_element(self) -> None:
        frame = act("grouping:M01", 3_000)
        assert (frame.base_cents, _LENS.base_cents, _LENS.rate_bp) == (900, 5, 6_000)
        priced = price_claim(
            [_LENS, _LENS], grid('equipement-simple | "0,01 € par équipement"'), LAW, {}
        )
        assert [line.share for line in priced.lines] == [Share(3, 2, 9_995), Share(3, 2, 9_995)]
        floors = [
            step for line in priced.lines for step in line.steps if step.code is StepCode.FLOOR
        ]
        assert floors == [Step(StepCode.FLOOR, 5, "CSS R871-2 1°")] * 2

    def test_what_an_element_has_above_its_copayment_counts_for_the_others(self) -> None:
        shares = _shares(_LENS, _LENS, pair='"0,04 € par équipement"', amo="en plus")
        assert [share.amc_cents for share in shares] == [4, 0]
        shares = _shares(_LENS, _LENS, pair='"0,03 € par équipement"', amo="en plus")
        assert [share.amc_cents for share in shares] == [3, 1]
        one_cent = _shares(_LENS, _LENS, pair='"0,02 € par équipement"', amo="en plus")
        assert [share.amc_cents for share in one_cent] == [2, 2]

    def test_what_is_added_comes_on_top_of_what_the_pair_pays_and_stops_there(self) -> None:
        shares = _shares(_LENS, _LENS, pair='"0,01 € par équipement"', amo="en plus")
        assert [share.amc_cents for share in shares] == [2, 2]
        guarantee = grid('equipement-simple | "0,01 € par équipement"', amo="en plus")
        paid = held((Use("equipment:frame", _DAY, 1, 2),))
        lines = price_claim([_LENS, _LENS], guarantee, LAW, paid).lines
        # The pair is complete, and paid as a pair: the law's least amount is due.
        assert [line.share.amc_cents for line in lines] == [4_992, 0]
        cheap = _LENS._replace(expense_cents=4)
        shares = _shares(cheap, _LENS, pair='"0,01 € par équipement"', amo="en plus")
        assert [share.amc_cents for share in shares] == [2, 2]

    def test_an_amount_below_the_part_of_the_amo_adds_nothing(self) -> None:
        frame = act("grouping:M01", 3_000)
        guarantee = grid('equipement-simple | "5 € par équipement"', responsible="non")
        lines = price_claim([frame, _LENS], guarantee, LAW, {}).lines
        assert [line.share.amc_cents for line in lines] == [0, 0]

    def test_an_amount_by_pair_may_be_a_share_of_the_ceiling_of_social_security(self) -> None:
        guarantee = grid('equipement-simple | "5 % PMSS par équipement"', responsible="non")
        lines = price_claim([_LENS._replace(expense_cents=90_000)], guarantee, LAW, {}).lines
        assert lines[0].share.amc_cents == LAW.pmss_cents // 20 - 3

    def test_the_share_of_the_frame_bounds_a_percentage_too(self) -> None:
        written = "equipement-simple | 40000 % BR | dont monture: 1 €"
        lines = price_claim([_FRAME, _LENS], grid(written, responsible="non"), LAW, {}).lines
        assert [line.share for line in lines] == [Share(3, 97, 9_900), Share(3, 1_997, 8_000)]

    def test_no_element_gets_more_than_it_costs(self) -> None:
        cheap = _LENS._replace(expense_cents=4)
        shares = _shares(cheap, _LENS, pair='"0,01 € par équipement"')
        assert shares == [Share(2, 2, 0), Share(3, 2, 9_995)]

    def test_what_was_paid_of_the_pair_before_counts(self) -> None:
        guarantee = grid('equipement-simple | "0,01 € par équipement"')
        paid = held((Use("equipment:a", _DAY, 1, 7),))
        [line] = price_claim([_LENS], guarantee, LAW, paid).lines
        assert line.share.amc_cents == 0
        paid = held((Use("equipment:a", _DAY, 1, 1),))
        [line] = price_claim([_LENS], guarantee, LAW, paid).lines
        assert line.share.amc_cents == 1


class TestAnotherInsurer:
    """What another complementary insurer has paid of a pair counts for its copayment and its floor."""

    def test_its_part_of_the_copayment_is_not_added_again(self) -> None:
        guarantee = grid('equipement-simple | "0,02 € par équipement"')
        lines = price_claim([_LENS, _LENS], guarantee, LAW, {}, other_amc=[2, 0]).lines
        assert [line.share.amc_cents for line in lines] == [0, 2]

    def test_its_part_reaches_the_floor(self) -> None:
        guarantee = grid("monture-b | 20 €", "verre-b | 100 € par verre")
        pair = [act("grouping:M03", 30_000), act("grouping:VU1", 60_000, quantity=2)]
        alone = price_claim(pair, guarantee, LAW, {}).lines
        lines = price_claim(pair, guarantee, LAW, {}, other_amc=[0, 59_990]).lines
        assert lines[0].share.amc_cents == alone[0].share.amc_cents == 1_997
        assert lines[1].share.amc_cents == 4

    def test_where_it_paid_all_nothing_but_the_pair_is_remembered(self) -> None:
        guarantee = grid("monture-b | 100 % FR | limite: 1 par an")
        [line] = price_claim(
            [_FRAME], guarantee, LAW, {}, other_amc=[_FRAME.expense_cents]
        ).lines
        assert (line.share.amc_cents, line.share.patient_cents) == (0, 0)
        assert {use.counter for use in line.uses} == {"equipment:frame"}


class TestBoundsOfAPair:
    def _paid(self, guarantee: Guarantee, *acts: Act) -> list[int]:
        lines = price_claim(acts, guarantee, LAW, {}).lines
        return [line.share.amo_cents + line.share.amc_cents for line in lines]

    def test_each_of_two_pairs_has_its_own_ceiling(self) -> None:
        guarantee = grid("monture, verre-b | 100 % FR | renouvellement: 2 équipements par an")
        pair = [_FRAME, act("grouping:VU1", 40_000), act("grouping:VU1", 40_000)]
        paid = self._paid(guarantee, *pair, *pair)
        assert [sum(paid[:3]), sum(paid[3:])] == [42_000, 42_000]

    def test_one_cent_above_is_taken_from_the_least_dear_lens(self) -> None:
        guarantee = grid("monture, verre-b | 100 % FR")
        dear = act("grouping:VU1", 16_001)
        assert self._paid(guarantee, _FRAME, act("grouping:VU1", 16_000), dear) == [
            10_000,
            15_999,
            16_001,
        ]

    def test_the_floor_goes_to_the_lenses_where_the_frame_costs_little(self) -> None:
        guarantee = grid("monture, verre-b | 1 €")
        frame, lens = act("grouping:M03", 1_000), act("grouping:VM1", 30_000)
        paid = self._paid(guarantee, frame, lens, lens)
        assert sum(paid) == 20_000 and paid[0] == 1_000 and paid[1] == 20_000 - 1_000 - paid[2]
        assert paid[1] > 10_000  # the frame's own ceiling is not the lenses'

    @pytest.mark.parametrize("short", [0, 1, 2])
    def test_the_floor_is_reached_to_the_cent(self, short: int) -> None:
        guarantee = grid("monture, verre-b | 100 % FR dans la limite de 95 €")
        lens = act("grouping:VM1", 9_500)
        frame = act("grouping:M03", 10_000)
        below = grid(f"monture | {10 - short / 100:.2f} €".replace(".", ","), "verre-b | 95 €")
        priced = price_claim([frame, lens, lens], below, LAW, {})
        total = priced.total
        assert total.amo_cents + total.amc_cents == 20_000
        floors = [
            step
            for line in priced.lines
            for step in line.steps
            if step.code is StepCode.EQUIPMENT_FLOOR
        ]
        assert len(floors) == (short > 0)
        assert sum(self._paid(guarantee, frame, lens, lens)) == 28_500


class TestCeilingsOfAFormula:
    def test_a_ceiling_may_be_a_share_of_the_ceiling_of_social_security(self) -> None:
        guarantee = grid(
            "osteopathie | 100 % FR, dans la limite de 1 % PMSS", responsible="non"
        )
        [line] = price_claim([act("ngap:OSTEO", 9_000)], guarantee, LAW, {}).lines
        assert line.share.amc_cents == LAW.pmss_cents // 100

    def test_a_ceiling_below_the_sum_leaves_its_credit_whole(self) -> None:
        written = "consultation | 200 % BR + crédit de 50 € par année civile, dans la limite de 150 % BR"
        guarantee = grid(written, responsible="non")
        visit = act("ngap:G", 9_000)
        [line] = price_claim([visit], guarantee, LAW, {}).lines
        assert line.share.amo_cents + line.share.amc_cents == visit.base_cents * 3 // 2
        assert [use for use in line.uses if use.counter.startswith("credit")] == []


class TestLimitsOfALine:
    def test_a_limit_by_equipment_counts_from_its_first_element(self) -> None:
        guarantee = grid("verre-b | 30 € | limite: 1 par équipement", responsible="non")
        lines = price_claim([_LENS, _LENS], guarantee, LAW, {}).lines
        assert [line.share.amc_cents for line in lines] == [3_000 - 3, 0]
        before = (Use("limit:TEST:essai-l0", date(2025, 12, 1), 1, 0),)
        [line] = price_claim([_LENS], guarantee, LAW, held(before)).lines
        assert line.share.amc_cents == 3_000 - 3
        pair = (*before, Use("equipment:a", date(2025, 12, 1), 1, 0))
        [line] = price_claim([_LENS], guarantee, LAW, held(pair)).lines
        assert line.share.amc_cents == 0

    def test_nothing_is_told_of_a_limit_that_is_just_reached(self) -> None:
        guarantee = grid("osteopathie | 10 € | limite: 2 par année civile", responsible="non")
        said = {StepCode.LIMIT, StepCode.PARTLY}
        for quantity, told in ((2, set[StepCode]()), (3, {StepCode.PARTLY})):
            care = act("ngap:OSTEO", 9_000, quantity=quantity)
            [line] = price_claim([care], guarantee, LAW, {}).lines
            assert {step.code for step in line.steps} & said == told
            assert line.share.amc_cents == 2_000

    def test_a_ceiling_by_ear_is_spent_by_ear(self) -> None:
        head = "plafonds: {Audio: 100 € par an et par oreille}\n"
        guarantee = grid(
            "audio-classe-2 | 100 % FR | plafond: Audio", head=head, responsible="non"
        )
        right, left = (act("lpp:2392530", 150_000, side=side) for side in ("right", "left"))
        lines = price_claim([right, left, right], guarantee, LAW, {}).lines
        assert [line.share.amc_cents for line in lines] == [10_000, 10_000, 0]


class TestPartOfAnAct:
    def test_the_price_limit_of_the_covered_units_is_theirs(self) -> None:
        crowns = act("ccam:HBLD038", 90_000, quantity=2)
        whole = crowns.limit_cents
        assert whole == 2 * 29_870
        written = (
            "prothese-dentaire | 100 % FR, dans la limite des HLF | limite: 1 par année civile"
        )
        [line] = price_claim([crowns], grid(written, responsible="non"), LAW, {}).lines
        assert line.share == Share(14_400, 29_870 - 7_200, 90_000 - 14_400 - 22_670)

    def test_the_network_price_of_the_covered_units_is_theirs(self) -> None:
        lens = act("grouping:VU1", 10_000, quantity=2, situation=("network",))
        written = "verre-b | 100 % FR, limité au prix du réseau | limite: 1 par année civile"
        guarantee = grid(written, responsible="non", head="réseau: {'grouping:VU1': 40 €}\n")
        [line] = price_claim([lens], guarantee, LAW, {}).lines
        assert line.share.amc_cents == 4_000 - 3

    def test_outside_the_network_its_price_gives_the_base(self) -> None:
        written = "verre-b | 100 % FR, limité au prix du réseau"
        guarantee = grid(written, responsible="non", head="réseau: {'grouping:VU1': 40 €}\n")
        inside = act("grouping:VU1", 10_000, situation=("network",))
        paid = [
            price_claim([one], guarantee, LAW, {}).total.amc_cents for one in (inside, _LENS)
        ]
        assert paid == [4_000 - 3, 5 - 3]

    def test_a_part_is_counted_in_whole_cents(self) -> None:
        odd = act("ccam:HBLD038", 90_001, quantity=2)._replace(
            limit_cents=59_741, network_cents=59_741
        )
        for formula in (
            "100 % FR, dans la limite des HLF",
            "100 % FR, limité au prix du réseau",
        ):
            written = f'prothese-dentaire | "{formula}" | limite: 1 par année civile'
            [line] = price_claim([odd], grid(written, responsible="non"), LAW, {}).lines
            assert line.share.amc_cents == 29_870 - 7_200 and type(line.share.amc_cents) is int


class TestBeyond:
    @pytest.mark.parametrize(("expense", "paid"), [(6_000, 3_000), (1_500, 1_500)])
    def test_what_is_paid_past_a_count_is_within_the_price(
        self, expense: int, paid: int
    ) -> None:
        written = "osteopathie | 10 €, au-delà 30 € | limite: 1 par année civile"
        used = {"limit:TEST:essai-l0": (Use("limit:TEST:essai-l0", _DAY, 1, 0),)}
        care = act("ngap:OSTEO", expense)
        [line] = price_claim([care], grid(written, responsible="non"), LAW, used).lines
        assert line.share.amc_cents == paid

    def test_it_adds_to_what_the_layers_before_it_pay(self) -> None:
        used = {"limit:OPT0:essai-l0": (Use("limit:OPT0:essai-l0", _DAY, 1, 0),)}
        option = "osteopathie | 10 €, au-delà 30 € | limite: 1 par année civile"
        guarantee = stacked("osteopathie | 50 €", option)
        care = act("ngap:OSTEO", 6_000)
        [line] = price_claim([care], guarantee, LAW, used).lines
        assert line.share == Share(0, 6_000, 0)
        beyond = [step.cents for step in line.steps if step.code is StepCode.BEYOND]
        assert beyond == [1_000]

    def test_nothing_is_told_where_nothing_is_paid(self) -> None:
        written = "consultation | 100 % BR, au-delà 70 % BR | limite: 1 par année civile"
        care = act("ngap:G", 6_000, quantity=2)
        [line] = price_claim([care], grid(written, responsible="non"), LAW, {}).lines
        assert StepCode.BEYOND not in {step.code for step in line.steps}


class TestLawBeyondTheGrid:
    def test_what_the_law_covers_whole_is_counted_where_the_grid_has_no_line(self) -> None:
        aid = act("lpp:2351057", 95_000, side="right")
        guarantee = grid("consultation | 100 % BR")
        first = price_claim([aid], guarantee, LAW, {}).lines[0]
        assert first.share == Share(24_000, 71_000, 0)
        within = aid._replace(care_on=date(2029, 3, 1))
        again = price_claim([within], guarantee, LAW, held(first.uses)).lines[0]
        assert again.share == Share(24_000, 16_000, 55_000)
        due = aid._replace(care_on=date(2030, 3, 2))
        assert (
            price_claim([due], guarantee, LAW, held(first.uses)).lines[0].share.amc_cents
            == 71_000
        )

    def test_a_frame_without_a_line_has_the_period_of_the_law(self) -> None:
        frame = act("grouping:M01", 3_000)
        guarantee = grid("consultation | 100 % BR")
        for bought, paid in ((date(2024, 3, 2), 3_000 - 540), (date(2024, 3, 3), 360)):
            used = held((Use("renewal:monture", bought, 1, 0),))
            [line] = price_claim([frame], guarantee, LAW, used).lines
            assert line.share.amc_cents == paid

    def test_what_the_amo_refuses_is_not_covered_whole(self) -> None:
        frame = act("grouping:M01", 3_000)._replace(situation=frozenset({"refused"}), rate_bp=0)
        [line] = price_claim([frame], grid("consultation | 100 % BR"), LAW, {}).lines
        assert line.share.amc_cents == 0

    def test_a_doctor_outside_optam_gets_what_the_grid_promises_inside_less_the_gap(
        self,
    ) -> None:
        visit = act("ngap:G", 20_000, situation=("not-optam",))
        lines = (
            "consultation | 3 % PMSS + RSS | si: OPTAM",
            "consultation | 400 % BR | si: non OPTAM",
        )
        [line] = price_claim([visit], grid(*lines), LAW, {}).lines
        base, amo = visit.base_cents, line.share.amo_cents
        promised = amo + LAW.pmss_cents * 3 // 100
        most = min(base + base, promised - base * 20 // 100)
        assert line.share.amo_cents + line.share.amc_cents == most

    def test_the_promise_inside_optam_is_that_of_the_same_situation(self) -> None:
        visit = act("ngap:G", 20_000, situation=("not-optam", "ald"))
        lines = (
            "consultation | 300 % BR | si: OPTAM et ALD",
            "consultation | 150 % BR | si: OPTAM et non ALD",
            "consultation | 400 % BR | si: non OPTAM",
        )
        [line] = price_claim([visit], grid(*lines), LAW, {}).lines
        assert line.share.amo_cents + line.share.amc_cents == 2 * visit.base_cents


def test_the_share_of_the_amo_says_what_leaving_the_pathway_takes_from_it() -> None:
    visit = act("ngap:G", 3_000, situation=("out-of-pathway",))
    [line] = price_claim([visit], grid("consultation | 100 % BR"), LAW, {}).lines
    [amo] = [step for step in line.steps if step.code is StepCode.AMO]
    assert (
        amo.french
        == "La Sécurité sociale paie 70 % de la base, moins 12,00 € hors parcours : 9,00 €."
    )
    assert ", less 12,00 € outside the pathway" in amo.english
    inside = act("ngap:G", 3_000)
    [plain] = price_claim([inside], grid("consultation | 100 % BR"), LAW, {}).lines
    [said] = [step for step in plain.steps if step.code is StepCode.AMO]
    assert said.french == "La Sécurité sociale paie 70 % de la base : 21,00 €."
