"""Grids: each mistake is named with its line and its remedy; what is printed is read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT
from egide.nomenclature import families
from egide.plans import GridError, read_grid
from egide.plans.language import AmoMode, FormulaError, Setting, YearKind, read_formula
from egide.plans.language.conditions import read_condition
from egide.pricing import Amount, BoundKind, Span, Window

_HEADER = "grille: TEST\nversion: 2020-01-01\nlibellé: essai\namo: comprise\nresponsable: oui\ndomaines: [MED]\n"
_LINE = (
    "garanties:\n  A:\n    - ligne: L\n      actes: transport\n      remboursement: 100 % BR\n"
)
_SETTING = Setting(AmoMode.INCLUDED, YearKind.CIVIL)
_SHIPPED = sorted((ROOT / "src/egide/plans/grids").glob("*.yaml"))
_TWO_LEVELS = _HEADER + "niveaux: {S1: Socle, S2: Renforcé}\n"


@pytest.mark.parametrize("path", _SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_grids_read_and_show_every_line(path: object) -> None:
    grid = read_grid(path.read_text("utf-8"))
    assert grid.source
    for level, layer in enumerate(grid.layers.values()):
        shown = {row.label for row in grid.rows if len(row.cells) > level}
        assert {line.label for line in layer.lines} <= shown
        assert layer.lines


def test_the_first_grid_speaks_of_every_family_it_should() -> None:
    path = next(one for one in _SHIPPED if one.stem.startswith("proprete"))
    (layer,) = read_grid(path.read_text("utf-8")).layers.values()
    spoken = set[str]().union(*(line.families for line in layer.lines))
    silent = {
        word
        for word, family in families().items()
        if spoken.isdisjoint(family.kind.lineage) and not family.is_refused
    }
    assert {"medicament-15", "homeopathie", "cure-thermale"} <= silent
    assert not {"consultation-generaliste", "verre-b-simple", "osteopathie"} & silent


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        (_HEADER.replace("version: 2020-01-01", "version: 2020-13-01") + _LINE, 2, "version"),
        (_HEADER.replace("amo: comprise\n", "") + _LINE, 10, "remboursement"),
        (_HEADER.replace("oui", "peut-être") + _LINE, 5, "responsable"),
        (_HEADER.replace("[MED]", "[FOO]") + _LINE, 6, "domaines"),
        (_HEADER.replace("essai", "essai\nlibellé: encore") + _LINE, 4, "libellé"),
        (_HEADER + "couleur: rouge\n" + _LINE, 7, "couleur"),
        (_HEADER + "empilement: total\n" + _LINE, 7, "empilement"),
        (_HEADER + "option de: BASE\n" + _LINE, 1, "empilement"),
        (_HEADER + "option de: TEST\nempilement: total\n" + _LINE, 7, "option de"),
        (_TWO_LEVELS + _LINE.replace("100 % BR", "[1,5 % PMSS, 30 €]"), 12, "remboursement"),
        (_HEADER + "niveaux: {trop long pour un niveau: x}\n" + _LINE, 7, "niveaux"),
        (_HEADER + "plafonds: {dentaire: beaucoup}\n" + _LINE, 7, "plafonds"),
        (_HEADER + "plafonds: {dentaire: 100 % BR}\n" + _LINE, 7, "plafonds"),
        (_HEADER + "réseau: {LPP1: 40 €}\n" + _LINE, 7, "réseau"),
        (_HEADER + _LINE.replace("transport", "transports"), 10, "actes"),
        (_HEADER + _LINE.replace("100 % BR", "100 % PMMS"), 11, "remboursement"),
        (_TWO_LEVELS + _LINE.replace("100 % BR", "[100 % BR]"), 12, "remboursement"),
        (_HEADER + _LINE + "      limite: souvent\n", 12, "limite"),
        (_HEADER + _LINE + "      limite: 0 par année civile\n", 12, "limite"),
        (_HEADER + _LINE + "      limite: 2 par an\n", 12, "limite"),
        (_HEADER + _LINE + "      limite: 2 par adhérent\n", 12, "limite"),
        (_HEADER + _LINE + "      plafond: inconnu\n", 12, "plafond"),
        (_HEADER + _LINE + "      si: beau temps\n", 12, "si"),
        (_HEADER + _LINE + "      si: OPTAM et non OPTAM\n", 12, "si"),
        (_HEADER + _LINE + "      si: moins de 6 ans et à partir de 8 ans\n", 12, "si"),
        (_HEADER + _LINE + "      attente: longtemps\n", 12, "attente"),
        (_HEADER + _LINE + "      base: peu\n", 12, "base"),
        (_HEADER + _LINE + "      codes: HBLD038\n", 12, "codes"),
        (_HEADER + _LINE + "      cas: rien\n", 12, "cas"),
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
    found = {(fault.line, fault.field) for fault in refused.value.faults}
    assert (line, field) in found, refused.value
    assert all(fault.remedy for fault in refused.value.faults)


def test_every_mistake_is_named_at_once() -> None:
    text = _HEADER.replace("oui", "si") + _LINE.replace("transport", "bus").replace("BR", "XX")
    with pytest.raises(GridError) as refused:
        read_grid(text)
    fields = [fault.field for fault in refused.value.faults]
    assert fields == ["responsable", "actes", "remboursement"]


def test_two_lines_for_the_same_acts_may_share_them_by_date_or_case() -> None:
    more = _LINE.split("A:\n")[1].replace("L\n", "M\n")
    first = _LINE + "      au: 2020-12-31\n"
    read_grid(_HEADER + first + more + "      du: 2021-01-01\n")
    read_grid(_HEADER + _LINE + "      si: DPTM\n" + more + "      si: non DPTM\n")
    read_grid(
        _HEADER + _LINE + "      si: moins de 18 ans\n" + more + "      si: 18 ans et plus\n"
    )
    read_grid(_HEADER + _LINE + "      si: refusé\n" + more)
    for other in ("      du: 2020-12-31\n", "      si: ALD\n"):
        with pytest.raises(GridError):
            read_grid(_HEADER + first + more + other)


def test_a_narrow_family_and_a_wide_one_may_stand_side_by_side() -> None:
    wide = _LINE.split("A:\n")[1].replace("L\n", "M\n").replace("transport", "consultation")
    read_grid(_HEADER + _LINE.replace("transport", "consultation-generaliste") + wide)


def test_the_rest_of_the_cases_is_what_none_of_them_takes() -> None:
    cases = """garanties:
  A:
    - ligne: L
      actes: transport
      cas:
        - si: sinon
          remboursement: 100 % BR
        - si: moins de 16 ans
          remboursement: 200 % BR
        - si: ALD
          remboursement: 300 % BR
