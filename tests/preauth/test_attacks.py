"""What attackers tried on prises en charge: no order of calls, and no login, has a renewal paid twice or held for ever."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Running, now, run
from egide import db
from egide.client.messages import (
    CLAIM_PATH,
    RIGHTS_PATH,
    by_engagement,
    cancelled,
    claim,
    item,
    piece,
    rights_question,
)
from egide.core.ids import from_code, made_at, uuid7
from egide.drills import Person
from egide.drills.shows import by_card
from egide.payments import Settlement, close_settlement
from egide.preauth.states import State, on_day
from egide.vault import Addresses, Attester, KeyRing, Sealer
from payments.builders import close, with_pool
from preauth.builders import (
    DAY,
    INQUIRE_PATH,
    LENS,
    TODAY,
    broken,
    call,
    change,
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


def _as_counter(server: Running, query: str, *values: object) -> None:
    async def work(pool: db.Pool) -> None:
        async with db.transaction(pool) as tx:
            await db.many(tx, query, *values)  # type: ignore[arg-type]

    with_pool(server.place, work, "app")


def test_a_correction_cites_the_prise_en_charge_that_it_frees(
    server: Running, shops: list[int]
) -> None:
    who = person(server, 30)
    number = sent(server, shops[0], demand(who, "AT-1", pair()))["preAuthRef"]
    first = sent(server, shops[0], invoice(number, "AT-1-A", pair()))
    less = pair(11_900, 8_900)
    beside = sent(server, shops[0], claim(by_card(who), "AT-1-B", DAY, less, replaces="AT-1-A"))
    assert control(beside) == "C06"
    cites = sent(server, shops[0], invoice(number, "AT-1-C", less, replaces="AT-1-A"))
    assert 0 < paid(cites) <= paid(first)
    assert broken(server) == []


def test_what_is_promised_of_another_day_is_worth_what_it_is_worth_on_its_own(
    server: Running, shops: list[int]
) -> None:
    """A renewal that is not due yet is not paid today by an agreement for the day when it is."""
    some = (person(server, number) for number in range(201, 230))
    who = next(one for one in some if one.age > 20)
    _cover_whole(server, who)
    past = in_days(-720).isoformat()
    first = claim(by_card(who), "AT-2-0", past, pair(day=past))
    assert paid(sent(server, shops[0], first)) > 1000
    at_once = paid(sent(server, shops[0], demand(who, "AT-2", pair(), use="predetermination")))
    later = in_days(30).isoformat()
    granted = sent(server, shops[0], demand(who, "AT-3", pair(day=later)))
    assert paid(granted) > at_once
    billed = sent(server, shops[0], invoice(granted["preAuthRef"], "AT-3-F", pair()))
    assert paid(billed) == at_once
    assert broken(server) == []


def _cover_whole(server: Running, who: Person) -> None:
    """Let a person be covered for years before and after."""
    secret = from_code(who.card)
    assert secret is not None
    change(
        server,
        """update gate.cover set start_on = '2020-01-01', end_on = '2029-01-01'
            where person_id in (select person_id from gate.cover where address = gate.kept($1))""",
        Addresses(KeyRing.open(server.place.keys)).card(secret),
    )


def test_a_demand_that_its_insurer_never_answers_ends(
    server: Running, shops: list[int]
) -> None:
    assert on_day(State.PENDED_PAYER, TODAY, in_days(10), in_days(10)) is State.PENDED_PAYER
    assert on_day(State.PENDED_PAYER, TODAY, in_days(10), in_days(11)) is State.EXPIRED


def test_seats_are_those_that_are_free(server: Running, shops: list[int]) -> None:
    """Two lenses, held by two shops: who gives one back leaves it to a third, and takes no seat of another."""
    who = person(server, 32)

    def lens(side: str, cents: int) -> list[dict[str, Any]]:
        return [item(1, LENS, cents, DAY, side=side)]

    one = sent(server, shops[0], demand(who, "AT-10", lens("right", 9_000)))
    two = sent(server, shops[1], demand(who, "AT-11", lens("left", 9_100)))
    assert {state(one), state(two)} == {"granted"}
    assert control(sent(server, shops[2], demand(who, "AT-12", lens("right", 9_200)))) == "C01"
    sent(server, shops[0], ended("AT-10"))
    three = sent(server, shops[2], demand(who, "AT-13", lens("right", 9_300)))
    assert state(three) == "granted"
    # Used, then given back after another has come: it is held again, in a seat of its own.
    sent(server, shops[1], invoice(two["preAuthRef"], "AT-11-F", lens("left", 9_100)))
    sent(server, shops[2], ended("AT-13"))
    four = sent(server, shops[0], demand(who, "AT-14", lens("right", 9_400)))
    assert state(four) == "granted"
    assert call(server, shops[1], cancelled("AT-11-F", DAY))[0] == 200
    assert control(sent(server, shops[2], demand(who, "AT-15", lens("left", 9_500)))) == "C01"
    again = sent(server, shops[1], invoice(two["preAuthRef"], "AT-11-G", lens("left", 9_100)))
    last = sent(server, shops[0], invoice(four["preAuthRef"], "AT-14-F", lens("right", 9_400)))
    assert paid(again) > 100 and paid(last) > 100
    assert broken(server) == []


@pytest.mark.parametrize(
    "forging",
    [
        "update preauth set state = 'granted' where request = $1",
        """with l as (select l.* from preauth_line l join preauth p using (establishment_id, preauth_id, revision)
                      where p.request = $1)
           select mark_preauth(establishment_id, preauth_id, array_agg(line), used_by, null)
             from l where used_by is not null group by establishment_id, preauth_id, used_by""",
    ],
    ids=["granted by itself", "freed while its invoice stands"],
)
def test_the_counters_login_has_no_renewal_paid_twice(
    server: Running, shops: list[int], forging: str
) -> None:
    number = 33 + ("mark" in forging)
    who, request = person(server, number), f"AT-20-{number}"
    asked = sent(server, shops[0], demand(who, request, pair()))
    first = sent(server, shops[0], invoice(asked["preAuthRef"], f"{request}-A", pair()))
    _as_counter(server, forging, request)
    items = pair()
    for one in items:
        one["modifier"] = [{"coding": [{"system": "urn:egide:situation", "code": "repeated"}]}]
    again = sent(server, shops[0], invoice(asked["preAuthRef"], f"{request}-B", items))
    assert "error" in again or paid(again) < 100
    assert paid(first) > 1000
    close(server.place)
    assert broken(server) == []


def test_lines_written_by_the_counters_login_are_worth_what_the_grid_gives(
    server: Running, shops: list[int]
) -> None:
    who = person(server, 36)
    quote = sent(server, shops[0], demand(who, "AT-30", pair(60_000), use="predetermination"))
    granted = sent(server, shops[0], demand(who, "AT-31", pair(60_000)))
    number = from_code(granted["preAuthRef"])
    _as_counter(server, "update preauth set state = 'superseded' where preauth_id = $1", number)
    _as_counter(
        server,
        """insert into preauth
           select (json_populate_record(p, '{"revision": 2, "request": "AT-32", "state": "granted"}')).*
             from preauth p where p.preauth_id = $1""",
        number,
    )
    _as_counter(
        server,
        """insert into preauth_line
           select (json_populate_record(l, json_build_object('revision', 2, 'amc_cents', l.expense_cents,
                                                             'promised_cents', l.expense_cents))).*
             from preauth_line l where l.preauth_id = $1""",
        number,
    )
    billed = sent(server, shops[0], invoice(granted["preAuthRef"], "AT-30-F", pair(60_000)))
    assert paid(billed) == paid(quote)


def test_an_open_transaction_on_a_prise_en_charge_stops_no_payment(
    server: Running, shops: list[int]
) -> None:
    place, who = server.place, person(server, 37)
    close(place)
    number = sent(server, shops[0], demand(who, "AT-40", pair()))["preAuthRef"]
    sent(server, shops[0], invoice(number, "AT-40-F", pair()))
    other = sent(server, shops[1], claim(by_card(person(server, 38)), "AT-41", DAY, pair()))
    _as_counter(
        server,
        "select cancel_claim(establishment_id, claim_id, null, '') from claim where invoice = $1",
        "AT-40-F",
    )

    async def work() -> Settlement | None:
        day, keys = in_days(1), KeyRing.open(place.keys)
        attester, sealer = Attester(keys), Sealer(keys)
        async with (
            place.store.pool("app") as pool,
            place.store.pool("payer") as payer,
            db.transaction(pool) as tx,
        ):
            await db.run(tx, "update preauth set state = state where request = 'AT-40'")
            closing = close_settlement(
                payer, execute_on=day, attester=attester, sealer=sealer, now=now()
            )
            return await asyncio.wait_for(closing, 20)

    settlement = run(work())
    assert settlement is not None and settlement.amount.cents == paid(other)
    after = close(place)  # nobody holds it any more: it is restored, and paid
    assert after is not None and len(after.restored) == 1
    assert broken(server) == []


def _ask_piece(server: Running, number: str) -> None:
    """Have a piece asked of a prise en charge, as its insurer's desk does."""
    change(
        server,
        """update preauth set state = 'pended-pieces', piece = 'last-refund', act_by = $2, valid_until = null,
                  invoice_until = $2 where preauth_id = $1""",
        from_code(number),
        in_days(21),
    )
    change(
        server,
        "update reservation set during = daterange(lower(during), $2, '[]') where preauth_id = $1",
        from_code(number),
        in_days(21),
    )


