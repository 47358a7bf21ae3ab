"""Dispose of movements: load what they may be about, decide, record; and again of what nothing explained before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db, ledger
from egide.ledger import CauseKind, Ours
from egide.treasury import book, debits, sql
from egide.treasury.match import (
    UNDOES_A_CREDIT,
    UNDOES_A_DEBIT,
    Call,
    Disposed,
    Disposition,
    Known,
    KnownTransfer,
    OrderState,
    dispose,
    named_payers,
    named_settlements,
)
from egide.treasury.statement import Movement
from egide.treasury.waiting import sql as waits

# Which of two movements another undoes.
_SAID_BY_A_PERSON: Final = frozenset({UNDOES_A_DEBIT, UNDOES_A_CREDIT})


async def load(tx: db.Tx, movements: Sequence[Movement]) -> Known:
    """Return what some movements may be about, held against any other change."""
    named = sorted({one.end_to_end for one in movements} - {""})
    batches = sorted({one.batch for one in movements if not one.end_to_end} - {""})
    # What may come back: nobody cancels its claims meanwhile.
    back = sorted({one.end_to_end for one in movements if one.amount.cents > 0} - {""})
    await sql.lock_claims(tx, back, [])
    rows = await sql.transfers(tx, named, batches)
    transfers = {row.transfer_id: known_transfer(row) for row in rows}
    # A credit may undo a debit of its whole file too.
    files = await sql.file_debits(tx, sorted({row.settlement_id for row in rows}))
    debited = {settlement for settlement, _ in files}
    for one in transfers.values():
        one.is_debit_waiting |= one.settlement_id in debited
    settlements: dict[str, list[KnownTransfer]] = {}
    for one in transfers.values():
        if one.settlement_id in batches:
            settlements.setdefault(one.settlement_id, []).append(one)
    about = {
        one for each in movements if each.amount.cents > 0 for one in named_settlements(each)
    }
    calls = await sql.calls(tx, sorted(about)) if about else []
    payers = {one for each in movements for one in named_payers(each)}
    collections = await debits.known(tx, named, batches)
    return Known(
        transfers=transfers,
        settlements=settlements,
        calls={
            (row.settlement_id, number): call
            for row in calls
            for call in (Call(str(row.insurer_id), row.cents),)
            for number in row.numbers
        },
        deposits=await debits.payers_ahead(tx, sorted(payers)) if payers else {},
        collections={one.collection_id: one for one in collections},
        debits=debits.by_group(collections, batches),
    )


def known_transfer(row: sql.TransferRow) -> KnownTransfer:
    """Return a transfer as a movement may meet it."""
    return KnownTransfer(
        transfer_id=row.transfer_id,
        settlement_id=row.settlement_id,
        cents=row.amount_cents,
        state=OrderState(row.state),
        is_debit_waiting=row.is_debit_waiting,
    )


def decide(movements: Sequence[Movement], known: Known) -> list[Disposed]:
    """Return what each movement is: debits before credits, since what came back went out first."""
    found: dict[int, Disposed] = {}
    for is_credit in (False, True):
        for index, one in enumerate(movements):
            if (one.amount.cents > 0) is is_credit:
                found[index] = dispose(one, known)
    return [found[index] for index in range(len(movements))]


@dataclass(frozen=True, slots=True)
class Found:
    """A movement, what it is, and what names it in the ledger."""

    cause: book.Cause
    movement: Movement
    disposed: Disposed


async def move_on(tx: db.Tx, every: Sequence[Found], ours: Ours, now: datetime) -> None:
    """Book movements, note what becomes of the transfers that they are about, and make due what came back.

    Args:
        ours: the account that moves: ``bank``, or ``suspense`` for those that were booked before they were explained.
    """
    # What one person said of these orders was said of what was known then.
    moving = [transfer for one in every for transfer in one.disposed.transfers]
    about = {name for one in moving for name in (one.transfer_id, one.settlement_id)}
    about |= {debit.collection_id for one in every for debit in one.disposed.collections}
    await waits.mark_stale(tx, sorted(about))
    back = [one for one in every if one.disposed.disposition is Disposition.RETURNED]
    forth = [one for one in every if one.disposed.disposition is not Disposition.RETURNED]
    entries = [
        entry
        for one in forth
        for entry in book.movement(one.cause, one.movement.amount.cents, one.disposed, ours)
    ]
    await ledger.post(tx, entries, now)
    await sql.move(
        tx,
        [
            sql.Moved(
                transfer_id=transfer.transfer_id,
                state=OrderState.BOOKED,
                booked_on=one.movement.booked_on,
            )
            for one in forth
            for transfer in one.disposed.transfers
        ],
    )
    for one in forth:
        if one.disposed.disposition is Disposition.UNCALLED:
            await _no_more_ahead(tx, one, now)
    await debits.move_on(
        tx,
        [
            (collection, one.movement)
            for one in forth
            for collection in one.disposed.collections
        ],
    )
    for one in back:
        reason = one.movement.reason or "RETURN"
        for transfer in one.disposed.transfers:
            # Read again: one that came back just before may be what this one held back, or gave back.
            [row] = await sql.transfers(tx, [transfer.transfer_id], [])
            cents = one.movement.amount.cents
            await ledger.post(tx, book.returned(row, one.cause, cents, ours), now)
            moved = sql.Moved(
                transfer_id=transfer.transfer_id,
                state=OrderState.RETURNED,
                ended_on=one.movement.booked_on,
                reason=reason,
            )
            await sql.move(tx, [moved])
            await book.come_back(tx, row, reason, now)


async def _no_more_ahead(tx: db.Tx, one: Found, now: datetime) -> None:
    """Take from what an insurer has paid in ahead a debit of that kind that its bank took back, as far as is left."""
    for debit in one.disposed.collections:
        if debit.is_ahead:
            held = await waits.held_for(tx, UUID(debit.insurer_id))
            left = min(held, debit.cents)
            await ledger.post(tx, book.no_more_ahead(one.cause, debit.insurer_id, left), now)


async def dispose_again(tx: db.Tx, now: datetime) -> int:
    """Dispose of what nothing explained, by what is known now; return how many movements that explains."""
    explained, last = 0, None
    while waiting := await waits.suspense(tx, last):
        explained += await _dispose_page(tx, waiting, now)
        last = waiting[-1]
    return explained


async def _dispose_page(tx: db.Tx, waiting: Sequence[waits.Suspense], now: datetime) -> int:
    # Which of two debits a credit undoes is a person's to say, also once one of them is explained.
    asked = [one for one in waiting if one.rule not in _SAID_BY_A_PERSON]
    movements = [one.movement for one in asked]
    known = await load(tx, movements)
    decided = decide(movements, known)
    for one, disposed in zip(asked, decided, strict=True):
        if disposed.rule in _SAID_BY_A_PERSON:
            await waits.mark_disposed(
                tx, one, Disposition.SUSPENSE, disposed.target, disposed.rule
            )
    explained = [
        (one, Found((CauseKind.DISPOSITION, one.cause), movement, disposed))
        for one, movement, disposed in zip(asked, movements, decided, strict=True)
        if disposed.disposition is not Disposition.SUSPENSE
    ]
    for one, found in explained:
        disposed = found.disposed
        await waits.mark_disposed(
            tx, one, disposed.disposition.value, disposed.target, disposed.rule
        )
        # What one person said of it is for no other movement.
        await waits.mark_done(tx, one.full_name)
    await move_on(tx, [found for _, found in explained], Ours.SUSPENSE, now)
    return len(explained)
