"""Invoices cancelled and corrected: what they used comes back, what they were paid is owed back, nothing twice."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fhir.resources.R4B.claimresponse import ClaimResponse
from fhir.resources.R4B.paymentreconciliation import PaymentReconciliation

from conftest import Running, now, run
from egide import db
from egide.checks import check_laws
from egide.claims import Changed, Repricing, Span
from egide.client.messages import CLAIM_PATH, claim, item
from egide.doubles.wire import write_request
from egide.drills import Person
from egide.drills.shows import by_card
from egide.edge import fhir
from payments.builders import close, with_pool, write
from spreadsheets import amount, rows_of

DAY = now().date().isoformat()
_OSTEO = "ngap:OSTEO"  # one session a year is paid


def _person(server: Running, number: int) -> Person:
    covered = [one for one in server.place.france.persons if one.covered and one.card]
    return covered[200 + number]


def _call(server: Running, shop: int, method: str, path: str, body: bytes = b"") -> Any:
    async def work() -> tuple[int, dict[str, Any]]:
        reply = await server.software(shop).call(server.wire(), method, path, now(), body)
        return reply.status, msgspec.json.decode(reply.body)

    return run(work())


def _submit(server: Running, shop: int, body: bytes) -> Any:
    return _call(server, shop, "POST", CLAIM_PATH, body)


def _bill(person: Person, invoice: str, cents: int = 6000, *, replaces: str = "") -> bytes:
    body = msgspec.json.decode(
        claim(by_card(person), invoice, DAY, [item(1, _OSTEO, cents, DAY)])
    )
    if replaces:
        body["related"] = [
            {
                "claim": {"identifier": {"system": fhir.INVOICE, "value": replaces}},
                "relationship": {"coding": [{"code": "prior"}]},
            }
        ]
    return msgspec.json.encode(body)


def _cancel(invoice: str) -> bytes:
    return msgspec.json.encode(
        {
            "resourceType": "Claim",
            "status": "cancelled",
            "use": "claim",
            "identifier": [{"system": fhir.INVOICE, "value": invoice}],
        }
    )


def _paid(answer: dict[str, Any]) -> int:
    [total] = [one for one in answer["total"] if one["category"]["coding"][-1]["code"] == "amc"]
    return round(total["amount"]["value"] * 100)


def _state(server: Running, invoice: str) -> str:
    async def work(pool: db.Pool) -> str:
        async with db.statement(pool) as tx:
            row = await db.first(tx, "select state from claim where invoice = $1", invoice)
            return "" if row is None else row["state"]

    return with_pool(server.place, work, "owner")


def _broken(server: Running) -> list[str]:
    async def work(pool: db.Pool) -> list[str]:
        async with db.transaction(pool) as tx:
            return [one.law for one in await check_laws(tx) if one.of_money and one.broken_by]

    return with_pool(server.place, work, "owner")


def _code(answer: dict[str, Any]) -> str:
    return answer["issue"][0]["details"]["coding"][0]["code"]


@pytest.fixture
def shop(server: Running) -> int:
    return server.shops("auxiliary")[0]


def test_a_cancelled_invoice_gives_back_what_it_used(server: Running, shop: int) -> None:
    person = _person(server, 0)
    _, first = _submit(server, shop, _bill(person, "CO-1"))
    assert _paid(first) == 3000
    _, beyond = _submit(server, shop, _bill(person, "CO-2", 5500))
    assert _paid(beyond) == 0  # the year's session is used up
    status, ended = _submit(server, shop, _cancel("CO-1"))
    assert (status, ended["status"], ended["id"]) == (200, "cancelled", first["id"])
    assert "payment" not in ended
    ClaimResponse.model_validate(ended)
    assert _submit(server, shop, _cancel("CO-1"))[1] == ended  # again: the same
    assert _call(server, shop, "GET", f"/fhir/ClaimResponse/{first['id']}")[1] == ended
    assert (
        _submit(server, shop, _bill(person, "CO-1"))[1] == ended
    )  # sent again: it stays ended
    _, anew = _submit(server, shop, _bill(person, "CO-3"))
    assert _paid(anew) == 3000  # the same care, under another number
    assert _state(server, "CO-1") == "cancelled"
    assert _broken(server) == []


def test_who_may_cancel_what(server: Running, shop: int) -> None:
    person = _person(server, 1)
    _submit(server, shop, _bill(person, "CO-10"))
    other = server.shops("auxiliary")[1]
    for sender, invoice, expected in ((other, "CO-10", 404), (shop, "CO-NONE", 404)):
        status, said = _submit(server, sender, _cancel(invoice))
        assert (status, _code(said)) == (expected, "claim-unknown")
    rejected = claim(by_card(person), "CO-11", DAY, [item(1, "grouping:PH7", 100, DAY)])
    assert _submit(server, shop, rejected)[1]["outcome"] == "error"
    status, said = _submit(server, shop, _cancel("CO-11"))
    assert (status, _code(said)) == (409, "claim-closed")
    assert _state(server, "CO-10") == "payable"


def test_a_correction_stands_in_place_of_what_it_replaces(server: Running, shop: int) -> None:
    person = _person(server, 2)
    _, first = _submit(server, shop, _bill(person, "CO-20", 2000))
    assert _paid(first) == 2000
    _, second = _submit(server, shop, _bill(person, "CO-21", 6000, replaces="CO-20"))
    assert _paid(second) == 3000  # decided as if the first had never been
    assert (_state(server, "CO-20"), _state(server, "CO-21")) == ("cancelled", "payable")
    assert _submit(server, shop, _bill(person, "CO-21", 6000, replaces="CO-20"))[1] == second
    status, said = _submit(server, shop, _bill(person, "CO-22", 7000, replaces="CO-20"))
    assert (status, _code(said)) == (409, "claim-closed")
    status, said = _submit(server, shop, _bill(person, "CO-22", 7000, replaces="CO-NONE"))
    assert (status, _code(said)) == (404, "claim-unknown")
    assert said["issue"][0]["expression"] == ["Claim.related[0].claim.identifier"]
    assert _state(server, "CO-22") == ""
    assert _broken(server) == []


def test_a_correction_that_is_rejected_leaves_all_as_it_was(server: Running, shop: int) -> None:
    person, stranger = _person(server, 3), _person(server, 4)
    _submit(server, shop, _bill(person, "CO-30"))
    _, said = _submit(server, shop, _bill(stranger, "CO-31", replaces="CO-30"))
    assert said["error"][0]["code"]["coding"][0]["code"] == "B01"
    body = msgspec.json.decode(_bill(person, "CO-32", replaces="CO-30"))
    body["item"][0]["productOrService"]["coding"][0] = {
        "system": "urn:egide:act:grouping",
        "code": "PH7",
    }
    _, said = _submit(server, shop, msgspec.json.encode(body))
    assert said["outcome"] == "error"
    assert _state(server, "CO-30") == "payable"
    _, beyond = _submit(server, shop, _bill(person, "CO-33", 5500))
    assert _paid(beyond) == 0  # what the first had used is still used


def test_of_corrections_sent_at_once_one_replaces(server: Running, shop: int) -> None:
    person = _person(server, 5)
    _submit(server, shop, _bill(person, "CO-40"))

    async def work() -> list[int]:
        async def one(number: int) -> int:
            body = _bill(person, f"CO-41-{number}", 6000 + number, replaces="CO-40")
            reply = await server.software(shop).call(
                server.wire(), "POST", CLAIM_PATH, now(), body
            )
            return reply.status

        return list(await asyncio.gather(*map(one, range(6))))

    statuses = run(work())
    assert sorted(statuses) == [200, 409, 409, 409, 409, 409]
    assert _broken(server) == []


def test_what_was_paid_of_a_cancelled_invoice_is_held_back_whole(
    server: Running, shop: int, tmp_path: Path
) -> None:
    place, person = server.place, _person(server, 6)
    close(place)
    _submit(server, shop, _bill(person, "CO-50"))
    assert close(place) is not None
    status, ended = _submit(server, shop, _cancel("CO-50"))
    assert status == 200 and "30,00" in ended["disposition"]
    assert _state(server, "CO-50") == "reversed"
    assert _broken(server) == []
    # Less is due than is owed back: nothing is paid, and nothing is lost.
    _submit(server, shop, _bill(_person(server, 7), "CO-51", 2000))
    assert close(place) is None
    assert _state(server, "CO-51") == "payable"
    _submit(server, shop, _bill(_person(server, 8), "CO-52", 2500))
    settlement = close(place)
    assert settlement is not None and settlement.amount.cents == 2000 + 2500 - 3000
    target = write(place, settlement, tmp_path)
    [file] = (target / "remittances").glob("*.csv")
    rows = rows_of(file.read_bytes())
    assert [(row["line"], row["invoice"], row["amc"]) for row in rows] == [
        ("paid", "CO-51", "20,00"),
        ("paid", "CO-52", "25,00"),
        ("held-back", "CO-50", "-30,00"),
        ("total", "TOTAL", "15,00"),
    ]
    document = msgspec.json.decode(file.with_suffix(".json").read_bytes())
    PaymentReconciliation.model_validate(document)
    kinds = [one["type"]["coding"][0]["code"] for one in document["detail"]]
    assert kinds == ["payment", "payment", "adjustment"]
    assert sum(Decimal(str(one["amount"]["value"])) for one in document["detail"]) == 15
    called = [
        row for path in (target / "calls").iterdir() for row in rows_of(path.read_bytes())
    ]
    assert sum(amount(row["amc"]) for row in called if row["line"] == "total") == 15
    assert [row["amc"] for row in called if row["line"] == "returned"] == ["-30,00"]
    assert _broken(server) == []
    assert close(place) is None  # it is held back once


def test_a_correction_after_payment_pays_the_difference(server: Running, shop: int) -> None:
    place, person = server.place, _person(server, 9)
    close(place)
    _submit(server, shop, _bill(person, "CO-60", 2000))
    close(place)
    _, second = _submit(server, shop, _bill(person, "CO-61", 6000, replaces="CO-60"))
    assert _paid(second) == 3000
    settlement = close(place)
    assert settlement is not None and settlement.amount.cents == 3000 - 2000
    assert (_state(server, "CO-60"), _state(server, "CO-61")) == ("reversed", "settled")
    assert _broken(server) == []


@pytest.mark.parametrize("settles_first", [False, True])
def test_a_cancellation_that_no_process_of_ours_took_is_undone(
    server: Running, shop: int, settles_first: bool
) -> None:
    """Who holds the counter's login alone keeps nobody from being paid, and has nothing held back."""
    place = server.place
    close(place)
    invoice = f"CO-70-{settles_first}"
    _submit(server, shop, _bill(_person(server, 10 + settles_first), invoice))
    if settles_first:
        close(place)

    async def forge(pool: db.Pool) -> None:
        async with db.transaction(pool) as tx:
            query = "select cancel_claim(establishment_id, claim_id, null, sha256('a')) from claim where invoice = $1"
            await db.many(tx, query, invoice)

    with_pool(place, forge, "app")
    _submit(server, shop, _bill(_person(server, 20 + settles_first), f"{invoice}-B", 2000))
    settlement = close(place)
    assert settlement is not None and len(settlement.restored) == 1
    assert settlement.amount.cents == (2000 if settles_first else 5000)
    assert _state(server, invoice) == "settled"
    assert _broken(server) == []
    # Its own establishment may still cancel it.
    assert _submit(server, shop, _cancel(invoice))[0] == 200
    assert _broken(server) == []


