"""One's own space: cover as printed, a care's price with its reckoning, invoices, and whether one was exposed."""

import itertools
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import msgspec
import pytest
from click.testing import CliRunner

from accounts.test_insured import _ask as ask_at_counter
from accounts.test_insured import _enter as enter
from accounts.test_insured import _issue as issue
from conftest import Running, now, run
from egide import db
from egide.access import Role
from egide.cli.breach.incident import incident
from egide.client.messages import CLAIM_PATH, claim, item
from egide.core.period import PARIS
from egide.doubles.device import Browser
from egide.drills import Person
from egide.drills.shows import by_card
from egide.insured import sql
from egide.insured.api import _SAME_BYTES, _padded, _said
from egide.insured.estimate import choices
from identity.persons import as_owner, as_portal, change, entered, forge_session, refusal
from preauth.builders import demand, paid

_NUMBERS = itertools.count()
_DAY = now().date().isoformat()


def _person(server: Running, number: int) -> Person:
    people = server.place.france.persons
    adults = [one for one in people if one.covered and one.card and 25 < one.age < 60]
    return adults[-11 - number]


@pytest.fixture
def space(server: Running, client: httpx2.Client, tmp_path: Path) -> tuple[Person, Browser]:
    """A person in its space; another in each test."""
    number = 10 + next(_NUMBERS)
    person = _person(server, number)
    [code] = issue(server.place, tmp_path, person)
    return person, enter(server, client, code)[0]


def _bill(server: Running, shop: int, body: bytes) -> dict[str, Any]:
    async def work() -> dict[str, Any]:
        software, wire = server.software(shop), server.wire()
        answer = await software.call(wire, "POST", CLAIM_PATH, now(), body)
        assert answer.status == 200, answer.body
        return msgspec.json.decode(answer.body)

    return run(work())


def test_cover_is_shown_as_its_insurer_prints_it(
    server: Running, space: tuple[Person, Browser]
) -> None:
    person, browser = space
    status, said = browser.call("GET", "/portal/cover")
    assert status == 200, said
    [held] = [one for one in said["covers"] if one["holds_today"]]
    assert held["amc_number"] == person.amc and held["plan"] == "PROPRETE-ART9"
    [level] = held["levels"]
    lines = {line["label"]: line["texts"] for line in level["lines"]}
    assert len(lines) > 20 and all(lines.values())
    assert "propreté" in level["label"].lower()
    # One's own opening is told like any other reading of oneself.
    accesses = browser.post("/portal/accesses", {})[1]["accesses"]
    own = [one for one in accesses if one["purpose"] == "own"]
    assert [(one["name"], one["basis"]) for one in own] == [("Vous-même", "S")]
    browser.call("GET", "/portal/cover")
    again = browser.post("/portal/accesses", {})[1]["accesses"]
    assert sum(one["purpose"] == "own" for one in again) == 1  # once an hour


def test_a_price_is_what_an_invoice_is_then_paid(
    server: Running, space: tuple[Person, Browser]
) -> None:
    person, browser = space
    cares = {one["care"]: one for one in browser.call("GET", "/portal/cover")[1]["cares"]}
    frame, lenses = item(1, "grouping:M03", 12_000, _DAY), item(2, "grouping:VU1", 15_000, _DAY)
    lenses["quantity"] = {"value": 2}
    glasses = next(one for one in cares if one.startswith("Lunettes simples"))
    asked = {"care": glasses, "prices_cents": [12_000, 15_000]}
    assert cares[glasses]["prices_cents"] == [12_000, 15_000]
    assert [act.rpartition(", ")[2] for act in cares[glasses]["acts"]][1] == "les 2"
    status, said = browser.post("/portal/estimate", asked)
    assert status == 200, said
    assert said["amo_cents"] + said["amc_cents"] + said["patient_cents"] == 27_000
    assert said["steps"] and all(step["says"].endswith(".") for step in said["steps"])
    shop = server.shops("optician")[1]
    billed = _bill(
        server, shop, claim(by_card(person), f"OWN-{next(_NUMBERS)}", _DAY, [frame, lenses])
    )
    totals = {
        one["category"]["coding"][-1]["code"]: one["amount"]["value"] for one in billed["total"]
    }
    assert round(totals["amc"] * 100) == said["amc_cents"]
    # What was bought is used: the same again gives less.
    again = browser.post("/portal/estimate", asked)[1]
    assert again["amc_cents"] < said["amc_cents"]
    for wrong in (
        {**asked, "prices_cents": [27_000]},
        {**asked, "prices_cents": [-1, 0]},
        {**asked, "care": "Autre chose"},
    ):
        assert browser.post("/portal/estimate", wrong)[0] == 422


