"""Grids side by side: which version is in force, what an option joins, what is shown and what changes."""

from dataclasses import replace
from datetime import date

import pytest

from egide.nomenclature import load_nomenclature
from egide.plans import Catalogue, Grid, Plan, assemble, read_grid, shipped_grids
from egide.plans.diff import Change, changes, table_changes
from egide.plans.quote import unbound
from egide.plans.show import cell_text, to_html
from egide.pricing import Stacking

_DAY = date(2024, 6, 1)
_BASE = """grille: BASE
version: {version}
libellé: Socle & suite
source: convention
amo: comprise
an: civil
responsable: {responsable}
domaines: [MED, DENT]
niveaux: {{S1: Socle, S2: <Renforcé>}}
notes: [Lu ainsi., Et là.]
garanties:
  Soins:
    - ligne: Consultations
      actes: consultation
      remboursement: [100 % BR, {second}]
      limite: 3 par an
    - ligne: Autres
      actes: biologie
      remboursement: 100 % BR
      note: Voir l'annexe.
  Services:
    - ligne: Assistance
      service: oui
"""
_OPTION = """grille: {code}
version: 2020-01-01
libellé: option
amo: en plus
an: civil
responsable: {responsable}
domaines: [MED]
option de: [BASE-S1]
empilement: ajouté
garanties:
  Soins:
    - ligne: Consultations
      actes: consultation
      remboursement: 10 €
"""


def _base(
    version: str = "2020-01-01", second: str = "150 % BR", responsable: str = "non"
) -> Grid:
    return read_grid(_BASE.format(version=version, second=second, responsable=responsable))


def _option(code: str, responsable: str) -> Grid:
    return read_grid(_OPTION.format(code=code, responsable=responsable))


def _formulas(plan: Plan | None) -> list[str]:
    assert plan is not None
    return [layer.lines[0].formula.text for layer in plan.guarantee.layers]


def test_the_version_in_force_is_the_last_begun() -> None:
    later = _base("2023-01-01", "200 % BR")
    for catalogue in (Catalogue([later, _base()]), Catalogue([later])):
        if catalogue.on("BASE-S2", date(2022, 1, 1)) is None:
            catalogue.add([_base()])
        assert catalogue.on("BASE-S2", date(2019, 12, 31)) is None
        assert _formulas(catalogue.on("BASE-S2", date(2020, 1, 1))) == ["150 % BR"]
        assert _formulas(catalogue.on("BASE-S2", date(2022, 12, 31))) == ["150 % BR"]
        assert _formulas(catalogue.on("BASE-S2", date(2023, 1, 1))) == ["200 % BR"]
        assert _formulas(catalogue.on("BASE-S1", date(2023, 1, 1))) == ["100 % BR"]
        assert catalogue.on("BASE", _DAY) is None
    assert Catalogue().on("BASE-S1", _DAY) is None


def test_a_plan_is_assembled_once_a_version() -> None:
    catalogue = Catalogue([_base(), _base("2023-01-01")])
    plan = catalogue.on("BASE-S1", _DAY)
    assert plan is catalogue.on("BASE-S1", date(2025, 1, 1))
    assert plan is not catalogue.on("BASE-S1", date(2022, 1, 1))


def test_options_come_after_their_base_those_the_law_bounds_first() -> None:
    catalogue = Catalogue([_base(), _option("SUR", "non"), _option("OPT", "oui")])
    plan = catalogue.on("BASE-S1+SUR+OPT", _DAY)
    assert plan is not None and plan.code == "BASE-S1+SUR+OPT"
    assert plan.domains == ("MED", "DENT")
    layers = plan.guarantee.layers
    assert [layer.plan_code for layer in layers] == ["BASE-S1", "OPT", "SUR"]
    assert [layer.stacking for layer in layers] == [
        Stacking.BASE,
        Stacking.ADDED,
        Stacking.ADDED,
    ]
    assert catalogue.on("BASE-S1+ABSENT", _DAY) is None
    with pytest.raises(ValueError, match="argument 2 is"):
        assemble("BASE-S1+SUR", [_base()])


def test_what_changes_is_told_in_cents_and_by_the_table() -> None:
    nomenclature = load_nomenclature()
    catalogue = Catalogue([_base()])
    one, other = catalogue.on("BASE-S1", _DAY), catalogue.on("BASE-S2", _DAY)
    assert one is not None and other is not None
    found = {change.label: change for change in changes(one, other, nomenclature, _DAY)}
    dear = next(change for change in found.values() if change.gain)
    assert dear.expense == dear.amc_after + dear.patient_after + (
        dear.expense - dear.amc_before - dear.patient_before
    )
    assert (
        dear.gain
        == dear.amc_after - dear.amc_before
        == dear.patient_before - dear.patient_after
    )
    assert all(change.gain >= 0 for change in found.values())
    back = {change.label: change for change in changes(other, one, nomenclature, _DAY)}
    assert back[dear.label] == Change(
        dear.label,
        dear.expense,
        dear.amc_after,
        dear.amc_before,
        dear.patient_after,
        dear.patient_before,
    )
    assert changes(one, other, nomenclature, date(1999, 1, 1)) == []


