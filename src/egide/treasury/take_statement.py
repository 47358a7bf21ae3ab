"""Take a file of account statements in: load, dispose of each movement, record; all of it or nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final
from uuid import UUID

import msgspec

from egide import db, ledger
from egide.core.money import Money
from egide.treasury import book, sql
from egide.treasury.camt import read_statements
from egide.treasury.match import (
    VERSION,
    Call,
    Disposed,
    Disposition,
    Known,
    KnownTransfer,
    TransferState,
    dispose,
    named_settlements,
)
from egide.treasury.statement import BankFileError, Movement, Statement, in_chunks

_CHUNK: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenStatement:
    """What came of a statement.

    Args:
        already: the same was taken before; nothing was done.
        counts: movements by disposition.
    """

    reference: str
    already: bool
    counts: dict[str, int]


async def take_statements(
    pool: db.Pool, file: IO[bytes], *, account: str, now: datetime
) -> list[TakenStatement]:
    """Take every statement of a camt.053.

    Args:
        account: the IBAN that pays.

    Raises:
        BankFileError: the file, or the place of a statement among the others; nothing of it is kept.
    """
    taken: list[TakenStatement] = []
    async with db.transaction(pool) as tx:
        await sql.lock_bank(tx)
        for statement in read_statements(file, account):
            taken.append(await _take(tx, statement, now))
    if not taken:
        raise BankFileError("fichier", "il n'a aucun relevé.", "Le redemander à la banque.")
    return taken


async def _take(tx: db.Tx, statement: Statement, now: datetime) -> TakenStatement:
    digest = _digest(statement)
    known = await sql.statement_digest(tx, statement.account, statement.reference)
    if known == digest:
        return TakenStatement(reference=statement.reference, already=True, counts={})
    where = f"relevé {statement.reference}"
    if known is not None:
        raise BankFileError(
            where,
            "il a été pris avec un autre contenu.",
            "Un relevé corrigé se compare à la main : ce qui est comptabilisé ne se reprend pas.",
        )
    last = await sql.last_statement(tx, statement.account)
    if last is not None and last.closed_cents != statement.opened.cents:
        raise BankFileError(
            where,
            f"il s'ouvre à {statement.opened}, et le précédent ({last.reference}) se ferme à "
            f"{Money(last.closed_cents)}.",
            "Prendre d'abord le relevé qui manque entre les deux.",
        )
    await sql.add_statement(
        tx,
        statement.account,
        statement.reference,
        1 if last is None else last.place + 1,
        digest,
        statement.opened.cents,
        statement.closed.cents,
        statement.closed_on,
        len(statement.movements),
        now,
    )
    if last is None:
        await ledger.post(tx, book.opening(statement), now)
    counts: dict[str, int] = {}
    for chunk in in_chunks(statement.movements, _CHUNK):
        for disposed in await _dispose(tx, statement, chunk, now):
            counts[disposed.disposition] = counts.get(disposed.disposition, 0) + 1
    return TakenStatement(reference=statement.reference, already=False, counts=counts)


async def _dispose(
    tx: db.Tx, statement: Statement, movements: Sequence[Movement], now: datetime
) -> list[Disposed]:
    """Dispose of some movements: load what they may be about, decide, record."""
    rows = await sql.transfers(
        tx,
        sorted({one.end_to_end for one in movements} - {""}),
        sorted({one.batch for one in movements if not one.end_to_end} - {""}),
    )
    known = await _known(tx, rows, movements)
    every = [dispose(one, known) for one in movements]
    by_id = {row.transfer_id: row for row in rows}
    entries: list[ledger.Entry] = []
    moved: dict[str, sql.Moved] = {}
    returned: list[str] = []
    for movement, disposed in zip(movements, every, strict=True):
        entries += book.movement(statement, movement, disposed, by_id)
        for transfer in disposed.transfers:
            before = moved.get(transfer.transfer_id)
            is_back = disposed.disposition is Disposition.RETURNED
            moved[transfer.transfer_id] = sql.Moved(
                transfer_id=transfer.transfer_id,
                state=TransferState.RETURNED if is_back else TransferState.BOOKED,
                booked_on=None
                if is_back and before is None
                else (before or movement).booked_on,
                ended_on=movement.booked_on if is_back else None,
                reason=movement.reason or "RETURN" if is_back else None,
            )
            if is_back:
                returned.append(transfer.transfer_id)
    await ledger.post(tx, entries, now)
    await sql.move(tx, list(moved.values()))
    for transfer_id in returned:
        await book.come_back(tx, by_id[transfer_id], moved[transfer_id].reason or "", now)
    await sql.add_entries(
        tx,
        statement.account,
        statement.reference,
        [_row(movement, disposed) for movement, disposed in zip(movements, every, strict=True)],
    )
    return every


async def _known(
    tx: db.Tx, rows: Sequence[sql.TransferRow], movements: Sequence[Movement]
) -> Known:
    transfers = {
        row.transfer_id: KnownTransfer(
            transfer_id=row.transfer_id,
            settlement_id=row.settlement_id,
            cents=row.amount_cents,
            state=TransferState(row.state),
            has_reversed=row.has_reversed,
        )
        for row in rows
    }
    settlements: dict[str, list[KnownTransfer]] = {}
    batches = {one.batch for one in movements if not one.end_to_end} - {""}
    for one in transfers.values():
        if one.settlement_id in batches:
            settlements.setdefault(one.settlement_id, []).append(one)
    named = {
        one for each in movements if each.amount.cents > 0 for one in named_settlements(each)
    }
    calls = await sql.calls(tx, sorted(named)) if named else []
    return Known(
        transfers=transfers,
        settlements=settlements,
        calls={
            (row["settlement_id"], row["amc_number"]): Call(
                str(row["insurer_id"]), row["cents"]
            )
            for row in calls
        },
    )


def _row(movement: Movement, disposed: Disposed) -> sql.EntryRow:
    return sql.EntryRow(
        number=movement.number,
        amount_cents=movement.amount.cents,
        booked_on=movement.booked_on,
        end_to_end=movement.end_to_end,
        batch=movement.batch,
        bank_reference=movement.bank_reference,
        said=movement.said,
        reason=movement.reason,
        disposition=disposed.disposition.value,
        rule=disposed.rule,
        rule_version=VERSION,
        target=disposed.target,
    )


def _digest(statement: Statement) -> UUID:
    """Return what tells whether a statement says the same again: its balances and its movements."""
    said = [
        statement.opened.cents,
        statement.closed.cents,
        statement.closed_on,
        [
            (one.number, one.amount.cents, one.booked_on, one.end_to_end, one.batch, one.said)
            for one in statement.movements
        ],
    ]
    return UUID(bytes=hashlib.sha256(msgspec.json.encode(said)).digest()[:16])
