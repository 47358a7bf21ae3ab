"""Close a settlement: every payable claim goes to one transfer per establishment, in one transaction.

Nothing is marked paid here: a transfer is an order given to the bank, no more.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from egide import db, ledger
from egide.adjudication import cancellation_values, is_ours
from egide.claims import attested_values
from egide.core.money import Money
from egide.core.period import civil_day
from egide.enrolment import apply_changes
from egide.payments import funds
from egide.payments import sql as orders
from egide.payments.closing import sql
from egide.payments.pain import Debtor
from egide.payments.rows import SettlementRow
from egide.vault import Attester, Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A closed settlement; without any transfer, it was not kept, and tells what was set aside alone.

    Args:
        set_aside: claims that no process of ours decided: not paid.
        restored: claims whose cancelling no process of ours took: they are as they were before it.
    """

    settlement_id: str
    closed_at: datetime
    execute_on: date
    transfers: int
    amount: Money
    set_aside: tuple[UUID, ...] = ()
    restored: tuple[UUID, ...] = ()


async def close_settlement(
    pool: db.Pool,
    *,
    execute_on: date,
    attester: Attester,
    sealer: Sealer,
    now: datetime,
    debtor: Debtor | None = None,
) -> Settlement | None:
    """Settle every payable claim that was decided by a process of ours; None if there is none.

    One transaction: claims, transfers, calls for funds and ledger together. Identifiers are those
    of the day; those of transfers are drawn, so that nobody counts them.

    A claim that no process of ours decided is set aside and named in ``Settlement.set_aside``: whoever wrote it holds
    a login of the counter, and stops nobody else's payment by it.

    Args:
        debtor: the account that pays, fixed here; None to fix it where the file is written.
    """
    asked = _Asked(execute_on, attester, sealer, now, debtor)
    set_aside: list[UUID] = []
    while True:
        try:
            return await _close(pool, asked, set_aside)
        except _NotDecidedError as found:
            # Nothing of it was kept: the same again, without them. A claim that comes meanwhile is looked at too.
            set_aside += found.claims


