"""An insurer's desk answers the demands that wait for it; a person sees what was asked for it, and undoes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import msgspec
import pytest

from accounts.test_insured import _enter as enter
from accounts.test_insured import _issue as issue
from conftest import Running
from egide.core.ids import from_code, to_code
from egide.drills import Person
from identity.persons import as_portal, forge_session, refusal
from preauth.builders import (
    broken,
    call,
    change,
    control,
    demand,
    in_days,
    invoice,
    let_pass,
    paid,
    pair,
    person,
    refused,
    rows,
    sent,
    state,
)
from statements.test_statements import _staff as staff


@pytest.fixture
def shops(server: Running) -> list[int]:
    return server.shops("optician")


@pytest.fixture
def waits(server: Running) -> Iterator[UUID]:
    """The insurer of a person, whose desk answers what costs it more than 50 euros."""
    [row] = rows(
        server, "select insurer_id from insurer where amc_number = $1", person(server, 350).amc
    )
    change(
        server,
        """insert into preauth_terms (insurer_id, from_on, valid_days, tolerance_days, answer_days, piece_days, above_cents)
           values ($1, '2026-01-01', 90, 10, 7, 21, 5000)""",
        row["insurer_id"],
    )
    yield row["insurer_id"]
    change(server, "delete from preauth_terms")


def _of_insurer(server: Running, start: int) -> Person:
    """Return a person of the same insurer as the fixture's."""
    amc = person(server, 350).amc
    return next(one for n in range(start, start + 90) if (one := person(server, n)).amc == amc)


def _shown(server: Running, shop: int, number: str) -> dict[str, Any]:
    return call(server, shop, b"", f"/fhir/ClaimResponse/{number}", "GET")[1]


def _answer(server: Running, shop: int, number: str, **said: object) -> dict[str, Any]:
    establishment = server.place.france.shops[shop].establishment_id
    return {"establishment": str(establishment), "preauth": number, "revision": 1, **said}


def _piece(number: str, code: str, text: str) -> bytes:
    return msgspec.json.encode(
        {
            "resourceType": "Communication",
            "status": "completed",
            "about": [{"identifier": {"system": "urn:egide:engagement", "value": number}}],
            "reasonCode": [{"coding": [{"system": "urn:egide:piece", "code": code}]}],
            "payload": [{"contentString": text}],
        }
    )


def test_what_costs_more_than_the_terms_waits_then_is_granted_less(
    server: Running, client: httpx2.Client, shops: list[int], waits: UUID
) -> None:
    who = _of_insurer(server, 350)
    asked = sent(server, shops[0], demand(who, "PP-1", pair()))
    assert (state(asked), asked["outcome"]) == ("pended-payer", "queued")
    assert "preAuthRef" not in asked
    assert asked["processNote"][1:] == [
        {"number": 2, "type": "display", "text": "who must act: amc"},
        {"number": 3, "type": "display", "text": f"by: {in_days(7).isoformat()}"},
    ]
    number = asked["id"]
    # It holds meanwhile, and no invoice uses it.
    assert control(sent(server, shops[1], demand(who, "PP-2", pair(13_000)))) == "C01"
    assert control(sent(server, shops[0], invoice(number, "PP-1-A", pair()))) == "C03"
    desk = staff(server, client, waits)
    _, queue = desk.call("GET", "/portal/preauths")
    [one] = [each for each in queue["waiting"] if each["preauth"] == number]
    assert (one["amc_cents"], one["is_late"], len(one["acts"])) == (paid(asked), False, 3)
    assert set(queue["pieces"]) == {"last-refund", "sight-changed"}
    promised = {int(line): cents for line, cents in one["lines"].items()}
    first = max(promised, key=lambda line: promised[line])
    for wrong, where in (
        (
            {"decision": "grant", "amounts": {str(first): promised[first] + 1}},
            f"amounts.{first}",
        ),
        ({"decision": "grant", "amounts": {"9": 1}}, "amounts"),
        ({"decision": "refuse"}, "reason"),
        ({"decision": "think"}, "decision"),
        ({"decision": "ask", "piece": "prescription"}, "piece"),
    ):
        said = desk.post("/portal/preauths/answer", _answer(server, shops[0], number, **wrong))[
            1
        ]
        assert said["issue"][0]["expression"] == [where]
    less = _answer(
        server,
        shops[0],
        number,
        decision="grant",
        amounts={str(first): promised[first] - 1000},
        reason="above-convention",
    )
    assert desk.post("/portal/preauths/answer", less) == (200, {"state": "partly-granted"})
    assert refusal(desk.post("/portal/preauths/answer", less)[1]) == "preauth-unknown"
    granted = _shown(server, shops[0], number)
    assert (state(granted), paid(granted)) == ("partly-granted", paid(asked) - 1000)
    assert granted["preAuthPeriod"]["end"] == in_days(90).isoformat()
    assert "convention" in granted["disposition"]
    billed = sent(server, shops[0], invoice(number, "PP-1-B", pair()))
    assert paid(billed) == paid(granted)
    codes = [
        step["category"]["coding"][-1]["code"]
        for step in billed["item"][first - 1]["adjudication"]
    ]
    assert codes[-3:] == ["agreed", "amc", "patient"]
    assert broken(server) == []


