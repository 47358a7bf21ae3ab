"""What was answered is read again within bounds: a stolen key that walks numbers learns nobody's life."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from conftest import Running, now
from egide.client import messages
from egide.client.messages import (
    CLAIM_PATH,
    INQUIRE_PATH,
    RIGHTS_PATH,
    by_engagement,
    claim,
    item,
    rights_question,
)
from egide.core.ids import from_code, to_code, uuid7
from egide.drills.shows import by_card
from identity.persons import as_counter
from preauth.builders import DAY, call, change, person, refused, rows, sent


def _inquire(number: str) -> bytes:
    return msgspec.json.encode(messages.named(number, DAY))


@pytest.fixture
def shop(server: Running) -> int:
    return server.shops("dentist")[0]


@pytest.fixture
def billed(server: Running, shop: int, request: pytest.FixtureRequest) -> tuple[str, Any]:
    """An invoice of the shop's, and what it was answered."""
    number = f"AGAIN-{sum(map(ord, request.node.name)) % 97}"
    who = person(server, 470 + sum(map(ord, request.node.name)) % 20)
    body = claim(by_card(who), number, DAY, [item(1, "ccam:HBJD001", 2_892, DAY)])
    return number, sent(server, shop, body)


def test_an_invoice_read_by_its_number_after_a_day_opens_no_rights(
    server: Running, shop: int, billed: tuple[str, Any]
) -> None:
    number, answer = billed
    assert answer["preAuthRef"]
    for path, method, body in (
        (INQUIRE_PATH, "POST", _inquire(number)),
        (f"/fhir/ClaimResponse/{answer['id']}", "GET", b""),
    ):
        assert call(server, shop, body, path, method) == (200, answer)
    for hours, shows in ((23, True), (25, False)):
        made = now() - timedelta(hours=hours)
        claim_id = uuid7(made)
        _dated(server, number, claim_id)
        for path, method, body in (
            (INQUIRE_PATH, "POST", _inquire(number)),
            (f"/fhir/ClaimResponse/{to_code(claim_id)}", "GET", b""),
        ):
            status, shown = call(server, shop, body, path, method)
            assert (status, "preAuthRef" in shown) == (200, shows)
    _dated(server, number, from_code(answer["id"]))


def _dated(server: Running, number: str, claim_id: UUID | None) -> None:
    """Give a claim the number that it would have had another day."""
    change(server, "update claim set claim_id = $2 where invoice = $1", number, claim_id)


def test_who_brings_an_engagement_alone_is_given_no_alias(server: Running, shop: int) -> None:
    who = person(server, 492)

    def ask(named: dict[str, Any]) -> str:
        return str(call(server, shop, rights_question(named, DAY), RIGHTS_PATH))

    shown = ask(by_card(who))
    assert "urn:egide:alias" in shown
    body = claim(by_card(who), "AGAIN-E", DAY, [item(1, "ccam:HBJD001", 2_892, DAY)])
    engagement = sent(server, shop, body)["preAuthRef"]
    again = ask(by_engagement(engagement))
    assert "urn:egide:engagement" in again and "urn:egide:alias" not in again


def test_an_answer_that_was_read_again_is_no_engagement(
    server: Running, shop: int, billed: tuple[str, Any]
) -> None:
    number, _ = billed
    call(server, shop, _inquire(number), INQUIRE_PATH)
    mine = server.place.france.shops[shop].establishment_id
    query = """select entry_id, purpose from gate.entry where establishment_id = $1 and purpose = 'reread'
                order by at desc limit 1"""
    [read] = rows(server, query, mine)
    body = claim(
        by_engagement(to_code(read["entry_id"])),
        "AGAIN-R",
        DAY,
        [item(1, "ccam:HBJD001", 2_892, DAY)],
    )
    status, said = call(server, shop, body, CLAIM_PATH)
    assert (status, refused(said)) == (422, "rights-not-shown")