def test_what_an_insurer_settled_of_a_cancelled_invoice_justifies_nothing(
    server: Running,
) -> None:
    place, person, shop = server.place, _person(server, 30), server.shops("auxiliary")[2]
    close(place)
    _submit(server, shop, _bill(person, "CO-80"))
    close(place)

    async def claimed(pool: db.Pool) -> int:
        query = """
        insert into gate.claimed (establishment_id, person_id, accepted_at)
        select establishment_id, person_id, now() from claim where invoice = 'CO-80'
        """
        async with db.transaction(pool) as tx:
            return await db.run(tx, query)

    async def left(pool: db.Pool) -> int:
        query = "select 1 from gate.claimed join claim using (establishment_id, person_id) where invoice = 'CO-80'"
        async with db.statement(pool) as tx:
            return len(await db.many(tx, query))

    assert with_pool(place, claimed, "owner") == 1
    _submit(server, shop, _bill(person, "CO-81", 6100))
    _submit(server, shop, _cancel("CO-80"))
    assert (
        with_pool(place, left, "owner") == 1
    )  # a thief may have cancelled it: whoever pays looks
    close(place)
    assert with_pool(place, left, "owner") == 0


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"status": "draft"}, "Claim.status"),
        ({"use": "quote"}, "Claim.use"),
        ({"related": [{}, {}]}, "Claim.related"),
        (
            {"related": [{"relationship": {"coding": [{"code": "associated"}]}}]},
            "Claim.related[0].relationship",
        ),
        (
            {"related": [{"relationship": {"coding": [{"code": "prior"}]}}]},
            "Claim.related[0].claim.identifier",
        ),
        ({"item": []}, "Claim.item"),
        ({"insurance": []}, "Claim.insurance"),
    ],
)
def test_a_wrong_correction_is_refused_by_its_element(
    server: Running, shop: int, change: dict[str, Any], where: str
) -> None:
    body = msgspec.json.decode(_bill(_person(server, 31), "CO-90")) | change
    status, said = _submit(server, shop, msgspec.json.encode(body))
    assert status == 422
    assert said["issue"][0]["expression"] == [where]