def test_a_piece_is_asked_and_given_and_no_other(
    server: Running, client: httpx2.Client, shops: list[int], waits: UUID
) -> None:
    who = _of_insurer(server, 440)
    number = sent(server, shops[0], demand(who, "PP-10", pair()))["id"]
    desk = staff(server, client, waits)
    given = _piece(number, "last-refund", "2024-05-02")
    assert refused(call(server, shops[0], given, "/fhir/Communication")[1]) == "preauth-closed"
    asks = _answer(server, shops[0], number, decision="ask", piece="last-refund")
    assert desk.post("/portal/preauths/answer", asks)[1] == {"state": "pended-pieces"}
    shown = _shown(server, shops[0], number)
    assert (state(shown), shown["outcome"]) == ("pended-pieces", "queued")
    assert shown["processNote"][2]["text"] == f"by: {in_days(21).isoformat()}"
    assert shown["communicationRequest"][0]["identifier"]["value"] == "last-refund"
    for wrong in (
        _piece(number, "last-refund", "ordonnance du 2024-05-02"),
        _piece(number, "sight-changed", "oui"),
    ):
        said = call(server, shops[0], wrong, "/fhir/Communication")[1]
        assert refused(said) == "piece-unexpected"
    assert refused(call(server, shops[1], given, "/fhir/Communication")[1]) == "preauth-unknown"
    status, after = call(server, shops[0], given, "/fhir/Communication")
    assert (status, state(after)) == (200, "pended-payer")
    _, queue = desk.call("GET", "/portal/preauths")
    [one] = [each for each in queue["waiting"] if each["preauth"] == number]
    assert (one["piece"], one["piece_answer"]) == ("last-refund", "2024-05-02")
    no = _answer(server, shops[0], number, decision="refuse", reason="renewal-not-due")
    assert desk.post("/portal/preauths/answer", no)[1] == {"state": "refused"}
    assert "renouvellement" in _shown(server, shops[0], number)["disposition"]
    held = rows(
        server, "select 1 as n from reservation where preauth_id = $1", from_code(number)
    )
    assert held == []


def test_a_piece_that_is_not_given_ends_the_demand(
    server: Running, client: httpx2.Client, shops: list[int], waits: UUID
) -> None:
    who = _of_insurer(server, 400)
    number = sent(server, shops[0], demand(who, "PP-20", pair()))["id"]
    desk = staff(server, client, waits)
    asks = _answer(server, shops[0], number, decision="ask", piece="sight-changed")
    desk.post("/portal/preauths/answer", asks)
    let_pass(server, number, 22)
    assert state(_shown(server, shops[0], number)) == "expired"
    given = _piece(number, "sight-changed", "oui")
    assert refused(call(server, shops[0], given, "/fhir/Communication")[1]) == "preauth-closed"


def test_a_desk_sees_and_answers_its_own_alone(
    server: Running, client: httpx2.Client, shops: list[int], waits: UUID
) -> None:
    who = _of_insurer(server, 420)
    number = sent(server, shops[0], demand(who, "PP-30", pair()))["id"]
    others = rows(server, "select insurer_id from insurer where insurer_id <> $1", waits)
    other = staff(server, client, others[0]["insurer_id"])
    assert other.call("GET", "/portal/preauths")[1]["waiting"] == []
    yes = _answer(server, shops[0], number, decision="grant")
    assert refusal(other.post("/portal/preauths/answer", yes)[1]) == "preauth-unknown"
    assert state(_shown(server, shops[0], number)) == "pended-payer"


