"""Close a settlement: every payable claim goes to one transfer per establishment, in one transaction.

Nothing is marked paid here: a transfer is an order given to the bank, no more.
"""

from dataclasses import dataclass
from datetime import date, datetime

from egide import db, ledger
from egide.claims import attested_values
from egide.core.money import Money
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.enrolment import apply_changes
from egide.payments import sql
from egide.vault import Attester


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A closed settlement."""

    settlement_id: str
    closed_at: datetime
    execute_on: date
    transfers: int
    amount: Money


async def close_settlement(
    pool: db.Pool, *, execute_on: date, attester: Attester, now: datetime
) -> Settlement | None:
    """Settle every payable claim; None if there is none.

    One transaction: claims, transfers, calls for funds and ledger together. Identifiers are those
    of the day and of the order of establishments, so that a bank sees the same ones again.

    Raises Refusal: ``claim-not-decided``: a claim is not as the process that decides them wrote it; nothing is
    settled, whoever wrote it holds a login of the counter.
    """
    async with db.transaction(pool) as tx:
        await sql.lock_settlements(tx)
        await apply_changes(tx)
        settlement_id = await sql.next_id(tx, civil_day(now))
        dues = await sql.close(tx, settlement_id, now, execute_on)
        if not dues:
            return None
        async for claim in sql.settled(tx, settlement_id):
            if claim.attested is not None and not attester.holds(
                claim.attested, *attested_values(claim)
            ):
                raise Refusal(RefusalCode.CLAIM_NOT_DECIDED, where=f"claim {claim.claim_id}")
        total = Money(sum(due.amount_cents for due in dues))
        await ledger.post(tx, [_entry(due) for due in dues], now)
        return Settlement(
            settlement_id=settlement_id,
            closed_at=now,
            execute_on=execute_on,
            transfers=len(dues),
            amount=total,
        )


def _entry(due: sql.Due) -> ledger.Entry:
    """Return what an order books: owed no more, on its way, in the bank's books when the bank says so."""
    return ledger.Entry(
        cause_kind=ledger.CauseKind.TRANSFER,
        cause_id=due.transfer_id,
        debit=ledger.establishment_account(due.establishment_id),
        credit=ledger.Ours.IN_FLIGHT_OUT,
        amount=Money(due.amount_cents),
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
