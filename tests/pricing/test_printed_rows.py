"""Rows as grids print them, encoded by somebody who read the tutorial alone, against amounts reckoned by hand."""

from dataclasses import replace
from datetime import date

import pytest

from egide.plans import Catalogue, GridError, read_grid
from egide.pricing import Act, Guarantee, Stacking, price_claim
from pricing.builders import LAW, NOMENCLATURE, act, grid, held

_HEAD = """grille: T1
version: 2018-01-01
libellé: essai
amo: comprise
an: civil
responsable: oui
domaines: [MED]
niveaux: {A: Un, B: Deux}
plafonds: {petit: 500 € par an, grand: 1 000 € par an, selon: [500 € par an, 1 000 € par an]}
garanties:
  Essai:
"""


def _levels(*rows: str) -> tuple[Guarantee, Guarantee]:
    catalogue = Catalogue([read_grid(_HEAD + "".join(f"    - {{{row}}}\n" for row in rows))])
    plans = [catalogue.on(f"T1-{level}", date(2026, 3, 2)) for level in "AB"]
    assert plans[0] is not None and plans[1] is not None
    return plans[0].guarantee, plans[1].guarantee


def _faults(*rows: str) -> str:
    with pytest.raises(GridError) as refused:
        _levels(*rows)
    return " ".join(map(str, refused.value.faults))


def _amc(guarantee: Guarantee, *acts: Act) -> float:
    return price_claim(acts, guarantee, LAW, {}).total.amc_cents / 100


def _crowns(count: int) -> list[Act]:
    return [act("grouping:PFC", 60_000, base=12_000) for _ in range(count)]


class TestOneValueALevel:
    """What a list as long as the levels says, it says level by level."""

    def test_a_limit(self) -> None:
        row = (
            "ligne: Ostéopathie, actes: osteopathie, remboursement: [30 € par séance, 50 € par séance], "
            "limite: [2 par année civile, 4 par année civile]"
        )
        low, high = _levels(row)
        four = [act("libre:osteopathie", 6_000) for _ in range(4)]
        assert (_amc(low, *four), _amc(high, *four)) == (60, 200)

    def test_a_wait(self) -> None:
        low, high = _levels(
            "ligne: Implant, actes: implant, remboursement: [300 € par implant, 600 € par implant], "
            "attente: [3 mois, 6 mois]"
        )
        one = act("libre:implant", 90_000, on=date(2026, 10, 1), since=date(2026, 6, 1))
        assert (_amc(low, one), _amc(high, one)) == (300, 0)

    @pytest.mark.parametrize("said", ["[petit, grand]", "selon"])
    def test_a_ceiling(self, said: str) -> None:
        low, high = _levels(
            f"ligne: Prothèses, actes: prothese-dentaire-libre, remboursement: [300 % BR, 400 % BR], plafond: {said}"
        )
        # 288 + 212, then the copayment of 48 that the law asks for; 408 + 408 + 184.
        assert _amc(low, *_crowns(3)) == 548
        assert _amc(high, *_crowns(3)) == 1_000

    def test_no_limit_at_one_level(self) -> None:
        low, high = _levels(
            "ligne: Ostéopathie, actes: osteopathie, remboursement: 30 €, limite: [1 par an, illimité]"
        )
        two = [act("libre:osteopathie", 6_000) for _ in range(2)]
        assert (_amc(low, *two), _amc(high, *two)) == (30, 60)

    def test_two_that_hold_together(self) -> None:
        row = "ligne: O, actes: osteopathie, remboursement: 30 €, limite: {}"
        both = _levels(row.format("2 par an et 1 par 6 mois"))[0]
        two = [act("libre:osteopathie", 6_000) for _ in range(2)]
        assert _amc(both, *two) == 30
        nested = _levels(row.format("[[2 par an], [1 par 6 mois]]"))
        assert (_amc(nested[0], *two), _amc(nested[1], *two)) == (60, 30)

    def test_what_may_be_read_two_ways_is_refused(self) -> None:
        row = "ligne: O, actes: osteopathie, remboursement: 30 €, limite: {}"
        assert "niveau par niveau" in _faults(row.format("[2 par an, 1 par 6 mois]"))
        assert "deux limites de la même période" in _faults(
            row.format("[2 par an, 3 par an, 4 par an]")
        )


