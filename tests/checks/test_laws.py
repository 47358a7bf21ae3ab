"""Each law finds its own violation: a check that cannot fail checks nothing."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import httpx2
import pytest

from conftest import Running, now, run
from egide import db, ledger
from egide.accesslog.configured import log_key
from egide.accesslog.grow import grow
from egide.checks import check_and_keep, check_laws
from egide.checks.laws import law_queries
from egide.core.money import Money
from egide.rights import Answer, Basis
from egide.vault import KeyRing
from payments.builders import close, submit_claims
from rights.test_gate import _ask as ask
from rights.test_gate import _card as card
from rights.test_gate import _covered as covered
from rights.test_gate import _new_establishment as new_establishment
from rights.test_gate import _question as question
from rights.test_gate import _typed as typed

_HARM = {
    "each accepted claim with an amount is booked once": "update claim set amc_cents = amc_cents + 1, amo_cents = amo_cents - 1 where invoice = 'LAW-0'",
    "each booked claim exists": "update claim set amc_cents = amc_cents + 1, expense_cents = expense_cents + 1 where invoice = 'LAW-0'",
    "what an establishment is still owed": "update claim set state = 'settled' where invoice = 'LAW6-0'",
    "each transfer is the sum": "update allocation set amount_cents = amount_cents + 1 where claim_id = (select claim_id from claim where invoice = 'LAW-0')",
    "each settled claim is allocated": "update allocation set ended_at = now() where claim_id = (select claim_id from claim where invoice = 'LAW-0')",
    "each transfer is booked once": "update transfer set amount_cents = amount_cents + 1 where transfer_id = (select a.transfer_id from allocation a join claim c using (claim_id) where c.invoice = 'LAW-1')",
    "each settlement is the sum": "update settlement set amount_cents = amount_cents + 1",
    "each cancelled claim was cancelled once": "update claim set state = 'reversed' where invoice = 'LAW-0'",
    "what an establishment owes back": "insert into ledger_entry (cause_kind, cause_id, debit, credit, amount_cents, booked_at) select 'cancellation', gen_random_uuid(), 'establishment:' || establishment_id || ':undue', 'bank', 100, now() from claim where invoice = 'LAW-0'",
    "each claim is the sum of its lines": "update claim_line set amc_cents = amc_cents + 1, amo_cents = amo_cents - 1 where claim_id = (select claim_id from claim where invoice = 'LAW-0')",
    "each claim has its entry": "update claim set entry_id = gen_random_uuid() where invoice = 'LAW-0'",
    "each typed answer was charged": "insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address, care_on, outcome) values (gen_random_uuid(), gen_random_uuid(), now(), gen_random_uuid(), 'rights', 'U', gen_random_uuid(), current_date, 'unknown')",
    "each answer of more than a minute ago is in the tree": "insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address, care_on, outcome) values (gen_random_uuid(), gen_random_uuid(), now() - interval '2 minutes', gen_random_uuid(), 'rights', 'P', gen_random_uuid(), current_date, 'unknown')",
    "each leaf of the tree has its answer": "insert into gate.leaf select size, gen_random_uuid(), gen_random_uuid(), sha256('a'), sha256('b') from gate.log_mark",
    "the tree has no hole": "update gate.log_mark set size = size + 1",
    "no establishment is over its budget": "with b as (insert into gate.budget values (gen_random_uuid(), 0, 0) returning establishment_id) insert into gate.unproved_query select establishment_id, gen_random_uuid(), now() from b",
}


@pytest.fixture(scope="module")
def settled(server: Running) -> Running:
    close(server.place)
    submit_claims(server, "LAW", 5)
    close(server.place)
    submit_claims(server, "LAW6", 1)
    return server


async def _broken(server: Running, harm: str) -> list[str]:
    """Return the laws broken after a harm that is then undone."""

    class Undo(Exception):
        pass

    broken: list[str] = []
    async with server.place.store.pool("logger") as pool:
        await grow(pool, log_key(KeyRing.open(server.place.keys)))
    async with server.place.store.pool("owner") as pool:
        try:
            async with db.transaction(pool) as tx:
                if harm:
                    assert await db.run(tx, harm)  # type: ignore[arg-type]
                broken += [finding.law for finding in await check_laws(tx) if finding.broken_by]
                raise Undo
        except Undo:
            pass
    return broken


def test_every_law_holds(settled: Running) -> None:
    assert run(_broken(settled, "")) == []


@pytest.mark.parametrize("law", list(_HARM))
def test_a_law_names_what_breaks_it(settled: Running, law: str) -> None:
    broken = run(_broken(settled, _HARM[law]))
    assert any(one.startswith(law) for one in broken), broken


@pytest.mark.parametrize("first", ["shown", "over-pace"])
def test_a_person_typed_for_a_day_of_no_cover_then_met_breaks_no_law(
    settled: Running, first: str
) -> None:
    """Three ordinary calls: typed for a day before the cover, typed for today, then the card."""
    place = settled.place
    person = covered(place).pop()

    async def work() -> None:
        establishment = await new_establishment(place, proved=True)
        address = typed(place, person)
        early = replace(question(establishment, Basis.TYPED, address), care_on=date(2001, 1, 1))
        assert not isinstance((await ask(place, [early]))[0], Answer)
        if first == "shown":
            again = question(establishment, Basis.TYPED, address)
            assert isinstance((await ask(place, [again]))[0], Answer)
        else:  # held back: nothing of it was ever shown, and the charge names the person all the same
            async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
                query = "update gate.unproved_query set person_id = (select person_id from gate.cover where address = gate.kept($2) limit 1) where establishment_id = $1"
                await db.run(tx, query, establishment, address, changes=1)
        proved = question(establishment, Basis.PRESENCE, card(place, person))
        assert isinstance((await ask(place, [proved]))[0], Answer)

    run(work())
    assert run(_broken(settled, "")) == []


def test_a_law_of_the_gate_stops_no_payment_and_a_law_of_money_does(settled: Running) -> None:
    async def of_money(harm: str) -> set[bool]:
        class Undo(Exception):
            pass

        found: set[bool] = set()
        async with settled.place.store.pool("owner") as pool:
            try:
                async with db.transaction(pool) as tx:
                    await db.run(tx, harm)  # type: ignore[arg-type]
                    found |= {one.of_money for one in await check_laws(tx) if one.broken_by}
                    raise Undo
            except Undo:
                pass
        return found

    assert run(of_money(_HARM["no establishment is over its budget"])) == {False}
    assert True in run(of_money(_HARM["each claim is the sum of its lines"]))


def test_the_last_check_is_kept_and_told_with_the_health(settled: Running) -> None:
    harm = "update settlement set amount_cents = amount_cents + 1"
    mend = "update settlement set amount_cents = amount_cents - 1"

    async def told(change: str) -> dict[str, object]:
        async with settled.place.store.pool("owner") as pool:
            async with db.transaction(pool) as tx:
                await db.run(tx, change)  # type: ignore[arg-type]
            await check_and_keep(pool, now())
        return httpx2.get(f"{settled.origin}/health").json()["laws"]

    found = run(told(harm))
    assert (
        "each settlement is the sum of its transfers, and of its calls for funds"
        in found["broken"]
    )  # type: ignore[operator]
    after = run(told(mend))
    assert after["laws"] == len(law_queries()) == found["laws"]
    assert after["broken"] == []
    assert str(after["checked_at"]) > str(found["checked_at"])


@pytest.mark.parametrize(
    ("debit", "credit"),
    [
        ("cash", "bank"),
        ("bank", "amc:6f1d2a2e-0000-4000-8000-000000000000"),
        ("bank", "establishment:6f1d2a2e-0000-4000-8000-000000000000:due"),
        ("bank bank", "bank"),
    ],
)
def test_an_account_that_the_ledger_does_not_know_is_refused(
    settled: Running, debit: str, credit: str
) -> None:
    entry = ledger.Entry(
        cause_kind=ledger.CauseKind.CLAIM,
        cause_id="none",
        debit=debit,
        credit=credit,
        amount=Money(1),
    )

    async def work() -> None:
        async with settled.place.store.pool("app") as pool, db.transaction(pool) as tx:
            await ledger.post(tx, [entry], now())

    with pytest.raises(db.DatabaseError, match="ledger_accounts_known"):
        run(work())


def test_a_cause_is_booked_once_with_all_its_entries(settled: Running) -> None:
    insurer, establishment = uuid4(), uuid4()
    entries = [
        ledger.Entry(
            cause_kind=ledger.CauseKind.TRANSFER,
            cause_id="S00000000-00-000000",
            part=part,
            debit=ledger.insurer_account(insurer, what),
            credit=ledger.establishment_account(establishment, ledger.OfEstablishment.HELD),
            amount=Money(1 + part),
        )
        for part, what in enumerate(ledger.OfInsurer)
    ]

    async def post(*booked: ledger.Entry) -> None:
        async with settled.place.store.pool("payer") as pool, db.transaction(pool) as tx:
            await ledger.post(tx, booked, now())
            await ledger.post(tx, booked[:1], now())

    with pytest.raises(db.UniqueViolation):
        run(post(*entries))


def test_a_debt_is_tried_by_one_transfer_at_a_time(settled: Running) -> None:
    again = """
    insert into allocation (establishment_id, claim_id, attempt, transfer_id, insurer_id, amount_cents)
    select a.establishment_id, a.claim_id, 2, a.transfer_id, a.insurer_id, a.amount_cents
      from allocation a join claim c using (claim_id) where c.invoice = 'LAW-2'
    """

    class Undo(Exception):
        pass

    async def work(first: str) -> None:
        async with settled.place.store.pool("owner") as pool, db.transaction(pool) as tx:
            if first:
                await db.run(tx, first)  # type: ignore[arg-type]
            await db.run(tx, again, changes=1)
            raise Undo

    with pytest.raises(db.UniqueViolation, match="allocation_one_under_way"):
        run(work(""))
    with pytest.raises(Undo):
        run(work("update allocation set ended_at = now()"))


def test_the_ledger_only_grows(settled: Running) -> None:
    async def work() -> None:
        async with settled.place.store.pool("owner") as pool, db.statement(pool) as tx:
            for change in (
                "update ledger_entry set amount_cents = 1",
                "delete from ledger_entry",
                "truncate ledger_entry",
            ):
                with pytest.raises(db.DatabaseError, match="append-only"):
                    await db.run(tx, change)  # type: ignore[arg-type]

    run(work())
