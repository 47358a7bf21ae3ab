"""What is counted by contract is shared by all whom it covers, and by nobody else."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conftest import Running, now, run
from egide import db
from egide.claims import Repricing, Span, Tally
from egide.client.messages import CLAIM_PATH, claim, item
from egide.drills import make_france
from egide.drills.france import Person
from egide.drills.shows import by_card
from egide.members import ImportTerms, import_members
from egide.plans import publish, read_grid
from pricing.builders import grid_text

DAY = now().date().isoformat()
_LINE = '"libre:massage", pharmacie | crédit de 100 € par année civile et par contrat'


def family(server: Running, tmp_path: Path) -> list[Person]:
    """Import three persons under a grid that counts by contract: two of one contract, one of another."""
    text = grid_text((_LINE,), "en plus", "non", "", "CONTRAT", "civil").replace(
        "[MED]", "[MED, PHAR]"
    )
    people = [
        one
        for one in make_france(77, today=now().date(), persons=400).persons
        if one.covered and one.card and one.amc == "775671993"
    ][:3]
    rows = [json.loads(one.record) for one in people]
    for number, row in enumerate(rows):
        row["person"] = f"CT-{row['person']}"
        row["contract"] = "CT-1" if number < 2 else "CT-2"
        row["covers"] = [{"from": "2020-01-01", "to": None, "plan": "CONTRAT"}]
    file = tmp_path / "family.ndjson"
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    file.write_text('{"format":"egide-members/1"}\n' + lines)

    async def work() -> None:
        async with server.place.store.pool("owner") as pool, db.transaction(pool) as tx:
            await publish(tx, read_grid(text))
        async with server.place.store.pool("loader") as pool:
            await import_members(
                pool, file, ImportTerms(keys=server.place.keys, skip_refused=False), now=now()
            )

    run(work())
    return people


def test_a_credit_by_contract_is_shared(server: Running, tmp_path: Path) -> None:
    people = family(server, tmp_path)
    pharmacy = server.shops("pharmacy")[0]

    async def pay(who: int, number: str, cents: int) -> float:
        wire, software = server.wire(), server.software(pharmacy)
        body = claim(by_card(people[who]), number, DAY, [item(1, "grouping:PH2", cents, DAY)])
        reply = await software.call(wire, "POST", CLAIM_PATH, now(), body)
        answer: dict[str, Any] = msgspec.json.decode(reply.body)
        return answer["total"][2]["amount"]["value"]

    paid = [
        run(pay(who, f"CT-{n}", cents))
        for n, (who, cents) in enumerate([(0, 8_000), (1, 7_000), (0, 9_000), (2, 5_000)])
    ]
    # 15 % of each is the AMO's; the first takes 68 € of the 100, the second the 32 that are left.
    assert paid == [68, 32, 0, 42.5]

    async def reprice() -> Tally:
        span = Span(since=datetime(2020, 1, 1, tzinfo=UTC), until=now() + timedelta(minutes=1))
        async with server.place.store.pool("owner") as pool:
            return (await Repricing().run(pool, span))["CONTRAT"]

    tally = run(reprice())
    assert (tally.claims, tally.changed) == (4, 0)


def test_the_contracts_of_others_are_not_told(server: Running) -> None:
    async def ask() -> int:
        query = "select * from gate.told($1, $2)"
        async with server.place.store.pool("app") as pool, db.statement(pool) as tx:
            entries = await db.many(tx, query, [], [])
            with pytest.raises(db.DatabaseError):
                await db.many(tx, "select contract_id from gate.person")
            return len(entries)

    assert run(ask()) == 0