class TestBeyond:
    """« au-delà » follows a limit, and is no minimum before it."""

    @pytest.mark.parametrize(("days", "expected"), [(3, 90), (5, 210)])
    def test_a_rising_tier(self, days: int, expected: int) -> None:
        guarantee = grid(
            'chambre-particuliere | "30 € par jour, maximum 3 jours par séjour, au-delà 60 € par jour"'
        )
        assert _amc(guarantee, act("grouping:SHO", days * 10_000, quantity=days)) == expected

    def test_a_share_after_sessions(self) -> None:
        guarantee = grid('hypnose | "20 € par séance, maximum 2 par an, au-delà 50 % FR"')
        three = [act("libre:hypnose", 6_000) for _ in range(3)]
        assert _amc(guarantee, *three) == 20 + 20 + 30

    def test_a_share_after_an_amount(self) -> None:
        guarantee = grid(
            'prothese-dentaire-libre | "TM + 100 % BR, dans la limite de 300 € par an, au-delà 100 % FR"'
        )
        first, second = [
            line.share.amc_cents for line in price_claim(_crowns(2), guarantee, LAW, {}).lines
        ]
        assert (first, second) == (16_800, 60_000 - 7_200)

    @pytest.mark.parametrize(
        ("formula", "said"),
        [
            ("60 € par jour, maximum 2 jours par an, au-delà 30 € par jour, maximum 3 jours par an", "après « au-delà »"),
            ("60 € par jour, maximum 2 jours par an, puis 40 € par jour, puis 10 € par jour", "deux « au-delà »"),
            ("60 € par jour, au-delà 30 € par jour", "de quoi"),
        ],
    )  # fmt: skip
    def test_a_tier_that_would_be_lost_is_refused(self, formula: str, said: str) -> None:
        row = f'ligne: C, actes: chambre-particuliere, remboursement: ["{formula}", 1 €]'
        assert said in _faults(row)

    def test_two_limits_before_one_tier_are_refused(self) -> None:
        row = 'ligne: C, actes: chambre-particuliere, remboursement: ["60 € par jour, maximum 2 jours par an, au-delà 30 € par jour", 1 €], limite: 3 jours par an'
        assert "deux limites" in _faults(row)


class TestOptionThatHoldsItsBase:
    """An option whose amounts are a total counts what the base paid (« empilement: total »)."""

    def _both(self, base: str, option: str) -> Guarantee:
        head = "version: 2018-01-01\nlibellé: essai\namo: comprise\nan: civil\nresponsable: oui\ndomaines: [MED]\n"
        grids = [
            read_grid(f"grille: BASE\n{head}garanties:\n  E:\n    - {{ligne: L, {base}}}\n"),
            read_grid(
                f"grille: PLUS\n{head}option de: [BASE]\nempilement: total\ngaranties:\n  E:\n    - {{ligne: L, {option}}}\n"
            ),
        ]
        plan = Catalogue(grids).on("BASE+PLUS", date(2026, 3, 2))
        assert plan is not None
        return plan.guarantee

    @pytest.mark.parametrize("bought", [(40_000,), (10_000, 10_000, 20_000)])
    def test_a_yearly_amount(self, bought: tuple[int, ...]) -> None:
        row = "actes: lentilles-refusees, remboursement: {} € par an"
        both = self._both(row.format(100), row.format(300))
        assert _amc(both, *[act("libre:lentilles-refusees", cents) for cents in bought]) == 300

    @pytest.mark.parametrize("lenses", [(2,), (1, 1)])
    def test_a_pair_of_glasses(self, lenses: tuple[int, ...]) -> None:
        row = "actes: equipement-simple, remboursement: {} € par équipement dont monture {} €"
        both = self._both(row.format(100, 50), row.format(300, 100))
        acts = [act("grouping:VU1", 25_000 * units, quantity=units) for units in lenses]
        assert _amc(both, act("grouping:M03", 15_000), *acts) == 299.91

    def test_a_ceiling(self) -> None:
        both = self._both(
            "actes: prothese-dentaire-libre, remboursement: 200 % BR",
            'actes: prothese-dentaire-libre, remboursement: "400 % BR, dans la limite de 1 000 € par an"',
        )
        assert _amc(both, *_crowns(3)) == 408 + 408 + 168

    def test_what_it_adds_inside_optam_raises_the_bound_outside(self) -> None:
        both = self._both(
            "actes: consultation, remboursement: 100 % BR",
            "actes: consultation, cas: [{si: OPTAM, remboursement: 200 % BR}, {si: non OPTAM, remboursement: 150 % BR}]",
        )
        one = act("ngap:G", 8_000, situation=("not-optam",))
        assert _amc(both, one) == pytest.approx(1.5 * 23 - 16.10)