def test_the_lines_of_the_table_that_differ_are_told() -> None:
    grid = _base()
    assert table_changes((grid, 0), (grid, 0)) == []
    assert table_changes((grid, 0), (grid, 1)) == [
        ("-", "Soins · Consultations : 100 % BR (3 par an)"),
        ("+", "Soins · Consultations : 150 % BR (3 par an)"),
    ]
    more = read_grid(
        grid.text.replace(
            "  Services:",
            "    - ligne: Plus\n      actes: transport\n      remboursement: 100 % BR\n  Services:",
        )
    )
    assert table_changes((grid, 0), (more, 0)) == [("+", "Soins · Plus : 100 % BR")]
    assert table_changes((more, 1), (grid, 1)) == [("-", "Soins · Plus : 100 % BR")]


def test_a_catalogue_without_grids_takes_some() -> None:
    catalogue = Catalogue()
    catalogue.add([_base()])
    assert _formulas(catalogue.on("BASE-S1", _DAY)) == ["100 % BR"]


def test_the_cases_of_a_line_are_shown_together_and_every_change_is_told() -> None:
    text = _base().text.replace(
        "      remboursement: [100 % BR, 150 % BR]\n      limite: 3 par an\n",
        "      cas:\n        - si: OPTAM\n          remboursement: [100 % BR, 150 % BR]\n"
        "        - si: non OPTAM\n          remboursement: 90 % BR\n",
    )
    cased = read_grid(text)
    more = (
        "    - ligne: Plus\n      actes: transport\n      remboursement: [80 % BR, 70 % BR]\n"
    )
    later = read_grid(text.replace("  Services:", f"{more}  Services:"))
    assert table_changes((cased, 0), (later, 1)) == [
        ("-", "Soins · Consultations : 100 % BR (OPTAM) ; 90 % BR (non OPTAM)"),
        ("+", "Soins · Consultations : 150 % BR (OPTAM) ; 90 % BR (non OPTAM)"),
        ("+", "Soins · Plus : 70 % BR"),
    ]
    page = to_html(cased)
    assert (
        '<td><div>100 % BR <span class="case">(OPTAM)</span></div>'
        '<div>90 % BR <span class="case">(non OPTAM)</span></div></td>'
    ) in page
    plain = later.rows[-2].cells[0][0]
    assert cell_text(plain) == "80 % BR"


def test_the_shipped_grids_are_in_the_order_of_their_names() -> None:
    codes = [grid.code for grid in shipped_grids()]
    assert codes[0].startswith("BOULANGERIE") and codes[-1] == "PROPRETE-ART9"
    assert len(codes) == 6


def test_a_quote_is_for_a_member_of_long_standing_who_has_used_nothing() -> None:
    waiting = _base().text.replace(
        "limite: 3 par an", "limite: 3 par an\n      attente: 12 mois"
    )
    nomenclature = load_nomenclature()
    plan = Catalogue([read_grid(waiting)]).on("BASE-S1", _DAY)
    plain = Catalogue([_base()]).on("BASE-S1", _DAY)
    assert plan is not None and plain is not None
    assert all(not change.gain for change in changes(plain, plan, nomenclature, _DAY))


def test_a_layer_alone_has_no_law_and_no_limit() -> None:
    layer = _base(responsable="oui").layers["BASE-S1"]
    priced = replace(layer, network_prices={"lpp:1": 100})
    [alone] = unbound(priced).layers
    assert alone.network_prices == {"lpp:1": 100} and alone.responsible is False
    assert alone.stacking is Stacking.BASE
    assert (alone.plan_code, alone.label) == ("BASE-S1", "Socle & suite, Socle")
    assert [line.limits for line in alone.lines] == [() for _ in layer.lines]
    assert [line.formula for line in alone.lines] == [line.formula for line in layer.lines]


def test_the_page_is_the_printed_table_with_every_text_escaped() -> None:
    page = to_html(_base())
    assert page.startswith('<!doctype html><html lang="fr">') and page.endswith("</html>\n")
    assert "<title>Socle &amp; suite</title>" in page and "<h1>Socle &amp; suite</h1>" in page
    assert "<caption>Version du 01/01/2020. convention</caption>" in page
    head = '<th scope="col">Poste</th><th scope="col">Socle</th><th scope="col">&lt;Renforcé&gt;</th>'
    assert f"<thead><tr>{head}</tr></thead>" in page
    body = page[page.index("<tbody>") : page.index("</table>")]
    assert body == (
        '<tbody><tr><th scope="rowgroup" colspan="3">Soins</th></tr>'
        '<tr><th scope="row">Consultations</th><td><div>100 % BR <span class="case">(3 par an)</span></div></td>'
        '<td><div>150 % BR <span class="case">(3 par an)</span></div></td></tr>'
        '<tr><th scope="row">Autres<div class="note">Voir l&#x27;annexe.</div></th><td><div>100 % BR</div></td>'
        "<td><div>100 % BR</div></td></tr>"
        '<tbody><tr><th scope="rowgroup" colspan="3">Services</th></tr>'
        '<tr><th scope="row">Assistance</th><td><div>oui</div></td><td><div>oui</div></td></tr>'
    )
    assert page.endswith(
        "</table><h2>Notes</h2><ul><li>Lu ainsi.</li><li>Et là.</li></ul></html>\n"
    )
    bare = to_html(_option("OPT", "oui"))
    assert '<th scope="col">Garantie</th>' in bare
    assert bare.endswith("</tr></table></html>\n")
    [cell] = _base().rows[0].cells[0]
    assert cell_text(cell) == "100 % BR (3 par an)"
