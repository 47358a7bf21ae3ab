"""Each law finds its own violation: a check that cannot fail checks nothing."""

import pytest

from conftest import Running, run
from egide import db
from egide.accesslog.grow import grow
from egide.checks import check_laws
from egide.cli.log.log import log_key
from egide.vault import KeyRing
from payments.builders import close, submit_claims

_HARM = {
    "each accepted claim with an amount is booked once": "update claim set amc_cents = amc_cents + 1, amo_cents = amo_cents - 1 where invoice = 'LAW-0'",
    "each booked claim exists": "update claim set amc_cents = amc_cents + 1, expense_cents = expense_cents + 1 where invoice = 'LAW-0'",
    "what an establishment is still owed": "update claim set state = 'settled', transfer_id = 'none' where invoice = 'LAW6-0'",
    "each transfer is the sum": "update transfer set amount_cents = amount_cents + 1 where transfer_id = (select transfer_id from claim where invoice = 'LAW-0')",
    "each settled claim has its transfer": "update claim set transfer_id = 'none' where invoice = 'LAW-0'",
    "each transfer is booked once": "update transfer set amount_cents = amount_cents + 1 where transfer_id = (select transfer_id from claim where invoice = 'LAW-1')",
    "each settlement is the sum": "update settlement set amount_cents = amount_cents + 1",
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
