"""What the bank's answers book, and what becomes of what an order was to pay."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db, ledger
from egide.core.money import Money
from egide.ledger import CauseKind, Entry, OfEstablishment, Ours
from egide.treasury import sql
from egide.treasury.match import Disposed, Disposition
from egide.treasury.statement import Movement, Statement

# The account, its holder or its bank: an order to the same one would come back too (ISO external codes).
_OF_THE_ACCOUNT: Final = frozenset(
    {"AC01", "AC04", "AC06", "AC13", "AG01", "BE04", "BE06", "MD07", "RC01", "RR02", "RR03"}
)


def opening(statement: Statement) -> list[Entry]:
    """Return what an account held before its first statement here: money that nothing explains yet."""
    return _between(
        CauseKind.BANK_OPENING, statement.reference, statement.opened.cents, Ours.SUSPENSE
    )


def movement(
    statement: Statement,
    one: Movement,
    disposed: Disposed,
    transfers: Mapping[str, sql.TransferRow],
) -> list[Entry]:
    """Return what a movement books: the bank's account moves by it, and by nothing else."""
    cause = f"{statement.reference}/{one.number}"
    match disposed.disposition:
        case Disposition.BOOKED:
            other = Ours.IN_FLIGHT_OUT.value
        case Disposition.RETURNED:
            row = transfers[disposed.target]
            other = ledger.establishment_account(row.establishment_id)
            undone = undoing(row, CauseKind.BANK_ENTRY, cause, first_part=1)
            return [*_between(CauseKind.BANK_ENTRY, cause, one.amount.cents, other), *undone]
        case Disposition.CALLED:
            other = ledger.insurer_account(UUID(disposed.target))
        case Disposition.CHARGES:
            other = Ours.BANK_CHARGES.value
        case Disposition.SUSPENSE:
            other = Ours.SUSPENSE.value
    return _between(CauseKind.BANK_ENTRY, cause, one.amount.cents, other)


def reject(row: sql.TransferRow) -> list[Entry]:
    """Return what an order that the bank did not execute books: owed again, and on its way no more."""
    again = Entry(
        cause_kind=CauseKind.REJECT,
        cause_id=row.transfer_id,
        debit=Ours.IN_FLIGHT_OUT.value,
        credit=ledger.establishment_account(row.establishment_id),
        amount=Money(row.amount_cents),
    )
    return [again, *undoing(row, CauseKind.REJECT, row.transfer_id, first_part=1)]


def undoing(
    row: sql.TransferRow, kind: CauseKind, cause: str, *, first_part: int
) -> list[Entry]:
    """Return what else an order that came to nothing books back.

    What it held back is owed by the establishment again; what it was to pay of claims cancelled since is owed neither
    way, since it was never paid.
    """
    payable = ledger.establishment_account(row.establishment_id)
    undue = ledger.establishment_account(row.establishment_id, OfEstablishment.UNDUE)
    moves = [
        (undue, payable, row.held_back_cents),
        (payable, undue, row.reversed_cents),
    ]
    return [
        Entry(
            cause_kind=kind,
            cause_id=cause,
            debit=debit,
            credit=credit,
            amount=Money(cents),
            part=first_part + at,
        )
        for at, (debit, credit, cents) in enumerate(moves)
        if cents
    ]


async def come_back(tx: db.Tx, row: sql.TransferRow, reason: str, now: datetime) -> None:
    """Make what an order was to pay due again; where its account is at fault, not to that account."""
    await sql.owe_again(tx, [row.transfer_id], now)
    if reason in _OF_THE_ACCOUNT:
        await sql.hold(tx, row.establishment_id, row.transfer_id, reason, now)


def _between(kind: CauseKind, cause: str, cents: int, other: str) -> list[Entry]:
    """Return the entry by which our account at the bank and another move; none for nothing."""
    if not cents:
        return []
    bank = Ours.BANK.value
    debit, credit = (bank, other) if cents > 0 else (other, bank)
    return [
        Entry(
            cause_kind=kind,
            cause_id=cause,
            debit=debit,
            credit=credit,
            amount=Money(abs(cents)),
        )
    ]
