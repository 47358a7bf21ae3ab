"""What two persons say that a movement or an order is: one says it, another says the same, and it is done."""

import unicodedata
from dataclasses import replace
from datetime import datetime
from typing import Final

from egide import db, ledger
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.ledger import CauseKind, OfInsurer, Ours
from egide.payments import lock_settlements
from egide.treasury import book, sql
from egide.treasury.match import OPEN, Disposed, Disposition, TransferState
from egide.treasury.waiting import sql as waits
from egide.treasury.waiting.dispose_all import Found, known_transfer, move_on

_OURS: Final = {"charges": Ours.BANK_CHARGES, "write-off": Ours.WRITE_OFF}
_OF_INSURER: Final = {"due": OfInsurer.DUE, "funds": OfInsurer.FUNDS}
_OF_TRANSFER: Final = frozenset({"booked", "returned"})
REJECTED: Final = "rejected"
SEEN: Final = "seen"  # of what a report said: one person has looked, and nothing moves
_BY_HAND: Final = "HAND"


async def say(
    pool: db.Pool, subject: str, target: str, who: str, *, os_user: str = "", now: datetime
) -> bool:
    """Say what a movement (``RELEVE/NUMERO``), a transfer or a settlement's file is; True once two have said the same.

    Of a movement: ``charges``, ``write-off``, ``due:AMC`` (a call paid), ``funds:AMC`` (paid in), ``booked:TRANSFER``,
    ``returned:TRANSFER`` (whole, or less a charge). Of a transfer or a settlement: ``rejected``, or ``seen``,
    which one alone says and moves nothing.

    Raises Refusal: ``value-invalid``: another word, nothing of that name that waits, or what it cannot be.
    """
    name = " ".join(unicodedata.normalize("NFKC", who).casefold().split())
    if not name:
        raise _refused("Dire qui : --by.")
    async with db.transaction(pool) as tx:
        await lock_settlements(tx)
        if target == SEEN:
            if all(one.name != subject for one in await waits.to_look_at(tx)):
                raise _refused("Rien de ce nom n'est à regarder : ./egide bank unmatched.")
            await waits.say(tx, subject, name, target, os_user, now)
            await waits.mark_seen(tx, subject, name)
            return True
        if target == REJECTED:
            rows = await _orders(tx, subject)
            if not await waits.say(tx, subject, name, target, os_user, now):
                return False
            await reject_all(tx, rows, _BY_HAND, now, of_each=False)
        else:
            found = await _waiting(tx, subject)
            subject = found.full_name
            await _check(tx, found, target)
            if not await waits.say(tx, subject, name, target, os_user, now):
                return False
            await _dispose(tx, found, target, now)
        await waits.mark_done(tx, subject)
        return True


async def reject_all(
    tx: db.Tx, rows: list[sql.TransferRow], reason: str, now: datetime, *, of_each: bool
) -> None:
    """Make due again what orders that the bank did not execute were to pay.

    Args:
        of_each: the reason is of each order, and not of the whole file or of a person.
    """
    for named in rows:
        # Read again: one that was undone just before may be what this one held back, or gave back.
        [row] = await sql.transfers(tx, [named.transfer_id], [])
        moved = sql.Moved(
            transfer_id=row.transfer_id,
            state=TransferState.REJECTED,
            ended_on=civil_day(now),
            reason=reason,
        )
        await sql.move(tx, [moved])
        await ledger.post(tx, book.reject(row), now)
        await book.come_back(tx, row, reason if of_each else "", now)


async def _orders(tx: db.Tx, subject: str) -> list[sql.TransferRow]:
    """Return the orders of a name that are neither booked nor ended."""
    await sql.lock_claims(tx, [subject], [subject])
    found = await sql.transfers(tx, [subject], [subject])
    rows = [row for row in found if TransferState(row.state) in OPEN]
    if not rows:
        raise _refused("Aucun ordre de ce nom n'attend la banque.")
    if not all(row.is_written for row in rows):
        raise _refused("Cet ordre n'est pas écrit : ./egide pay l'écrit d'abord.")
    return rows


async def _waiting(tx: db.Tx, subject: str) -> waits.Suspense:
    found = [one for one in await waits.suspense(tx) if subject in {one.subject, one.full_name}]
    if len(found) > 1:
        names = ", ".join(one.full_name for one in found)
        hint = f"Plusieurs mouvements s'appellent ainsi : {names}. Nommer celui qu'on veut."
        raise _refused(hint)
    if not found:
        raise _refused("Aucun mouvement de ce nom n'attend : ./egide bank unmatched.")
    return found[0]


async def _check(tx: db.Tx, found: waits.Suspense, target: str) -> None:
    """Refuse what a movement cannot be, before anybody else says the same."""
    word, _, name = target.partition(":")
    if word in _OF_TRANSFER:
        await _transfer(tx, found, word, name)
    else:
        await _account(tx, target)


async def _dispose(tx: db.Tx, found: waits.Suspense, target: str, now: datetime) -> None:
    word, _, name = target.partition(":")
    cause = (CauseKind.DISPOSITION, found.cause)
    if word not in _OF_TRANSFER:
        other = await _account(tx, target)
        entries = book.between(cause, found.amount_cents, other, Ours.SUSPENSE)
        await ledger.post(tx, entries, now)
        await waits.mark_disposed(tx, found, "disposed", target, "said")
        return
    row = await _transfer(tx, found, word, name)
    disposed = Disposed(Disposition(word), "said", row.transfer_id, (known_transfer(row),))
    movement = replace(found.movement, reason=found.reason or _BY_HAND)
    await move_on(tx, [Found(cause, movement, disposed)], Ours.SUSPENSE, now)
    await waits.mark_disposed(tx, found, word, row.transfer_id, disposed.rule)


async def _transfer(tx: db.Tx, found: waits.Suspense, word: str, name: str) -> sql.TransferRow:
    """Return the transfer that a movement is said to be about; Refusal where it cannot be."""
    await sql.lock_claims(tx, [name], [])
    rows = await sql.transfers(tx, [name], [])
    if not rows:
        hint = f"Aucun virement {name}."
        raise _refused(hint)
    [row] = rows
    state, cents = TransferState(row.state), found.amount_cents
    if word == "booked" and (state not in OPEN or -cents != row.amount_cents):
        raise _refused("Un débit du même montant, d'un ordre qui attend : lui seul.")
    if word == "returned" and (
        state is not TransferState.BOOKED or not 0 < cents <= row.amount_cents
    ):
        raise _refused("Un crédit d'au plus son montant, d'un virement débité : lui seul.")
    return row


async def _account(tx: db.Tx, target: str) -> str:
    """Return the account that a word names; Refusal ``value-invalid``."""
    word, _, amc = target.partition(":")
    if not amc and word in _OURS:
        return _OURS[word].value
    if word in _OF_INSURER and amc:
        insurer = await waits.insurer_id(tx, amc)
        if insurer is None:
            hint = f"Aucun assureur {amc} dans le répertoire."
            raise _refused(hint)
        return ledger.insurer_account(insurer, _OF_INSURER[word])
    raise _refused(
        "Attendu : charges, write-off, due:AMC, funds:AMC, booked:VIREMENT, returned:VIREMENT, ou rejected."
    )


def _refused(hint: str) -> Refusal:
    return Refusal(RefusalCode.VALUE_INVALID, where="bank", hint=hint)
