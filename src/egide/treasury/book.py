"""What the bank's answers book, and what becomes of what an order was to pay."""

from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db, ledger
from egide.core.money import Money
from egide.ledger import CauseKind, Entry, OfEstablishment, Ours
from egide.treasury import sql
from egide.treasury.match import Disposed, Disposition
from egide.treasury.statement import Statement

# The account, its holder or its bank: an order to the same one would come back too (ISO external codes).
_OF_THE_ACCOUNT: Final = frozenset(
    {"AC01", "AC04", "AC06", "AC13", "AG01", "BE04", "BE06", "MD07", "RC01", "RR02", "RR03"}
)


def opening(statement: Statement) -> list[Entry]:
    """Return what an account held before its first statement here: money that nothing explains yet."""
    return _between(
        CauseKind.BANK_OPENING, statement.account, statement.opened.cents, Ours.SUSPENSE
    )


def movement(
    cause: tuple[CauseKind, str], cents: int, disposed: Disposed, ours: Ours
) -> list[Entry]:
    """Return what a movement other than an order that came back books: an account of ours moves, and another.

    Args:
        ours: ``bank``; ``suspense``, for a movement booked before it was explained.
    """
    match disposed.disposition:
        case Disposition.BOOKED:
            other = Ours.IN_FLIGHT_OUT.value
        case Disposition.CALLED:
            other = ledger.insurer_account(UUID(disposed.target.partition("/")[0]))
        case Disposition.CHARGES:
            other = Ours.BANK_CHARGES.value
        case Disposition.SUSPENSE | Disposition.RETURNED:
            other = Ours.SUSPENSE.value
    return _between(*cause, cents, other, ours)


def returned(
    row: sql.TransferRow, cause: tuple[CauseKind, str], cents: int, ours: Ours
) -> list[Entry]:
    """Return what an order that came back books, whole or less a charge.

    Args:
        row: as it stands at this instant: another that came back just before it changes what this one undoes.
    """
    payable = ledger.establishment_account(row.establishment_id)
    entries = _between(*cause, cents, payable, ours)
    charge = Entry(
        cause_kind=cause[0],
        cause_id=cause[1],
        debit=Ours.BANK_CHARGES.value,
        credit=payable,
        amount=Money(row.amount_cents - cents),
        part=1,
    )
    return [
        *entries,
        *([charge] if row.amount_cents > cents else []),
        *undoing(row, *cause, first_part=2),
    ]


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

    What it held back is owed by the establishment again, or no more to be given back to it; what it was to pay of
    claims cancelled since is owed neither way, since it was never paid; what another transfer has held back of those,
    and what it gave back, is kept for it.
    """
    payable = ledger.establishment_account(row.establishment_id)
    undue = ledger.establishment_account(row.establishment_id, OfEstablishment.UNDUE)
    held = ledger.establishment_account(row.establishment_id, OfEstablishment.HELD)
    moves = [
        (undue, payable, row.held_back_cents - row.unrefunded_cents),
        (held, payable, row.unrefunded_cents),
        (payable, undue, row.reversed_cents - row.elsewhere_cents),
        (payable, held, row.elsewhere_cents + row.refund_cents),
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
    """Make what an order was to pay due again; where its account is at fault, not to that account.

    Args:
        reason: the bank's, of this order alone.
    """
    await sql.owe_again(tx, [row.transfer_id], now)
    if reason in _OF_THE_ACCOUNT:
        await sql.hold(tx, row.establishment_id, row.transfer_id, reason, now)


def _between(
    kind: CauseKind, cause: str, cents: int, other: str, ours: Ours = Ours.BANK
) -> list[Entry]:
    """Return the entry by which an account of ours and another move, in above zero; none for nothing."""
    if not cents:
        return []
    debit, credit = (ours.value, other) if cents > 0 else (other, ours.value)
    return [
        Entry(
            cause_kind=kind,
            cause_id=cause,
            debit=debit,
            credit=credit,
            amount=Money(abs(cents)),
        )
    ]
