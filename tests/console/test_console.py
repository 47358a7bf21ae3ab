"""An operator sees what the gate noted, what is contained and what is owed; it contains by the numbers that it knows."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from click.testing import CliRunner

from accounts.test_insured import _ask as ask_at_counter
from accounts.test_insured import _enter as enter
from accounts.test_insured import _issue as issue
from conftest import Running, now
from egide.access import Role
from egide.cli.breach.incident import incident
from egide.doubles.device import Browser
from egide.drills.shows import by_card
from enrolment.test_iban import operator
from identity.persons import as_owner, change, entered, refusal
from statements.test_statements import _staff as staff

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


def test_an_insurer_sees_an_incident_once_it_is_told_and_its_own_clocks(
    server: Running, client: httpx2.Client
) -> None:
    covered = [one for one in server.place.france.persons if one.covered and one.card]
    seen = covered[-60]
    shop = server.shops("auxiliary")[-2]
    ask_at_counter(server, shop, by_card(seen))
    ids = as_owner(server.place, "select insurer_id, amc_number from insurer")
    mine = next(row["insurer_id"] for row in ids if row["amc_number"] == seen.amc)
    clerk = staff(server, client, mine)
    data = ["--data", str(server.place.settings.data)]
    actor = f"establishment:{server.place.france.shops[shop].establishment_id}"
    window = ["--from", (now() - timedelta(minutes=5)).isoformat(), "--to", now().isoformat()]
    words = ["--actor", actor, *window, "--what", "Un accès volé.", "--by", "Awa"]
    done = CliRunner().invoke(incident, ["open", *data, *words])
    assert done.exit_code == 0, (done.output, done.exception)
    number = done.output.split()[0]

    def told() -> list[dict[str, object]]:
        status, said = clerk.call("GET", "/portal/incidents/told")
        assert status == 200, said
        return [one for one in said["incidents"] if one["incident"] == number]

    assert told() == []
    note = [number, *data, "D1", "--for", seen.amc, "--at", now().isoformat(), "--proof", "AR"]
    done = CliRunner().invoke(incident, ["note", *note, "--by", "Awa"])
    assert done.exit_code == 0, (done.output, done.exception)
    [one] = told()
    assert one["persons"] == 1 and "dates de couverture" in str(one["seen"])
    clocks = {clock["code"]: clock["state"] for clock in one["clocks"]}  # type: ignore[attr-defined]
    assert clocks["D2"] == "runs"  # 72 hours since it was told
    assert refusal(operator(server, client).call("GET", "/portal/incidents/told")[1]) == (
        "scope-missing"
    )


def test_who_says_it_was_not_there_is_heard(
    server: Running, client: httpx2.Client, tmp_path: Path
) -> None:
    covered = [one for one in server.place.france.persons if one.covered and one.card]
    person, shop = covered[-61], server.shops("auxiliary")[-3]
    ask_at_counter(server, shop, by_card(person))
    browser, _ = enter(server, client, issue(server.place, tmp_path, person)[0])
    [one] = browser.post("/portal/accesses", {})[1]["accesses"]
    assert one["objected_at"] is None
    sent = {"establishment": one["establishment"]}
    assert browser.post("/portal/accesses/object", sent)[0] == 200
    [one] = browser.post("/portal/accesses", {})[1]["accesses"]
    assert one["objected_at"] is not None
    heard = _shown(operator(server, client))["objections"]
    [of_shop] = [row for row in heard if row["establishment_id"] == one["establishment"]]
    assert of_shop["persons"] == 1 and not of_shop["is_contained"]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PROFESSIONAL])
def test_nobody_else_sees_it(server: Running, client: httpx2.Client, role: Role) -> None:
    browser, *_ = entered(server, client, role)
    assert refusal(browser.call("GET", "/portal/console")[1]) == "scope-missing"
