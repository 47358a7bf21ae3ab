"""What each wording of a grid becomes: limits, purses, cases, spellings, one literal value each."""

from dataclasses import replace
from datetime import date

import pytest

from egide.core.period import Period
from egide.plans import GridError, read_grid
from egide.plans.language import AmoMode, FormulaError, Setting, YearKind, read_formula
from egide.plans.language.conditions import every, read_condition
from egide.plans.language.limits import ReadLimit, read_limit
from egide.plans.language.spans import Per
from egide.plans.language.words import hundredths, slug, spell, tokens
from egide.pricing import (
    ALWAYS,
    CONTRACT,
    EQUIPMENT,
    FRAMES,
    NO_LIMIT,
    Amount,
    Bound,
    BoundKind,
    Case,
    Choice,
    Condition,
    GuaranteeLine,
    Limit,
    Purse,
    Role,
    Span,
    Stacking,
    Sum,
    Window,
)

_CIVIL = Window(Span.CIVIL_YEARS)
_LENSES = frozenset({Role.LENS_A, Role.LENS_SIMPLE, Role.LENS_COMPLEX, Role.LENS_VERY_COMPLEX})
_EARS = frozenset({Role.AUDIO_1, Role.AUDIO_2})
_SETTING = Setting(AmoMode.INCLUDED, YearKind.CIVIL)
_HEAD = "grille: TT\nversion: 2020-01-01\nlibellé: essai\namo: comprise\nan: civil\nresponsable: non\ndomaines: [MED]\n"
_ACCEPTED = Condition((Case(forbidden=frozenset({"refused"})),))


def _lines(body: str, head: str = "") -> tuple[GuaranteeLine, ...]:
    [layer] = read_grid(f"{_HEAD}{head}garanties:\n  Soins:\n{body}").layers.values()
    return layer.lines


def _line(fields: str, head: str = "") -> GuaranteeLine:
    body = "".join(f"      {one.strip()}\n" for one in fields.split(" | "))
    [line] = _lines(f"    - ligne: Un acte\n{body}", head)
    return line


def _limit(counter: str, units: int, window: Window, **fields: object) -> Limit:
    return Limit(counter=counter, units=units, window=window, **fields)  # pyright: ignore[reportArgumentType] - as above


def _case(**fields: object) -> Condition:
    return Condition((Case(**fields),))  # pyright: ignore[reportArgumentType] - the table's own words


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("4 par année civile", (4, _CIVIL, Per(window=_CIVIL))),
        ("une par année civile", (1, _CIVIL, Per(window=_CIVIL))),
        ("Cinq séances par année civile", (5, _CIVIL, Per(window=_CIVIL))),
        ("limitée à 4 par année civile", (4, _CIVIL, Per(window=_CIVIL))),
        ("au plus 9999 par année civile", (9999, _CIVIL, Per(window=_CIVIL))),
        ("2 par 3 années civiles", (2, Window(Span.CIVIL_YEARS, 3), None)),
        ("2 par an", (2, Window(Span.MONTHS, 12), None)),
        ("2 tous les deux ans", (2, Window(Span.MONTHS, 24), None)),
        ("1 par 120 mois", (1, Window(Span.MONTHS, 120), None)),
        ("1 par mois", (1, Window(Span.MONTHS, 1), None)),
        ("1 par mois complet et par bénéficiaire", (1, Window(Span.MONTHS, 1), None)),
        ("1 par année d'adhésion", (1, Window(Span.MEMBERSHIP_YEAR), None)),
        ("1 par vie", (1, Window(Span.WHOLE), None)),
        ("1 par équipement", (1, Window(Span.EQUIPMENT), None)),
        ("8 jours par séjour", (8, Window(Span.WHOLE), Per(window=Window(Span.WHOLE), by_stay=True))),
        ("8 jours par année civile et par hospitalisation", (8, _CIVIL, Per(window=_CIVIL, by_stay=True))),
        ("1 par 4 ans et par oreille", (1, Window(Span.MONTHS, 48), Per("unit", Window(Span.MONTHS, 48), by_side=True))),
        ("1 par 4 ans, par oreille appareillée", (1, Window(Span.MONTHS, 48), Per("unit", Window(Span.MONTHS, 48), by_side=True))),
        ("2 par année civile et par foyer", (2, _CIVIL, Per(window=_CIVIL, by_contract=True))),
        ("2 par année civile et par dent", (2, _CIVIL, Per("unit", _CIVIL, by_side=True))),
    ],
)  # fmt: skip
def test_a_limit_counts_so_many_in_its_window(
    text: str, read: tuple[int, Window, Per | None]
) -> None:
    units, window, per = read
    found = read_limit(text, YearKind.ROLLING)
    assert (found.units, found.window) == (units, window)
    assert found.condition is ALWAYS and not found.of_equipments and not found.anchored
    if per is not None:
        assert found.per == per