"""
    with pytest.raises(GridError):  # a child in long illness is in two cases
        read_grid(_HEADER + cases)
    grid = read_grid(_HEADER + cases.replace("si: ALD", "si: ALD et 16 ans et plus"))
    assert [line.formula.text for line in grid.layers["TEST"].lines] == [
        "200 % BR",
        "300 % BR",
        "100 % BR",
    ]


def test_two_lines_that_count_do_not_count_together_unless_they_say_so() -> None:
    line = _LINE + "      limite: 2 par année civile\n"
    more = line.split("A:\n")[1].replace("transport", "biologie")
    with pytest.raises(GridError, match="compteur"):
        read_grid(_HEADER + line + more)
    counter = "      compteur: ensemble\n"
    grid = read_grid(_HEADER + line + counter + more + counter)
    lines = grid.layers["TEST"].lines
    assert {one.limits[0].counter for one in lines} == {"limit:TEST:ensemble"}


def test_a_level_says_its_own_amounts() -> None:
    text = _TWO_LEVELS + _LINE.replace("100 % BR", "[100 % BR, néant]")
    grid = read_grid(text)
    paying = [[one.pays for one in layer.lines] for layer in grid.layers.values()]
    assert paying == [[True], [False]]
    assert list(grid.levels) == ["TEST-S1", "TEST-S2"]
    same = read_grid(_TWO_LEVELS + _LINE.replace("100 % BR", "[100 % BR, idem]"))
    first, second = (layer.lines[0].formula for layer in same.layers.values())
    assert first == second


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_text_makes_it_fail_otherwise_than_by_its_faults(text: str) -> None:
    with pytest.raises(GridError):
        read_grid(text)


_WORDS = "100 % BR FR TM RSS PMSS € + - ( ) ; , max( min( crédit de par an année civile séance dans la limite au-delà 30 0 12,5 limité à minimum PLV prix du réseau -RSS 1/3"


@given(st.lists(st.sampled_from(_WORDS.split()), max_size=12).map(" ".join))
@settings(max_examples=500, deadline=None)
def test_no_formula_makes_it_fail_otherwise_than_by_its_error(text: str) -> None:
    try:
        read_formula(text, _SETTING)
    except FormulaError as error:
        assert error.remedy


def test_formulas_read_as_they_are_printed() -> None:
    read = read_formula("100 % BR + 37,50 € par verre", _SETTING)
    assert (read.sum.base, read.sum.unit, read.includes_amo) == (10_000, Amount(3_750), True)
    read = read_formula("RSS + 100 % du reste à charge, dans la limite des PLV", _SETTING)
    assert read.includes_amo
    assert [one.kind for one in read.ceilings] == [BoundKind.REGULATED]
    assert not read_formula("TM + 230 % BRSS", _SETTING).includes_amo
    credit = read_formula("100 % BR + crédit de 1 250 € par année civile", _SETTING).credit
    assert credit is not None
    assert (credit.amount, credit.window) == (Amount(125_000), Window(Span.CIVIL_YEARS))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("300 % de la base de remboursement", "300 % BR"),
        ("300 % du tarif de convention", "300 % BR"),
        ("100 % des frais réels dans la limite de 230 % de la BR", "100 % FR limité à 230 % BR"),
        ("Ticket modérateur + 20 % BRSS", "TM + 20 % BR"),
        ("580 €-RSS par an et par oreille appareillée", "580 € - RSS par an et par oreille"),
        ("8 % PMSS par enfant", "8 % du plafond mensuel de la sécurité sociale par enfant"),
        ("30 € par séance (maximum 3 par an)", "30 € par séance, limité à 3 par an"),
        ("30 € / séance dans la limite de 4 séances / an / bénéficiaire", "30 € par séance, limité à 4 séances par an et par bénéficiaire"),
        ("Crédit de 2 800 € sur 2 années consécutives", "crédit de 2800 € par 2 ans"),
        ("RSS + forfait de 90 € par verre", "RSS + 90 € par verre"),
        ("6 % du PMSS par an et par bénéficiaire, au-delà 100 % de la BR", "6 % PMSS par an, puis 100 % BR"),
        ("300 % BR sous déduction des prestations de la sécurité sociale", "300 % BR - RSS"),
        ("300 % BR moins SS", "300 % BR - RSS"),
        ("250 % BR (SS incluse)", "250 % BR"),
        ("70 % br RO inclus", "70 % BR"),
        ("200 % BRR par semestre", "200 % BR"),
        ("FRAIS REELS illimités", "FR"),
        ("max entre 50 € et 100 % BR", "max(50 € ; 100 % BR)"),
        ("Min entre 50 € et 100 % BR", "min(50 € ; 100 % BR)"),
        ("50 € tous les deux ans", "50 € par 2 ans"),
        ("50 € par période de 24 mois", "50 € par 24 mois"),
        ("forfait annuel de 50 €", "50 € par an"),
        ("50 €/an, max 25 €/séance", "50 € par an, limité à 25 € par séance"),
        ("50 € max", "50 €"),
        ("jusqu'à 50 €", "50 €"),
        ("30 € par séance, 4 séances par an", "30 € par séance, limité à 4 séances par an"),
        ("100 % FR plafonnés à 300 % BR", "100 % FR dans la limite de 300 % BR"),
        ("100 % Santé", "RSS + 100 % RAC dans la limite des PLV"),
        ("Sans reste à payer", "RSS + 100 % du reste à charge, dans la limite des PLV"),
        ("1,5 % P.M.S.S. par jour", "1,5 % PMSS par jour"),
        ("450 % BR - RSS", "450 % BR-RSS"),
    ],
)  # fmt: skip
def test_the_wordings_of_printed_tables_mean_the_same(text: str, same: str) -> None:
    one, other = read_formula(text, _SETTING), read_formula(same, _SETTING)
    one.text = other.text = ""
    assert one == other


@pytest.mark.parametrize(
    "text",
    ["", "cent % BR", "100 BR", "TM + RSS", "crédit de 100 €", "50 € par chien", "100 % BR -TM",
     "100 % BR, dans la limite du bon sens", "12,345 € par acte", "10 € par année civile + 5 € par année civile",
     "max(100 % BR)", "50 € par adhérent", "100 % BR limité à 0 par an", "3 % PMSS par 500 mois"],
)  # fmt: skip
def test_a_formula_that_means_nothing_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(FormulaError) as refused:
        read_formula(text, _SETTING)
    assert refused.value.remedy


def test_a_leading_plus_and_words_about_the_amo_say_whose_part_it_is() -> None:
    for text in ("+ 50 €", "50 € en plus de la sécurité sociale", "50 € hors SS"):
        assert not read_formula(text, Setting(AmoMode.INCLUDED, None)).includes_amo, text
    for text in ("50 € SS incluse", "50 € (y compris SS)", "200 % BR, RO compris"):
        assert read_formula(text, Setting(AmoMode.ON_TOP, None)).includes_amo, text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("enfant de moins de 18 ans", "moins de 18 ans"),
        ("< 18 ans", "moins de 18 ans"),
        ("- de 18 ans", "moins de 18 ans"),
        ("entre 6 et 16 ans", "de 6 à 16 ans"),
        ("20 ans et moins", "jusqu'à 20 ans"),
        ("jusqu'à 20 ans inclus", "jusqu'à 20 ans"),
        ("1ère année", "1re année"),
        ("première année", "1re année"),
        ("3e année et suivantes", "à partir de la 3e année"),
        ("dans le parcours de soins coordonnés", "parcours"),
        ("en ambulatoire", "ambulatoire"),
        ("OPTAM / DPTM", "OPTAM"),
        ("non OPTAM / non DPTM", "non OPTAM"),
        ("médecin adhérent à l'OPTAM", "OPTAM"),
        ("acceptée par la Sécurité sociale", "accepté"),
        ("après 2 ans d'adhésion", "à partir de la 3e année"),
        ("hors Alsace-Moselle", "non Alsace-Moselle"),
    ],
)
def test_the_conditions_of_printed_tables_mean_the_same(text: str, same: str) -> None:
    assert read_condition(text) == read_condition(same)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("80 % FR au-delà de 150 € par an", "une franchise"),
        ("30 € par séance, minimum 10 € par an", "sans période"),
        ("80 € par verre, tous les deux ans", "par unité et par période"),
        ("500 € par implant par an", "par unité et par période"),
        ("50 € par jour et par séjour", "par unité et par période"),
        ("100 € par an, 50 € par séance", "après la somme"),
        ("25 € par séance, 75 €", "après la somme"),
    ],
)
def test_what_could_be_read_two_ways_is_refused(text: str, reason: str) -> None:
    with pytest.raises(FormulaError, match=reason):
        read_formula(text, Setting(AmoMode.ON_TOP, YearKind.CIVIL))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("25 € par séance, 75 € par an", "25 € par séance dans la limite de 75 € par an"),
        ("1 700 € par oreille, RSS inclus", "1 700 € par oreille SS incluse"),
        ("1 700 €, y compris RSS", "1 700 € SS incluse"),
        ("35 € par séance, toutes disciplines confondues", "35 € par séance"),
    ],
)
def test_two_ways_of_printing_the_same(text: str, same: str) -> None:
    setting = Setting(AmoMode.ON_TOP, YearKind.CIVIL)
    read, other = read_formula(text, setting), read_formula(same, setting)
    read.text = other.text = ""
    assert read == other


@pytest.mark.parametrize("nothing", ["néant", "-", "\u2013", "\u2014", "/", "Non", "NEANT"])
def test_an_empty_cell_pays_nothing(nothing: str) -> None:
    line = _LINE.replace("100 % BR", f'["{nothing}", 100 % BR]')
    layers = read_grid(_TWO_LEVELS + line).layers
    assert [[one.pays for one in layer.lines] for layer in layers.values()] == [[False], [True]]


@pytest.mark.parametrize(
    ("line", "field", "said"),
    [
        ("      actes: equipement-simple\n      remboursement: 320 €\n", "remboursement", "par équipement"),
        ("      actes: audio-classe-2\n      remboursement: 500 €\n      renouvellement: 1 par 4 ans\n", "renouvellement", "par oreille"),
        ("      actes: osteopathie\n      remboursement: 30 €\n      dont monture: 10 €\n", "dont monture", "paire"),
        ("      actes: osteopathie\n      remboursement: 100 % BR par an\n", "remboursement", "par an"),
    ],
)  # fmt: skip
def test_what_would_be_paid_otherwise_than_meant_is_refused(
    line: str, field: str, said: str
) -> None:
    text = (
        _HEADER.replace("libellé", "an: civil\nlibellé")
        + "garanties:\n  A:\n    - ligne: L\n"
        + line
    )
    with pytest.raises(GridError) as refused:
        read_grid(text)
    [fault] = refused.value.faults
    assert fault.field == field
    assert said in fault.reason + fault.remedy


def test_a_head_written_otherwise_is_read() -> None:
    head = _HEADER.replace("comprise", "incluse").replace("oui", "Oui")
    grid = read_grid(head.replace("2020-01-01", "01/02/2020") + _LINE)
    assert grid.version_on.isoformat() == "2020-02-01"
    [layer] = grid.layers.values()
    assert layer.responsible and layer.lines[0].formula.includes_amo
    with pytest.raises(GridError) as refused:
        read_grid(_HEADER.replace("comprise", "peut-être") + _LINE)
    assert [fault.field for fault in refused.value.faults] == ["amo"]


def test_an_added_option_holds_no_amo_part() -> None:
    head = _HEADER + "option de: BASE\nempilement: ajouté\n"
    with pytest.raises(GridError) as refused:
        read_grid(head + _LINE)
    assert [fault.field for fault in refused.value.faults] == ["empilement"]
    read_grid(head.replace("comprise", "en plus") + _LINE)


def test_an_amount_that_does_not_say_whose_part_it_holds_is_refused() -> None:
    for text in ("100 % BR", "30 €"):
        with pytest.raises(FormulaError, match="Sécurité sociale est comprise"):
            read_formula(text, Setting(None, YearKind.CIVIL))
    read_formula("TM + 20 % BR", Setting(None, None))


def test_a_year_that_does_not_say_which_is_refused() -> None:
    with pytest.raises(FormulaError, match="quelle année"):
        read_formula("30 € par an", Setting(AmoMode.INCLUDED, None))
    civil = read_formula("30 € par année civile", Setting(AmoMode.INCLUDED, None)).credit
    assert civil is not None
    for year, window in (
        (YearKind.CIVIL, Window(Span.CIVIL_YEARS)),
        (YearKind.ROLLING, Window(Span.MONTHS, 12)),
        (YearKind.MEMBERSHIP, Window(Span.MEMBERSHIP_YEAR)),
    ):
        credit = read_formula("30 € par an", Setting(AmoMode.INCLUDED, year)).credit
        assert credit is not None and credit.window == window