def test_a_person_sees_what_is_asked_for_it_and_undoes_it(
    server: Running, client: httpx2.Client, shops: list[int], tmp_path: Path
) -> None:
    who = person(server, 340)
    [code] = issue(server.place, tmp_path, who)
    browser, _ = enter(server, client, code)
    number = sent(server, shops[0], demand(who, "PP-40", pair()))["preAuthRef"]
    _, own = browser.call("GET", "/portal/preauths/own")
    [one] = own["preauths"]
    assert (one["preauth"], one["state"], one["valid_until"]) == (
        number,
        "granted",
        in_days(60).isoformat(),
    )
    # A session that opened no space, which would be in the log, is told nothing.
    [account] = rows(
        server,
        "select account_id from account where role = 'insured' order by created_at desc limit 1",
    )
    forged = uuid4()
    forge_session(server, account["account_id"], forged)
    own_of = "select preauth_id from own_preauths($1)"
    assert as_portal(server.place, own_of, forged) == []
    assert as_portal(server.place, "select open_own_space($1, $2)", forged, uuid4())
    assert len(as_portal(server.place, own_of, forged)) == 1
    which = {"establishment": one["establishment"], "preauth": number}
    nobody = which | {"establishment": str(uuid4())}
    assert refusal(browser.post("/portal/preauths/contest", nobody)[1]) == "preauth-unknown"
    assert browser.post("/portal/preauths/contest", which)[0] == 200
    assert state(_shown(server, shops[0], number)) == "cancelled"
    assert state(sent(server, shops[1], demand(who, "PP-41", pair(13_000)))) == "granted"
    objected = rows(
        server,
        "select 1 as n from gate.objection where establishment_id = $1",
        UUID(one["establishment"]),
    )
    assert len(objected) == 1
    assert control(sent(server, shops[0], invoice(number, "PP-40-F", pair()))) in {"C01", "C03"}


@pytest.mark.parametrize("numbers", [(10, 20, 30), (3, 1, 2)])
def test_a_line_is_granted_by_its_own_number(
    server: Running,
    client: httpx2.Client,
    shops: list[int],
    waits: UUID,
    numbers: tuple[int, ...],
) -> None:
    who = _of_insurer(server, 360 + 7 * numbers[0])
    tag = f"PP-N{numbers[0]}"
    lines = [one | {"sequence": n} for one, n in zip(pair(), numbers, strict=True)]
    asked = sent(server, shops[0], demand(who, tag, lines))
    number = asked["id"]
    desk = staff(server, client, waits)
    promised = max(one["itemSequence"] for one in asked["item"])
    less = _answer(
        server,
        shops[0],
        number,
        decision="grant",
        amounts={str(promised): 100},
        reason="above-convention",
    )
    assert desk.post("/portal/preauths/answer", less)[1] == {"state": "partly-granted"}
    granted = _shown(server, shops[0], number)
    billed = sent(server, shops[0], invoice(number, f"{tag}-F", lines))
    assert 100 < paid(billed) == paid(granted) < paid(asked)
    assert broken(server) == []


def test_the_same_lines_under_other_numbers_are_another_content(
    server: Running, shops: list[int]
) -> None:
    who = person(server, 520)
    sent(server, shops[0], demand(who, "PP-M", pair()))
    lines = [one | {"sequence": n} for one, n in zip(pair(), (30, 20, 10), strict=True)]
    status, said = call(server, shops[0], demand(who, "PP-M", lines))
    assert (status, refusal(said)) == (409, "invoice-reused")


def test_no_establishments_crowd_hides_anothers_demand(
    server: Running, client: httpx2.Client, shops: list[int], waits: UUID
) -> None:
    who, other = _of_insurer(server, 356), _of_insurer(server, 362)
    crowd = sent(server, shops[0], demand(who, "CROWD-1", pair()))
    late = sent(server, shops[1], demand(other, "CROWD-2", pair()))
    change(
        server,
        """insert into preauth select (p).* from (
             select jsonb_populate_record(null::preauth, to_jsonb(p) || jsonb_build_object('preauth_id',
                      gen_random_uuid(), 'request', 'CROWD-' || n, 'act_by', p.act_by - 1)) as p
               from preauth p, generate_series(100, 320) n where p.preauth_id = $1) q""",
        from_code(crowd["id"]),
    )
    desk = staff(server, client, waits)
    _, queue = desk.call("GET", "/portal/preauths")
    assert len(queue["waiting"]) == 200
    assert late["id"] in [one["preauth"] for one in queue["waiting"][:10]]
    # What is beyond the page is answered by its number.
    shown = {one["preauth"] for one in queue["waiting"]}
    hidden = next(
        row
        for row in rows(server, "select preauth_id from preauth where request like 'CROWD-%'")
        if to_code(row["preauth_id"]) not in shown
    )
    answer = _answer(server, shops[0], to_code(hidden["preauth_id"]), decision="refuse")
    status, _ = desk.post("/portal/preauths/answer", {**answer, "reason": "other"})
    assert status == 200
    change(server, "delete from preauth where request like 'CROWD-%' and request > 'CROWD-2'")