def test_what_a_missing_piece_ends_is_given_back(server: Running, shops: list[int]) -> None:
    who = person(server, 39)
    number = sent(server, shops[0], demand(who, "AT-50", pair()))["preAuthRef"]
    _ask_piece(server, number)
    for wrong in ("0000-02-31", "2999-01-01"):
        said = call(
            server, shops[0], piece(number, "last-refund", wrong), "/fhir/Communication"
        )[1]
        assert refused(said) == "piece-unexpected"
    status, given = call(
        server, shops[0], piece(number, "last-refund", "2024-02-01"), "/fhir/Communication"
    )
    assert (status, state(given)) == (200, "pended-payer")
    [held] = rows(
        server,
        "select distinct upper(during) - 1 as until from reservation where preauth_id = $1",
        from_code(number),
    )
    assert held["until"] == in_days(5 + 60 + 15)
    let_pass(server, number, 81)
    assert state(sent(server, shops[1], demand(who, "AT-51", pair(13_000)))) == "granted"


def test_of_pieces_given_at_once_one_is_kept_and_said_to_be(
    server: Running, shops: list[int]
) -> None:
    number = sent(server, shops[0], demand(person(server, 397), "AT-52", pair()))["preAuthRef"]
    _ask_piece(server, number)

    async def work() -> list[int]:
        async def one(month: int) -> int:
            body = piece(number, "last-refund", f"2024-{month:02d}-01")
            software = server.software(shops[0])
            wire = server.wire()
            reply = await software.call(wire, "POST", "/fhir/Communication", now(), body)
            return reply.status

        return list(await asyncio.gather(*map(one, range(1, 9))))

    told = run(work())
    assert told.count(200) == 1
    [kept] = rows(
        server, "select piece_answer from preauth where preauth_id = $1", from_code(number)
    )
    assert kept["piece_answer"] == f"2024-{told.index(200) + 1:02d}-01"


