"""Close a settlement: every payable claim goes to one transfer per establishment, in one transaction.

Nothing is marked paid here: a transfer is an order given to the bank, no more.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from egide import db, ledger
from egide.core.ids import EstablishmentId, uuid7
from egide.core.money import Money
from egide.core.period import civil_day
from egide.enrolment import apply_changes
from egide.payments import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A closed settlement."""

    settlement_id: str
    closed_at: datetime
    execute_on: date
    transfers: int
    amount: Money


async def close_settlement(
    pool: db.Pool, *, execute_on: date, now: datetime
) -> Settlement | None:
    """Settle every payable claim; None if there is none.

    One transaction: claims, transfers, calls for funds and ledger together. Identifiers are those
    of the day and of the order of establishments, so that a bank sees the same ones again.
    """
    async with db.transaction(pool) as tx:
        await sql.lock_settlements(tx)
        await apply_changes(tx)
        settlement_id = await sql.next_id(tx, civil_day(now))
        dues = await sql.assign_transfers(tx, settlement_id)
        if not dues:
            return None
        total = Money(sum(due["amount_cents"] for due in dues))
        await sql.insert_settlement(tx, settlement_id, now, execute_on, len(dues), total.cents)
        await sql.insert_transfers(tx, settlement_id)
        await sql.insert_calls(tx, settlement_id)
        await ledger.post(tx, [_entry(due["establishment_id"], due, now) for due in dues], now)
        return Settlement(
            settlement_id=settlement_id,
            closed_at=now,
            execute_on=execute_on,
            transfers=len(dues),
            amount=total,
        )


def _entry(establishment: UUID, due: db.Row, now: datetime) -> ledger.Entry:
    establishment_id = EstablishmentId(establishment)
    return ledger.Entry(
        entry_id=uuid7(now),
        establishment_id=establishment_id,
        debit=ledger.establishment_account(establishment_id),
        credit=ledger.BANK,
        amount=Money(due["amount_cents"]),
        transfer_id=due["transfer_id"],
    )


async def unwritten(pool: db.Pool) -> list[Settlement]:
    """Return the settlements whose files have not been written, the oldest first."""
    async with db.statement(pool) as tx:
        return [
            Settlement(
                settlement_id=row["settlement_id"],
                closed_at=row["closed_at"],
                execute_on=row["execute_on"],
                transfers=row["transfers"],
                amount=Money(row["amount_cents"]),
            )
            for row in await sql.unwritten(tx)
        ]