@pytest.mark.parametrize(
    ("wanted", "expected"), [(("CO-91", "CO-92"), 200), (("CO-NONE", "CO-92"), 404)]
)
def test_a_proof_cancels_once(
    server: Running, shop: int, wanted: tuple[str, str], expected: int
) -> None:
    _submit(server, shop, _bill(_person(server, 32), "CO-91"))
    _submit(server, shop, _bill(_person(server, 33), "CO-92"))

    async def work() -> list[int]:
        software, wire, at = server.software(shop), server.wire(), now()
        await software.ready(wire, at)
        headers = {
            "Content-Type": "application/fhir+json",
            "Authorization": f"DPoP {software.token}",
            "DPoP": software.proof("POST", CLAIM_PATH, at, token=software.token),
        }
        calls = [write_request("POST", CLAIM_PATH, headers, _cancel(one)) for one in wanted]
        return [(await server.wire().send(call)).status for call in calls]

    assert run(work()) == [expected, 401]
    assert _state(server, "CO-92") == "payable"


def test_a_correction_sent_again_at_once_has_its_answer(server: Running, shop: int) -> None:
    for number in range(6):
        person = _person(server, 40 + number)
        _submit(server, shop, _bill(person, f"CO-95-{number}", 2000))
        body = _bill(person, f"CO-96-{number}", 6000, replaces=f"CO-95-{number}")

        async def work(body: bytes = body) -> list[int]:
            async def one() -> int:
                reply = await server.software(shop).call(
                    server.wire(), "POST", CLAIM_PATH, now(), body
                )
                return reply.status

            return list(await asyncio.gather(*(one() for _ in range(8))))

        assert set(run(work())) <= {200, 503}


def test_pricing_again_knows_what_was_cancelled_since(server: Running, shop: int) -> None:
    person = _person(server, 50)
    _submit(server, shop, _bill(person, "CO-97"))
    middle = now()
    _, beyond = _submit(server, shop, _bill(person, "CO-98", 5500))
    assert _paid(beyond) == 0
    _submit(server, shop, _cancel("CO-97"))
    changed: list[Changed] = []

    async def work(pool: db.Pool) -> None:
        span = Span(since=middle, until=now() + timedelta(minutes=1))
        await Repricing(changed=changed.append).run(pool, span)

    with_pool(server.place, work, "owner")
    assert changed == []