def test_a_demand_that_no_invoice_could_cite_is_refused(
    server: Running, shops: list[int]
) -> None:
    who = person(server, 41)
    first = sent(server, shops[0], demand(who, "AT-60", pair()))
    status, said = call(server, shops[0], demand(first["preAuthRef"], "AT-61", pair()))
    assert (status, refused(said)) == (409, "preauth-closed")
    yesterday = in_days(-1).isoformat()
    status, said = call(server, shops[0], demand(who, "AT-62", pair(day=yesterday)))
    assert (status, said["issue"][0]["expression"]) == (422, ["Claim.item[0].servicedDate"])
    quote = demand(who, "AT-63", pair(), extends="AT-60", use="predetermination")
    status, said = call(server, shops[0], quote)
    assert (status, said["issue"][0]["expression"]) == (422, ["Claim.related"])
    assert (
        state(call(server, shops[0], b"", f"/fhir/ClaimResponse/{first['id']}", "GET")[1])
        == "granted"
    )


def test_care_far_ahead_is_promised_until_its_day(server: Running, shops: list[int]) -> None:
    who = person(server, 42)
    _cover_whole(server, who)
    day = in_days(150)
    answer = sent(server, shops[0], demand(who, "AT-70", pair(day=day.isoformat())))
    assert answer["preAuthPeriod"]["end"] == day.isoformat()
    assert answer["processNote"][2]["text"] == f"by: {in_days(165).isoformat()}"


def test_nothing_but_an_invoice_lives_on_a_prise_en_charge(
    server: Running, shops: list[int]
) -> None:
    """A quote, and a question of rights, on a number older than an engagement lives, are told nothing."""
    who = person(server, 43)
    quote = sent(server, shops[0], demand(who, "AT-80", pair(), use="predetermination"))["id"]
    granted = sent(server, shops[0], demand(who, "AT-81", pair()))["preAuthRef"]
    for number in (quote, granted):
        entry = from_code(number)
        query = """
        update gate.entry set at = at - interval '40 days', care_on = care_on - 40,
               start_on = least(start_on, care_on - 60) where entry_id = $1
        """
        change(server, "alter table gate.entry disable trigger user")
        change(server, query, entry)
        change(server, "alter table gate.entry enable trigger user")
    asked = rights_question(by_engagement(granted), DAY)
    assert "insurance" not in call(server, shops[0], asked, RIGHTS_PATH)[1]
    bill = invoice(quote, "AT-80-F", pair())
    assert refused(call(server, shops[0], bill)[1]) == "rights-not-shown"
    assert sent(server, shops[0], invoice(granted, "AT-81-F", pair()))["outcome"] == "complete"