def test_the_year_of_the_header_is_that_of_a_limit() -> None:
    for kind, window, longer in (
        (YearKind.CIVIL, _CIVIL, Window(Span.CIVIL_YEARS, 2)),
        (YearKind.ROLLING, Window(Span.MONTHS, 12), Window(Span.MONTHS, 24)),
        (YearKind.MEMBERSHIP, Window(Span.MEMBERSHIP_YEAR), Window(Span.MONTHS, 24)),
    ):
        assert read_limit("1 par an", kind).window == window
        assert read_limit("1 par 2 ans", kind).window == longer


def test_a_limit_may_hold_in_one_case_only() -> None:
    read = read_limit("2 par 24 mois (à partir de 16 ans)", None)
    assert read.condition == _case(from_age=16)
    read = read_limit("1 par 1 an si évolution de la vue", YearKind.ROLLING)
    assert read.condition == _case(required=frozenset({"sight-change"}))
    both = read_limit("1 par 12 mois (moins de 16 ans) si évolution de la vue", None)
    assert both.condition == _case(below_age=16, required=frozenset({"sight-change"}))
    free = read_limit("sans délai si motif médical", None)
    assert free == ReadLimit(
        units=NO_LIMIT,
        window=Window(Span.WHOLE),
        per=Per(),
        condition=_case(required=frozenset({"medical-renewal"})),
    )


def test_a_limit_may_run_from_a_purchase() -> None:
    for text in (
        "1 équipement par 2 ans à compter de la date d'achat",
        "1 équipement par 24 mois, à compter de l'acquisition du premier élément",
    ):
        read = read_limit(text, YearKind.CIVIL)
        assert read.anchored and read.of_equipments
        assert (read.units, read.window) == (1, Window(Span.ANCHORED, 24)), text
    year = read_limit("1 par an à compter du jour d'achat", YearKind.MEMBERSHIP)
    assert year.window == Window(Span.ANCHORED, 12) and not year.of_equipments


@pytest.mark.parametrize(
    ("fields", "limits"),
    [
        ("actes: osteopathie | remboursement: 30 € | limite: 4 par an", [_limit("limit:TT:soins-un-acte", 4, _CIVIL)]),
        ("actes: osteopathie | remboursement: 30 € | compteur: Médecines douces | limite: 4 par an et par famille",
         [_limit(f"{CONTRACT}limit:TT:medecines-douces", 4, _CIVIL)]),
        ("actes: osteopathie | remboursement: 30 € par séance, maximum 3 par an", [_limit("limit:TT:soins-un-acte", 3, _CIVIL)]),
        ("actes: osteopathie | remboursement: 30 € | renouvellement: 1 par an", [_limit("renewal:TT:soins-un-acte", 1, Window(Span.MONTHS, 12))]),
        ("actes: chambre-particuliere | remboursement: 30 € | limite: 8 jours par séjour",
         [_limit("limit:TT:soins-un-acte", 8, Window(Span.WHOLE), by_stay=True)]),
        ("actes: audio-classe-2 | remboursement: 30 € | renouvellement: 1 par 4 ans et par oreille",
         [_limit("renewal:audio", 1, Window(Span.MONTHS, 48), by_side=True, roles=_EARS)]),
        ("actes: verre-b-simple | remboursement: 30 € | renouvellement: 2 par 2 ans",
         [_limit("renewal:verres", 2, Window(Span.MONTHS, 24), roles=_LENSES)]),
        ("actes: monture-b | remboursement: 30 € | renouvellement: 1 par 2 ans (à partir de 16 ans)",
         [_limit("renewal:monture", 1, Window(Span.MONTHS, 24), condition=_case(from_age=16), roles=FRAMES)]),
        ("actes: equipement-simple | remboursement: 320 € par équipement | renouvellement: 1 par 2 ans",
         [_limit("renewal:monture", 1, Window(Span.MONTHS, 24), roles=FRAMES), _limit("renewal:verres", 2, Window(Span.MONTHS, 24), roles=_LENSES)]),
        ("actes: equipement-simple | remboursement: 320 € par équipement | limite: 1 par an",
         [_limit("renewal:monture", 1, _CIVIL, roles=FRAMES), _limit("renewal:verres", 2, _CIVIL, roles=_LENSES)]),
        ("actes: [verre-b-simple, monture-b] | remboursement: 30 € | renouvellement: 1 équipement par 2 ans à compter de l'achat",
         [_limit("renewal:monture", 1, Window(Span.ANCHORED, 24), roles=FRAMES, anchors=("renewal:monture", "renewal:verres")),
          _limit("renewal:verres", 2, Window(Span.ANCHORED, 24), roles=_LENSES, anchors=("renewal:monture", "renewal:verres"))]),
    ],
)  # fmt: skip
def test_a_line_counts_under_its_own_name_and_an_equipment_under_its_own(
    fields: str, limits: list[Limit]
) -> None:
    assert list(_line(fields).limits) == limits


