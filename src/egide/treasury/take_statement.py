"""Take a file of account statements in: each movement is disposed of and booked; all of the file or nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Final
from uuid import UUID

import msgspec

from egide import db, ledger
from egide.core.money import Money
from egide.core.period import civil_day
from egide.ledger import CauseKind, Ours
from egide.payments import lock_settlements
from egide.treasury import book, sql
from egide.treasury.camt import read_statements
from egide.treasury.match import VERSION, Disposed
from egide.treasury.statement import BankFileError, Movement, Statement, in_chunks
from egide.treasury.waiting import (
    Found,
    cause_of,
    decide,
    dispose_again,
    load,
    move_on,
)

_CHUNK: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenStatement:
    """What came of a statement.

    Args:
        already: the same was taken before; nothing was done.
        counts: movements by disposition.
        explained: movements of before that this file explains.
    """

    reference: str
    already: bool
    counts: dict[str, int]
    explained: int = 0


async def take_statements(
    pool: db.Pool,
    file: IO[bytes],
    *,
    account: str,
    now: datetime,
    is_first: bool = False,
    none_missing: bool = False,
) -> list[TakenStatement]:
    """Take every statement of a camt.053.

    Args:
        account: the IBAN that pays.
        is_first: the account begins here, at whatever it opens with: said where it opens with anything.
        none_missing: the bank skipped numbers of its own: its balances and days alone say what follows.

    Raises:
        BankFileError: the file, or the place of a statement among the others; nothing of it is kept.
    """
    taken: list[TakenStatement] = []
    async with db.transaction(pool) as tx:
        await lock_settlements(tx)
        payers = await sql.payers(tx)
        if payers and account not in payers:
            raise BankFileError(
                "compte",
                "aucun ordre n'est parti de ce compte.",
                "Donner celui qui paie (--account, ou EGIDE_DEBTOR_IBAN).",
            )
        for statement in read_statements(file, account):
            taken.append(
                await _take(tx, statement, now, is_first=is_first, none_missing=none_missing)
            )
    if not taken:
        raise BankFileError("fichier", "il n'a aucun relevé.", "Le redemander à la banque.")
    return taken


async def _take(
    tx: db.Tx, statement: Statement, now: datetime, *, is_first: bool, none_missing: bool
) -> TakenStatement:
    digest = _digest(statement)
    key = (statement.account, statement.reference, statement.closed_on)
    known = await sql.statement_digest(tx, *key)
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
    _check_follows(statement, last, civil_day(now), none_missing=none_missing)
    if last is None and statement.opened.cents and not is_first:
        raise BankFileError(
            where,
            f"c'est le premier de ce compte, et il s'ouvre à {statement.opened} : aucun d'avant ne se prendra plus.",
            "Prendre d'abord le plus ancien, ou le dire par --first.",
        )
    place = 1 if last is None else last.place + 1
    balances = (statement.opened.cents, statement.closed.cents, statement.closed_on)
    entries = len(statement.movements)
    await sql.add_statement(
        tx,
        *(statement.account, place, statement.reference, digest),
        *(*balances, entries, now, statement.sequence_number),
    )
    if last is None:
        await ledger.post(tx, book.opening(statement), now)
    counts: dict[str, int] = {}
    for chunk in in_chunks(statement.movements, _CHUNK):
        for disposed in await _dispose(tx, statement.account, place, chunk, now):
            counts[disposed.disposition] = counts.get(disposed.disposition, 0) + 1
    explained = await dispose_again(tx, now)
    return TakenStatement(
        reference=statement.reference, already=False, counts=counts, explained=explained
    )


def _check_follows(
    statement: Statement, last: sql.LastStatement | None, today: date, *, none_missing: bool
) -> None:
    """Refuse a statement that does not follow the one before: by its balance, its day, and the bank's own number."""
    where = f"relevé {statement.reference}"
    if statement.closed_on > today:
        why = f"il se ferme le {statement.closed_on:%d/%m/%Y}, qui est à venir."
        raise BankFileError(where, why, "Le redemander : un relevé arrête ce qui est passé.")
    if last is None:
        return
    if statement.closed_on < last.closed_on:
        why = f"il se ferme avant le précédent ({last.reference}, {last.closed_on:%d/%m/%Y})."
        raise BankFileError(where, why, "Les prendre dans l'ordre de leurs jours.")
    if not none_missing and not _is_next(statement.sequence_number, last.sequence_number):
        why = (
            f"il porte le numéro {statement.sequence_number} de la banque, et le précédent ({last.reference}) le "
            f"{last.sequence_number}."
        )
        remedy = "Prendre d'abord le relevé qui manque ; si la banque dit qu'elle a sauté des numéros : --none-missing."
        raise BankFileError(where, why, remedy)
    if last.closed_cents != statement.opened.cents:
        why = (
            f"il s'ouvre à {statement.opened}, et le précédent ({last.reference}) se ferme à "
            f"{Money(last.closed_cents)}."
        )
        raise BankFileError(where, why, "Prendre d'abord le relevé qui manque entre les deux.")


def _is_next(number: int | None, last: int | None) -> bool:
    """Tell whether a number may follow another: one more, the same for another page, or 1 of a new year."""
    return number is None or last is None or number in {last, last + 1} or number <= 1


async def _dispose(
    tx: db.Tx, account: str, place: int, movements: Sequence[Movement], now: datetime
) -> list[Disposed]:
    """Dispose of some movements: load what they may be about, decide, record."""
    known = await load(tx, movements)
    every = decide(movements, known)
    both = list(zip(movements, every, strict=True))
    found = [
        Found(
            (CauseKind.BANK_ENTRY, cause_of(account, place, movement.number)),
            movement,
            disposed,
        )
        for movement, disposed in both
    ]
    await move_on(tx, found, Ours.BANK, now)
    await sql.add_entries(tx, account, place, [_row(*one) for one in both])
    return every


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
