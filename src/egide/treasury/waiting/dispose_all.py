"""Dispose of movements: load what they may be about, decide, record; and again of what nothing explained before."""

from collections.abc import Sequence
from datetime import datetime

from egide import db, ledger
from egide.core.money import Money
from egide.ledger import CauseKind, Ours
from egide.treasury import book, sql
from egide.treasury.match import (
    Call,
    Disposed,
    Disposition,
    Known,
    KnownTransfer,
    TransferState,
    dispose,
    named_settlements,
)
from egide.treasury.statement import Movement
from egide.treasury.waiting import sql as waits


async def load(
    tx: db.Tx, movements: Sequence[Movement]
) -> tuple[Known, dict[str, sql.TransferRow]]:
    """Return what some movements may be about, held against any other change."""
    named = sorted({one.end_to_end for one in movements} - {""})
    batches = sorted({one.batch for one in movements if not one.end_to_end} - {""})
    # What may come back: nobody cancels its claims meanwhile.
    back = sorted({one.end_to_end for one in movements if one.amount.cents > 0} - {""})
    await sql.lock_claims(tx, back, [])
    rows = await sql.transfers(tx, named, batches)
    transfers = {row.transfer_id: known_transfer(row) for row in rows}
    settlements: dict[str, list[KnownTransfer]] = {}
    for one in transfers.values():
        if one.settlement_id in batches:
            settlements.setdefault(one.settlement_id, []).append(one)
    about = {
        one for each in movements if each.amount.cents > 0 for one in named_settlements(each)
    }
    calls = await sql.calls(tx, sorted(about)) if about else []
    known = Known(
        transfers=transfers,
        settlements=settlements,
        calls={
            (row["settlement_id"], row["amc_number"]): Call(
                str(row["insurer_id"]), row["cents"]
            )
            for row in calls
        },
    )
    return known, {row.transfer_id: row for row in rows}


def known_transfer(row: sql.TransferRow) -> KnownTransfer:
    """Return a transfer as a movement may meet it."""
    return KnownTransfer(
        transfer_id=row.transfer_id,
        settlement_id=row.settlement_id,
        cents=row.amount_cents,
        state=TransferState(row.state),
        is_refunded=row.is_refunded,
    )


def decide(movements: Sequence[Movement], known: Known) -> list[Disposed]:
    """Return what each movement is: debits before credits, since what came back went out first."""
    found: dict[int, Disposed] = {}
    for is_credit in (False, True):
        for index, one in enumerate(movements):
            if (one.amount.cents > 0) is is_credit:
                found[index] = dispose(one, known)
    return [found[index] for index in range(len(movements))]


async def move_on(
    tx: db.Tx,
    disposed: Sequence[tuple[Movement, Disposed]],
    rows: dict[str, sql.TransferRow],
    now: datetime,
) -> None:
    """Note what becomes of the transfers that movements are about, and make due what came back."""
    moved: dict[str, sql.Moved] = {}
    returned: list[str] = []
    for is_back in (False, True):
        for movement, one in disposed:
            if (one.disposition is Disposition.RETURNED) is not is_back:
                continue
            for transfer in one.transfers:
                before = moved.get(transfer.transfer_id)
                booked_on = movement.booked_on if before is None else before.booked_on
                moved[transfer.transfer_id] = sql.Moved(
                    transfer_id=transfer.transfer_id,
                    state=TransferState.RETURNED if is_back else TransferState.BOOKED,
                    booked_on=None if is_back and before is None else booked_on,
                    ended_on=movement.booked_on if is_back else None,
                    reason=(movement.reason or "RETURN") if is_back else None,
                )
                returned += [transfer.transfer_id] if is_back else []
    await sql.move(tx, list(moved.values()))
    for transfer_id in returned:
        await book.come_back(tx, rows[transfer_id], moved[transfer_id].reason or "", now)


async def dispose_again(tx: db.Tx, now: datetime) -> int:
    """Dispose of what nothing explained, by what is known now; return how many movements that explains."""
    waiting = await waits.suspense(tx)
    movements = [
        Movement(
            number=one.number,
            amount=Money(one.amount_cents),
            booked_on=one.booked_on,
            end_to_end=one.end_to_end,
            batch=one.batch,
            said=one.said,
            reason=one.reason,
        )
        for one in waiting
    ]
    if not movements:
        return 0
    known, rows = await load(tx, movements)
    explained = [
        (one, movement, disposed)
        for one, movement, disposed in zip(
            waiting, movements, decide(movements, known), strict=True
        )
        if disposed.disposition is not Disposition.SUSPENSE
    ]
    for one, movement, disposed in explained:
        cause = (CauseKind.DISPOSITION, cause_of(one.account, one.place, one.number))
        entries = book.movement(cause, movement.amount.cents, disposed, rows, Ours.SUSPENSE)
        await ledger.post(tx, entries, now)
        await waits.mark_disposed(
            tx, one, disposed.disposition.value, disposed.target, disposed.rule
        )
    await move_on(tx, [(movement, disposed) for _, movement, disposed in explained], rows, now)
    return len(explained)


def cause_of(account: str, place: int, number: int) -> str:
    """Return what names a movement in the ledger: its account, its statement's place, its number there."""
    return f"{account}/{place}/{number}"
