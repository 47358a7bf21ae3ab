"""Somebody whom two insurers cover: the second owes what the first left, and together they never pay more than is billed."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from conftest import Running, now, run
from egide import db
from egide.adjudication.fhir import SITUATION
from egide.claims import Repricing, Span, Tally
from egide.client.messages import (
    CLAIM_PATH,
    RIGHTS_PATH,
    by_nir,
    cancelled,
    claim,
    item,
    rights_question,
)
from egide.drills import make_france
from egide.drills.france import Person
from egide.drills.shows import by_card
from egide.members import ImportTerms, import_members
from egide.plans import publish, read_grid
from pricing.builders import grid_text

DAY = now().date().isoformat()


@pytest.fixture(scope="module")
def insured_twice(
    server: Running, tmp_path_factory: pytest.TempPathFactory
) -> list[list[Person]]:
    """Persons of one insurer who are another's too, by the same number, birth date and rank."""
    grids = {
        "TWICE-A": "consultation | 100 % BR",
        "TWICE-B": "consultation | 200 % BR",
        "TWICE-C": "consultation | 100 % BR | limite: 1 par année civile",
    }
    made = make_france(78, today=now().date(), persons=1_000).persons
    people = [
        [one for one in made if one.covered and one.card and one.amc == amc][:9]
        for amc in ("775671993", "784301475")
    ]
    lines: list[dict[str, Any]] = []
    people[1][7:] = [people[0].pop()]
    for number, (first, second) in enumerate(zip(*people, strict=True)):
        one, other = json.loads(first.record), json.loads(second.record)
        one["person"], other["person"] = f"TW-A{number}", f"TW-B{number}"
        one["covers"] = [{"from": "2020-01-01", "to": None, "plan": "TWICE-A"}]
        other["covers"] = [{"from": "2020-01-01", "to": None, "plan": "TWICE-B"}]
        if number == 6:
            other["covers"][0]["plan"] = "TWICE-C"
        other |= {name: one[name] for name in ("nir", "birth", "rank")}
        other["member"] = (
            f"TW{number}"  # of another contract, also where the insurer is the same
        )
        lines += [one, other]
    file = tmp_path_factory.mktemp("twice") / "members.ndjson"
    file.write_text(
        "".join(json.dumps(row) + "\n" for row in [{"format": "egide-members/1"}, *lines])
    )

    async def work() -> None:
        async with server.place.store.pool("owner") as pool, db.transaction(pool) as tx:
            for code, formula in grids.items():
                text = grid_text((formula,), "comprise", "non", "", code, "civil")
                await publish(tx, read_grid(text))
        async with server.place.store.pool("loader") as pool:
            terms = ImportTerms(keys=server.place.keys, skip_refused=False)
            await import_members(pool, file, terms, now=now())

    run(work())
    return [list(pair) for pair in zip(*people, strict=True)]


async def _bill(
    server: Running,
    shop: int,
    person: Person,
    number: str,
    *acts: tuple[str, int, int] | tuple[str, int, int, str],
) -> dict[str, float]:
    wire, software = server.wire(), server.software(shop)
    items: list[dict[str, Any]] = []
    for place, (code, cents, quantity, *words) in enumerate(acts, start=1):
        row = item(place, code, cents, DAY, quantity=quantity)
        if words:
            row["modifier"] = [
                {"coding": [{"system": SITUATION, "code": word}]} for word in words
            ]
        items.append(row)
    reply = await software.call(
        wire, "POST", CLAIM_PATH, now(), claim(by_card(person), number, DAY, items)
    )
    answer: dict[str, Any] = msgspec.json.decode(reply.body)
    assert reply.status == 200 and answer["outcome"] == "complete", answer
    return {
        row["category"]["coding"][-1]["code"]: row["amount"]["value"] for row in answer["total"]
    }


