"""The audit: a grid that respects the responsible contract, and one change for each rule it may break."""

from datetime import date

import pytest

from egide.nomenclature import load_nomenclature
from egide.plans import read_grid, shipped_grids
from egide.plans.audit import Finding, Verdict, audit

_DAY = date(2024, 6, 1)
_LINES = {
    "Soins": (("[hospitalisation, transport, sage-femme, auxiliaire, psychologue, telesurveillance, biologie, prevention, "
              "pharmacie, appareillage, dentaire-soins, inlay-onlay, inlay-core, prothese-dentaire, orthodontie, adaptation, "
              "supplement-optique, lentilles, audio-accessoires, cure-thermale, cure-hebergement]"), "100 % BR"),
    "Urgences": ("[forfait-urgences, participation-acte-lourd]", "TM"),
    "Forfait journalier": ("forfait-journalier", "100 % FR"),
    "Médecins": ("[consultation, acte-technique, imagerie, anatomopathologie]", "200 % BR\n      si: OPTAM"),
    "Médecins hors OPTAM": ("[consultation, acte-technique, imagerie, anatomopathologie]", "180 % BR\n      si: non OPTAM"),
    "Zéro": (("[prothese-capillaire-100-sante, vehicule-handicap, inlay-core-100-sante, prothese-dentaire-100-sante, "
             "monture-a, verre-a, appairage]"), "RSS + 100 % RAC"),
    "Filtre": ("filtre", "RSS + 100 % RAC"),
    "Audio I": ("audio-classe-1", "RSS + 100 % RAC\n      renouvellement: 1 par 4 ans et par oreille"),
    "Audio II": ("audio-classe-2", "1 700 €\n      renouvellement: 1 par 4 ans et par oreille"),
    "Simples": ("equipement-simple", "420 € par équipement, dont monture 100 €"),
    "Mixtes": ("equipement-mixte-simple-complexe", "560 € par équipement, dont monture 100 €"),
    "Complexes": ("equipement-complexe", "700 € par équipement, dont monture 100 €"),
    "Mixtes très complexes": ("equipement-mixte-simple-tres-complexe", "610 € par équipement, dont monture 100 €"),
    "Plus complexes": ("equipement-mixte-complexe-tres-complexe", "750 € par équipement, dont monture 100 €"),
    "Très complexes": ("equipement-tres-complexe", "800 € par équipement, dont monture 100 €"),
}  # fmt: skip
_HEAD = "grille: AUD\nversion: 2020-01-01\nlibellé: essai\namo: comprise\nan: civil\nresponsable: oui\ndomaines: [MED]\n"
_RESPECTED = [
    (
        "R871-1 1°",
        Verdict.BUILT_IN,
        "Ce que coûte la sortie du parcours de soins n'est jamais payé.",
    ),
    (
        "L871-1",
        Verdict.BUILT_IN,
        "Participations forfaitaires et franchises ne sont jamais payées.",
    ),
    ("CSS R871-2 1°", Verdict.RESPECTED, "Le ticket modérateur est couvert en entier."),
    ("CSS R871-2 2°", Verdict.RESPECTED, "Les dépassements hors OPTAM sont sous leurs bornes."),
    (
        "CSS R871-2 3°",
        Verdict.RESPECTED,
        "Minimums et plafonds des équipements a à f sont tenus.",
    ),
    ("CSS R871-2 3°", Verdict.RESPECTED, "Couvert en entier jusqu'au prix limite."),
    ("CSS R871-2 4° a", Verdict.RESPECTED, "Couvert en entier jusqu'au prix limite."),
    ("CSS R871-2 5°", Verdict.RESPECTED, "Couvert en entier jusqu'au prix limite."),
    ("CSS R871-2 6°", Verdict.RESPECTED, "Couvert en entier jusqu'au prix limite."),
    ("CSS R871-2 4° b", Verdict.RESPECTED, "Le plafond de la classe II est tenu."),
    ("CSS R871-2, renouvellement", Verdict.RESPECTED, "Les périodes sont celles de la loi."),
]


def _audit(
    changed: dict[str, tuple[str, str]] | None = None, day: date = _DAY
) -> list[Finding]:
    lines = {**_LINES, **(changed or {})}
    text = "".join(
        f"    - ligne: {label}\n      actes: {acts}\n      remboursement: {formula}\n"
        for label, (acts, formula) in lines.items()
    )
    [layer] = read_grid(f"{_HEAD}garanties:\n  A:\n{text}").layers.values()
    return audit(layer, load_nomenclature(), day)