@pytest.mark.parametrize(
    ("fields", "credit", "ceilings"),
    [
        ("actes: osteopathie | remboursement: crédit de 100 € par année civile, reporté 2 ans",
         Purse(counter="credit:TT:soins-un-acte", amount=Amount(10_000), window=_CIVIL, carried_years=2, includes_amo=True), ()),
        ("actes: osteopathie | remboursement: 2 % PMSS par an et par famille | amo: en plus",
         Purse(counter=f"{CONTRACT}credit:TT:soins-un-acte", amount=Amount(pmss_bp=200), window=_CIVIL), ()),
        ("actes: osteopathie | remboursement: 100 € par an | crédit: Bien-être | amo: en plus",
         Purse(counter="credit:TT:bien-etre", amount=Amount(10_000), window=_CIVIL), ()),
        ("actes: osteopathie | remboursement: 30 € par séance dans la limite de 90 € par an",
         None, (Purse(counter="ceiling:TT:soins-un-acte:0", amount=Amount(9_000), window=_CIVIL, includes_amo=True),)),
        ("actes: osteopathie | remboursement: TM + 30 €, limité à 90 € par an, limité à 150 € par 2 ans | amo: en plus",
         None, (Purse(counter="ceiling:TT:soins-un-acte:0", amount=Amount(9_000), window=_CIVIL),
                Purse(counter="ceiling:TT:soins-un-acte:1", amount=Amount(15_000), window=Window(Span.CIVIL_YEARS, 2)))),
        ("actes: osteopathie | remboursement: 60 € | plafond: Dentaire",
         None, (Purse(counter="ceiling:TT:dentaire", amount=Amount(100_000), window=_CIVIL),)),
        ("actes: aide-auditive | remboursement: 580 € - RSS par an et par oreille",
         Purse(counter="credit:TT:soins-un-acte", amount=Amount(58_000), window=_CIVIL, by_side=True, includes_amo=True), ()),
        ("actes: osteopathie | remboursement: 50 € par séjour",
         Purse(counter="credit:TT:soins-un-acte", amount=Amount(5_000), window=Window(Span.WHOLE), by_stay=True, includes_amo=True), ()),
    ],
)  # fmt: skip
def test_an_amount_by_period_is_a_purse(
    fields: str, credit: Purse | None, ceilings: tuple[Purse, ...]
) -> None:
    line = _line(fields, "plafonds: {Dentaire: 1 000 € par an}\n")
    assert (line.formula.credit, line.ceilings) == (credit, ceilings)


def test_the_fields_of_a_line_are_all_kept() -> None:
    paying, void = _lines(
        "    - ligne: Un acte\n      codes: [ccam:HBLD038, lpp:2203240]\n      remboursement: 100 % BR\n"
        "      si: moins de 18 ans\n      base: 107,50 €\n      du: 2021-01-01\n      au: 31/12/2021\n      attente: 3 mois\n"
    )
    assert (paying.key, paying.label) == ("soins-un-acte", "Un acte")
    assert paying.codes == {"ccam:HBLD038", "lpp:2203240"}
    assert (paying.families, paying.equipment) == (frozenset(), frozenset())
    assert paying.period == Period(date(2021, 1, 1), date(2022, 1, 1)) == void.period
    assert paying.base_cents == 10_750 and paying.frame_cents is None
    child = Case(below_age=18, forbidden=frozenset({"refused"}))
    assert void.condition == Condition((child,))
    assert paying.condition == _case(
        below_age=18, forbidden=frozenset({"refused"}), from_months=3
    )
    assert paying.pays and not void.pays and void.formula.text == "néant"
    open_ended = _line("actes: transport | remboursement: 100 % BR | du: 2021-01-01")
    assert open_ended.period == Period(date(2021, 1, 1), None)
    until = _line("actes: transport | remboursement: 100 % BR | au: 2021-12-31")
    assert until.period == Period(date.min, date(2022, 1, 1))


def test_what_goes_to_the_frame_is_read_from_its_field_or_from_the_formula() -> None:
    pair = "actes: equipement-simple | remboursement: 320 € par équipement"
    assert _line(f"{pair} | dont monture: 100 €").frame_cents == 10_000
    assert _line(pair).frame_cents is None
    for said in (
        ", dont monture 100 €",
        " (dont maximum 100 € pour la monture)",
        ", dont 99,50 € sur la monture",
    ):
        line = _line(pair + said)
        assert line.frame_cents == (9_950 if "99" in said else 10_000), said
        assert line.formula.text == f"320 € par équipement{said}"
        assert line.formula.credit is not None and line.formula.credit.amount == Amount(32_000)
    assert _line(pair).equipment == {"a"}


