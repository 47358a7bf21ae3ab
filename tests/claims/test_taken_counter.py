"""Who holds the counter's database login ends others' invoices: nobody is paid twice, and everybody is paid."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from claims.test_corrections import _bill as bill
from claims.test_corrections import _broken as broken
from claims.test_corrections import _cancel as cancel
from claims.test_corrections import _code as code
from claims.test_corrections import _paid as paid
from claims.test_corrections import _person as person
from claims.test_corrections import _state as state
from claims.test_corrections import _submit as submit
from conftest import Running, now, run
from egide import db
from egide.payments import Settlement, close_settlement
from egide.vault import Attester, KeyRing, Sealer
from payments.builders import close, with_pool

_END = "select cancel_claim(establishment_id, claim_id, null, sha256('a')) from claim where invoice = $1"


def _as(server: Running, role: db.Role, query: str, *values: object) -> list[dict[str, Any]]:
    async def work(pool: db.Pool) -> list[dict[str, Any]]:
        async with db.transaction(pool) as tx:
            return [dict(row) for row in await db.many(tx, query, *values)]  # type: ignore[arg-type]

    return with_pool(server.place, work, role)


@pytest.fixture
def shop(server: Running) -> int:
    close(server.place)
    return server.shops("auxiliary")[1]


@pytest.mark.parametrize("is_settled", [False, True])
@pytest.mark.parametrize("cents", [6000, 6001], ids=["the same care", "at another price"])
def test_the_care_of_an_invoice_falsely_ended_is_not_paid_again(
    server: Running, shop: int, is_settled: bool, cents: int
) -> None:
    place, who = server.place, person(server, 60 + 2 * is_settled + cents % 2)
    first = f"TC-1-{is_settled}-{cents}"
    submit(server, shop, bill(who, first))
    if is_settled:
        close(place)
    _as(server, "app", _END, first)
    _, again = submit(server, shop, bill(who, f"{first}-B", cents))
    if cents == 6000:
        assert again["error"][0]["code"]["coding"][0]["code"] == "X01"
    else:
        assert paid(again) == 0  # the year's session is used, whatever the database says
    settlement = close(place)
    assert settlement is not None and len(settlement.restored) == 1
    assert settlement.amount.cents == (0 if is_settled else 3000)
    assert state(server, first) == "settled"
    assert broken(server) == []


_SAME = """
with o as (
    select * from claim where invoice = $1
), n as (
    insert into claim (establishment_id, invoice, claim_id, content_hash, care_hash, entry_id, person_id, insurer_id,
                       plan_code, state, expense_cents, amo_cents, amc_cents, patient_cents, received_at, due_on,
                       response, attested)
    select establishment_id, invoice || '-FALSE', gen_random_uuid(), content_hash, care_hash, entry_id, person_id,
           insurer_id, plan_code, 'nothing-due', 0, 0, 0, 0, received_at, due_on, '{}', sha256('x')
      from o
    returning establishment_id, claim_id
)
insert into claim_line (establishment_id, claim_id, line, act_code, care_on, expense_cents, amo_cents, amc_cents,
                        patient_cents)
select establishment_id, claim_id, 1, 'x:y', current_date, 0, 0, 0, 0 from n
returning claim_id
"""


def test_a_false_claim_stands_in_nobodys_way(server: Running, shop: int) -> None:
    submit(server, shop, bill(person(server, 66), "TC-2"))
    _as(server, "app", _END, "TC-2")
    _as(server, "app", _SAME, "TC-2")
    settlement = close(server.place)
    assert settlement is not None and settlement.amount.cents == 3000
    assert (state(server, "TC-2"), state(server, "TC-2-FALSE")) == ("settled", "cancelled")
    assert broken(server) == []


def test_the_counters_login_books_claims_alone(server: Running, shop: int) -> None:
    submit(server, shop, bill(person(server, 67), "TC-3"))
    query = """
    insert into ledger_entry (cause_kind, cause_id, part, debit, credit, amount_cents, booked_at)
    select $2, claim_id::text, 32767, 'suspense', 'bank', 1, now() from claim where invoice = $1
    returning part
    """
    for kind in ("cancellation", "transfer"):
        with pytest.raises(db.DatabaseError, match="row-level security"):
            _as(server, "app", query, "TC-3", kind)


@pytest.mark.parametrize("is_settled", [False, True])
def test_whom_a_thief_forestalls_cancels_all_the_same(
    server: Running, shop: int, is_settled: bool
) -> None:
    place, invoice = server.place, f"TC-4-{is_settled}"
    submit(server, shop, bill(person(server, 68 + is_settled), invoice))
    if is_settled:
        close(place)
    _as(server, "app", _END, invoice)
    assert submit(server, shop, cancel(invoice))[0] == 200
    submit(server, shop, bill(person(server, 70 + is_settled), f"{invoice}-B"))
    submit(server, shop, bill(person(server, 72 + is_settled), f"{invoice}-C", 2000))
    settlement = close(place)
    assert settlement is not None and settlement.restored == ()
    assert settlement.amount.cents == 5000 - 3000 * is_settled
    assert state(server, invoice) == ("reversed" if is_settled else "cancelled")
    assert broken(server) == []


@pytest.mark.parametrize(
    "held",
    [_END.replace("$1", "'TC-5'"), "select pg_advisory_xact_lock(7290455)"],
    ids=["an invoice", "a lock"],
)
def test_an_open_transaction_of_the_counter_stops_nobody_elses_payment(
    server: Running, shop: int, held: str
) -> None:
    place = server.place
    other = server.shops("auxiliary")[3]
    submit(server, shop, bill(person(server, 74), "TC-5"))
    number = 75 + ("advisory" in held)
    submit(server, other, bill(person(server, number), f"TC-5-{number}"))

    async def work() -> Settlement | None:
        day, keys = now().date() + timedelta(days=1), KeyRing.open(place.keys)
        attester, sealer = Attester(keys), Sealer(keys)
        async with (
            place.store.pool("app") as pool,
            place.store.pool("payer") as payer,
            db.transaction(pool) as tx,
        ):
            await db.many(tx, held)  # type: ignore[arg-type]
            closing = close_settlement(
                payer, execute_on=day, attester=attester, sealer=sealer, now=now()
            )
            return await asyncio.wait_for(closing, 20)

    assert run(work()) is not None
    assert state(server, f"TC-5-{number}") == "settled"
    close(place)


def test_who_is_off_ends_nothing(server: Running, shop: int) -> None:
    submit(server, shop, bill(person(server, 77), "TC-6"))
    establishment = str(server.software(shop).establishment_id)
    _as(
        server,
        "owner",
        """insert into gate.segment
           values ('establishment', $1, 'off', 'test-off', 'test', now(), now() + interval '1 hour')
               on conflict (kind, value) do update
              set mode = excluded.mode, reason = excluded.reason, until = excluded.until
           returning kind""",
        establishment,
    )
    try:
        status, said = submit(server, shop, cancel("TC-6"))
    finally:
        _as(
            server, "owner", "delete from gate.segment where reason = 'test-off' returning kind"
        )
    assert (status, code(said)) == (403, "contained")
    assert state(server, "TC-6") == "payable"
