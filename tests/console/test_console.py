"""An operator sees what the gate noted, what is contained and what is owed; it contains by the numbers that it knows."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import httpx2
import pytest
from click.testing import CliRunner

from conftest import Running, now
from egide.access import Role
from egide.cli.breach.incident import incident
from egide.doubles.device import Browser
from enrolment.test_iban import operator
from identity.persons import as_owner, change, entered, refusal

_MODES = {"kind": "establishment", "mode": "card-only", "reason": "essai", "hours": 2}


@pytest.fixture(autouse=True)
def opened_again(server: Running) -> Iterator[None]:
    change(server, "delete from gate.segment")  # what other tests contained
    yield
    change(server, "delete from gate.segment")


def _shown(browser: Browser) -> dict[str, list[dict[str, object]]]:
    status, said = browser.call("GET", "/portal/console")
    assert status == 200, said
    return said


def test_facts_are_shown_and_contained_by_finess(
    server: Running, client: httpx2.Client
) -> None:
    console = operator(server, client)
    [row] = as_owner(
        server.place,
        "select establishment_id, finess, name from establishment order by finess limit 1",
    )
    fact = uuid4()
    noted = "insert into gate.fact (fact_id, at, kind, establishment_id) values ($1, now(), 'streak', $2)"
    change(server, noted, fact, row["establishment_id"])
    [shown] = [one for one in _shown(console)["facts"] if one["fact"] == str(fact)]
    assert (shown["finess"], shown["name"], shown["is_contained"]) == (
        row["finess"],
        row["name"],
        False,
    )
    assert "inconnues de suite" in str(shown["means"])
    body = {**_MODES, "value": row["finess"]}
    assert console.post("/portal/segments/set", body)[0] == 200
    said = _shown(console)
    [held] = said["segments"]
    assert held["value"] == str(row["establishment_id"])
    assert held["said"] == f"{row['name']} ({row['finess']})"
    [shown] = [one for one in said["facts"] if one["fact"] == str(fact)]
    assert shown["is_contained"] is True
    for value in ("000000000", "personne", str(uuid4())):
        status, wrong = console.post("/portal/segments/set", {**_MODES, "value": value})
        assert (status, refusal(wrong)) == (422, "value-invalid")
    amc = server.place.france.insurers[0]
    assert (
        console.post("/portal/segments/set", {**_MODES, "kind": "amc", "value": amc})[0] == 200
    )
    assert amc in str(_shown(console)["segments"])


def test_an_incident_is_shown_with_what_is_owed_and_late(
    server: Running, client: httpx2.Client
) -> None:
    console = operator(server, client)
    shop = server.place.france.shops[0]
    known = (now() - timedelta(days=5)).isoformat()
    window = ["--from", str(now().date() - timedelta(days=6)), "--to", str(now().date())]
    words = ["--actor", f"establishment:{shop.establishment_id}", "--aware", known]
    words += ["--what", "Un accès volé.", "--by", "Awa"]
    data = ["--data", str(server.place.settings.data)]
    done = CliRunner().invoke(incident, ["open", *data, *words, *window])
    assert done.exit_code == 0, done.output
    number = done.output.split()[0]
    [shown] = [one for one in _shown(console)["incidents"] if one["incident"] == number]
    assert (shown["what"], shown["opened_by"]) == ("Un accès volé.", "Awa")
    clocks = {(one["code"], one["for"]): one for one in shown["clocks"]}  # type: ignore[attr-defined]
    assert clocks["D3", "Égide"]["state"] == "late"  # 72 hours since we knew
    note = [number, *data, "D3", "--at", now().isoformat(), "--proof", "AR", "--by", "Awa"]
    done = CliRunner().invoke(incident, ["note", *note])
    assert done.exit_code == 0, (done.output, done.exception)
    [shown] = [one for one in _shown(console)["incidents"] if one["incident"] == number]
    clocks = {(one["code"], one["for"]): one for one in shown["clocks"]}  # type: ignore[attr-defined]
    assert clocks["D3", "Égide"]["state"] == "done-late"


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PROFESSIONAL])
def test_nobody_else_sees_it(server: Running, client: httpx2.Client, role: Role) -> None:
    browser, *_ = entered(server, client, role)
    assert refusal(browser.call("GET", "/portal/console")[1]) == "scope-missing"