def test_a_line_pays_what_the_amo_accepts_unless_it_speaks_of_what_it_refuses() -> None:
    assert _line("actes: transport | remboursement: 100 % BR").condition == _ACCEPTED
    refused = _line("actes: transport | remboursement: 50 € | si: refusé")
    assert refused.condition == _case(required=frozenset({"refused"}))
    assert _line("actes: osteopathie | remboursement: 50 €").condition == ALWAYS
    assert _line("actes: 'libre:yoga' | remboursement: 50 €").condition == ALWAYS


def test_the_cases_of_a_line_take_what_they_do_not_say_from_it() -> None:
    first, second, rest = _lines(
        "    - ligne: Un acte\n      actes: consultation-generaliste\n      limite: 2 par an\n      si: moins de 60 ans\n      cas:\n"
        "        - remboursement: 50 € par séance\n          si: OPTAM\n"
        "        - remboursement: 40 €\n          si: non OPTAM et ALD\n          actes: transport\n          limite: 1 par vie\n"
        "        - remboursement: 30 €\n          si: sinon\n          codes: [ngap:G]\n"
    )
    assert first.families == {"consultation-generaliste"} and second.families == {"transport"}
    assert rest.codes == {"ngap:G"} and rest.families == frozenset()
    assert [one.limits[0].window for one in (first, second, rest)] == [
        _CIVIL,
        Window(Span.WHOLE),
        _CIVIL,
    ]
    assert first.condition.cases[0].below_age == rest.condition.cases[0].below_age == 60
    assert first.condition.cases[0].forbidden == {"not-optam", "refused"}
    assert second.condition.cases[0].required == {"not-optam", "ald"}


def test_the_head_of_a_grid_is_kept_whole() -> None:
    head = (
        "grille: T-2\nversion: 2021-04-01\nlibellé: L\nsource: [un, deux]\namo: en plus\nan: glissant\n"
        "responsable: true\ndomaines: [DENT, OPTI]\nniveaux: {S1: Socle, S2: Renforcé}\noption de: [B-1, B-2]\n"
        "empilement: ajouté\nfermée le: 2022-01-01\nréseau: {'lpp:1': '95,00 €', 'ccam:2': 12 €}\nnotes: [a, b]\n"
    )
    text = f"{head}garanties:\n  A:\n    - ligne: L\n      actes: transport\n      remboursement: [100 % BR, 30 €]\n      note: n\n"
    text += "    - ligne: S\n      service: [oui, idem]\n"
    grid = read_grid(text)
    assert (grid.code, grid.version_on, grid.label) == ("T-2", date(2021, 4, 1), "L")
    assert (grid.source, grid.notes) == ("un ; deux", ("a", "b"))
    assert grid.levels == {"T-2-S1": "Socle", "T-2-S2": "Renforcé"}
    assert (grid.option_of, grid.domains) == (("B-1", "B-2"), ("DENT", "OPTI"))
    assert grid.closed_on == date(2022, 1, 1) and grid.text == text
    assert len(grid.digest) == 64
    first, second = grid.layers.values()
    assert (first.plan_code, first.label) == ("T-2-S1", "L, Socle")
    assert first.responsible and first.stacking is Stacking.ADDED
    assert first.network_prices == {"lpp:1": 9_500, "ccam:2": 1_200}
    assert [one.lines[0].formula.text for one in (first, second)] == ["100 % BR", "30 €"]
    assert not first.lines[0].formula.includes_amo
    row, service = grid.rows
    assert (row.section, row.label, row.note, row.is_service) == ("A", "L", "n", False)
    assert [cell.text for cells in row.cells for cell in cells] == ["100 % BR", "30 €"]
    assert service.is_service
    assert [cell.text for cells in service.cells for cell in cells] == ["oui", "oui"]
    alone = read_grid(
        _HEAD
        + "garanties:\n  A:\n    - ligne: L\n      actes: transport\n      remboursement: 100 % BR\n"
    )
    assert alone.levels == {"TT": ""} and alone.layers["TT"].label == "essai"
    assert alone.layers["TT"].stacking is Stacking.BASE and not alone.layers["TT"].responsible
    assert (alone.option_of, alone.closed_on, alone.notes, alone.source) == ((), None, (), "")