def test_a_hundred_unknown_numbers_a_day_and_no_more_are_tried(
    server: Running, billed: tuple[str, Any]
) -> None:
    shop = server.shops("laboratory")[1]
    mine = server.place.france.shops[shop].establishment_id
    change(
        server,
        "insert into gate.number_tried values ($1, (now() at time zone 'UTC')::date, 98)",
        mine,
    )
    said = [refused(call(server, shop, _inquire(f"NO-{n}"), INQUIRE_PATH)[1]) for n in range(4)]
    assert said == ["claim-unknown", "claim-unknown", "reread-limit", "reread-limit"]
    body = msgspec.json.encode({"invoice": "NO-5", "ground": "amount"})
    assert refused(call(server, shop, body, "/disputes")[1]) == "reread-limit"
    # Nor is one of its own found by its number any more.
    who = person(server, 494)
    mine = claim(by_card(who), "OWN-1", DAY, [item(1, "nabm:1104", 702, DAY)])
    assert sent(server, shop, mine)["outcome"] in {"complete", "error"}
    assert refused(call(server, shop, _inquire("OWN-1"), INQUIRE_PATH)[1]) == "reread-limit"


_REREAD = "select gate.reread($1, $2, $3, $4, 'k', 'key', $5) as done"


def test_a_hundred_persons_of_before_are_read_in_a_day_and_three_hundred_in_a_month(
    server: Running,
) -> None:
    """Of what was told in the last day, and of what pays, there is no bound."""
    france = server.place.france
    mine = france.shops[server.shops("hospital")[0] if server.shops("hospital") else -1]
    change(
        server,
        """insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address, care_on, outcome,
             person_id, insurer_id, plan_code, start_on, key, method)
           select $1, gen_random_uuid(), now() - interval '2 days', $2, 'claim', 'P', gen_random_uuid(), current_date,
                  'shown', p.person_id, c.insurer_id, c.plan_code, c.start_on, 'k', 'key'
             from (select person_id from gate.person order by person_id limit 130) p
             join lateral (select * from gate.cover c where c.person_id = p.person_id limit 1) c on true""",
        mine.establishment_id,
        uuid4(),
    )
    query = """select entry_id from gate.entry where establishment_id = $1 and at < now() - interval '1 day'
                and software_id <> $2 and outcome = 'shown' and key = 'k' order by entry_id"""
    old = [row["entry_id"] for row in rows(server, query, mine.establishment_id, uuid4())]

    def read(some: list[UUID], *, bounded: bool = True) -> bool:
        values = (mine.establishment_id, some, [uuid4() for _ in some], uuid4(), bounded)
        return bool(as_counter(server.place, _REREAD, *values)[0]["done"])

    count = "select count(*) as n from gate.entry where establishment_id = $1 and purpose = 'reread'"
    assert read(old[:60]) and read(old[:60]) and read(old[60:100])
    [before] = rows(server, count, mine.establishment_id)
    assert not read(old[100:101])
    assert rows(server, count, mine.establishment_id) == [before]  # refused, nothing is written
    assert read(old[:5])  # those it has read already
    change(
        server,
        """insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address, care_on, outcome,
             person_id, insurer_id, plan_code, start_on, key, method)
           select establishment_id, gen_random_uuid(), now() - interval '23 hours', software_id, 'claim', 'P',
                  gen_random_uuid(), care_on, 'shown', person_id, insurer_id, plan_code, start_on, 'today', 'key'
             from gate.entry where establishment_id = $1 and entry_id = $2""",
        mine.establishment_id,
        old[101],
    )
    today = "select entry_id from gate.entry where establishment_id = $1 and key = 'today'"
    assert read([row["entry_id"] for row in rows(server, today, mine.establishment_id)])
    assert read(old[100:], bounded=False)
    change(
        server,
        "update gate.read_again set at = at - interval '25 hours' where establishment_id = $1",
        mine.establishment_id,
    )
    assert read(old[100:])
    change(
        server,
        """insert into gate.read_again
           select $1, gen_random_uuid(), now() - interval '20 days' from generate_series(1, 170)""",
        mine.establishment_id,
    )
    assert read(old[:130][:5])  # three hundred, whom it has read
    change(
        server,
        "delete from gate.read_again where establishment_id = $1 and person_id = $2",
        mine.establishment_id,
        rows(server, "select person_id from gate.entry where entry_id = $1", old[0])[0][
            "person_id"
        ],
    )
    change(
        server,
        "insert into gate.read_again values ($1, gen_random_uuid(), now() - interval '20 days')",
        mine.establishment_id,
    )
    assert not read(old[:1])