def test_their_flow_off_shuts_all_of_them(server: Running, shops: list[int]) -> None:
    who = person(server, 44)
    body = demand(who, "AT-90", pair())
    number = sent(server, shops[0], body)["preAuthRef"]
    change(
        server,
        """insert into gate.segment values ('flow', 'preauth', 'off', 'test-flow', 'test', now(), now() + interval '1 hour')
               on conflict (kind, value) do update set mode = excluded.mode, until = excluded.until""",
    )
    try:
        asked = ended("AT-90").replace(b'"cancelled"', b'"active"')
        shut = [
            call(server, shops[0], body)[0],
            call(server, shops[0], ended("AT-90"))[0],
            call(server, shops[0], asked, INQUIRE_PATH)[0],
            call(server, shops[0], b"", f"/fhir/ClaimResponse/{number}", "GET")[0],
            call(server, shops[0], piece(number, "last-refund", DAY), "/fhir/Communication")[0],
        ]
        quote = demand(who, "AT-91", pair(), use="predetermination")
        assert refused(call(server, shops[0], quote)[1]) == "rights-not-shown"
        assert sent(server, shops[0], claim(by_card(person(server, 45)), "AT-92", DAY, pair()))
    finally:
        change(server, "update gate.segment set until = now() where kind = 'flow'")
    assert shut == [403] * 5


def test_what_is_sent_again_is_logged_again(server: Running, shops: list[int]) -> None:
    who = person(server, 46)
    for body, table, column, name in (
        (demand(who, "AT-95", pair()), "preauth", "request", "AT-95"),
        (claim(by_card(person(server, 47)), "AT-96", DAY, pair()), "claim", "invoice", "AT-96"),
    ):
        first = sent(server, shops[0], body)
        assert sent(server, shops[0], body) == first
        query = f"""select count(*) as n from gate.entry e join {table} t on t.entry_id = e.address
                     where t.{column} = $1 and e.purpose = 'reread'"""
        assert rows(server, query, name)[0]["n"] == 1


def test_an_extension_sent_at_once_has_one_answer(server: Running, shops: list[int]) -> None:
    who = person(server, 48)
    number = sent(server, shops[0], demand(who, "AT-100", pair()))["preAuthRef"]
    body = demand(number, "AT-101", pair(lens=12_000), extends="AT-100")

    async def work() -> list[tuple[int, bytes]]:
        async def one() -> tuple[int, bytes]:
            reply = await server.software(shops[0]).call(
                server.wire(), "POST", CLAIM_PATH, now(), body
            )
            return reply.status, reply.body

        return list(await asyncio.gather(*(one() for _ in range(10))))

    answers = {said for status, said in run(work()) if status == 200}
    assert len(answers) == 1
    assert {status for status, _ in run(work())} == {200}


def test_a_line_is_used_by_what_is_alike(server: Running, shops: list[int]) -> None:
    who = person(server, 49)
    items = [item(1, LENS, 9_000, DAY), item(2, LENS, 9_000, DAY, quantity=2)]
    number = sent(server, shops[0], demand(who, "AT-110", items[1:]))["preAuthRef"]
    billed = sent(server, shops[0], invoice(number, "AT-110-F", [items[1] | {"sequence": 1}]))
    assert billed["outcome"] == "complete"


def test_a_used_part_is_not_cancelled_when_its_days_are_past(
    server: Running, shops: list[int]
) -> None:
    who = person(server, 51)
    number = sent(server, shops[0], demand(who, "AT-120", pair()))["preAuthRef"]
    sent(server, shops[0], invoice(number, "AT-120-F", pair()[:1]))
    let_pass(server, number, 90)
    assert refused(call(server, shops[0], ended("AT-120"))[1]) == "preauth-used"


def test_a_demand_of_many_lines_held_by_another_is_answered_at_once(
    server: Running, shops: list[int]
) -> None:
    who = person(server, 52)
    sent(server, shops[0], demand(who, "AT-130", pair()))
    items = [item(n, LENS, 9_000 + n, DAY, side="right") for n in range(1, 41)]
    answer = sent(server, shops[1], demand(who, "AT-131", items))
    assert {one["code"]["coding"][0]["code"] for one in answer["error"]} == {"C01"}
    status, said = call(server, shops[1], demand(who, "AT-132", [*items, items[0]]))
    assert (status, said["issue"][0]["expression"]) == (422, ["Claim.item"])


def test_the_instant_of_a_number_is_that_of_its_making() -> None:
    at = datetime(2026, 11, 27, 10, 30, 15, 123_000, tzinfo=UTC)
    assert made_at(uuid7(at)) == at