class TestGlasses:
    def test_a_category_that_is_not_printed_has_its_floor(self) -> None:
        rows = ("simple", "complexe", "tres-complexe")
        guarantee = grid(
            *(
                f"equipement-{row} | {amount} € par équipement"
                for row, amount in zip(rows, (300, 500, 700), strict=True)
            )
        )
        pair = [
            act("grouping:M03", 10_000),
            act("grouping:VU1", 20_000),
            act("grouping:VM4", 40_000),
        ]
        assert _amc(guarantee, *pair) == 124.91
        first = price_claim(pair, guarantee, LAW, {})
        later = [one._replace(care_on=date(2026, 12, 1)) for one in pair]
        uses = held(*(line.uses for line in first.lines))
        again = price_claim(later, guarantee, LAW, uses).total.amc_cents
        assert again < 100, "the law's two years are not over"

    @pytest.mark.parametrize(
        ("amount", "expected"), [("250 € par équipement", 250), ("420 € par équipement", 420)]
    )
    def test_a_lens_of_class_a_is_taken_off_the_pair(self, amount: str, expected: int) -> None:
        guarantee = grid(f"equipement-simple | {amount}")
        pair = [
            act("grouping:M03", 15_000),
            act("grouping:V01", 3_250),
            act("grouping:VU1", 50_000),
        ]
        total = price_claim(pair, guarantee, LAW, {}).total
        assert total.amo_cents + total.amc_cents == expected * 100

    def test_a_frame_with_lenses_of_class_a_has_what_they_leave(self) -> None:
        guarantee = grid("equipement-simple | 100 € par équipement | dont monture: 50 €")
        pair = [act("grouping:M03", 15_000), act("grouping:V01", 6_500, quantity=2)]
        lines = price_claim(pair, guarantee, LAW, {}).lines
        assert lines[0].share.amo_cents + lines[0].share.amc_cents == 3_500


_RAMA = (
    "verre-a | 100 % Santé",
    "monture-a | 100 % Santé",
    "equipement-simple | {a} € par équipement | dont monture: 100 €",
    "equipement-mixte-simple-complexe | {b} € par équipement | dont monture: 100 €",
    "equipement-complexe | {c} € par équipement | dont monture: 100 €",
)


