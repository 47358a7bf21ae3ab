"""``egide law``: each dated row of the law, once, with whose word it stands on."""

from datetime import date

import pytest
from click.testing import CliRunner

from egide.cli.law import law
from egide.nomenclature.law_table import Surety, law_rows, surety


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("CSS R160-16 I, décret 2018-1257", Surety.TEXT),
        ("service-public.fr F1069 (2020)", Surety.PAGE),
        ("presse (Que Choisir, avril 2026) ; décret non trouvé", Surety.PRESS),
        ("CSS R160-5 7° (k)", Surety.UNSURE),
    ],
)
def test_a_source_says_how_sure_it_is(source: str, said: Surety) -> None:
    assert surety(source) is said


@pytest.mark.parametrize(
    ("day", "participation"),
    [(date(2018, 6, 1), "18"), (date(2026, 4, 21), "24"), (date(2026, 4, 22), "32")],
)
def test_a_row_holds_from_its_day_until_the_next(day: date, participation: str) -> None:
    [heavy] = [row for row in law_rows(day) if row.section == "heavy"]
    assert f"participation {participation}," in heavy.value
    assert heavy.since <= day


def test_one_row_of_each_thing_holds() -> None:
    rows = [(row.section, row.what) for row in law_rows(date(2026, 11, 27))]
    assert len(rows) == len(set(rows)) > 40


def test_the_command_says_what_is_unsure() -> None:
    every = CliRunner().invoke(law, ["--on", "2026-11-27"], env={"COLUMNS": "100"})
    doubtful = CliRunner().invoke(
        law, ["--on", "2026-11-27", "--unsure"], env={"COLUMNS": "100"}
    )
    assert (every.exit_code, doubtful.exit_code) == (0, 0)
    assert "à confirmer par un texte" in every.output
    assert "décret" in doubtful.output and "…" not in every.output
    assert len(doubtful.output) < len(every.output)