def test_a_printed_cell_says_what_stands_beside_its_formula() -> None:
    grid = read_grid(
        f"{_HEAD}plafonds: {{Dentaire: 1 000 € par an}}\ngaranties:\n  A:\n    - ligne: L\n      actes: transport\n"
        "      remboursement: 100 % BR\n      si: [OPTAM, moins de 60 ans]\n      limite: 2 par an\n      renouvellement: 1 par 2 ans\n"
        "      plafond: Dentaire\n      attente: 3 mois\n      base: 10 €\n      du: 2021-01-01\n      au: 2021-12-31\n"
    )
    [[[cell]]] = [row.cells for row in grid.rows]
    assert cell.text == "100 % BR"
    assert cell.case == (
        "OPTAM ; moins de 60 ans, 2 par an, 1 par 2 ans, plafond Dentaire, attente 3 mois, base 10 €,"
        " du 2021-01-01, au 2021-12-31"
    )


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("OPTAM", _case(forbidden=frozenset({"not-optam"}))),
        ("non DPTM", _case(required=frozenset({"not-optam"}))),
        ("médecin non conventionné", None),
        ("non conventionné", _case(required=frozenset({"not-contracted"}))),
        ("conventionnés", _case(forbidden=frozenset({"not-contracted"}))),
        ("secteur 1", _case(forbidden=frozenset({"sector-2"}))),
        ("secteur 2", _case(required=frozenset({"sector-2"}))),
        ("secteur 3", _case(required=frozenset({"not-contracted"}))),
        ("dans le réseau de soins", _case(required=frozenset({"network"}))),
        ("hors réseau", _case(forbidden=frozenset({"network"}))),
        ("non remboursé par la sécurité sociale", _case(required=frozenset({"refused"}))),
        ("refusée", _case(required=frozenset({"refused"}))),
        ("remboursés par la SS", _case(forbidden=frozenset({"refused"}))),
        ("ALD", _case(required=frozenset({"ald"}))),
        ("en maternité", _case(required=frozenset({"maternity"}))),
        ("AT/MP", _case(required=frozenset({"accident"}))),
        ("accidents du travail", _case(required=frozenset({"accident"}))),
        ("invalidité", _case(required=frozenset({"invalidity"}))),
        ("C2S", _case(required=frozenset({"c2s"}))),
        ("régime local", _case(required=frozenset({"local-regime"}))),
        ("hors Alsace Moselle", _case(forbidden=frozenset({"local-regime"}))),
        ("hors parcours de soins", _case(required=frozenset({"out-of-pathway"}))),
        ("parcours", _case(forbidden=frozenset({"out-of-pathway"}))),
        ("sauf en psychiatrie", _case(forbidden=frozenset({"psychiatry"}))),
        ("psychiatrie", _case(required=frozenset({"psychiatry"}))),
        ("sur prescription médicale", _case(required=frozenset({"prescribed"}))),
        ("si évolution de sa vue", _case(required=frozenset({"sight-change"}))),
        ("motif médical", _case(required=frozenset({"medical-renewal"}))),
        ("morphologie", _case(required=frozenset({"outgrown"}))),
        ("de moins de 18 ans", _case(below_age=18)),
        ("18 ans et plus", _case(from_age=18)),
        ("plus de 18 ans", _case(from_age=18)),
        (">= 18 ans", _case(from_age=18)),
        ("jusqu'à 18 ans", _case(below_age=19)),
        ("de 6 à 15 ans", _case(from_age=6, below_age=16)),
        ("de 6 à moins de 16 ans", _case(from_age=6, below_age=16)),
        ("adultes de plus de 18 ans", _case(from_age=18)),
        ("1re année", _case(from_months=0, below_months=12)),
        ("2e année d'adhésion", _case(from_months=12, below_months=24)),
        ("troisième année", _case(from_months=24, below_months=36)),
        ("à partir de la 2ème année", _case(from_months=12)),
        ("après 6 mois d'ancienneté", _case(from_months=6)),
        ("ancienneté d'au moins 2 ans", _case(from_months=24)),
        ("OPTAM et ALD, moins de 18 ans",
         _case(forbidden=frozenset({"not-optam"}), required=frozenset({"ald"}), below_age=18)),
        ("à partir de 6 ans et moins de 18 ans et à partir de 8 ans", _case(from_age=8, below_age=18)),
        ("à partir de la 2e année et après 6 mois et 3e année", _case(from_months=24, below_months=36)),
        ("ALD ou maternité", Condition((Case(required=frozenset({"ald"})), Case(required=frozenset({"maternity"}))))),
    ],
)  # fmt: skip
def test_a_condition_becomes_its_cases(text: str, condition: Condition | None) -> None:
    if condition is None:
        with pytest.raises(FormulaError):
            read_condition(text)
    else:
        assert read_condition(text) == condition