class TestPairsOfTwoClasses:
    """Printed rows of an agreement of insurers (KALIARTI000039124681): a lens of class A counts in its pair."""

    @pytest.mark.parametrize(
        ("amounts", "acts", "expected"),
        [
            # One simple lens of class A and one complex one are category b: by correction, not by class.
            ((420, 560, 700), [("M03", 150), ("V01", 37.5), ("VM1", 900)], 553.19),
            ((50, 125, 200), [("M03", 150), ("V01", 37.5), ("VM1", 900)], 118.19),
            # The law's least amount is the pair's, what class A costs included.
            ((50, 125, 200), [("M03", 150), ("V01", 37.5), ("VU1", 300)], 43.19),
            ((50, 125, 200), [("M01", 30), ("V01", 37.5), ("VU1", 300)], 55.35),
            # A pair of class A whole is the law's, whatever the grid gives to pairs: up to the limit prices.
            ((50, 125, 200), [("M01", 50), ("V01", 50), ("V01", 50)], 86.10),
            ((420, 560, 700), [("M01", 50), ("V01", 50), ("V01", 50)], 86.10),
        ],
    )
    def test_a_pair(
        self,
        amounts: tuple[int, int, int],
        acts: list[tuple[str, float]],
        expected: float,
    ) -> None:
        a, b, c = amounts
        guarantee = grid(*(row.format(a=a, b=b, c=c) for row in _RAMA))
        pair = [act(f"grouping:{code}", round(price * 100)) for code, price in acts]
        assert _amc(guarantee, *pair) == expected

    @pytest.mark.parametrize("amounts", [(50, 125, 200), (200, 300, 400), (420, 560, 700)])
    @pytest.mark.parametrize(
        ("first", "then"),
        [
            ([("V01", 37.5)], [("M03", 150), ("VM1", 900)]),
            ([("V01", 37.5)], [("M01", 30), ("VU1", 300)]),
            ([("M01", 50)], [("V01", 50), ("V01", 50)]),
            ([("M01", 30)], [("VU1", 300), ("VU1", 300)]),
            ([("M01", 30), ("V01", 37.5)], [("VM1", 900)]),
            ([("M03", 150)], [("V01", 37.5), ("VM1", 900)]),
            ([("VU1", 300)], [("M03", 150), ("VU3", 600)]),
            ([("M03", 150), ("VM1", 900)], [("VM1", 900)]),
        ],
    )
    def test_a_pair_in_two_claims_is_given_what_it_is_in_one(
        self,
        amounts: tuple[int, int, int],
        first: list[tuple[str, float]],
        then: list[tuple[str, float]],
    ) -> None:
        a, b, c = amounts
        guarantee = grid(*(row.format(a=a, b=b, c=c) for row in _RAMA))
        one, two = (
            [act(f"grouping:{code}", round(price * 100)) for code, price in acts]
            for acts in (first, then)
        )
        whole = price_claim([*one, *two], guarantee, LAW, {}).total
        begun = price_claim(one, guarantee, LAW, {})
        counters = held(*(line.uses for line in begun.lines))
        ended = price_claim(two, guarantee, LAW, counters).total
        split = begun.total.amc_cents + ended.amc_cents
        # The AMO pays the rest of the pair too, whatever was given for it before.
        assert whole.amc_cents - 5 <= split <= whole.amc_cents + ended.amo_cents

    def test_a_frame_alone_is_taken_once_from_what_its_pair_is_given(self) -> None:
        guarantee = grid("equipement-simple | 200 € par équipement")
        frame = [act("grouping:M01", 3_000)]
        lenses = [act("grouping:VU1", 30_000, quantity=2)]
        whole = price_claim([*frame, *lenses], guarantee, LAW, {}).total.amc_cents
        alone = price_claim(frame, guarantee, LAW, {})
        counters = held(*(line.uses for line in alone.lines))
        then = price_claim(lenses, guarantee, LAW, counters).total.amc_cents
        assert alone.total.amc_cents + then == whole == 19_454

    @pytest.mark.parametrize("apart", [False, True])
    def test_two_pairs_of_one_day_have_an_amount_each(self, *, apart: bool) -> None:
        guarantee = grid(
            "equipement-simple | 200 € par équipement",
            "equipement-complexe | 400 € par équipement",
            responsible="non",
        )
        simple = [act("grouping:M03", 15_000), act("grouping:VU1", 30_000, quantity=2)]
        complex_ = [act("grouping:M03", 15_000), act("grouping:VM1", 90_000, quantity=2)]
        if apart:
            first = price_claim(simple, guarantee, LAW, {})
            counters = held(*(line.uses for line in first.lines))
            paid = first.total.amc_cents
            paid += price_claim(complex_, guarantee, LAW, counters).total.amc_cents
        else:
            paid = price_claim([*simple, *complex_], guarantee, LAW, {}).total.amc_cents
        assert paid == 60_000 - 2 * 9

    @pytest.mark.parametrize("responsible", ["oui", "non"])
    @pytest.mark.parametrize("first", ["frame", "lenses"])
    def test_a_pair_billed_against_its_days_has_its_amount_once(
        self, responsible: str, first: str
    ) -> None:
        guarantee = grid("equipement-simple | 200 € par équipement", responsible=responsible)
        late, early = date(2026, 3, 20), date(2026, 3, 10)
        days = (late, early) if first == "frame" else (early, late)
        frame = [act("grouping:M03", 15_000, on=days[0])]
        lenses = [act("grouping:VU1", 30_000, quantity=2, on=days[1])]
        one, two = (frame, lenses) if first == "frame" else (lenses, frame)
        begun = price_claim(one, guarantee, LAW, {})
        counters = held(*(line.uses for line in begun.lines))
        ended = price_claim(two, guarantee, LAW, counters)
        assert 19_990 <= begun.total.amc_cents + ended.total.amc_cents <= 20_000

    def test_a_pair_without_its_amo_part_is_given_once_too(self) -> None:
        guarantee = grid("equipement-complexe | 200 € par équipement", amo="en plus")
        frame = [act("grouping:M03", 15_000)]
        lenses = [act("grouping:VM1", 90_000, quantity=2)]
        whole = price_claim([*frame, *lenses], guarantee, LAW, {}).total.amc_cents
        begun = price_claim(frame, guarantee, LAW, {})
        counters = held(*(line.uses for line in begun.lines))
        ended = price_claim(lenses, guarantee, LAW, counters).total.amc_cents
        assert begun.total.amc_cents + ended <= whole + 10

    def test_a_frame_of_class_a_is_covered_whole_whatever_its_lens_had_before(self) -> None:
        guarantee = grid("verre-a, monture-a | 100 % Santé", "verre-b | 400 €")
        lens = price_claim([act("grouping:VU1", 60_000)], guarantee, LAW, {}).lines[0]
        rest = [act("grouping:M01", 3_000), act("grouping:V01", 3_750)]
        priced = price_claim(rest, guarantee, LAW, held(lens.uses))
        assert [line.share.patient_cents for line in priced.lines] == [0, 0]

    def test_a_contract_of_the_copayment_alone_is_not_lifted_by_what_class_a_costs(
        self,
    ) -> None:
        guarantee = grid("verre-a | 100 % Santé", "verre-b | 100 % BR", "monture-b | 100 % BR")
        pair = [
            act("grouping:M03", 10_000),
            act("grouping:V01", 3_750),
            act("grouping:VU1", 10_000),
        ]
        assert _amc(guarantee, *pair) == 30.75 + 0.04


