"""Counts and delays that agree with the claims one by one, and tell of no few persons."""

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from conftest import Running, now
from egide.cli.main import egide
from egide.client.messages import item
from payments.builders import close, submit_claims
from preauth.builders import call, demand, pair, person, rows
from spreadsheets import rows_of

_AT = ("--since", (now().date() - timedelta(days=2)).isoformat())


def _run(server: Running, *words: str) -> str:
    done = CliRunner().invoke(
        egide, ["statistics", "--data", str(server.place.settings.data), *_AT, *words]
    )
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def told(server: Running) -> dict[str, list[dict[str, Any]]]:
    submit_claims(server, "STAT", 40, step=3)
    close(server.place)
    call(server, server.shops("optician")[0], demand(person(server, 400), "STAT-D", pair()))
    return json.loads(_run(server, "--format", "json"))


def test_counts_are_those_of_the_claims(
    server: Running, told: dict[str, list[dict[str, Any]]]
) -> None:
    query = """
    select i.amc_number, e.profession, count(*) as claims, count(distinct c.person_id) as persons,
           count(*) filter (where c.state = 'rejected') as rejected,
           sum(case when c.state in ('payable', 'nothing-due', 'settled') then c.amc_cents else 0 end)::bigint as amc_cents
      from claim c join insurer i using (insurer_id) join establishment e using (establishment_id)
     where c.received_at > now() - interval '1 day'
     group by 1, 2
    """
    every = {(row["amc_number"], row["profession"]): row for row in rows(server, query)}
    found = {(row["amc_number"], row["profession"]): row for row in told["claims"]}
    assert found.keys() == every.keys()
    shown = 0
    for key, row in every.items():
        if row["persons"] < 11:
            assert {found[key][name] for name in ("persons", "claims", "amc_cents")} == {None}
            continue
        shown += 1
        assert {name: found[key][name] for name in row} == row
        assert found[key]["late"] == 0
    assert shown
    pharmacies = [
        row for row in told["claims"] if row["profession"] == "pharmacy" and row["persons"]
    ]
    assert all(0 <= row["median_days"] <= row["p95_days"] < 1 for row in pharmacies)


def test_few_persons_are_told_of_nowhere(told: dict[str, list[dict[str, Any]]]) -> None:
    for figures_of in told.values():
        for row in figures_of:
            figures = [
                one
                for name, one in row.items()
                if name not in {"amc_number", "profession", "control"}
            ]
            assert (row["persons"] or 0) >= 11 or not any(figures)


def test_an_establishment_is_told_all_of_its_own(server: Running, told: object) -> None:
    lines = (json.loads(line) for line in server.place.france.directory)
    finess = next(row["finess"] for row in lines if row.get("profession") == "optician")
    alone = json.loads(_run(server, "--finess", finess, "--format", "json"))
    assert all(row["persons"] for row in alone["claims"] + alone["preauths"])


def test_a_quote_is_no_prise_en_charge_even_refused(server: Running, told: object) -> None:
    lines = (json.loads(line) for line in server.place.france.directory)
    finess = next(row["finess"] for row in lines if row.get("profession") == "optician")
    words = ("--finess", finess, "--format", "json")
    before = json.loads(_run(server, *words))["preauths"]
    shop, foreign = (
        server.shops("optician")[0],
        [item(1, "ngap:G", 3000, now().date().isoformat())],
    )
    for number, items in (("STAT-Q1", foreign), ("STAT-Q2", pair(12_345))):
        body = demand(person(server, 401), number, items, use="predetermination")
        assert call(server, shop, body)[0] == 200
    assert json.loads(_run(server, *words))["preauths"] == before
    assert call(server, shop, demand(person(server, 401), "STAT-R", foreign))[0] == 200
    after = json.loads(_run(server, *words))["preauths"]
    assert sum(row["refused"] for row in after) == sum(row["refused"] for row in before) + 1


def test_it_is_a_table_a_file_or_json(server: Running, told: dict[str, Any]) -> None:
    assert "Factures" in _run(server)
    text = _run(server, "--format", "csv-claims")
    table = rows_of(text)
    assert [row["amc_number"] for row in table] == [row["amc_number"] for row in told["claims"]]
    amc = told["claims"][0]["amc_number"]
    one = json.loads(_run(server, "--amc", amc, "--format", "json"))
    assert {row["amc_number"] for row in one["claims"]} == {amc}