def test_invoices_are_shown_with_who_sent_them_and_what_each_paid(
    server: Running, client: httpx2.Client, space: tuple[Person, Browser]
) -> None:
    person, browser = space
    number, shop = f"OWN-{next(_NUMBERS)}", server.shops("pharmacy")[4]
    _bill(
        server,
        shop,
        claim(by_card(person), number, _DAY, [item(1, "grouping:PH7", 1_000, _DAY)]),
    )
    shown = browser.post("/portal/claims", {})[1]["claims"]
    [mine] = [one for one in shown if one["invoice"] == number]
    sent_by = "select name from establishment where establishment_id = $1"
    [row] = as_owner(server.place, sent_by, server.place.france.shops[shop].establishment_id)
    assert mine["name"] == row["name"]
    assert (mine["expense_cents"], mine["french"]) == (1_000, "acceptée, à payer")
    paid = sum(mine[f"{who}_cents"] for who in ("amo", "amc", "other_amc", "patient"))
    assert paid == 1_000
    assert mine["acts"] and "grouping" not in mine["acts"][0]
    # One that is refused has no share, and hides no other.
    wrong = f"OWN-{next(_NUMBERS)}"
    _bill(
        server, shop, claim(by_card(person), wrong, _DAY, [item(1, "lpp:0000000", 900, _DAY)])
    )
    shown = browser.post("/portal/claims", {})[1]["claims"]
    [refused] = [one for one in shown if one["invoice"] == wrong]
    assert (refused["acts"], refused["care_on"]) == ([], _DAY)
    assert refused["french"].startswith("refusée")
    assert number in {one["invoice"] for one in shown}
    before = mine["received_at"]
    earlier = browser.post("/portal/claims", {"before": before})[1]["claims"]
    assert number not in {one["invoice"] for one in earlier}
    staff, *_ = entered(server, client, Role.ADMINISTRATOR)
    assert refusal(staff.call("GET", "/portal/cover")[1]) == "scope-missing"


def test_what_a_prise_en_charge_holds_for_oneself_is_not_counted_against_it(
    server: Running, space: tuple[Person, Browser]
) -> None:
    person, browser = space
    asked = {"care": "Lunettes simples", "prices_cents": [12_000, 15_000]}
    before = browser.post("/portal/estimate", asked)[1]
    assert before["held_until"] is None
    shop = server.shops("optician")[2]
    items = [item(1, "grouping:M03", 12_000, _DAY), item(2, "grouping:VU1", 15_000, _DAY)]
    items[1]["quantity"] = {"value": 2}
    promised = _bill(server, shop, demand(person, f"OWN-P-{next(_NUMBERS)}", items))
    after = browser.post("/portal/estimate", asked)[1]
    assert after["amc_cents"] == before["amc_cents"] == paid(promised)
    assert after["held_until"] is not None


def test_no_price_is_told_that_nobody_may_bill_nor_a_care_of_another_age(
    space: tuple[Person, Browser],
) -> None:
    browser = space[1]
    asked = {"care": "Couronne 100 % Santé", "prices_cents": [90_000]}
    status, said = browser.post("/portal/estimate", asked)
    assert status == 422 and "515,00" in said["issue"][0]["details"]["text"]
    today = now().date()
    for age in (3, 15, 16, 19, 20, 21, 40, 90):
        found = [choice.label for choice in choices(age, today)]
        assert len(found) == len(set(found)), age
        hearing = [one for one in choices(age, today) if "classe II" in one.label]
        assert [one.care.lines[0].code for one in hearing] == (
            ["2307926"] if age < 21 else ["2392530"]
        )


def test_an_invoice_paid_then_undone_is_told_undone() -> None:
    plain = sql.OwnClaim(
        claim_id=uuid4(),
        name="",
        profession="",
        invoice="",
        received_at=now(),
        care_on=now().date(),
        state="reversed",
        control=None,
        acts=[],
        labels=[],
        expense_cents=0,
        amo_cents=0,
        amc_cents=0,
        other_amc_cents=0,
        patient_cents=0,
        paid_on=now().date(),
    )
    assert _said(plain) == "annulée après son paiement"
    assert _said(replace(plain, state="settled")).startswith("payée le")
    assert _said(replace(plain, state="settled", paid_on=None)) == "virement ordonné"
    assert "P01" in _said(replace(plain, state="rejected", control="P01", paid_on=None))


def _say(server: Running, *words: str) -> str:
    command, *rest = words
    said = [command, "--data", str(server.place.settings.data), *rest]
    done = CliRunner().invoke(incident, said, env={"COLUMNS": "200"})
    assert done.exit_code == 0, (done.output, done.exception)
    return str(done.output)


def _tell_insurer(server: Running, number: str, amc: str) -> None:
    received = ["--at", now().isoformat(), "--proof", "AR", "--by", "Awa"]
    _say(server, "note", number, "D1", "--for", amc, *received)


