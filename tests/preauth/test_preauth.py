"""Prises en charge over HTTP: asked, granted, held, used by an invoice, given back; each state says who acts next."""

import asyncio
from typing import Any

import msgspec
import pytest
from fhir.resources.R4B.claimresponse import ClaimResponse

from conftest import Running, now, run
from egide.client.messages import CLAIM_PATH, cancelled, claim
from egide.core.ids import from_code
from egide.drills.shows import by_card
from preauth.builders import (
    DAY,
    INQUIRE_PATH,
    broken,
    call,
    control,
    demand,
    ended,
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


@pytest.fixture
def shops(server: Running) -> list[int]:
    return server.shops("optician")


def _held(server: Running, number: str) -> int:
    query = "select count(*) as n from reservation where preauth_id = $1 and used_by is null"
    return rows(server, query, from_code(number))[0]["n"]


def test_a_granted_demand_is_held_used_and_paid_as_promised(
    server: Running, shops: list[int]
) -> None:
    who = person(server, 300)
    answer = sent(server, shops[0], demand(who, "PA-1", pair()))
    ClaimResponse.model_validate(answer)
    assert (answer["use"], answer["outcome"], state(answer)) == (
        "preauthorization",
        "complete",
        "granted",
    )
    number = answer["preAuthRef"]
    assert answer["preAuthPeriod"] == {"start": DAY, "end": in_days(60).isoformat()}
    assert answer["processNote"][1]["text"] == "who must act: provider"
    assert answer["processNote"][2]["text"] == f"by: {in_days(75).isoformat()}"
    assert paid(answer) > 0
    assert "payment" not in answer
    assert sent(server, shops[0], demand(who, "PA-1", pair())) == answer
    billed = sent(server, shops[0], invoice(number, "PA-1-F", pair()))
    assert (billed["outcome"], paid(billed), billed["preAuthRef"]) == (
        "complete",
        paid(answer),
        number,
    )
    assert (
        state(call(server, shops[0], b"", f"/fhir/ClaimResponse/{number}", "GET")[1]) == "used"
    )
    assert _held(server, number) == 0
    assert broken(server) == []


def test_what_one_holds_another_shop_is_told_until_when_and_by_whom_never(
    server: Running, shops: list[int]
) -> None:
    who = person(server, 301)
    first = sent(server, shops[0], demand(who, "PA-10", pair()))
    other = sent(server, shops[1], demand(who, "PA-11", pair(13_000)))
    assert (state(other), other["outcome"], control(other)) == ("refused", "error", "C01")
    text = other["error"][0]["code"]["text"]
    assert f"jusqu'au {in_days(75):%d/%m/%Y}" in text
    name = (
        server.place.france.shops[shops[0]].name
        if hasattr(server.place.france.shops[0], "name")
        else "???"
    )
    assert name not in msgspec.json.encode(other).decode()
    # An invoice that does not cite it meets it too.
    bill = claim(by_card(who), "PA-11-F", DAY, pair(13_000))
    assert control(sent(server, shops[1], bill)) == "C01"
    assert sent(server, shops[0], ended("PA-10"))["status"] == "cancelled"
    assert _held(server, first["preAuthRef"]) == 0
    again = sent(server, shops[1], demand(who, "PA-12", pair(13_000)))
    assert state(again) == "granted"


def test_of_shops_that_ask_at_once_one_holds_the_renewal(
    server: Running, shops: list[int]
) -> None:
    who = person(server, 302)

    async def work() -> list[dict[str, Any]]:
        async def one(number: int) -> dict[str, Any]:
            software = server.software(shops[number % len(shops)])
            body = demand(who, f"PA-20-{number}", pair(12_000 + number))
            reply = await software.call(server.wire(), "POST", CLAIM_PATH, now(), body)
            return msgspec.json.decode(reply.body)

        return list(await asyncio.gather(*map(one, range(8))))

    states = [state(answer) for answer in run(work())]
    assert sorted(states) == ["granted", *["refused"] * 7]


def test_a_quote_holds_nothing(server: Running, shops: list[int]) -> None:
    who = person(server, 303)
    quote = sent(server, shops[0], demand(who, "PA-30", pair(), use="predetermination"))
    assert (state(quote), quote["use"]) == ("rated", "predetermination")
    assert "preAuthRef" not in quote
    assert _held(server, quote["id"]) == 0
    granted = sent(server, shops[1], demand(who, "PA-31", pair()))
    assert (state(granted), paid(granted)) == ("granted", paid(quote))
    # A quote is no agreement: an invoice that cites it is refused.
    billed = sent(server, shops[0], invoice(quote["id"], "PA-30-F", pair()))
    assert control(billed) in {"C01", "C03"}


def test_what_a_control_refuses_is_left_out_and_the_rest_is_granted(
    server: Running, shops: list[int]
) -> None:
    who = person(server, 304)
    items = [*pair(), msgspec.json.decode(msgspec.json.encode(pair()[0]))]
    items[3]["sequence"] = 4
    items[3]["productOrService"]["coding"][0]["code"] = "PH7"  # not an optician's
    answer = sent(server, shops[0], demand(who, "PA-40", items))
    assert (state(answer), answer["outcome"]) == ("partly-granted", "partial")
    assert [one["itemSequence"] for one in answer["error"]] == [4]
    assert [one["itemSequence"] for one in answer["item"]] == [1, 2, 3]
    number = answer["preAuthRef"]
    assert control(sent(server, shops[0], invoice(number, "PA-40-F", items))) in {"C04", "P01"}
    assert (
        sent(server, shops[0], invoice(number, "PA-41-F", items[:3]))["outcome"] == "complete"
    )


def test_it_is_used_in_part_then_whole_and_given_back_by_a_cancelled_invoice(
    server: Running, shops: list[int]
) -> None:
    who = person(server, 305)
    number = sent(server, shops[0], demand(who, "PA-50", pair()))["preAuthRef"]
    path = f"/fhir/ClaimResponse/{number}"
    frame, lenses = pair()[:1], pair()[1:]
    first = sent(server, shops[0], invoice(number, "PA-50-A", frame))
    assert first["outcome"] == "complete"
    assert state(call(server, shops[0], b"", path, "GET")[1]) == "used-part"
    assert control(sent(server, shops[0], invoice(number, "PA-50-B", frame))) in {"C04", "X01"}
    assert refused(call(server, shops[0], ended("PA-50"))[1]) == "preauth-used"
    second = sent(server, shops[0], invoice(number, "PA-50-C", lenses))
    assert second["outcome"] == "complete"
    assert state(call(server, shops[0], b"", path, "GET")[1]) == "used"
    cancel = msgspec.json.encode(
        {
            "resourceType": "Claim",
            "status": "cancelled",
            "identifier": [{"system": "urn:egide:invoice", "value": "PA-50-C"}],
        }
    )
    assert call(server, shops[0], cancel)[0] == 200
    assert state(call(server, shops[0], b"", path, "GET")[1]) == "used-part"
    assert _held(server, number) > 0
    # Held again: nobody else has it, and its own shop may bill it again.
    assert control(sent(server, shops[1], claim(by_card(who), "PA-50-X", DAY, lenses))) == "C01"
    again = sent(server, shops[0], invoice(number, "PA-50-D", lenses))
    assert paid(again) == paid(second)
    assert broken(server) == []


def test_an_invoice_that_uses_it_is_corrected(server: Running, shops: list[int]) -> None:
    who = person(server, 306)
    number = sent(server, shops[0], demand(who, "PA-60", pair()))["preAuthRef"]
    first = sent(server, shops[0], invoice(number, "PA-60-A", pair()))
    less = sent(server, shops[0], invoice(number, "PA-60-B", pair(11_000), replaces="PA-60-A"))
    assert less["outcome"] == "complete" and paid(less) <= paid(first)
    assert (
        state(call(server, shops[0], b"", f"/fhir/ClaimResponse/{number}", "GET")[1]) == "used"
    )
    status = rows(
        server, "select invoice, state from claim where invoice like 'PA-60-%' order by 1"
    )
    assert [row["state"] for row in status] == ["cancelled", "payable"]
    assert broken(server) == []


@pytest.mark.parametrize(
    ("days", "expected"),
    [(60, "complete"), (61, "C02"), (76, "C02")],
    ids=["on its last day of care", "for care after it", "after the tolerance"],
)
def test_its_days_are_compared_and_no_job_ends_it(
    server: Running, shops: list[int], days: int, expected: str
) -> None:
    who = person(server, 310 + days)
    number = sent(server, shops[0], demand(who, f"PA-70-{days}", pair()))["preAuthRef"]
    let_pass(server, number, days)
    billed = sent(server, shops[0], invoice(number, f"PA-70-{days}-F", pair()))
    assert (control(billed) if "error" in billed else billed["outcome"]) == expected
    if days == 76:
        shown = call(server, shops[0], b"", f"/fhir/ClaimResponse/{number}", "GET")[1]
        assert state(shown) == "expired"
        # What it held is everybody's again.
        assert state(sent(server, shops[1], demand(who, "PA-70-X", pair(13_000)))) == "granted"


def test_what_is_above_it_or_of_another_shop_is_refused(
    server: Running, shops: list[int]
) -> None:
    who = person(server, 307)
    number = sent(server, shops[0], demand(who, "PA-80", pair()))["preAuthRef"]
    assert control(sent(server, shops[0], invoice(number, "PA-80-A", pair(12_001)))) == "C05"
    more = pair()
    more[0]["quantity"] = {"value": 2}
    assert control(sent(server, shops[0], invoice(number, "PA-80-B", more))) == "C05"
    status, said = call(server, shops[1], invoice(number, "PA-80-C", pair()))
    assert (status, refused(said)) == (422, "rights-not-shown")
    assert sent(server, shops[0], invoice(number, "PA-80-D", pair()))["outcome"] == "complete"


def test_an_extension_takes_the_place_of_what_it_extends(
    server: Running, shops: list[int]
) -> None:
    who = person(server, 308)
    number = sent(server, shops[0], demand(who, "PA-90", pair()))["preAuthRef"]
    more = sent(server, shops[0], demand(number, "PA-91", pair(lens=14_000), extends="PA-90"))
    assert (more["preAuthRef"], state(more)) == (number, "granted")
    before = call(server, shops[0], b"", f"/fhir/ClaimResponse/{number}", "GET")[1]
    assert before["id"] == number and paid(before) == paid(more)
    status, said = call(server, shops[0], demand(number, "PA-92", pair(), extends="PA-90"))
    assert (status, refused(said)) == (409, "preauth-closed")
    status, said = call(server, shops[0], demand(who, "PA-93", pair(), extends="PA-NONE"))
    assert (status, refused(said)) == (404, "preauth-unknown")
    billed = sent(server, shops[0], invoice(number, "PA-91-F", pair(lens=14_000)))
    assert paid(billed) == paid(more)
    status, said = call(server, shops[0], demand(who, "PA-94", pair(), extends="PA-91"))
    assert (status, refused(said)) == (409, "preauth-used")


def test_one_asks_what_became_of_ones_own_number(server: Running, shops: list[int]) -> None:
    who = person(server, 309)
    answer = sent(server, shops[0], demand(who, "PA-100", pair()))
    asked = ended("PA-100").replace(b'"cancelled"', b'"active"')
    assert call(server, shops[0], asked, INQUIRE_PATH)[1] == answer
    assert refused(call(server, shops[1], asked, INQUIRE_PATH)[1]) == "preauth-unknown"
    shown = rows(
        server,
        """select count(*) as n from gate.entry e join preauth p on e.address = p.entry_id
            where p.request = 'PA-100' and e.purpose = 'reread'""",
    )
    assert shown[0]["n"] == 1


def test_ended_demands_are_refused_by_name(server: Running, shops: list[int]) -> None:
    assert refused(call(server, shops[0], ended("PA-NONE"))[1]) == "preauth-unknown"
    who = person(server, 310)
    first = sent(server, shops[0], demand(who, "PA-110", pair()))
    gone = sent(server, shops[0], ended("PA-110"))
    assert (gone["status"], state(gone)) == ("cancelled", "cancelled")
    assert sent(server, shops[0], ended("PA-110")) == gone
    billed = sent(server, shops[0], invoice(first["preAuthRef"], "PA-110-F", pair()))
    assert control(billed) == "C03"
    status, said = call(server, shops[0], demand(who, "PA-110", pair(1_000)))
    assert (status, refused(said)) == (409, "invoice-reused")


def test_care_may_be_planned_for_a_demand_alone(server: Running, shops: list[int]) -> None:
    who = person(server, 312)
    day = in_days(30).isoformat()
    answer = sent(server, shops[0], demand(who, "PA-120", pair(day=day)))
    assert state(answer) == "granted"
    status, said = call(server, shops[0], claim(by_card(who), "PA-120-F", day, pair(day=day)))
    assert (status, refused(said)) == (422, "care-date-future")
    late = in_days(181).isoformat()
    status, said = call(server, shops[0], demand(who, "PA-121", pair(day=late)))
    assert (status, refused(said)) == (422, "care-date-future")


def test_a_person_not_shown_is_not_told_of(server: Running, shops: list[int]) -> None:
    stranger = claim(
        {
            "insurance": [
                {"coverage": {"identifier": {"system": "urn:egide:card", "value": "0" * 26}}}
            ]
        },
        "PA-130",
        DAY,
        pair(),
    )
    body = msgspec.json.decode(stranger)
    body |= {
        "use": "preauthorization",
        "identifier": [{"system": "urn:egide:preauth-request", "value": "PA-130"}],
    }
    status, said = call(server, shops[0], msgspec.json.encode(body))
    assert (status, refused(said)) == (422, "rights-not-shown")
    assert rows(server, "select 1 as n from preauth where request = 'PA-130'") == []


def test_what_is_billed_already_is_not_promised(server: Running, shops: list[int]) -> None:
    who = person(server, 330)
    lines = pair(13_100)
    bill = claim(by_card(who), "PA-L0-F", DAY, lines)
    assert sent(server, shops[0], bill)["outcome"] == "complete"
    late = sent(server, shops[0], demand(who, "PA-L0", lines))
    assert (state(late), control(late)) == ("refused", "X01")
    quoted = sent(server, shops[0], demand(who, "PA-L1", lines, use="predetermination"))
    assert (state(quoted), control(quoted)) == ("refused", "X01")
    withdrawn = sent(server, shops[0], cancelled("PA-L0-F", DAY))
    assert withdrawn["status"] == "cancelled"
    assert state(sent(server, shops[0], demand(who, "PA-L2", lines))) == "granted"
