"""Claims over HTTP: once per invoice, through the gate, priced, booked, explained."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from fhir.resources.R4B.claimresponse import ClaimResponse

from conftest import Running, now, run
from egide import db
from egide.access import Caller, Pass
from egide.adjudication import ReferenceData
from egide.adjudication.claim import SubmittedClaim
from egide.claims import ClaimsDesk
from egide.client.messages import (
    CLAIM_PATH,
    RIGHTS_PATH,
    by_engagement,
    claim,
    in_stay,
    item,
    rights_question,
)
from egide.core.ids import ClaimId, EntryId, EstablishmentId, from_code, to_code, uuid7
from egide.core.money import Money
from egide.doubles.software import Software
from egide.doubles.wire import Wire
from egide.drills import Person
from egide.drills.shows import by_card, by_numbers
from egide.nomenclature import BilledLine
from egide.plans import Catalogue
from egide.rights import Basis, Located
from egide.vault import Addresses, Attester, KeyRing

DAY = now().date().isoformat()


def _people(server: Running) -> list[Person]:
    return [person for person in server.place.france.persons if person.covered and person.card]


async def _send(
    software: Software, wire: Wire, body: bytes, path: str = CLAIM_PATH
) -> tuple[int, dict[str, Any]]:
    reply = await software.call(wire, "POST", path, now(), body)
    return reply.status, msgspec.json.decode(reply.body)


def _sends(server: Running, shop: int, *bodies: bytes) -> list[tuple[int, dict[str, Any]]]:
    async def work() -> list[tuple[int, dict[str, Any]]]:
        wire, software = server.wire(), server.software(shop)
        return [await _send(software, wire, body) for body in bodies]

    return run(work())


async def _rows(server: Running, query: str, *values: object) -> list[dict[str, Any]]:
    async with server.place.store.pool("owner") as pool, db.statement(pool) as tx:
        return [dict(row) for row in await db.many(tx, query, *values)]  # type: ignore[arg-type]


def _amounts(answer: dict[str, Any]) -> dict[str, float]:
    return {
        row["category"]["coding"][-1]["code"]: row["amount"]["value"] for row in answer["total"]
    }


def test_a_day_charge_within_the_participation_in_the_stay_is_owed_by_nobody(
    server: Running,
) -> None:
    hospital = server.shops("hospital")[0]
    items = [
        in_stay(item(1, "grouping:GHS", 100_000, DAY), "S1", 100_000),
        in_stay(item(2, "grouping:FJ", 6900, DAY, quantity=3), "S1"),
    ]
    body = claim(by_card(_people(server)[21]), "CL-STAY", DAY, items)
    ((status, answer),) = _sends(server, hospital, body)
    assert status == 200
    assert _amounts(answer) == {
        "submitted": 1069,
        "amo": 800,
        "amc": 200,
        "patient": 0,
        "undue": 69,
    }
    ClaimResponse.model_validate(answer)
    query = "select expense_cents, undue_cents, stay, base_cents from claim_line where claim_id = $1 order by line"
    rows = run(_rows(server, query, from_code(answer["id"])))
    assert [tuple(row.values()) for row in rows] == [
        (100_000, 0, "S1", 100_000),
        (6900, 6900, "S1", None),
    ]


def test_a_claim_is_priced_booked_and_explained(server: Running) -> None:
    pharmacy = server.shops("pharmacy")[0]
    body = claim(
        by_card(_people(server)[20]),
        "CL-1",
        DAY,
        [item(1, "grouping:PH7", 2000, DAY), item(2, "grouping:PH4", 1000, DAY)],
    )
    ((status, answer),) = _sends(server, pharmacy, body)
    assert status == 200
    assert answer["outcome"] == "complete"
    assert _amounts(answer) == {"submitted": 30, "amo": 16, "amc": 14, "patient": 0}
    ClaimResponse.model_validate(answer)
    for line in answer["item"]:
        amounts = {
            row["category"]["coding"][-1]["code"]: row["amount"]["value"]
            for row in line["adjudication"]
        }
        assert (
            round(amounts["amo"] + amounts["amc"] + amounts["patient"], 2) == amounts["expense"]
        )
        assert all(row["reason"]["text"] for row in line["adjudication"])
    entries = run(
        _rows(
            server,
            "select l.* from ledger_entry l join claim c on l.cause_kind = 'claim' and l.cause_id = c.claim_id::text where c.invoice = $1",
            "CL-1",
        )
    )
    assert [entry["amount_cents"] for entry in entries] == [1400]


def test_the_same_invoice_gets_the_same_answer_to_the_byte(server: Running) -> None:
    pharmacy = server.shops("pharmacy")[1]
    body = claim(
        by_card(_people(server)[21]), "CL-2", DAY, [item(1, "grouping:PH7", 2000, DAY)]
    )
    first, again = _sends(server, pharmacy, body, body)
    assert first == again
    other = claim(
        by_card(_people(server)[21]), "CL-2", DAY, [item(1, "grouping:PH7", 2001, DAY)]
    )
    ((status, refused),) = _sends(server, pharmacy, other)
    assert status == 409
    assert refused["issue"][0]["details"]["coding"][0]["code"] == "invoice-reused"
    booked = run(
        _rows(
            server,
            "select count(*) as n from ledger_entry l join claim c on l.cause_kind = 'claim' and l.cause_id = c.claim_id::text where c.invoice = 'CL-2'",
        )
    )
    assert booked[0]["n"] == 1


def test_an_invoice_number_is_its_establishments_own(server: Running) -> None:
    one, other = server.shops("pharmacy")[:2]
    people = _people(server)
    for shop, person in ((one, people[22]), (other, people[23])):
        ((status, answer),) = _sends(
            server,
            shop,
            claim(by_card(person), "CL-3", DAY, [item(1, "grouping:PH7", 900, DAY)]),
        )
        assert (status, answer["outcome"]) == (200, "complete")


def test_one_invoice_sent_by_many_lines_at_once_is_booked_once(server: Running) -> None:
    pharmacy = server.shops("pharmacy")[2]
    body = claim(
        by_card(_people(server)[24]), "CL-4", DAY, [item(1, "grouping:PH7", 2000, DAY)]
    )

    async def work() -> list[tuple[int, dict[str, Any]]]:
        wires = [server.wire() for _ in range(20)]
        software = server.software(pharmacy)
        await software.ready(wires[0], now())
        return await asyncio.gather(*(_send(software, wire, body) for wire in wires))

    answers = run(work())
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 200
    booked = run(_rows(server, "select count(*) as n from claim where invoice = 'CL-4'"))
    assert booked[0]["n"] == 1


def test_a_counter_is_not_overrun_by_claims_at_once(server: Running) -> None:
    auxiliaries = server.shops("auxiliary")
    person = _people(server)[25]

    async def work() -> list[dict[str, Any]]:
        async def one(number: int) -> dict[str, Any]:
            software = server.software(auxiliaries[number % len(auxiliaries)])
            body = claim(
                by_card(person),
                f"CL-5-{number}",
                DAY,
                [item(1, "ngap:OSTEO", 5000 + number, DAY)],
            )
            return (await _send(software, server.wire(), body))[1]

        return await asyncio.gather(*(one(number) for number in range(12)))

    paid = sorted(_amounts(answer)["amc"] for answer in run(work()))
    assert paid == [0] * 11 + [30]


def test_a_claim_quotes_the_engagement_it_received(server: Running) -> None:
    one, other = server.shops("pharmacy")[:2]
    person = _people(server)[26]

    async def work() -> list[tuple[int, dict[str, Any]]]:
        software, wire = server.software(one), server.wire()
        _, rights = await _send(
            software, wire, rights_question(by_card(person), DAY), RIGHTS_PATH
        )
        body = claim(
            by_engagement(rights["preAuthRef"]),
            "CL-6",
            DAY,
            [item(1, "grouping:PH7", 700, DAY)],
        )
        return [
            await _send(software, wire, body),
            await _send(server.software(other), wire, body),
        ]

    (mine, theirs) = run(work())
    assert (mine[0], mine[1]["outcome"]) == (200, "complete")
    assert theirs[1]["issue"][0]["details"]["coding"][0]["code"] == "rights-not-shown"


def test_a_claim_learns_nothing_more_than_a_question(server: Running) -> None:
    shop = server.shops("laboratory")[-1]
    ended = next(p for p in server.place.france.persons if not p.covered and p.card)
    bodies = [
        claim(by_card(ended), "CL-7", DAY, [item(1, "nabm:1104", 702, DAY)]),
        claim(
            by_numbers(_people(server)[27]) | {"contained": []},
            "CL-8",
            DAY,
            [item(1, "nabm:1104", 702, DAY)],
        ),
        claim(
            {
                "insurance": [
                    {
                        "coverage": {
                            "identifier": {"system": "urn:egide:card", "value": "0" * 26}
                        }
                    }
                ]
            },
            "CL-9",
            DAY,
            [item(1, "nabm:1104", 702, DAY)],
        ),
    ]
    ended_answer, unnamed, unknown = _sends(server, shop, *bodies)
    assert ended_answer == unknown
    assert unnamed[1]["issue"][0]["details"]["coding"][0]["code"] == "value-invalid"
    assert (
        run(
            _rows(
                server,
                "select count(*) as n from claim where invoice in ('CL-7', 'CL-8', 'CL-9')",
            )
        )[0]["n"]
        == 0
    )


_REJECTED = {
    "an act of another profession": ("P01", "pharmacy", [item(1, "ccam:HBLD634", 50_000, DAY)]),
    "an act that does not exist": ("A01", "pharmacy", [item(1, "grouping:PH9", 500, DAY)]),
    "a price above its limit": ("A02", "dentist", [item(1, "ccam:HBLD634", 60_001, DAY)]),
    "days too far apart": (
        "A03",
        "pharmacy",
        [
            item(1, "grouping:PH7", 500, DAY),
            item(2, "grouping:PH7", 500, (now().date() - timedelta(days=40)).isoformat()),
        ],
    ),
}


@pytest.mark.parametrize("name", list(_REJECTED))
def test_a_rejection_says_which_control_who_acts_and_whether_to_resubmit(
    server: Running, name: str
) -> None:
    code, profession, items = _REJECTED[name]
    body = claim(by_card(_people(server)[30]), f"CL-R-{code}", DAY, items)
    first, again = _sends(server, server.shops(profession)[0], body, body)
    status, answer = first
    assert status == 200
    assert answer["outcome"] == "error"
    assert answer["error"][0]["code"]["coding"][0]["code"] == code
    assert answer["error"][0]["code"]["text"]
    assert [note["text"].split(":")[0] for note in answer["processNote"]] == [
        "who must act",
        "resubmit",
    ]
    ClaimResponse.model_validate(answer)
    assert again == first
    booked = run(
        _rows(
            server,
            "select count(*) as n from ledger_entry l join claim c on l.cause_kind = 'claim' and l.cause_id = c.claim_id::text where c.invoice = $1",
            f"CL-R-{code}",
        )
    )
    assert booked[0]["n"] == 0


def test_the_same_care_under_another_number_is_not_paid_twice(server: Running) -> None:
    pharmacy = server.shops("pharmacy")[3]
    items = [item(1, "grouping:PH7", 1234, DAY), item(2, "grouping:PH4", 432, DAY)]
    person = _people(server)[31]
    first, second = _sends(
        server,
        pharmacy,
        claim(by_card(person), "CL-10", DAY, items),
        claim(by_numbers(person), "CL-11", DAY, items[::-1]),
    )
    assert first[1]["outcome"] == "complete"
    assert second[1]["error"][0]["code"]["coding"][0]["code"] == "X01"


def test_an_act_billed_twice_is_paid_twice_only_when_it_is_said_to_be_repeated(
    server: Running,
) -> None:
    laboratory = server.shops("laboratory")[0]
    person = _people(server)[33]
    one, other = item(1, "nabm:1104", 702, DAY), item(1, "nabm:1208", 675, DAY)
    shared = item(2, "nabm:1104", 702, DAY)
    said = shared | {
        "modifier": [{"coding": [{"system": "urn:egide:situation", "code": "repeated"}]}]
    }
    answers = _sends(
        server,
        laboratory,
        claim(by_card(person), "CL-ACT-1", DAY, [one]),
        claim(by_card(person), "CL-ACT-2", DAY, [other, shared]),
        claim(by_card(person), "CL-ACT-3", DAY, [other, said]),
        claim(by_card(person), "CL-ACT-4", DAY, [other, said]),
    )
    codes = [
        answer["error"][0]["code"]["coding"][0]["code"] if "error" in answer else "paid"
        for _, answer in answers
    ]
    assert codes == ["paid", "X02", "paid", "X01"]
    assert answers[1][1]["error"][0]["itemSequence"] == 2


def test_an_answer_is_given_again_to_whom_sent_the_claim_alone(server: Running) -> None:
    one, other = server.shops("pharmacy")[:2]
    ((_, answer),) = _sends(
        server,
        one,
        claim(by_card(_people(server)[32]), "CL-12", DAY, [item(1, "grouping:PH7", 800, DAY)]),
    )

    async def work() -> list[tuple[int, bytes]]:
        wire, path = server.wire(), f"/fhir/ClaimResponse/{answer['id']}"
        replies = [
            await server.software(shop).call(wire, "GET", path, now()) for shop in (one, other)
        ]
        return [(reply.status, reply.body) for reply in replies]

    mine, theirs = run(work())
    assert mine[0] == 200 and msgspec.json.decode(mine[1]) == answer
    assert theirs[0] == 404


def test_one_invoice_for_many_persons_at_once_never_fails_and_leaves_its_entries(
    server: Running,
) -> None:
    laboratory = server.shops("laboratory")[0]
    people = _people(server)[50:62]
    establishment = server.place.france.shops[laboratory].establishment_id

    async def work() -> list[int]:
        software, first = server.software(laboratory), server.wire()
        await software.ready(first, now())

        async def one(person: Person, invoice: int) -> int:
            items = [item(1, "nabm:1104", 702, DAY)]
            body = claim(by_numbers(person), f"CL-RACE-{invoice}", DAY, items)
            return (await _send(software, server.wire(), body))[0]

        return await asyncio.gather(*(one(person, n // 3) for n, person in enumerate(people)))

    assert set(run(work())) <= {200, 409, 503}
    query = """
    select count(*) as n
      from gate.unproved_query d
     where establishment_id = $1
       and not exists (select from gate.entry e
                        where e.establishment_id = d.establishment_id and e.address = d.address)
    """
    assert run(_rows(server, query, establishment))[0]["n"] == 0
    stored = run(
        _rows(server, "select count(*) as n from claim where invoice like 'CL-RACE-%'")
    )
    assert stored[0]["n"] == 4


def test_a_failure_after_the_gate_leaves_its_entry(server: Running) -> None:
    # The laboratory's profession is taken away under the claim: deciding fails, the entry stays.
    place, person = server.place, _people(server)[64]
    shop = server.shops("laboratory")[0]
    establishment = place.france.shops[shop].establishment_id

    async def work() -> None:
        desk_pool = db.open_pool(place.store.login("app"))
        pool = await desk_pool
        reference = ReferenceData(catalogue=Catalogue(), insurers={})
        desk = ClaimsDesk(
            pool=pool,
            addresses=Addresses(KeyRing.open(place.keys)),
            reference=reference,
            attester=Attester(KeyRing.open(place.keys)),
        )
        reference.professions[establishment] = "no such profession"
        caller = Caller(
            establishment_id=EstablishmentId(establishment),
            software_id=uuid4(),
            thumbprint="t",
            scopes=frozenset(),
        )
        located = Located(
            Basis.PRESENCE, desk.addresses.card(from_code(person.card) or uuid4())
        )
        line = BilledLine(
            system="nabm",
            code="1104",
            care_on=now().date(),
            quantity=1,
            expense=Money(702),
            side="",
            situation=frozenset(),
        )
        sent = SubmittedClaim(
            claim_id=ClaimId(uuid7(now())),
            entry_id=EntryId(uuid7(now())),
            admitted=Pass(caller, uuid4(), "token"),
            number="CL-BROKEN",
            located=located,
            lines=(line,),
            received_at=now(),
        )
        with pytest.raises(KeyError):
            await desk.adjudicate(sent)
        await pool.close()
        rows = await _rows(
            server, "select outcome from gate.entry where entry_id = $1", sent.entry_id
        )
        assert rows == [{"outcome": "shown"}]

    run(work())


def test_an_engagement_does_not_renew_itself(server: Running) -> None:
    pharmacy = server.shops("pharmacy")[0]

    async def work() -> tuple[str, dict[str, Any], int]:
        software, wire = server.software(pharmacy), server.wire()
        question = rights_question(by_card(_people(server)[63]), DAY)
        _, rights = await _send(software, wire, question, RIGHTS_PATH)
        root = rights["preAuthRef"]
        quoted = claim(by_engagement(root), "CL-E1", DAY, [item(1, "grouping:PH7", 711, DAY)])
        _, first = await _send(software, wire, quoted)
        rows = await _rows(server, "select entry_id from claim where invoice = 'CL-E1'")
        number = to_code(rows[0]["entry_id"])
        again = claim(by_engagement(number), "CL-E2", DAY, [item(1, "grouping:PH7", 712, DAY)])
        return root, first, (await _send(software, wire, again))[0]

    root, first, status = run(work())
    assert first["preAuthRef"] == root
    assert status == 422


@pytest.mark.parametrize(("side", "control"), [("", "A05"), ("26", "A05"), ("right", None)])
def test_a_hearing_aid_says_its_ear_or_it_would_be_a_third_one(
    server: Running, side: str, control: str | None
) -> None:
    aid = item(1, "lpp:2351057", 95_000, DAY, side=side)
    body = claim(by_card(_people(server)[60]), f"CL-EAR-{side or 'NONE'}", DAY, [aid])
    ((status, answer),) = _sends(server, server.shops("audiologist")[0], body)
    assert status == 200
    found = [one["code"]["coding"][0]["code"] for one in answer.get("error", [])]
    assert found == ([] if control is None else [control]), answer


@pytest.mark.parametrize(("act", "control"), [("grouping:PF0", "A06"), ("ccam:HBLD038", None)])
def test_a_crown_without_its_price_limit_is_asked_for_it(
    server: Running, act: str, control: str | None
) -> None:
    billed = item(1, act, 29_000, DAY, side="11")
    if control:
        billed["extension"] = [
            {"url": "urn:egide:base", "valueMoney": {"value": 120, "currency": "EUR"}}
        ]
    body = claim(by_card(_people(server)[61]), f"CL-{act[-3:]}", DAY, [billed])
    ((status, answer),) = _sends(server, server.shops("dentist")[0], body)
    assert status == 200
    found = [one["code"]["coding"][0]["code"] for one in answer.get("error", [])]
    assert found == ([] if control is None else [control]), answer