class _NotDecidedError(Exception):
    """Some claims are not as a process that decides them wrote them."""

    def __init__(self, claims: list[UUID]) -> None:
        super().__init__(f"{len(claims)} claims")
        self.claims = claims


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a settlement is closed with."""

    execute_on: date
    attester: Attester
    sealer: Sealer
    now: datetime
    debtor: Debtor | None


async def _close(pool: db.Pool, asked: _Asked, set_aside: list[UUID]) -> Settlement | None:
    async with db.transaction(pool) as tx:
        await sql.lock_settlements(tx)
        await apply_changes(tx)
        await _pay_new_accounts(tx, asked.sealer, asked.now)
        for one in await sql.refused_by_silence(tx, civil_day(asked.now), asked.now):
            values = cancellation_values(one.establishment_id, one.claim_id)
            await sql.end_claim(tx, one, asked.attester.attest(*values))
        restored = await _check_cancellations(tx, asked.attester)
        today = civil_day(asked.now)
        settlement_id = await sql.next_id(tx, today)
        rooms = await funds.rooms(tx, today)
        closing = sql.Closing(
            settlement_id=settlement_id,
            now=asked.now,
            execute_on=asked.execute_on,
            set_aside=set_aside,
            rooms=rooms,
            owing=await funds.owing(tx, rooms, set_aside, today) if rooms else [],
        )
        dues = await sql.close(tx, closing)
        forged = [
            claim.claim_id
            async for claim in sql.settled(tx, settlement_id)
            if claim.attested is not None
            and not asked.attester.holds(claim.attested, *attested_values(claim))
        ]
        if forged:
            raise _NotDecidedError(forged)
        if not (dues or set_aside or restored):
            return None
        if dues and asked.debtor is not None:
            await orders.fix_debtor(tx, settlement_id, asked.debtor)
        total = Money(sum(due.amount_cents for due in dues))
        await ledger.post(tx, [entry for due in dues for entry in _entries(due)], asked.now)
        taken = await funds.take_from_funds(tx, settlement_id)
        paid = [_from_funds(settlement_id, one) for one in taken]
        await ledger.post(tx, paid, asked.now)
        if dues and asked.debtor is not None and asked.debtor.creditor_id:
            await funds.collect(tx, settlement_id, asked.execute_on, asked.now)
        return Settlement(
            settlement_id=settlement_id,
            closed_at=asked.now,
            execute_on=asked.execute_on,
            transfers=len(dues),
            amount=total,
            set_aside=tuple(set_aside),
            restored=tuple(restored),
        )


async def _pay_new_accounts(tx: db.Tx, sealer: Sealer, now: datetime) -> None:
    """End the holds of those whose account is another since; who entered the refused one again stays held."""
    # A seal is never twice the same: the numbers are compared, which the payer alone reads.
    changed: list[str] = []
    for one in await sql.refused_accounts(tx):
        owner = one.establishment_id.bytes
        if sealer.unpack(one.refused, owner) != sealer.unpack(one.today, owner):
            changed.append(one.transfer_id)
    await sql.release_holds(tx, changed, now)


async def _check_cancellations(tx: db.Tx, attester: Attester) -> list[UUID]:
    """Undo the cancellations that no process of ours took, and return their claims; the others may be held back."""
    ours: list[UUID] = []
    restored: list[UUID] = []
    for one in await sql.unchecked_cancellations(tx):
        if is_ours(attester, one.attested, one.establishment_id, one.claim_id):
            ours.append(one.claim_id)
            continue
        # A thief may also have written the same care anew, to stand in the way.
        again = await sql.same_care(tx, one.claim_id)
        false = [
            claim.claim_id
            for claim in again
            if claim.attested is None
            or not attester.holds(claim.attested, *attested_values(claim))
        ]
        is_free = len(false) == len(again)
        outcome = await sql.restore_claim(tx, one.claim_id, false) if is_free else "replaced"
        if outcome == "restored":
            restored.append(one.claim_id)
        elif outcome == "replaced":  # the same care was decided anew by us: that one stands
            ours.append(one.claim_id)
    await sql.mark_checked(tx, ours)
    return restored


def _entries(due: sql.Due) -> list[ledger.Entry]:
    """Return what an order books: owed no more, on its way, in the bank's books when the bank says so.

    What is held back of claims cancelled after they were paid is owed neither way any more; what is given back of it
    was held for the establishment until now.
    """
    payable = ledger.establishment_account(due.establishment_id)
    undue = ledger.establishment_account(due.establishment_id, ledger.OfEstablishment.UNDUE)
    held = ledger.establishment_account(due.establishment_id, ledger.OfEstablishment.HELD)
    moves = [
        (payable, ledger.Ours.IN_FLIGHT_OUT.value, due.amount_cents),
        (payable, undue, due.held_back_cents),
        (held, payable, due.refund_cents),
    ]
    return [
        ledger.Entry(
            cause_kind=ledger.CauseKind.TRANSFER,
            cause_id=due.transfer_id,
            debit=debit,
            credit=credit,
            amount=Money(cents),
            part=part,
        )
        for part, (debit, credit, cents) in enumerate(moves)
        if cents
    ]


def _from_funds(settlement_id: str, taken: funds.Taken) -> ledger.Entry:
    """Return what a call books that is paid from what its insurer had paid in before, or that gives back more."""
    due = ledger.insurer_account(taken.insurer_id)
    ahead = ledger.insurer_account(taken.insurer_id, ledger.OfInsurer.FUNDS)
    debit, credit = (ahead, due) if taken.funds_cents > 0 else (due, ahead)
    return ledger.Entry(
        cause_kind=ledger.CauseKind.CALL,
        cause_id=f"{taken.insurer_id}/{settlement_id}",
        debit=debit,
        credit=credit,
        amount=Money(abs(taken.funds_cents)),
    )


async def unwritten(pool: db.Pool) -> list[Settlement]:
    """Return the settlements whose files have not been written, the oldest first."""
    async with db.statement(pool) as tx:
        return [_settlement(row) for row in await orders.unwritten(tx)]


async def one_settlement(pool: db.Pool, settlement_id: str) -> Settlement | None:
    """Return a settlement by its number, written or not."""
    async with db.statement(pool) as tx:
        row = await orders.one_settlement(tx, settlement_id)
        return None if row is None else _settlement(row)


def _settlement(row: SettlementRow) -> Settlement:
    return Settlement(
        settlement_id=row.settlement_id,
        closed_at=row.closed_at,
        execute_on=row.execute_on,
        transfers=row.transfers,
        amount=Money(row.amount_cents),
    )


async def unpaid(pool: db.Pool) -> list[sql.Unpaid]:
    """Return who is owed something that no settlement pays now, and why."""
    async with db.statement(pool) as tx:
        return await sql.unpaid(tx)