def test_the_second_insurer_pays_what_the_first_left(
    server: Running, insured_twice: list[list[Person]]
) -> None:
    first, second = insured_twice[0]
    doctor = server.shops("doctor")[0]

    async def work() -> tuple[dict[str, float], dict[str, float]]:
        return (
            await _bill(server, doctor, first, "TW-1", ("ngap:G", 5_000, 1)),
            await _bill(server, doctor, second, "TW-2", ("ngap:G", 5_000, 1)),
        )

    one, other = run(work())
    assert one == {"submitted": 50, "amo": 21, "amc": 9, "patient": 20}
    # 200 % of the base would be 39 € beside the AMO's 21; of the 50 billed, 20 are left.
    assert other == {"submitted": 50, "amo": 21, "other-amc": 9, "amc": 20, "patient": 0}


def test_of_two_insurers_the_one_named_beside_the_nir_is_asked(
    server: Running, insured_twice: list[list[Person]]
) -> None:
    first, second = insured_twice[2]
    named = [by_nir(first.nir, first.birth, amc=amc) for amc in (first.amc, second.amc, "")]

    async def work() -> list[dict[str, Any]]:
        wire, software = server.wire(), server.software(server.shops("doctor")[2])
        return [
            msgspec.json.decode(
                (
                    await software.call(
                        wire, "POST", RIGHTS_PATH, now(), rights_question(one, DAY)
                    )
                ).body
            )
            for one in named
        ]

    one, other, either = run(work())
    assert [said["insurer"]["identifier"]["value"] for said in (one, other)] == [
        first.amc,
        second.amc,
    ]
    assert "insurance" not in either


def test_nothing_is_left_of_an_act_that_the_first_has_paid_whole(
    server: Running, insured_twice: list[list[Person]]
) -> None:
    first, second = insured_twice[1]
    doctor = server.shops("doctor")[0]

    async def work() -> list[dict[str, float]]:
        return [
            await _bill(server, doctor, second, "TW-3", ("ngap:G", 3_000, 1)),
            await _bill(server, doctor, first, "TW-4", ("ngap:G", 3_000, 1)),
            await _bill(server, doctor, first, "TW-5", ("ngap:CS", 2_300, 1)),
        ]

    paid = run(work())
    assert [one.get("other-amc", 0) for one in paid] == [0, 9, 0]
    assert [one["amc"] for one in paid] == [9, 0, 6.9]


def test_an_act_at_another_price_is_the_same_act(
    server: Running, insured_twice: list[list[Person]]
) -> None:
    first, second = insured_twice[2]
    doctor = server.shops("doctor")[0]

    async def work() -> dict[str, float]:
        await _bill(server, doctor, first, "TW-6", ("ngap:G", 3_000, 1))
        return await _bill(server, doctor, second, "TW-7", ("ngap:G", 3_100, 1))

    assert run(work()) == {"submitted": 31, "amo": 21, "other-amc": 9, "amc": 1, "patient": 0}


def test_an_act_done_again_is_met_once(
    server: Running, insured_twice: list[list[Person]]
) -> None:
    first, second = insured_twice[5]
    doctor = server.shops("doctor")[0]
    again = ("ngap:G", 5_000, 1, "repeated")

    async def work() -> list[dict[str, float]]:
        return [
            await _bill(server, doctor, first, "TW-R1", ("ngap:G", 5_000, 1)),
            await _bill(server, doctor, second, "TW-R2", ("ngap:G", 5_000, 1)),
            await _bill(server, doctor, second, "TW-R3", again),
            await _bill(server, doctor, first, "TW-R4", again),
        ]

    paid = run(work())
    assert [one.get("other-amc", 0) for one in paid] == [0, 9, 0, 29]
    assert [one["amc"] for one in paid] == [9, 20, 29, 0]


def test_another_quantity_has_no_second_part_of_the_amo(
    server: Running, insured_twice: list[list[Person]]
) -> None:
    first, second = insured_twice[5]
    doctor = server.shops("doctor")[0]

    async def work() -> list[dict[str, float]]:
        return [
            await _bill(server, doctor, first, "TW-Q1", ("ngap:CS", 4_600, 2)),
            await _bill(server, doctor, second, "TW-Q2", ("ngap:CS", 4_600, 1)),
        ]

    one, other = run(work())
    assert one["amo"] + one["amc"] == 46
    assert other["amc"] == 0 and other["patient"] == 0