def test_two_conditions_hold_together_where_their_cases_can() -> None:
    one = read_condition("ALD ou moins de 18 ans")
    other = read_condition("non ALD ou maternité")
    ald, maternity = frozenset({"ald"}), frozenset({"maternity"})
    assert every(one, other) == Condition(
        (
            Case(required=ald | maternity),
            Case(below_age=18, forbidden=ald),
            Case(below_age=18, required=maternity),
        )
    )


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("100\u00a0% Base de remboursement reconstituée", "100 % BR"),
        ("TM \u2212 RO", "TM - RSS"),
        ("50 € * par acte (1)", "50 € par acte"),
        ("150 % TC", "150 % BR"),
        ("100 % des dépenses engagées", "100 % des FR"),
        ("100 % DE", "100 % FR"),
        ("Tickets modérateurs + 20 % br", "TM + 20 % BR"),
        ("100 % des restes à charge", "100 % des RAC"),
        ("prix limites de vente", "PLV"),
        ("honoraires limites de facturation", "HLF"),
        ("le plus élevé entre 50 € et 1 % PMSS", "max( 50 € et 1 % PMSS"),
        ("le moins élevé de 50 € et 1 % PMSS", "min( 50 € et 1 % PMSS"),
        ("50 €/acte", "50 € par acte"),
        ("50 € par année civile, par année d'assurance, par année", "50 € par an_civil, par an_adhésion, par an"),
        ("trois ans", "3 an"),
        ("50 € non compris les remboursements de la sécurité sociale", "50 € AMO_EN_PLUS"),
        ("50 € y compris le remboursement du RO", "50 € AMO_COMPRISE"),
        ("300 % BR après déduction de la part du régime obligatoire", "300 % BR - RSS"),
    ],
)  # fmt: skip
def test_a_printed_wording_has_one_spelling(text: str, spelt: str) -> None:
    assert spell(text) == spelt


def test_numbers_signs_and_words_are_told_apart() -> None:
    assert [(one.kind, one.text) for one in tokens("1 500,50 € par l'acte et d'oreille #")] == [
        ("number", "1 500,50"),
        ("sign", "€"),
        ("word", "par"),
        ("word", "acte"),
        ("word", "et"),
        ("word", "oreille"),
        ("other", "#"),
    ]
    assert [one.text for one in tokens("de la Du 30")] == ["30"]
    amounts = {"1 500,5": 150_050, "37,50": 3_750, "0.07": 7, "12": 1_200, "3,": 300}
    assert {text: hundredths(text) for text in amounts} == amounts
    assert slug("  Médecines douces / bien-être (2)  ") == "medecines-douces-bien-etre-2"
    assert slug("x" * 100) == "x" * 80


@pytest.mark.parametrize(
    ("text", "included", "on_top", "in_base"),
    [
        ("100 % BR", True, False, True),
        ("30 €", True, False, False),
        ("100 % BR + 30 €", True, False, True),
        ("RSS + 30 €", True, True, True),
        ("300 % BR - RSS", True, True, True),
        ("TM + 30 €", False, False, False),
        ("100 % RAC", False, False, False),
        ("30 € SS incluse", True, True, True),
        ("+ 30 €", False, False, False),
        ("100 % BR en plus de la SS", False, False, False),
        ("max(RSS ; 30 €)", True, True, True),
        ("max(TM ; 30 €)", False, False, False),
    ],
)
def test_whose_part_an_amount_holds(
    text: str, included: bool, on_top: bool, in_base: bool
) -> None:
    modes = (AmoMode.INCLUDED, AmoMode.ON_TOP, AmoMode.INCLUDED_IN_BASE)
    found = [read_formula(text, Setting(mode, YearKind.CIVIL)).includes_amo for mode in modes]
    assert found == [included, on_top, in_base]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("100 % BR + 50 % BR", Sum(base=15_000)),
        ("TM", Sum(copayment=10_000)),
        ("30 % TM", Sum(copayment=3_000)),
        ("RSS", Sum(amo=10_000)),
        ("90 % FR", Sum(expense=9_000)),
        ("80 % RAC", Sum(remainder=8_000)),
        ("PLV", Sum(limit=10_000)),
        ("70 % HLF", Sum(limit=7_000)),
        ("30 € par séance", Sum(unit=Amount(3_000))),
        ("30 € + 1,5 % PMSS + 12,50 €", Sum(unit=Amount(4_250, 150))),
        ("90 € par paire", Sum(pair=Amount(9_000))),
        ("forfait 90 € par verre", Sum(unit=Amount(9_000))),
        ("min(100 % BR ; 30 €)", Sum(choices=(Choice((Sum(base=10_000), Sum(unit=Amount(3_000))), False),))),
        ("max(80 € ; 1 % PMSS) + TM",
         Sum(copayment=10_000, choices=(Choice((Sum(unit=Amount(8_000)), Sum(unit=Amount(pmss_bp=100))), True),))),
    ],
)  # fmt: skip
def test_a_formula_adds_up_its_terms(text: str, read: Sum) -> None:
    assert read_formula(text, Setting(AmoMode.INCLUDED, YearKind.CIVIL)).sum == read


def test_a_pair_has_every_role_of_its_elements() -> None:
    line = "    - ligne: L\n      actes: equipement-complexe\n      remboursement: 1 € par équipement\n"
    [read] = _lines(line)
    assert read.equipment == {"c"}
    assert FRAMES | (_LENSES - {Role.LENS_A}) == EQUIPMENT