def test_who_was_exposed_is_told_and_who_was_not_by_as_long_an_answer(
    server: Running, client: httpx2.Client, tmp_path: Path
) -> None:
    seen, unseen = _person(server, 2), _person(server, 4)
    shop = server.shops("auxiliary")[-1]
    browsers = [
        enter(server, client, issue(server.place, tmp_path, one)[0])[0]
        for one in (seen, unseen)
    ]
    ask_at_counter(server, shop, by_card(seen))
    actor = f"establishment:{server.place.france.shops[shop].establishment_id}"
    since = str(now().date() - timedelta(days=1))
    window = ["--from", since, "--to", now().isoformat()]
    what = ["--what", "Un accès volé a servi à demander des droits.", "--by", "Awa"]
    number = _say(server, "open", "--actor", actor, *window, *what).split()[0]

    def told() -> list[tuple[int, bool | None]]:
        found: list[tuple[int, bool | None]] = []
        for browser in browsers:
            status, said = browser.call("GET", "/portal/incidents")
            assert status == 200, said
            own = [one for one in said["incidents"] if one["incident"] == number]
            found.append(
                (len(msgspec.json.encode(said)), own[0]["is_concerned"] if own else None)
            )
        return found

    assert [is_concerned for _, is_concerned in told()] == [None, None]
    _tell_insurer(server, number, seen.amc)
    _say(server, "note", number, "card-only", "--proof", "segment", "--by", "Awa")
    (yes, is_in), (no, is_out) = told()
    assert (is_in, is_out, yes) == (True, False, no)
    [one] = [
        one
        for one in browsers[0].call("GET", "/portal/incidents")[1]["incidents"]
        if one["incident"] == number
    ]
    assert "les dates de couverture" in one["seen"] and "carte" in one["done"]
    assert one["goes_on"] is False
    # Of a window that goes on, a no is of what was counted, and the days to come are not told.
    late = ["--from", since, "--to", (now() + timedelta(days=3)).isoformat()]
    other = _say(server, "open", "--actor", actor, *late, *what).split()[0]
    _tell_insurer(server, other, seen.amc)
    [one] = [
        one
        for one in browsers[1].call("GET", "/portal/incidents")[1]["incidents"]
        if one["incident"] == other
    ]
    assert (one["is_concerned"], one["goes_on"]) == (False, True)
    assert one["until"] == one["counted_on"] == now().astimezone(PARIS).date().isoformat()


@pytest.mark.parametrize(
    "purposes", [[], ["claim", "export", "own", "quote", "reread", "rights", "support"]]
)
def test_twenty_incidents_say_yes_and_no_by_as_many_bytes(purposes: list[str]) -> None:
    one = sql.OwnIncident(
        incident_id=uuid4(),
        aware_at=now(),
        since=now(),
        until=now(),
        reckoned_at=now(),
        actors=["establishment"],
        measures=["card-only", "closed"],
        purposes=purposes,
        is_exposed=bool(purposes),
        first_at=None,
        last_at=None,
    )
    assert len(_padded([one] * 20)) == _SAME_BYTES


def test_who_holds_the_portals_login_reads_no_country(
    server: Running, client: httpx2.Client, tmp_path: Path
) -> None:
    """It makes sessions at will: what it reads is logged first, and of so many persons an hour at most."""
    place = server.place
    person = _person(server, 6)
    enter(server, client, issue(place, tmp_path, person)[0])
    [row] = as_owner(
        place,
        "select account_id, person_id from account where role = 'insured' order by created_at desc limit 1",
    )
    session = uuid4()
    forge_session(server, row["account_id"], session)
    for call in ("own_cover($1)", "own_uses($1)", "own_preauths($1)", "own_claims($1, now())"):
        assert as_portal(place, f"select * from {call}", session) == []
    change(
        server,
        """insert into gate.own_space (account_id, session_id, opened_at)
           select gen_random_uuid(), gen_random_uuid(), now() from generate_series(1, 300)""",
    )
    opens = "select open_own_space($1, $2) as is_open"
    try:
        [said] = as_portal(place, opens, session, uuid4())
        assert said["is_open"] is False
        assert as_portal(place, "select * from own_cover($1)", session) == []
    finally:
        change(server, "delete from gate.own_space")

    # Who asks and rolls back is told nothing by what leaves no trace.
    async def rolled_back() -> list[int]:
        found: list[int] = []
        async with place.store.pool("portal") as pool:
            with pytest.raises(KeyError):
                async with db.transaction(pool) as tx:
                    await db.first(tx, opens, session, uuid4())
                    for call in (
                        "own_cover($1)",
                        "own_uses($1)",
                        "own_preauths($1)",
                        "own_claims($1, now())",
                    ):
                        found.append(len(await db.many(tx, f"select * from {call}", session)))  # type: ignore[arg-type]
                    raise KeyError
        return found

    assert run(rolled_back()) == [0, 0, 0, 0]
    entry = uuid4()
    assert as_portal(place, opens, session, entry)[0]["is_open"] is True
    assert as_portal(place, "select * from own_cover($1)", session) != []
    logged = "select purpose, person_id from gate.entry where establishment_id = $1 and entry_id = $2"
    [written] = as_owner(place, logged, row["account_id"], entry)
    assert (written["purpose"], written["person_id"]) == ("own", row["person_id"])
    assert as_portal(place, opens, uuid4(), uuid4())[0]["is_open"] is None
    # Another session of the same person opens it for itself, and that is logged too.
    forge_session(server, row["account_id"], entry)
    assert as_portal(place, "select * from own_cover($1)", entry) == []
    # Nothing of what was seen is told of a space that is not open.
    told = as_portal(place, "select purposes, first_at from own_incidents($1)", entry)
    assert all(not one["purposes"] and one["first_at"] is None for one in told)
