"""Cases of one line, what follows a credit or a ceiling, and pairs of glasses: rows that a stranger found misread."""

import pytest

from egide.plans import GridError, read_grid
from egide.pricing import price_claim
from pricing.builders import LAW, act
from pricing.test_printed_rows import _HEAD, _amc, _levels

_ROOM = "ligne: R, actes: chambre-particuliere, remboursement: "


class TestCases:
    """Cases of one line count together what they pay alike, and apart what each names for itself."""

    def test_each_counts_the_acts_that_it_names(self) -> None:
        low, _ = _levels(
            "ligne: M, cas: ["
            "{actes: osteopathie, remboursement: 40 € par séance, limite: 2 par an}, "
            "{actes: acupuncture, remboursement: 30 € par séance, limite: 3 par an}]",
            "ligne: P, cas: [{actes: psychologie, remboursement: 100 € par an}, "
            "{actes: dietetique, remboursement: 60 € par an}]",
        )
        care = [act("libre:osteopathie", 6_000) for _ in range(3)]
        care += [act("libre:acupuncture", 5_000) for _ in range(4)]
        assert _amc(low, *care) == 2 * 40 + 3 * 30
        assert (
            _amc(low, act("libre:psychologie", 20_000), act("libre:dietetique", 20_000)) == 160
        )

    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            # Said of the line, it is of the line.
            (
                (
                    "ligne: M, limite: 2 par an, cas: [{actes: osteopathie, remboursement: 40 €}, "
                    "{actes: acupuncture, remboursement: 30 €}]"
                ),
                40 + 40,
            ),
            # The same acts, told apart by whom: one count.
            (
                (
                    "ligne: M, actes: [osteopathie, acupuncture], cas: ["
                    "{si: moins de 18 ans, remboursement: 50 €, limite: 2 par an}, "
                    "{si: sinon, remboursement: 40 €, limite: 2 par an}]"
                ),
                40 + 40,
            ),
            # A name shares with whoever bears it.
            (
                (
                    "ligne: M, cas: [{actes: osteopathie, remboursement: 70 € par an, crédit: c}, "
                    "{actes: acupuncture, remboursement: 70 € par an, crédit: c}]"
                ),
                70,
            ),
        ],
    )
    def test_what_they_share(self, row: str, expected: int) -> None:
        low, _ = _levels(row)
        care = [act("libre:osteopathie", 6_000) for _ in range(2)]
        care += [act("libre:acupuncture", 6_000) for _ in range(2)]
        assert _amc(low, *care) == expected

    def test_the_printed_cell_says_which_acts(self) -> None:
        grid_ = read_grid(
            _HEAD
            + "    - {ligne: M, cas: [{actes: implant, remboursement: 400 € par implant},"
            + " {actes: osteopathie, remboursement: 40 €}]}\n"
        )
        said = [cell.case for cell in grid_.rows[0].cells[0]]
        assert said == ["implant", "osteopathie"]


