"""``egide plans``: what an insurer's product manager types, and what comes back."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from egide.cli.plans.plans import plans

_GRID = """grille: ESSAI
version: 2020-01-01
libellé: Essai
amo: comprise
responsable: oui
domaines: [MED]
niveaux: {S1: Socle, S2: Renforcé}
garanties:
  Soins:
    - ligne: Consultations
      actes: consultation
      remboursement: [100 % BR, 150 % BR]
"""
_DAY = ("--on", "2024-06-01")


def _plans(*words: str, wide: int = 240) -> Result:
    return CliRunner(env={"COLUMNS": str(wide)}).invoke(plans, list(words))


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    file = tmp_path / "essai.yaml"
    file.write_text(_GRID, "utf-8")
    return file


def test_every_file_is_checked_though_one_is_wrong(grid: Path) -> None:
    wrong = grid.with_name("faux.yaml")
    wrong.write_text(_GRID.replace("150 %", "150"), "utf-8")
    latin = grid.with_name("latin.yaml")
    latin.write_bytes(_GRID.encode("latin-1"))
    alone = _plans("check", str(grid))
    assert (alone.exit_code, alone.output) == (
        0,
        (
            "ESSAI, version du 2020-01-01 : 1 lignes, sans erreur. "
            "Codes à donner aux couvertures : ESSAI-S1, ESSAI-S2.\n"
        ),
    )
    all_three = _plans("check", str(wrong), str(latin), str(grid))
    assert all_three.exit_code == 1
    lines = all_three.output.replace("\n", " ")
    assert f"{wrong} : ligne 12, remboursement : « 150 BR » n'est pas un montant" in lines
    assert f"{latin} : Le fichier n'est pas en UTF-8. L'enregistrer en UTF-8." in lines
    assert f"{grid} : ESSAI, version du 2020-01-01 : 1 lignes, sans erreur." in lines


def test_a_grid_is_shown_in_the_terminal_and_as_a_page(grid: Path) -> None:
    shown = _plans("show", str(grid))
    assert shown.exit_code == 0
    for said in (
        "Essai, version du 01/01/2020",
        "Socle",
        "Renforcé",
        "Consultations",
        "150 % BR",
    ):
        assert said in shown.output
    assert _plans("show", str(grid), "--html").output.startswith("<!doctype html>")


def test_a_price_is_explained_in_french_and_in_english(grid: Path) -> None:
    asked = ("explain", "ESSAI-S2", "ngap:G=40", "--with", str(grid), *_DAY)
    french, english = _plans(*asked), _plans(*asked, "--english")
    total = "AMO 18,55 €   AMC 21,20 €   patient 0,25 €"
    assert (french.exit_code, english.exit_code) == (0, 0)
    assert french.output.endswith(f"{total}\n") and english.output.endswith(f"{total}\n")
    assert french.output != english.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("NULLE", "ngap:G=30"), "NULLE : aucune grille de ce code le 2024-06-01. Codes connus : "),
        (("PROPRETE-ART9", "ngap:ZZZ=30"), "ngap:ZZZ=30 : "),
        (("PROPRETE-ART9", "ngap:G=cher"), "Écrire système:code=euros, par exemple ngap:G=30."),
        (("PROPRETE-ART9", "ngap:G=1,005"), "« 1,005 » n'est pas un montant. Écrire système:code=euros"),
        (("PROPRETE-ART9", "ngap:G=-1"), "« -1 » n'est pas un montant."),
    ],
)  # fmt: skip
def test_what_cannot_be_priced_is_refused_with_a_remedy(
    words: tuple[str, ...], said: str
) -> None:
    refused = _plans("explain", *words, *_DAY)
    assert refused.exit_code == 1
    assert said in refused.output


def test_a_declared_base_that_serves_nothing_is_said_so() -> None:
    told = _plans("explain", "PROPRETE-ART9", "ngap:G=30/base=10", *_DAY)
    said = "ngap:G=30/base=10 : la base déclarée n'est pas employée, cet acte a la sienne (26,50 €)."
    assert told.exit_code == 0 and said in told.output
    stay = _plans("explain", "PROPRETE-ART9", "grouping:GHS=900/base=900", *_DAY)
    assert stay.exit_code == 0 and "n'est pas employée" not in stay.output


def test_a_stay_is_priced_as_one(grid: Path) -> None:
    acts = ("grouping:GHS=900/base=900", "grouping:FJx2=40")
    stay = _plans("explain", "ESSAI-S1", *acts, "--with", str(grid), *_DAY)
    assert stay.exit_code == 0, stay.output
    assert "imputed" in stay.output  # the day charge and the participation are of the same stay


def test_two_levels_are_compared_with_amounts_and_lines(grid: Path) -> None:
    told = _plans("diff", "ESSAI-S1", "ESSAI-S2", "--with", str(grid), *_DAY)
    assert told.exit_code == 0
    assert "soins types sans changement." in told.output
    assert "- Soins · Consultations : 100 % BR" in told.output
    assert "+ Soins · Consultations : 150 % BR" in told.output


def test_an_audit_says_its_gaps_by_its_exit_code(grid: Path) -> None:
    told = _plans("audit", str(grid), "--level", "ESSAI-S1", *_DAY)
    assert told.exit_code == 1
    assert "ESSAI-S1, le 2024-06-01 (se dit responsable)" in told.output
    assert "ESSAI-S2" not in told.output
    assert "écart" in told.output and "toujours appliqué" in told.output
    unknown = _plans("audit", str(grid), "--level", "S9", *_DAY)
    assert unknown.exit_code == 1
    assert "S9 : la grille a pour niveaux ESSAI-S1, ESSAI-S2." in unknown.output
    option = grid.with_name("option.yaml")
    head = "responsable: oui\noption de: BASE\nempilement: total\n"
    option.write_text(_GRID.replace("responsable: oui\n", head), "utf-8")
    assert "Auditer la base." in _plans("audit", str(option), *_DAY).output


def test_a_file_is_explained_level_by_level(grid: Path) -> None:
    told = _plans("explain", str(grid), "ngap:G=40", *_DAY)
    assert told.exit_code == 0
    assert told.output.index("ESSAI-S1") < told.output.index("ESSAI-S2")
    assert told.output.count("patient") >= 2


@pytest.mark.parametrize("by_code", [False, True])
def test_two_versions_of_a_grid_are_compared_each_on_its_own_day(
    grid: Path, by_code: bool
) -> None:
    later = grid.with_name("later.yaml")
    later.write_text(
        grid.read_text("utf-8")
        .replace("version: 2020-01-01", "version: 2031-01-01")
        .replace("150 % BR", "170 % BR"),
        "utf-8",
    )
    codes = ("ESSAI-S2", "ESSAI-S2", "--with", str(grid), "--with", str(later))
    given = codes if by_code else (str(grid), str(later))
    told = _plans("diff", *given)
    assert told.exit_code == 0, told.output
    assert "- Soins · Consultations : 150 % BR" in told.output
    assert "+ Soins · Consultations : 170 % BR" in told.output
    only = _plans("diff", "ESSAI-S1", "ESSAI-S1", "--with", str(grid))
    assert only.exit_code == 1 and "une seule version connue" in only.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("libre:ostéopathie=30",), "Essayer : osteopathie"),
        (("grouping:VU1x0=30",), "zéro acte"),
        (("ngap:G",), "n'est pas un montant"),
        (("ngap:G=30/base=abc",), "« abc » n'est pas un montant"),
        (("ngap:G=30", "--since", "2030-01-01"), "commence après les soins"),
    ],
)
def test_what_would_be_priced_as_nothing_is_refused(words: tuple[str, ...], said: str) -> None:
    refused = _plans("explain", "PROPRETE-ART9", *words, *_DAY)
    assert refused.exit_code == 1
    assert said in refused.output
    assert "class" not in refused.output


def test_a_grid_that_is_to_come_says_from_when(grid: Path) -> None:
    refused = _plans(
        "explain", "ESSAI-S2", "ngap:G=30", "--with", str(grid), "--on", "2019-06-01"
    )
    assert refused.exit_code == 1
    assert "n'est en vigueur que depuis le 2020-01-01" in refused.output


def test_the_words_of_grids_are_listed_with_codes_and_situations() -> None:
    told = _plans("words").output
    assert (
        "  osteopathie : Ostéopathie, non remboursé (dans medecine-douce) ngap:OSTEO\n" in told
    )
    assert (
        "  hypnose : Hypnose, hypnothérapie, non remboursé (dans medecine-douce) libre:hypnose\n"
        in told
    )
    assert "  not-optam : " in told


def test_what_no_act_reaches_is_said_and_what_an_act_reaches_is_not(grid: Path) -> None:
    slip = grid.with_name("codes.yaml")
    slip.write_text(
        _GRID
        + """    - ligne: Mammographie
      codes: ["ccam:HBLD999", "ngap:G"]
      remboursement: 20 €
    - ligne: Cure
      actes: cure-thermale
      remboursement: TM
    - ligne: Ostéopathie
      actes: osteopathie
      remboursement: 30 €
    - ligne: Acte lourd
      actes: participation-acte-lourd
      remboursement: 100 % FR
""",
        "utf-8",
    )
    said = _plans("check", str(slip))
    assert said.exit_code == 0
    told = said.output.splitlines()[2:]
    assert told == [
        "  « Mammographie » : ccam:HBLD999 ; le reste de la ligne paie.",
        "  « Cure » : cure-thermale ; la ligne ne paie donc personne.",
    ]


def test_a_cell_shows_the_limit_of_its_own_level(grid: Path) -> None:
    two = grid.with_name("limites.yaml")
    two.write_text(
        _GRID
        + """    - ligne: Ostéopathie
      actes: osteopathie
      remboursement: [néant, 30 €]
      limite: [2 par année civile et 1 par 6 mois, 4 par année civile]
""",
        "utf-8",
    )
    (row,) = (
        one for one in _plans("show", str(two), "--html").output.split("<tr>") if "Ostéo" in one
    )
    assert (
        "4 par année civile" in row and "2 par année civile" not in row and "néant</div>" in row
    )