def test_a_grid_at_the_bounds_of_the_responsible_contract_respects_it() -> None:
    assert [tuple(one) for one in _audit()] == _RESPECTED


_OPTAM = "\n      si: OPTAM"


@pytest.mark.parametrize(
    ("label", "acts", "formula", "article", "said"),
    [
        ("Urgences", "participation-acte-lourd", "TM", "CSS R871-2 1°", "ticket modérateur incomplet : Forfait patient urgences"),
        ("Forfait journalier", "forfait-journalier", "20 €", "CSS R871-2 6°", "Forfait journalier hospitalier : pas couvert en entier"),
        ("Médecins hors OPTAM", None, "181 % BR\n      si: non OPTAM", "CSS R871-2 2°",
         "Consultations et visites de médecins : 81 % de la base au-delà du tarif hors OPTAM, 80 % au plus"),
        ("Médecins", None, f"130 % BR{_OPTAM}", "CSS R871-2 2°",
         "Radiologie : 80 % de la base au-delà du tarif hors OPTAM, 10 % au plus"),
        ("Filtre", "filtre", "100 % BR", "CSS R871-2 3°", "Supplément pour verres avec filtre : pas couvert en entier"),
        ("Audio I", "audio-classe-1", "100 % BR\n      renouvellement: 1 par 4 ans et par oreille", "CSS R871-2 4° a",
         "Aides auditives de classe I : pas couvert en entier"),
        ("Audio II", "audio-classe-2", "1 700,01 €\n      renouvellement: 1 par 4 ans et par oreille", "CSS R871-2 4° b",
         "aide de classe II : 1 700,01 €, 1 700,00 € au plus"),
        ("Simples", "equipement-simple", "420,01 € par équipement, dont monture 100 €", "CSS R871-2 3°",
         "équipement a : 420,01 €, de 50 à 420 €"),
        ("Simples", "equipement-simple", "49,99 € par équipement, dont monture 40 €", "CSS R871-2 3°",
         "équipement a : 49,99 €, de 50 à 420 €"),
        ("Mixtes", "equipement-mixte-simple-complexe", "561 € par équipement, dont monture 100 €", "CSS R871-2 3°",
         "équipement b : 561,00 €, de 125 à 560 €"),
        ("Complexes", "equipement-complexe", "701 € par équipement, dont monture 100 €", "CSS R871-2 3°",
         "équipement c : 701,00 €, de 200 à 700 €"),
        ("Mixtes très complexes", "equipement-mixte-simple-tres-complexe", "611 € par équipement, dont monture 100 €", "CSS R871-2 3°",
         "équipement d : 611,00 €, de 125 à 610 €"),
        ("Plus complexes", "equipement-mixte-complexe-tres-complexe", "751 € par équipement, dont monture 100 €", "CSS R871-2 3°",
         "équipement e : 751,00 €, de 200 à 750 €"),
        ("Très complexes", "equipement-tres-complexe", "801 € par équipement, dont monture 100 €", "CSS R871-2 3°",
         "équipement f : 801,00 €, de 200 à 800 €"),
        ("Simples", "equipement-simple", "420 € par équipement, dont monture 100,01 €", "CSS R871-2 3°",
         "monture : 100,01 €, 100,00 € au plus"),
        ("Audio II", "audio-classe-2", "1 700 €\n      renouvellement: 1 par 5 ans et par oreille", "CSS R871-2, renouvellement",
         "aide auditive : pas renouvelée à 48 mois"),
        ("Audio II", "audio-classe-2", "1 700 €\n      renouvellement: 1 par 3 ans et par oreille", "CSS R871-2, renouvellement",
         "aide auditive : renouvelée avant 48 mois"),
        ("Simples", "equipement-simple", "420 € par équipement, dont monture 100 €\n      renouvellement: 1 par 3 ans", "CSS R871-2, renouvellement",
         "monture, adulte : pas renouvelée à 24 mois ; monture, moins de 16 ans : pas renouvelée à 12 mois"),
        ("Simples", "equipement-simple", "420 € par équipement, dont monture 100 €\n      renouvellement: 1 par 1 mois", "CSS R871-2, renouvellement",
         "monture, adulte : renouvelée avant 24 mois ; monture, moins de 16 ans : renouvelée avant 12 mois"),
    ],
)  # fmt: skip
def test_one_change_breaks_one_rule(
    label: str, acts: str | None, formula: str, article: str, said: str
) -> None:
    findings = _audit({label: (acts or _LINES[label][0], formula)})
    gaps = [one for one in findings if one.verdict is Verdict.GAP]
    assert [one.article for one in gaps] == [article], gaps
    assert said in gaps[0].said


