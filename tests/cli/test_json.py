"""Each command that reports says the same to a program: one JSON value, and nothing beside it."""

import json
from typing import Any

import click
import pytest
from click.testing import CliRunner

from conftest import Place
from egide.cli.main import egide

_ALONE = (
    "law",
    "plans audit PROPRETE-ART9",
    "plans diff FORMATION-N1 FORMATION-N2",
    "plans explain PROPRETE-ART9 ngap:G=30",
    "plans show PROPRETE-ART9",
)
_OF_DATA = (
    "bank unmatched",
    "check",
    "funds",
    "funds mandates",
    "incident list",
    "insurer-service show",
    "keys software",
    "ledger accounts",
    "networks",
    "ranking",
    "segments",
)
_OTHERS = {"incident show", "reprice", "unjustified"}  # what they report has its own tests


def _said(words: str, *more: str) -> Any:
    done = CliRunner().invoke(egide, [*words.split(), "--json", *more])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return json.loads(done.output)


def _with_json(command: click.Command, words: tuple[str, ...] = ()) -> set[str]:
    if isinstance(command, click.Group):
        found = (_with_json(below, (*words, name)) for name, below in command.commands.items())
        below = set[str]().union(*found)
        return below | ({" ".join(words)} if command.invoke_without_command else set())
    return {" ".join(words)} if any(one.name == "as_json" for one in command.params) else set()


def test_each_command_that_takes_it_is_known_here() -> None:
    named = {" ".join(word for word in one.split() if word.islower()) for one in _ALONE}
    named = {one.removesuffix(" ngap:G=30") for one in named}
    assert _with_json(egide) == named | set(_OF_DATA) | _OTHERS


def test_a_price_is_told_in_cents_with_its_steps() -> None:
    found = _said("plans explain PROPRETE-ART9 ngap:G=30")["PROPRETE-ART9"]
    assert found["total"] == {"amo_cents": 2_100, "amc_cents": 900, "patient_cents": 0}
    (line,) = found["lines"]
    assert line["steps"][0] == {
        "code": "expense",
        "cents": 3_000,
        "said": "Consultation de généraliste : 30,00 € facturés.",
        "source": "ngap:G",
    }


def test_an_audit_and_a_comparison_say_what_their_tables_say() -> None:
    (findings,) = _said("plans audit PROPRETE-ART9").values()
    assert {one["verdict"] for one in findings} == {"écart", "respecté", "toujours appliqué"}
    (pair,) = _said("plans diff FORMATION-N1 FORMATION-N2")
    assert (pair["before"]["code"], pair["after"]["code"]) == ("FORMATION-N1", "FORMATION-N2")
    assert any(one["gain"] > 0 for one in pair["changes"])
    assert {one["sign"] for one in pair["lines"]} == {"+", "-"}


def test_the_law_says_its_source_and_on_whose_word() -> None:
    rows = _said("law", "--on", "2026-06-01")
    assert all(one["source"] and one["surety"] for one in rows)
    assert {"amount 4005"} <= {one["value"] for one in rows}
    unsure = _said("law", "--on", "2026-06-01", "--unsure")
    assert 0 < len(unsure) < len(rows)


@pytest.mark.parametrize("words", _OF_DATA)
def test_what_an_installation_holds_is_told(place: Place, words: str) -> None:
    found = _said(words, "--data", str(place.settings.data))
    known = {
        "bank unmatched": lambda: (
            set(found)
            == {"suspense", "expected", "held", "said", "to_look_at", "blocked", "owed"}
        ),
        "check": lambda: len(found) > 20 and all("broken_by" in one for one in found),
        "keys software": lambda: all(
            {"vendor", "product", "version"} <= set(one) for one in found
        ),
        "ledger accounts": lambda: sum(one["balance_cents"] for one in found) == 0,
        "ranking": lambda: set(found) == {"establishments", "crowds"},
    }
    assert known.get(words, lambda: isinstance(found, list))()