class TestWhatIsNotThere:
    """A limit, a base or a price that does not exist gives nothing above the tariff base."""

    @pytest.mark.parametrize(
        ("word", "formula", "one", "expected"),
        [
            ("prothese-dentaire", "100 % FR dans la limite des HLF", act("grouping:PFC", 90_000, base=12_000), 48),
            ("consultation", "100 % Santé", act("ngap:G", 9_000), 30 - 21),
        ],
    )  # fmt: skip
    def test_a_price_limit(self, word: str, formula: str, one: Act, expected: float) -> None:
        assert _amc(grid(f'{word} | "{formula}"'), one) == pytest.approx(expected)

    @pytest.mark.parametrize(
        "row",
        [
            "ligne: I, actes: implant, remboursement: 300 % BR",
            "ligne: O, actes: orthodontie-refusee, remboursement: 200 % BR",
            "ligne: D, actes: dietetique, remboursement: TM",
            "ligne: P, actes: parodontologie-refusee, remboursement: 100 % PLV",
        ],
    )
    def test_a_line_that_can_never_pay_is_refused(self, row: str) -> None:
        assert "ne paie jamais rien" in _faults(row)

    def test_a_case_that_never_holds_is_refused(self) -> None:
        assert "accepté" in _faults(
            "ligne: I, actes: implant, remboursement: 300 €, si: accepté"
        )
        assert "aucun âge" in _faults(
            "ligne: I, actes: implant, remboursement: 300 €, si: de 30 à moins de 20 ans"
        )

    def test_the_base_of_the_grid_is_for_what_is_refused(self) -> None:
        guarantee = grid(
            'prothese-dentaire-libre, prothese-dentaire-refusee | 300 % BR | base: "107,50 €"'
        )
        assert _amc(guarantee, act("grouping:PFC", 90_000, base=12_000)) == 288

    def test_a_shared_counter_needs_its_limit(self) -> None:
        row = "ligne: {}, actes: {}, remboursement: 40 €, compteur: md"
        limited = row.format("O", "osteopathie") + ", limite: 2 par an"
        assert "n'a pas de limite" in _faults(limited, row.format("H", "hypnose"))
        other = row.format("H", "hypnose") + ", limite: 3 par an"
        assert "d'autres limites" in _faults(limited, other)