def test_a_count_is_not_used_up_by_what_another_has_paid(
    server: Running, insured_twice: list[list[Person]]
) -> None:
    first, second = insured_twice[6]
    doctor = server.shops("doctor")[0]

    async def work() -> list[dict[str, float]]:
        return [
            await _bill(server, doctor, first, "TW-C1", ("ngap:G", 3_000, 1)),
            await _bill(server, doctor, second, "TW-C2", ("ngap:G", 3_000, 1)),
            await _bill(server, doctor, second, "TW-C3", ("ngap:CS", 2_300, 1)),
            await _bill(server, doctor, second, "TW-C4", ("ngap:CS", 2_300, 1, "repeated")),
        ]

    assert [one["amc"] for one in run(work())] == [9, 0, 6.9, 0]


def test_one_insurer_twice_is_two_contracts(
    server: Running, insured_twice: list[list[Person]]
) -> None:
    first, second = insured_twice[7]
    doctor = server.shops("doctor")[0]

    async def work() -> list[dict[str, float]]:
        return [
            await _bill(server, doctor, one, f"TW-S{number}", ("ngap:G", 3_000, 1))
            for number, one in enumerate((first, second))
        ]

    assert [one["amc"] for one in run(work())] == [9, 0]


def test_two_insurers_at_once_never_pay_more_than_is_billed(
    server: Running, insured_twice: list[list[Person]]
) -> None:
    doctor = server.shops("doctor")[0]

    async def work() -> list[dict[str, float]]:
        return await asyncio.gather(
            *(
                _bill(server, doctor, person, f"TW-AT-ONCE-{number}", ("ngap:G", 3_000, 1))
                for number, person in enumerate(insured_twice[3])
            )
        )

    paid = run(work())
    assert sorted(one["amc"] for one in paid) == [0, 9]


def test_what_is_stored_adds_up_and_is_priced_again_alike(
    server: Running, insured_twice: list[list[Person]]
) -> None:
    first, second = insured_twice[4]
    doctor = server.shops("doctor")[0]

    async def work() -> tuple[list[tuple[int, ...]], Mapping[str, Tally]]:
        await _bill(server, doctor, first, "TW-8", ("ngap:G", 5_000, 1))
        await _bill(server, doctor, second, "TW-9", ("ngap:G", 5_000, 1))
        query = """
        select l.amo_cents, l.other_amc_cents, l.amc_cents, l.patient_cents, c.other_amc_cents
          from claim c join claim_line l using (establishment_id, claim_id)
         where c.invoice in ('TW-8', 'TW-9') order by c.invoice
        """
        span = Span(since=datetime(2020, 1, 1, tzinfo=UTC), until=now() + timedelta(minutes=1))
        async with server.place.store.pool("owner") as pool:
            async with db.statement(pool) as tx:
                rows = [tuple(row.values()) for row in await db.many(tx, query)]
            return rows, await Repricing().run(pool, span)

    rows, tallies = run(work())
    assert rows == [(2100, 0, 900, 2000, 0), (2100, 900, 2000, 0, 900)]
    assert tallies["TWICE-B"].changed == 0


def test_an_act_billed_again_meets_what_it_met_whatever_was_cancelled(
    server: Running, insured_twice: list[list[Person]]
) -> None:
    """Of two acts, the first insurer of which pays one: who cancels and bills again is owed no more."""
    first, second = insured_twice[6]
    doctor = server.shops("doctor")[2]

    async def work() -> list[dict[str, float]]:
        await _bill(server, doctor, second, "TW-60", ("ngap:G", 3_000, 1))
        await _bill(server, doctor, second, "TW-61", ("ngap:G", 2_999, 1, "repeated"))
        one = await _bill(server, doctor, first, "TW-62", ("ngap:G", 3_002, 1))
        await _bill(server, doctor, first, "TW-63", ("ngap:G", 3_001, 1, "repeated"))
        software, wire = server.software(doctor), server.wire()
        reply = await software.call(wire, "POST", CLAIM_PATH, now(), cancelled("TW-62", DAY))
        assert reply.status == 200
        return [one, await _bill(server, doctor, first, "TW-64", ("ngap:G", 3_002, 1))]

    one, again = run(work())
    assert again == one
