"""Grids: the shipped one is whole, and each mistake is named with its line and its remedy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import GRID
from egide.core.money import Money, Rate
from egide.plans import GridError, read_grid
from egide.plans.formula import FormulaError, read_formula
from egide.pricing import CeilingKind, Family, Per, TermKind

_HEADER = "grille: TEST\nversion: 2020-01-01\nlibellé: essai\namo: comprise\nresponsable: oui\ndomaines: [MED]\n"
_LINE = (
    "garanties:\n  A:\n    - ligne: L\n      actes: transport\n      remboursement: 100 % BR\n"
)


def test_the_shipped_grid_speaks_of_every_family_but_the_weak_drugs() -> None:
    grid = read_grid(GRID.read_text("utf-8"))
    spoken = set[Family]().union(*(line.families for line in grid.guarantee.lines))
    assert set(Family) - spoken == {Family.DRUG_15}
    assert len(grid.guarantee.lines) == 43


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        (_HEADER.replace("version: 2020-01-01", "version: 2020-13-01") + _LINE, 2, "version"),
        (_HEADER.replace("amo: comprise\n", "") + _LINE, 10, "remboursement"),
        (_HEADER.replace("oui", "peut-être") + _LINE, 5, "responsable"),
        (_HEADER.replace("[MED]", "[FOO]") + _LINE, 6, "domaines"),
        (_HEADER.replace("essai", "essai\nlibellé: encore") + _LINE, 4, "libellé"),
        (_HEADER + "couleur: rouge\n" + _LINE, 7, "couleur"),
        (_HEADER + _LINE.replace("transport", "transports"), 10, "actes"),
        (_HEADER + _LINE.replace("100 % BR", "100 % PMSS"), 11, "remboursement"),
        (_HEADER + _LINE + "      limite: souvent\n", 12, "limite"),
        (_HEADER + _LINE + "      limite: 0 par année civile\n", 12, "limite"),
        (_HEADER + _LINE + "      du: 2022-01-01\n      au: 2021-01-01\n", 9, "au"),
        (_HEADER + _LINE + _LINE.split("A:\n")[1], 12, "actes"),
        (_HEADER, 1, "garanties"),
        ("", 1, "fichier"),
        ("a: [", 1, "fichier"),
        ("- a\n", 1, "fichier"),
        ("grille: \x00", 1, "fichier"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, field: str) -> None:
    with pytest.raises(GridError) as refused:
        read_grid(text)
    assert (line, field) in {(fault.line, fault.field) for fault in refused.value.faults}
    assert all(fault.remedy for fault in refused.value.faults)


def test_every_mistake_is_named_at_once() -> None:
    text = _HEADER.replace("oui", "si") + _LINE.replace("transport", "bus").replace("BR", "XX")
    with pytest.raises(GridError) as refused:
        read_grid(text)
    assert [fault.field for fault in refused.value.faults] == [
        "responsable",
        "actes",
        "remboursement",
    ]


def test_two_lines_for_the_same_acts_may_share_them_by_date_or_condition() -> None:
    more = _LINE.split("A:\n")[1].replace("L\n", "M\n")
    first = _LINE + "      au: 2020-12-31\n"
    read_grid(_HEADER + first + more + "      du: 2021-01-01\n")
    read_grid(_HEADER + _LINE + "      si: DPTM\n" + more + "      si: non DPTM\n")
    with pytest.raises(GridError):
        read_grid(_HEADER + first + more + "      du: 2020-12-31\n")


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_text_makes_it_fail_otherwise_than_by_its_faults(text: str) -> None:
    with pytest.raises(GridError):
        read_grid(text)


def test_formulas_read_as_they_are_printed() -> None:
    read = read_formula("100 % BR + 37,50 € par verre", includes_amo=True)
    assert [term.kind for term in read.terms] == [TermKind.BASE, TermKind.FLAT]
    assert read.terms[0].rate == Rate(10_000)
    assert read.terms[1].amount == Money(3_750)
    read = read_formula(
        "RSS + 100 % du reste à charge, dans la limite des PLV", includes_amo=None
    )
    assert read.includes_amo
    assert read.ceiling is not None and read.ceiling.kind is CeilingKind.REGULATED
    assert not read_formula("TM + 230 % BRSS", includes_amo=True).includes_amo
    credit = read_formula(
        "100 % BR + crédit de 1 250 € par année civile", includes_amo=True
    ).terms[1]
    assert (credit.amount, credit.per) == (Money(125_000), Per.CIVIL_YEAR)


@pytest.mark.parametrize(
    "text",
    ["", "cent % BR", "100 BR", "TM + RSS", "100 % du reste à charge", "crédit de 100 €", "50 € par chien",
     "100 % BR, dans la limite du bon sens", "12,345 € par acte", "10 € par année civile + 5 € par année civile"],
)  # fmt: skip
def test_a_formula_that_means_nothing_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(FormulaError) as refused:
        read_formula(text, includes_amo=True)
    assert refused.value.remedy