def test_an_act_named_twice_is_told_by_the_first_line_that_pays_it() -> None:
    line = "    - ligne: {}\n      actes: [{}]\n      remboursement: 100 % BR\n      du: {}\n"
    body = line.format("A", "transport, biologie", "2020-01-01\n      au: 2020-12-31")
    body += line.format("B", "biologie", "2021-01-01")
    assert len(_lines(body)) == 2
    with pytest.raises(
        GridError, match="ligne 15, actes : « biologie » est déjà payé par « A »"
    ):
        _lines(body.replace("au: 2020-12-31", "au: 2021-01-01"))


_PRICE_LIMIT = Bound(kind=BoundKind.REGULATED)
_NETWORK = Bound(kind=BoundKind.NETWORK)


def _at_most(included: bool = True, **sums: int) -> Bound:
    return Bound(kind=BoundKind.AMOUNT, sum=Sum(**sums), includes_amo=included)


@pytest.mark.parametrize(
    ("text", "ceilings", "floors"),
    [
        ("100 % FR dans la limite des PLV", [_PRICE_LIMIT], []),
        ("100 % FR limité aux HLF", [_PRICE_LIMIT], []),
        ("100 % FR dans la limite du forfait réglementaire", [_PRICE_LIMIT], []),
        ("100 % FR dans la limite de la réglementation en vigueur, minimum TM", [_PRICE_LIMIT], [_at_most(included=False, copayment=10_000)]),
        ("100 % FR dans la limite de la législation (limité à 300 % BR)", [_PRICE_LIMIT, _at_most(base=30_000)], []),
        ("100 % FR limité au prix du réseau, limité à 200 % BR", [_NETWORK, _at_most(base=20_000)], []),
        ("100 % BR dans la limite des FR", [], []),
        ("100 % FR dans la limite d'un forfait de 30 €", [Bound(kind=BoundKind.AMOUNT, sum=Sum(unit=Amount(3_000)))], []),
        ("100 % FR dans la limite de 230 % BR ; minimum RSS", [_at_most(base=23_000)], [_at_most(amo=10_000)]),
        ("100 % FR avec maximum 230 % BR et minimum RSS", [_at_most(base=23_000)], [_at_most(amo=10_000)]),
        ("100 % FR avec un minimum de 100 % BR", [], [_at_most(base=10_000)]),
        ("30 €, mini 10 %  BR", [], [_at_most(base=1_000)]),
        ("30 €, puis TM", [], [replace(_at_most(included=False, copayment=10_000), beyond=True)]),
        ("30 €, au-delà 100 % BR", [], [replace(_at_most(base=10_000), beyond=True)]),
        ("30 €, ensuite 100 % BR", [], [replace(_at_most(base=10_000), beyond=True)]),
    ],
)  # fmt: skip
def test_what_follows_a_sum_bounds_it(
    text: str, ceilings: list[Bound], floors: list[Bound]
) -> None:
    read = read_formula(text, Setting(AmoMode.INCLUDED, YearKind.CIVIL))
    assert (read.ceilings, read.floors) == (ceilings, floors)
    assert (read.purses, read.counts) == ([], [])


@pytest.mark.parametrize(
    ("text", "mode", "includes"),
    [
        ("TM, dans la limite de 90 € par an", None, None),
        ("TM, dans la limite de 90 € par an", AmoMode.INCLUDED, False),
        ("TM, dans la limite de 90 € par an", AmoMode.ON_TOP, False),
        ("TM, dans la limite de 90 € par an", AmoMode.INCLUDED_IN_BASE, False),
        ("TM, dans la limite de 90 € SS incluse par an", AmoMode.ON_TOP, None),
        ("TM, dans la limite de 90 € par an SS incluse", AmoMode.ON_TOP, True),
        ("TM, dans la limite de 90 € par an SS incluse", None, True),
    ],
)
def test_a_ceiling_by_period_says_whether_it_holds_the_part_of_the_amo(
    text: str, mode: AmoMode | None, includes: bool | None
) -> None:
    setting = Setting(mode, YearKind.CIVIL)
    if "incluse par" in text:
        with pytest.raises(FormulaError):
            read_formula(text, setting)
        return
    [(term, held)] = read_formula(text, setting).purses
    assert (term.amount, term.window, held) == (Amount(9_000), _CIVIL, includes)


@pytest.mark.parametrize(
    ("text", "units", "window"),
    [
        ("30 € par séance, 4 séances par an", 4, _CIVIL),
        ("30 € par séance maximum 3 par 2 ans", 3, Window(Span.CIVIL_YEARS, 2)),
        ("30 € par séance (limité à 1 par vie)", 1, Window(Span.WHOLE)),
    ],
)
def test_a_formula_may_count(text: str, units: int, window: Window) -> None:
    read = read_formula(text, _SETTING)
    [count] = read.counts
    assert (count.units, count.window) == (units, window)
    assert read.sum == Sum(unit=Amount(3_000)) and read.ceilings == []