class TestNotResponsible:
    """What R871-1 leaves to the patient, it leaves under a responsible contract alone."""

    @pytest.mark.parametrize("formula", ["100 % FR", "300 % BR"])
    def test_out_of_the_pathway(self, formula: str) -> None:
        one = act("ngap:G", 6_000, situation=("out-of-pathway",))
        free = price_claim([one], grid(f"consultation | {formula}", responsible="non"), LAW, {})
        assert free.total.patient_cents == 0
        bound = price_claim([one], grid(f"consultation | {formula}"), LAW, {})
        assert bound.total.patient_cents > 0

    def test_the_participation_in_a_heavy_act(self) -> None:
        law = NOMENCLATURE.law_on(date(2026, 11, 2))
        one = act("grouping:ATM", 20_000, base=20_000, on=date(2026, 11, 2))
        guarantee = grid("acte-technique, hospitalisation | 100 % FR", responsible="non")
        assert price_claim([one], guarantee, law, {}).total.amc_cents == law.heavy_cents

    @pytest.mark.parametrize(("cents", "expected"), [(4_500, 36.0), (9_000, 62.1)])
    def test_an_option_that_is_not_responsible_pays_it_too(
        self, cents: int, expected: float
    ) -> None:
        """Out of the pathway, 300 % BR of an option is of what the AMO did pay, as it is of a grid alone."""
        code, base = ("ngap:G", 3_000) if cents == 4_500 else ("ngap:CS", 2_300)
        one = act(code, cents, base=base, situation=("out-of-pathway",))
        option = grid("consultation | 300 % BR", responsible="non").layers[0]
        bound = grid("consultation | 170 % BR").layers[0]
        both = Guarantee((bound, replace(option, plan_code="O", stacking=Stacking.TOTAL)))
        alone = price_claim([one], grid("consultation | 300 % BR", responsible="non"), LAW, {})
        assert _amc(both, one) == alone.total.amc_cents / 100 == expected

    @pytest.mark.parametrize("other", [0, 2_400, 2_700, 3_000, 3_600])
    def test_an_option_pays_no_more_than_another_insurer_leaves(self, other: int) -> None:
        one = act("ngap:G", 4_500, base=3_000, situation=("out-of-pathway",))
        option = grid("consultation | 300 % BR", responsible="non").layers[0]
        bound = grid("consultation | 170 % BR").layers[0]
        both = Guarantee((bound, replace(option, plan_code="O", stacking=Stacking.TOTAL)))
        priced = price_claim([one], both, LAW, {}, other_amc=[other])
        total = priced.total
        assert sum(total) + priced.other_amc_cents == 4_500 and total.patient_cents == 0

    def test_a_pair_of_class_a_is_paid_as_any_other(self) -> None:
        guarantee = grid("equipement-simple | 600 € par équipement", responsible="non")
        pair = [_frame_a(), *(act("grouping:V01", 3_250, base=1_125) for _ in range(2))]
        assert price_claim(pair, guarantee, LAW, {}).total.patient_cents == 0


def _frame_a() -> Act:
    return act("grouping:M01", 3_000, base=900)
