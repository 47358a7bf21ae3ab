"""What the bank's answers book, and what becomes of what an order was to pay."""

from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db, ledger
from egide.core.money import Money
from egide.ledger import CauseKind, Entry, OfEstablishment, OfInsurer, Ours
from egide.treasury import sql
from egide.treasury.match import Disposed, Disposition
from egide.treasury.statement import Statement

# The payee's account, its holder or its bank: an order to the same one would come back too. Not those of our own side,
# AC13 or RR02 (ISO external codes, second quarter of 2026).
_OF_THE_ACCOUNT: Final = frozenset(
    {
        *("AC01", "AC03", "AC04", "AC06", "AC07", "AC14", "AC15", "AG01"),
        *("BE01", "BE04", "BE06", "MD07", "RC01", "RC04", "RC07", "RR03"),
    }
)

_AHEAD_PART: Final = 2  # after the movement itself, and its charge

# Of what kind a thing that is booked is, and what names it among its kind.
Cause = tuple[CauseKind, str]


def opening(statement: Statement) -> list[Entry]:
    """Return what an account held before its first statement here: money that nothing explains yet."""
    cause = (CauseKind.BANK_OPENING, statement.account)
    return between(cause, statement.opened.cents, Ours.SUSPENSE.value)


_OTHER: Final = {
    Disposition.BOOKED: Ours.IN_FLIGHT_OUT,
    Disposition.CHARGES: Ours.BANK_CHARGES,
    Disposition.SUSPENSE: Ours.SUSPENSE,
}


def movement(cause: Cause, cents: int, disposed: Disposed, ours: Ours) -> list[Entry]:
    """Return what a movement other than an order that came back books: an account of ours moves, and another.

    Args:
        ours: ``bank``; ``suspense``, for a movement booked before it was explained.
    """
    if disposed.collections:
        # What was paid ahead and is taken back is owed: what of it is left is told apart (``no_more_ahead``).
        sign, is_in = (1, True) if cents > 0 else (-1, False)
        return [
            entry
            for part, one in enumerate(disposed.collections)
            for other in [_of_insurer(one.insurer_id, ahead=one.is_ahead and is_in)]
            for entry in between(cause, sign * one.cents, other, ours, part)
        ]
    if disposed.disposition is Disposition.CALLED:
        insurer, _, settlement = disposed.target.partition("/")
        other = _of_insurer(insurer, ahead=not settlement)
    else:
        other = _OTHER[disposed.disposition].value
    return between(cause, cents, other, ours)


def no_more_ahead(cause: Cause, insurer: str, cents: int) -> list[Entry]:
    """Return what else a debit that its bank took back books, where it had been paid ahead: so much of it is left."""
    if cents <= 0:
        return []
    ahead, due = _of_insurer(insurer, ahead=True), _of_insurer(insurer, ahead=False)
    return [_entry(cause, ahead, due, cents, part=_AHEAD_PART)]


def _of_insurer(insurer: str, *, ahead: bool) -> str:
    """Return the account that what an insurer pays goes to: what it owes, or what it pays ahead."""
    return ledger.insurer_account(UUID(insurer), OfInsurer.FUNDS if ahead else OfInsurer.DUE)


def returned(row: sql.TransferRow, cause: Cause, cents: int, ours: Ours) -> list[Entry]:
    """Return what an order that came back books, whole or less a charge.

    Args:
        row: as it stands at this instant: another that came back just before it changes what this one undoes.
    """
    payable = ledger.establishment_account(row.establishment_id)
    charge = row.amount_cents - cents
    return [
        *between(cause, cents, payable, ours),
        *([_entry(cause, Ours.BANK_CHARGES.value, payable, charge, 1)] if charge else []),
        *undoing(row, cause, first_part=2),
    ]


def reject(row: sql.TransferRow) -> list[Entry]:
    """Return what an order that the bank did not execute books: owed again, and on its way no more."""
    cause = (CauseKind.REJECT, row.transfer_id)
    payable = ledger.establishment_account(row.establishment_id)
    again = _entry(cause, Ours.IN_FLIGHT_OUT.value, payable, row.amount_cents)
    return [again, *undoing(row, cause, first_part=1)]


def undoing(row: sql.TransferRow, cause: Cause, *, first_part: int) -> list[Entry]:
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
        _entry(cause, debit, credit, cents, first_part + at)
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


def between(
    cause: Cause, cents: int, other: str, ours: Ours = Ours.BANK, part: int = 0
) -> list[Entry]:
    """Return the entry by which an account of ours and another move, in above zero; none for nothing."""
    if not cents:
        return []
    debit, credit = (ours.value, other) if cents > 0 else (other, ours.value)
    return [_entry(cause, debit, credit, abs(cents), part)]


def paid_after_all(cause: Cause, cents: int, payable: str, part: int) -> list[Entry]:
    """Return what an order that had ended books, its debit explained: what its establishment was owed again is paid."""
    return [_entry(cause, payable, Ours.SUSPENSE.value, cents, part)]


def charged(cause: Cause, cents: int) -> list[Entry]:
    """Return what the bank took beside an order that it debited together; none for nothing."""
    if not cents:
        return []
    return [_entry(cause, Ours.BANK_CHARGES.value, Ours.SUSPENSE.value, cents, part=1)]


def _entry(cause: Cause, debit: str, credit: str, cents: int, part: int = 0) -> Entry:
    kind, of = cause
    return Entry(
        cause_kind=kind, cause_id=of, debit=debit, credit=credit, amount=Money(cents), part=part
    )