@pytest.mark.parametrize("between", [" ; ", " ou ", " OU ", " et ", ", "])
def test_the_terms_of_a_choice_may_be_parted_in_several_ways(between: str) -> None:
    read = read_formula(f"max(80 €{between}100 % BR) + 10 €", _SETTING)
    choice = Choice((Sum(unit=Amount(8_000)), Sum(base=10_000)), True)
    assert read.sum == Sum(unit=Amount(1_000), choices=(choice,))


@pytest.mark.parametrize(
    ("said", "years"), [("reporté 1 an", 1), ("reportée 5 ans", 5), ("reportable 3", 3)]
)
def test_what_is_carried_is_read_with_what_follows(said: str, years: int) -> None:
    read = read_formula(f"100 € par année civile, {said}, limité à 25 % FR", _SETTING)
    assert read.credit is not None and read.credit.per.carried_years == years
    assert read.ceilings == [_at_most(expense=2_500)]


def test_a_service_may_have_a_note() -> None:
    grid = read_grid(
        f"{_HEAD}garanties:\n  A:\n    - ligne: S\n      service: oui\n      note: jour et nuit\n"
    )
    assert (grid.rows[0].note, grid.rows[0].is_service) == ("jour et nuit", True)


def test_a_level_may_say_two_limits_that_hold_together() -> None:
    read = read_grid(
        """grille: LIMITES
version: 2026-01-01
libellé: essai
amo: comprise
responsable: non
domaines: [HOSP]
niveaux: {A: a, B: b}
garanties:
  Essai:
    - ligne: Chambre
      actes: chambre-particuliere
      remboursement: 50 € par nuit
      limite: [2 par année civile et 1 par 6 mois, 3 par année civile]
"""
    )
    counts = {
        code: [limit.units for line in layer.lines for limit in line.limits]
        for code, layer in read.layers.items()
    }
    assert counts == {"LIMITES-A": [2, 1], "LIMITES-B": [3]}


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("incisives", {"11", "42", "51"}, {"13", "26", ""}),
        ("dents du sourire", {"11", "23", "34", "53"}, {"15", "36", "54", "right"}),
        ("dents du fond de bouche", {"15", "36", "85"}, {"14", "11", ""}),
        ("hors molaires", {"11", "35"}, {"36", "54", ""}),
        ("prémolaires et non premières prémolaires", {"15", "45"}, {"14", "16"}),
        ("sur les incisives ou les canines", {"12", "33"}, {"14"}),
        ("sur les dents du sourire", {"11"}, {"16", ""}),
    ],
)
def test_a_tooth_is_named_by_its_place_and_no_tooth_is_in_none(
    text: str, inside: set[str], outside: set[str]
) -> None:
    (first, *rest) = read_condition(text).cases
    teeth = first.teeth.union(*(one.teeth for one in rest))
    assert inside <= teeth and teeth.isdisjoint(outside)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("(OPTAM ou ALD) et moins de 18 ans", "Sans parenthèses"),
        ("exonéré du TM", "sa cause"),
        ("acte lourd", "participation-acte-lourd"),
        ("de 1 à 5 dents", "place d'une dent"),
        ("sphère de -6 à +6", "codes de la tranche"),
        ("de -6 à +6", "codes de la tranche"),
        ("à partir du 61e jour", "au-delà"),
        ("à l'étranger", "tiers payant"),
        ("cécité", "nommer les codes"),
    ],
)
def test_what_cannot_be_said_is_refused_by_its_name(text: str, remedy: str) -> None:
    with pytest.raises(FormulaError) as refused:
        read_condition(text)
    assert "ne peut pas se dire" in str(refused.value)
    assert remedy in refused.value.remedy


def _limits(text: str) -> str:
    return f"""grille: LIMITES
version: 2026-01-01
libellé: essai
amo: comprise
responsable: non
domaines: [HOSP]
niveaux: {{A: a, B: b}}
garanties:
  Essai:
    - ligne: Chambre
      actes: chambre-particuliere
      remboursement: 50 € par nuit
      limite: {text}
"""


def test_a_list_that_could_be_read_two_ways_is_refused_joined_or_not() -> None:
    said = (
        "[1 par 24 mois (à partir de 16 ans), "
        "1 par 12 mois (moins de 16 ans) et sans délai si motif médical]"
    )
    with pytest.raises(GridError) as refused:
        read_grid(_limits(said))
    assert "niveau par niveau, ou toute entière" in str(refused.value)


def test_a_level_may_have_no_limit_beside_one_that_has_two() -> None:
    read = read_grid(_limits("[2 par année civile et 1 par 6 mois, illimité]"))
    counts = [[one.units for one in layer.lines[0].limits] for layer in read.layers.values()]
    assert counts == [[2, 1], []]