def test_what_is_covered_for_adults_only_is_a_gap_and_every_family_short_is_named() -> None:
    acts, formula = _LINES["Soins"]
    [gap] = [
        one
        for one in _audit({"Soins": (acts, f"{formula}\n      si: à partir de 16 ans")})
        if one.article == "CSS R871-2 1°"
    ]
    assert gap.said.startswith(
        "ticket modérateur incomplet : Frais de séjour, Chirurgie pendant"
    )
    assert gap.said.endswith(
        "Honoraires de surveillance de cure, Hébergement et transport de cure"
    )
    fewer = acts.replace("transport, sage-femme", "hospitalisation-domicile")
    found = _audit({"Soins": (fewer, formula)})[2]
    assert found.said == (
        "ticket modérateur incomplet : Transport sanitaire, "
        "Actes et consultations de sages-femmes"
    )


def _gaps(changed: dict[str, tuple[str, str]]) -> list[tuple[str, str]]:
    found = _audit(changed)
    return [(one.article, one.said) for one in found if one.verdict is Verdict.GAP]


def test_a_class_a_frame_may_be_covered_by_the_pair_it_is_in() -> None:
    acts = _LINES["Zéro"][0].replace("monture-a, ", "")
    assert _gaps({"Zéro": (acts, _LINES["Zéro"][1])}) == []
    small = ("equipement-simple", "50 € par équipement, dont monture 29,99 €")
    assert _gaps({"Zéro": (acts, _LINES["Zéro"][1]), "Simples": small}) == []


def test_a_copayment_is_tried_on_a_base_that_a_small_amount_does_not_cover() -> None:
    acts, formula = _LINES["Soins"]
    changed = {
        "Soins": (acts.replace("transport, ", ""), formula),
        "Transport": ("transport", "10 €"),
    }
    [(article, said)] = _gaps(changed)
    assert (article, said[:46]) == (
        "CSS R871-2 1°",
        "ticket modérateur incomplet : Transport sanita",
    )


def test_a_pair_is_judged_with_its_frame_element_by_element_too() -> None:
    lines = {"Simples": ("verre-b-simple", "200 €"), "Montures": ("monture-b", "100 €")}
    [(article, said)] = _gaps(lines)
    assert article == "CSS R871-2 3°" and said.startswith(
        "équipement a : 500,00 €, de 50 à 420 €"
    )
    assert (
        _gaps({"Simples": ("equipement-simple", "50 € par équipement, dont monture 40 €")})
        == []
    )


def test_a_month_too_early_is_too_early() -> None:
    pair = "420 € par équipement, dont monture 100 €"
    [(_, said)] = _gaps(
        {"Simples": ("equipement-simple", f"{pair}\n      renouvellement: 1 par 23 mois")}
    )
    assert (
        said
        == "monture, adulte : renouvelée avant 24 mois ; monture, moins de 16 ans : pas renouvelée à 12 mois"
    )


def test_a_grid_without_overruns_allows_no_cent_of_them_outside_optam() -> None:
    doctors = _LINES["Médecins"][0]
    inside, outside = f"100 % BR{_OPTAM}", "100 % BR + 0,01 €\n      si: non OPTAM"
    [(article, said)] = _gaps(
        {"Médecins": (doctors, inside), "Médecins hors OPTAM": (doctors, outside)}
    )
    assert (
        article == "CSS R871-2 2°"
        and "0 % de la base au-delà du tarif hors OPTAM, 0 % au plus" in said
    )


def test_what_a_responsible_contract_may_leave_is_no_gap() -> None:
    acts, formula = _LINES["Soins"]
    less = acts.replace(
        "pharmacie,",
        "medicament-100, medicament-65, honoraire-dispensation, pharmacie-hors-medicament, vaccin, acte-pharmacien,",
    )
    findings = _audit({"Soins": (less.replace("cure-thermale", "cure-honoraires"), formula)})
    assert [one.said for one in findings if one.verdict is Verdict.GAP] == []


def test_the_shipped_grids_are_audited_on_any_day_of_the_tables() -> None:
    nomenclature = load_nomenclature()
    for grid in shipped_grids():
        for layer in grid.layers.values():
            for day in (max(grid.version_on, date(2020, 1, 1)), date(2021, 6, 1), _DAY):
                articles = {one.article for one in audit(layer, nomenclature, day)}
                assert {article for article, *_ in _RESPECTED} >= articles
                assert "CSS R871-2 1°" in articles
