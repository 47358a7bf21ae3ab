"""What every test of the bank does: take its files, read what came of them, say what a movement is."""

import io
from pathlib import Path
from typing import Any

from conftest import Place, Running, now, run
from egide import db
from egide.checks import check_laws
from egide.client.messages import CLAIM_PATH, cancelled
from egide.treasury import say, take_report, take_statements, unmatched
from payments.builders import DEBTOR, close, submit_claims, with_pool, write
from treasury.model_bank import Line, ModelBank

OUR_IBAN = DEBTOR.iban.text


def take(place: Place, body: bytes, *, account: str = OUR_IBAN) -> dict[str, int]:
    taken = with_pool(
        place,
        lambda pool: take_statements(
            pool, io.BytesIO(body), account=account, now=now(), is_first=True
        ),
    )
    return {what: count for one in taken for what, count in one.counts.items()}


def take_pain(place: Place, body: bytes) -> Any:
    return with_pool(place, lambda pool: take_report(pool, body, now=now()))


def rows_in(place: Place, sql: Any, *values: object) -> list[db.Row]:
    async def work(pool: db.Pool) -> list[db.Row]:
        async with db.statement(pool) as tx:
            return await db.many(tx, sql, *values)

    return with_pool(place, work, "owner")


def states_of(place: Place, settlement: str) -> dict[str, str]:
    sql = "select transfer_id, state from transfer where settlement_id = $1"
    return {row["transfer_id"]: row["state"] for row in rows_in(place, sql, settlement)}


def broken_laws(place: Place) -> dict[str, list[str]]:
    async def work(pool: db.Pool) -> dict[str, list[str]]:
        async with db.transaction(pool) as tx:
            return {
                one.law: one.broken_by
                for one in await check_laws(tx)
                if one.broken_by and one.of_money
            }

    return with_pool(place, work, "owner")


def say_as(place: Place, subject: str, target: str, who: str) -> bool:
    return with_pool(place, lambda pool: say(pool, subject, target, who, now=now()))


def cancel_invoice(server: Running, invoice: str, *, shop: int = 0) -> None:
    """Cancel an invoice of a pharmacy."""

    async def work() -> int:
        software = server.software(server.shops("pharmacy")[shop])
        sent = cancelled(invoice, now().date().isoformat())
        return (await software.call(server.wire(), "POST", CLAIM_PATH, now(), sent)).status

    assert run(work()) == 200


def ordered(
    server: Running, folder: Path, prefix: str, count: int = 1
) -> tuple[str, Path, list[str]]:
    """Return a settlement of claims of ours, its order file and its transfers."""
    submit_claims(server, prefix, count)
    settlement = close(server.place)
    assert settlement is not None
    path = write(server.place, settlement, folder) / "pain.001.xml"
    return (
        settlement.settlement_id,
        path,
        sorted(states_of(server.place, settlement.settlement_id)),
    )


def cents_of(place: Place, transfer: str) -> int:
    [row] = rows_in(place, "select amount_cents from transfer where transfer_id = $1", transfer)
    return int(row["amount_cents"])


def debit_of(place: Place, transfer: str, *, more: int = 0) -> Line:
    cents = -cents_of(place, transfer) - more
    return Line(cents, [(transfer, cents, "")])


def credit_of(place: Place, transfer: str, reason: str = "") -> Line:
    cents = cents_of(place, transfer)
    return Line(cents, [(transfer, cents, reason)])


def waiting_on(place: Place, target: str) -> list[str]:
    found = with_pool(place, unmatched).suspense
    return [one.full_name for one in found if one.target == target]


def say_both(place: Place, subject: str, target: str) -> None:
    assert not say_as(place, subject, target, "Awa")
    assert say_as(place, subject, target, "Bo")


def take_back_funds(place: Place, bank: ModelBank) -> None:
    """Give insurers back what they have paid in ahead: the calls of other tests are not paid by it."""
    query = """
    select split_part(account, ':', 2)::uuid as insurer_id, sum(cents)::bigint as cents
      from (select credit as account, amount_cents as cents from ledger_entry where credit like 'amc:%:funds'
             union all
            select debit, -amount_cents from ledger_entry where debit like 'amc:%:funds') m
     group by account
    having sum(cents) > 0
    """
    for row in rows_in(place, query):
        [insurer] = rows_in(
            place, "select amc_number from insurer where insurer_id = $1", row["insurer_id"]
        )
        said = f"FONDS RENDUS {row['insurer_id']} {bank.number}"
        take(place, bank.statement([Line(-row["cents"], said=said)]), account=bank.iban)
        [name] = [
            one.full_name for one in with_pool(place, unmatched).suspense if one.said == said
        ]
        say_both(place, name, f"funds:{insurer['amc_number']}")


def is_paid_again(place: Place, invoice: str) -> bool:
    """Close what is due, and tell whether a claim is in it."""
    close(place)
    [row] = rows_in(
        place,
        "select count(*) as tries from allocation a join claim c using (claim_id) where c.invoice = $1",
        invoice,
    )
    return int(row["tries"]) > 1
