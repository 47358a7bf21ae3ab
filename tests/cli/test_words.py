"""What a person who mistypes reads: in French, in a few lines, never a traceback."""

import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from conftest import GRID, ROOT

_ENGLISH = re.compile(
    r"\b(is not|does not|missing|invalid|no such|unexpected|try|for help|required|error|traceback|the)\b",
    re.I,
)


def _said(*words: str, given: bytes = b"", **environment: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "egide.cli", *words]
    shown = {"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin", "COLUMNS": "200"}
    done = subprocess.run(
        command, input=given, capture_output=True, env=shown | environment, check=False
    )
    return done.returncode, (done.stdout + done.stderr).decode()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nosuch"], "'nosuch' n'existe pas"),
        (["pay", "--bad"], "'--bad' n'existe pas"),
        (["pay"], "Il manque l'option '--debtor-name'"),
        (["plans", "explain"], "Il manque l'argument 'PLAN'"),
        (["plans", "check", "nowhere.yaml"], "n'existe pas"),
        (["serve", "--port", "99999"], "99999 n'est pas dans 1<=x<=65535"),
        (["serve", "--port", "x"], "n'est pas un nombre"),
        (["check", "one", "two"], "Des arguments de trop (one two)"),
        (["segment", "planet", "x", "off"], "n'est pas parmi"),
        (["people", "close", "not-a-uuid"], "UUID"),
    ],
)
def test_a_mistyped_command_is_told_in_french(words: list[str], told: str) -> None:
    code, said = _said(*words)
    assert code == 2 and told in said
    assert not _ENGLISH.search(said), said


def test_help_is_in_french_too() -> None:
    code, said = _said("pay", "--help")
    assert code == 0 and "Usage :" in said and "obligatoire" in said
    assert "Show this message" not in said


def test_without_a_home_nor_a_language_it_works() -> None:
    code, said = _said("law", "--on", "2026-11-27", LC_ALL="C")
    assert code == 0 and "€" in said


def test_what_the_system_refuses_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    code, said = _said("plans", "publish", "--data", str(tmp_path / "var" / "x"))
    assert code == 1 and said.startswith("système") and "Traceback" not in said


def test_a_defect_is_kept_in_a_file_and_told_in_a_line(tmp_path: Path) -> None:
    script = (
        "import click; from egide.cli import main\n"
        "@main.egide.command()\n"
        "def broken(): raise ValueError('2 80 02 14')\n"
        "import sys; sys.argv = ['egide', 'broken']; main.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(tmp_path), "COLUMNS": "200"},
        check=False,
    )
    [kept] = tmp_path.glob("egide-erreur-*.txt")
    assert done.returncode == 1 and str(kept) in done.stderr
    assert "2 80" not in done.stderr and "ValueError" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_grid_is_read_from_the_standard_input() -> None:
    for words in (["check", "-"], ["show", "-"], ["explain", "-", "ngap:G=30"]):
        code, said = _said("plans", *words, given=GRID.read_bytes())
        assert code == 0, said
    assert "R871-2" in _said("plans", "audit", "-", given=GRID.read_bytes())[1]


def test_a_grid_is_named_by_its_code() -> None:
    audited = _said("plans", "audit", "PROPRETE-ART9")[1]
    assert audited.index("écart") < audited.index("respecté")  # the worst first
    assert _said("plans", "show", "PROPRETE-ART9")[0] == 0
    code, said = _said("plans", "audit", "NOWHERE")
    assert code == 1 and "PROPRETE-ART9" in said


def test_the_catalogue_that_is_read_is_the_one_that_is_written() -> None:
    spec = spec_from_file_location("write_texts", ROOT / "docs/write_texts.py")
    assert spec is not None and spec.loader is not None
    writer = module_from_spec(spec)
    spec.loader.exec_module(writer)
    catalogues = list(writer.TEXTS.rglob("*.po"))
    assert catalogues
    for one in catalogues:
        assert one.with_suffix(".mo").read_bytes() == writer.compiled(one)
