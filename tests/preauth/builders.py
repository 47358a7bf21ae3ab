"""Demands of prise en charge, invoices that use them, and what the database holds of both."""

from datetime import date, timedelta
from typing import Any

import msgspec

from conftest import Running, now, run
from egide import db
from egide.checks import check_laws
from egide.client.messages import CLAIM_PATH, by_engagement, claim, item
from egide.core.ids import from_code
from egide.drills import Person
from egide.drills.shows import by_card
from egide.edge import fhir
from payments.builders import with_pool

TODAY = now().date()
DAY = TODAY.isoformat()
INQUIRE_PATH = "/fhir/Claim/$inquire"
FRAME, LENS = "grouping:M03", "grouping:VU1"


def person(server: Running, number: int) -> Person:
    covered = [one for one in server.place.france.persons if one.covered and one.card]
    return covered[number]


def pair(frame: int = 12_000, lens: int = 9_000, day: str = DAY) -> list[dict[str, Any]]:
    """Return a frame and two lenses."""
    return [
        item(1, FRAME, frame, day),
        item(2, LENS, lens, day, side="right"),
        item(3, LENS, lens, day, side="left"),
    ]


def demand(
    who: Person | str,
    request: str,
    items: list[dict[str, Any]],
    *,
    extends: str = "",
    use: str = "preauthorization",
) -> bytes:
    named = by_engagement(who) if isinstance(who, str) else by_card(who)
    body = msgspec.json.decode(claim(named, request, DAY, items))
    body |= {"use": use, "identifier": [{"system": fhir.PREAUTH_REQUEST, "value": request}]}
    if extends:
        body["related"] = [
            {
                "claim": {"identifier": {"system": fhir.PREAUTH_REQUEST, "value": extends}},
                "relationship": {"coding": [{"code": "prior"}]},
            }
        ]
    return msgspec.json.encode(body)


def ended(request: str, *, use: str = "preauthorization") -> bytes:
    body = {
        "resourceType": "Claim",
        "status": "cancelled",
        "use": use,
        "identifier": [{"system": fhir.PREAUTH_REQUEST, "value": request}],
    }
    return msgspec.json.encode(body)


def invoice(
    preauth: str, number: str, items: list[dict[str, Any]], *, replaces: str = ""
) -> bytes:
    return claim(by_engagement(preauth), number, DAY, items, replaces=replaces)


def call(
    server: Running, shop: int, body: bytes, path: str = CLAIM_PATH, method: str = "POST"
) -> tuple[int, dict[str, Any]]:
    async def work() -> tuple[int, dict[str, Any]]:
        reply = await server.software(shop).call(server.wire(), method, path, now(), body)
        return reply.status, msgspec.json.decode(reply.body)

    return run(work())


def sent(server: Running, shop: int, body: bytes) -> dict[str, Any]:
    status, answer = call(server, shop, body)
    assert status == 200, answer
    return answer


def paid(answer: dict[str, Any]) -> int:
    [total] = [one for one in answer["total"] if one["category"]["coding"][-1]["code"] == "amc"]
    return round(total["amount"]["value"] * 100)


def state(answer: dict[str, Any]) -> str:
    return str(answer["processNote"][0]["text"]).removeprefix("state: ")


def control(answer: dict[str, Any]) -> str:
    return str(answer["error"][0]["code"]["coding"][0]["code"])


def refused(answer: dict[str, Any]) -> str:
    return str(answer["issue"][0]["details"]["coding"][0]["code"])


def rows(server: Running, query: str, *values: object) -> list[dict[str, Any]]:
    async def work(pool: db.Pool) -> list[dict[str, Any]]:
        async with db.statement(pool) as tx:
            return [dict(row) for row in await db.many(tx, query, *values)]  # type: ignore[arg-type]

    return with_pool(server.place, work, "owner")


def change(server: Running, query: str, *values: object) -> None:
    async def work(pool: db.Pool) -> None:
        async with db.transaction(pool) as tx:
            await db.run(tx, query, *values)  # type: ignore[arg-type]

    with_pool(server.place, work, "owner")


def let_pass(server: Running, preauth: str, days: int) -> None:
    """Let days pass for one prise en charge: it was asked, and all its days are, so many days earlier."""
    number = from_code(preauth)
    change(
        server,
        """update preauth set asked_at = asked_at - $2 * interval '1 day', valid_until = valid_until - $2::integer,
           invoice_until = invoice_until - $2::integer, act_by = act_by - $2::integer where preauth_id = $1""",
        number,
        days,
    )
    change(
        server,
        """update reservation set during = daterange(lower(during) - $2::integer, upper(during) - $2::integer)
           where preauth_id = $1""",
        number,
        days,
    )


def broken(server: Running) -> list[str]:
    async def work(pool: db.Pool) -> list[str]:
        async with db.transaction(pool) as tx:
            return [one.law for one in await check_laws(tx) if one.of_money and one.broken_by]

    return with_pool(server.place, work, "owner")


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)