class TestBeyond:
    """What follows a credit or a ceiling (« au-delà ») is reckoned unit by unit, however units are billed."""

    @pytest.mark.parametrize(
        ("formula", "nights", "expected"),
        [
            ("60 € par jour dans la limite de 900 € par an, au-delà 25 € par jour", 20, 1_025),
            ("60 € par jour dans la limite de 300 € par séjour, au-delà 25 € par jour", 8, 375),
            ("40 € par jour dans la limite de 100 € par an, au-delà 15 € par jour", 5, 130),
            ("1 000 € par an, au-delà 20 € par jour", 20, 1_000 + 7 * 20),
        ],
    )
    def test_a_bill_is_worth_its_units(self, formula: str, nights: int, expected: int) -> None:
        low, _ = _levels(f'{_ROOM}"{formula}"')
        whole = act("grouping:SHO", 8_000 * nights, quantity=nights)
        each = [act("grouping:SHO", 8_000) for _ in range(nights)]
        half = [
            act("grouping:SHO", 8_000 * part, quantity=part)
            for part in (nights // 2, nights - nights // 2)
        ]
        assert [_amc(low, *acts) for acts in (each, [whole], half)] == [expected] * 3

    def test_what_it_uses_is_one_row_of_each_counter_whatever_is_billed(self) -> None:
        low, _ = _levels(
            f'{_ROOM}"60 € par jour dans la limite de 90000 € par an, au-delà 25 € par jour"'
        )
        stay = act("grouping:SHO", 8_000 * 999, quantity=999)
        [line] = price_claim([stay], low, LAW, {}).lines
        names = [use.counter for use in line.uses]
        assert len(names) == len(set(names)) == 1
        assert line.uses[0].cents == line.share.amc_cents == 60_00 * 999

    def test_a_credit_is_spent_by_what_the_law_leaves(self) -> None:
        """Outside OPTAM, what R871-2 cuts is not taken from the credit of the year, which holds the AMO part here."""
        row = 'ligne: C, actes: consultation, remboursement: "200 € par an, au-delà 100 % BR"'
        low, _ = _levels(row)
        one = act("ngap:CS", 18_000, quantity=2, situation=("not-optam",))
        [line] = price_claim([one], low, LAW, {}).lines
        spent = sum(use.cents for use in line.uses if use.counter.startswith("credit"))
        assert spent == line.share.amo_cents + line.share.amc_cents

    def test_a_case_keeps_its_count_when_an_act_is_added(self) -> None:
        case = "{actes: [osteopathie%s], remboursement: 40 €, limite: 2 par an}"
        other = "{actes: acupuncture, remboursement: 30 €, limite: 3 par an}"
        before, after = (
            _levels(f"ligne: M, cas: [{case % more}, {other}]")[0]
            for more in ("", ", etiopathie")
        )
        one = act("libre:osteopathie", 6_000)
        used = [
            price_claim([one], each, LAW, {}).lines[0].uses[0].counter
            for each in (before, after)
        ]
        assert used[0] == used[1]


class TestPairs:
    """What an element of class A costs is of the amount of its pair, whether or not that holds the AMO part."""

    @pytest.mark.parametrize(
        ("formula", "amo", "frame", "expected"),
        [
            ("150 € par équipement", "en plus", 10_000, 150),
            ("RSS + 150 € par équipement", "comprise", 10_000, 150),
            ("RSS + 150 € par équipement", "comprise", 20_000, 150),
            ("TM + 150 € par équipement", "en plus", 20_000, 154.54),
            ("100 % BR + 150 € par équipement", "comprise", 20_000, 154.54),
            ("150 € par équipement", "comprise", 10_000, 143.19),
        ],
    )
    def test_a_class_a_lens_is_taken_on_it(
        self, formula: str, amo: str, frame: int, expected: float
    ) -> None:
        low, _ = _levels(
            f"ligne: E, actes: equipement-simple, amo: {amo}, remboursement: {formula}"
        )
        pair = [
            act("grouping:M03", frame, base=5),
            act("grouping:V01", 3_250, base=1_125, side="right"),
            act("grouping:VU1", 40_000, base=5, side="left"),
        ]
        assert _amc(low, *pair) == expected


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ("remboursement: 200 € doublé si naissance multiple", "naissance multiple"),
        ("remboursement: 300 € pour les deux yeux", "par œil"),
        ("remboursement: 50 € dès la 2e année", "si: à partir de la 2e année"),
        ("remboursement: 30 € x 3 par an", "« limite » (3 par an)"),
        ("remboursement: 4 séances de 30 € par an", "« limite » (3 par an)"),
        ("remboursement: à hauteur de 200 €", "Écrire le montant seul"),
        ("remboursement: 100 € moins de 18 ans 60 €", "si: moins de 18 ans"),
        ("remboursement: 30 €, limite: 2 par trimestre", "2 par 3 mois"),
    ],
)
def test_what_is_printed_otherwise_is_told_how_to_be_written(fields: str, says: str) -> None:
    with pytest.raises(GridError) as refused:
        _levels(f"ligne: O, actes: osteopathie, {fields}")
    assert says in " ".join(fault.remedy for fault in refused.value.faults)


def test_a_mistyped_period_is_no_age() -> None:
    with pytest.raises(GridError) as refused:
        _levels(
            "ligne: O, actes: osteopathie, remboursement: 30 €, limite: 1 par 4 ans et par oreil"
        )
    assert "âge" not in " ".join(fault.remedy for fault in refused.value.faults)
