"""What two persons say that a movement or an order is: one says it, another says the same, and it is done."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db, ledger
from egide.core.money import Money, euros
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.ledger import CauseKind, OfInsurer, Ours
from egide.payments import lock_settlements, plain_name
from egide.treasury import book, debits, sql
from egide.treasury.match import (
    OPEN,
    Disposed,
    Disposition,
    KnownCollection,
    OrderState,
)
from egide.treasury.waiting import sql as waits
from egide.treasury.waiting.dispose_all import Found, dispose_again, known_transfer, move_on
from egide.treasury.waiting.revive import revive, why_not

_OURS: Final = {"charges": Ours.BANK_CHARGES, "write-off": Ours.WRITE_OFF}
_OF_INSURER: Final = {"due": OfInsurer.DUE, "funds": OfInsurer.FUNDS}
REJECTED: Final = "rejected"
SEEN: Final = "seen"  # of what a report said: one person has looked, and nothing moves
_BY_HAND: Final = "HAND"
_MOST_CHARGED: Final = 10_000  # cents that a bank takes beside what it debits


async def say(
    pool: db.Pool, subject: str, target: str, who: str, *, os_user: str = "", now: datetime
) -> bool:
    """Say what a movement (``RELEVE/NUMERO``), a transfer or a settlement's file is; True once two have said the same.

    Of a movement: ``charges``, ``write-off``, ``due:AMC`` (a call paid, or taken back), ``funds:AMC`` (paid in ahead,
    or taken back), ``booked:TRANSFER`` (whole, or with a charge; of one that had ended too, where nothing of it was
    tried again; several by commas, or their settlement), ``returned:TRANSFER`` (whole, or less a charge),
    ``called:COLLECTION`` and ``uncalled:COLLECTION`` (a debit of an insurer that was credited, or that its bank took
    back, with a charge or without), ``against:MOVEMENT`` (the two undo each other; several by commas). Of an order:
    ``rejected``, or ``seen``, which one says alone, moving nothing.

    Raises Refusal: ``value-invalid``: another word, nothing of that name that waits, or what it cannot be.
    """
    name = plain_name(who)
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
            collections = await _debits(tx, subject)
            rows = [] if collections else await _orders(tx, subject)
            if not await waits.say(tx, subject, name, target, os_user, now):
                return False
            await debits.reject(tx, collections, _BY_HAND, civil_day(now), of_each=False)
            await reject_all(tx, rows, _BY_HAND, now, of_each=False)
            await dispose_again(tx, now)
        else:
            found = await _waiting(tx, subject)
            subject = found.full_name
            done = await _reading(tx, found, target)
            if not await waits.say(tx, subject, name, target, os_user, now):
                return False
            await done(now)
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
            state=OrderState.REJECTED,
            ended_on=civil_day(now),
            reason=reason,
        )
        await sql.move(tx, [moved])
        await ledger.post(tx, book.reject(row), now)
        await book.come_back(tx, row, reason if of_each else "", now)


async def _debits(tx: db.Tx, subject: str) -> list[KnownCollection]:
    """Return the debit of insurers of a name that is under way, none if it names something else."""
    found = [
        one for one in await debits.known(tx, [subject], []) if one.collection_id == subject
    ]
    if not all(one.is_written for one in found):
        raise _refused("Cet ordre n'est pas écrit : ./egide pay l'écrit d'abord.")
    if any(one.state not in OPEN or one.is_credit_waiting for one in found):
        raise _refused(
            "Ce prélèvement est crédité, a pris fin, ou un crédit attend d'être dit."
        )
    return found


async def _orders(tx: db.Tx, subject: str) -> list[sql.TransferRow]:
    """Return the orders of a name that are neither booked nor ended."""
    await sql.lock_claims(tx, [subject], [subject])
    found = await sql.transfers(tx, [subject], [subject])
    rows = [row for row in found if OrderState(row.state) in OPEN]
    if not rows:
        raise _refused("Aucun ordre de ce nom n'attend la banque.")
    if not all(row.is_written for row in rows):
        raise _refused("Cet ordre n'est pas écrit : ./egide pay l'écrit d'abord.")
    is_file = any(row.settlement_id == subject for row in rows)
    if any(row.is_debit_waiting for row in rows) or (
        is_file and await sql.file_debits(tx, [subject])
    ):
        raise _refused("Un débit qui est peut-être le sien attend : dire d'abord ce qu'il est.")
    return rows


async def _waiting(tx: db.Tx, subject: str) -> waits.Suspense:
    found = await waits.named(tx, subject)
    if len(found) > 1:
        names = ", ".join(one.full_name for one in found)
        hint = f"Plusieurs mouvements s'appellent ainsi : {names}. Nommer celui qu'on veut."
        raise _refused(hint)
    if not found:
        raise _refused("Aucun mouvement de ce nom n'attend : ./egide bank unmatched.")
    return found[0]


# What is done once a second person says the same.
_Deed = Callable[[datetime], Awaitable[None]]


async def _reading(tx: db.Tx, found: waits.Suspense, target: str) -> _Deed:
    """Return what a word does with a movement; Refusal where it cannot be that, before anybody else says the same."""
    word, _, name = target.partition(":")
    if word in {"called", "uncalled"} and name:
        return await _of_debit(tx, found, word, name)
    if word == "booked" and name:
        return await _booked(tx, found, name)
    if word == "returned" and name:
        return await _returned(tx, found, name)
    if word == "against" and name:
        return await _against(tx, found, name)
    return await _to_account(tx, found, target)


async def _booked(tx: db.Tx, found: waits.Suspense, name: str) -> _Deed:
    rows = await _debited(tx, found, name)
    cause, charge = _cause(found), -found.amount_cents - sum(row.amount_cents for row in rows)
    await _check_charge(tx, found, rows, charge)
    running, ended = list[sql.TransferRow](), list[sql.TransferRow]()
    for row in rows:
        state = OrderState(row.state)
        if state is OrderState.BOOKED:
            raise _refused(
                "Ce virement est déjà débité : un second débit se redemande à la banque, et ce qu'elle rend va par "
                "against:MOUVEMENT."
            )
        if state not in OPEN and (why := await why_not(tx, row)):
            hint = f"Le virement {row.transfer_id} avait pris fin, et {why}."
            raise _refused(hint)
        (running if state in OPEN else ended).append(row)
    target = rows[0].transfer_id if len(rows) == 1 else rows[0].settlement_id

    async def deed(now: datetime) -> None:
        cents = sum(row.amount_cents for row in running)
        movement = replace(found.movement, amount=Money(-cents))
        orders = tuple(known_transfer(row) for row in running)
        disposed = Disposed(Disposition.BOOKED, "said", target, orders)
        await move_on(tx, [Found(cause, movement, disposed)], Ours.SUSPENSE, now)
        await ledger.post(tx, book.charged(cause, charge), now)
        for part, row in enumerate(ended, start=2):
            await revive(tx, row, found.booked_on, cause, part, now)
        await waits.mark_disposed(tx, found, "booked", target, "said")

    return deed


async def _debited(tx: db.Tx, found: waits.Suspense, name: str) -> list[sql.TransferRow]:
    """Return the orders that a debit is said to be of: those named, or of a file those that it is enough for.

    Of a file: all that are not debited yet, or, where that is more than the debit, those that have not ended.
    """
    names = name.split(",")
    await sql.lock_claims(tx, names, names)
    rows = await sql.transfers(tx, names, [])
    if len(rows) == len(set(names)) == len(names):
        return rows
    file = await sql.transfers(tx, [], names) if len(names) == 1 else []
    left = [row for row in file if OrderState(row.state) is not OrderState.BOOKED]
    if sum(row.amount_cents for row in left) > -found.amount_cents:
        left = [row for row in left if OrderState(row.state) in OPEN]
    if not left:
        hint = f"Aucun virement à débiter {name} : en nommer un, plusieurs séparés par une virgule, ou leur règlement."
        raise _refused(hint)
    return left


async def _check_charge(
    tx: db.Tx, found: waits.Suspense, rows: list[sql.TransferRow], charge: int
) -> None:
    """Refuse what is too little for some orders, and what is too much for them and a charge."""
    if charge < 0:
        whole = euros(sum(row.amount_cents for row in rows))
        hint = f"Un débit d'au moins {whole}, le montant de ce qu'il aurait débité."
        raise _refused(hint)
    if charge > _MOST_CHARGED:
        hint = f"{euros(charge)} de plus que ces virements : plus que des frais. Nommer tout ce que ce débit a payé."
        raise _refused(hint)
    if found.batch:
        named = {row.transfer_id for row in rows}
        others = await sql.transfers(tx, [], [found.batch])
        fits = [
            one.transfer_id
            for one in others
            if one.transfer_id not in named
            and OrderState(one.state) in OPEN
            and one.amount_cents <= charge
        ]
        if fits:
            named_too = ", ".join(fits[:3])
            hint = f"D'autres virements de ce fichier y tiennent ({named_too}) : les nommer, ou booked:{found.batch}."
            raise _refused(hint)


async def _of_debit(tx: db.Tx, found: waits.Suspense, word: str, name: str) -> _Deed:
    """What came of a debit of an insurer, with a charge or without: credited to us, or taken back by its bank."""
    known = {one.collection_id: one for one in await debits.known(tx, [name], [])}
    one, is_credit = known.get(name), word == "called"
    if one is None or (found.amount_cents > 0) is not is_credit:
        raise _refused(
            "Un prélèvement par sa référence : un crédit (called) ou un débit (uncalled)."
        )
    # The bank gives less, or takes more: what it keeps.
    charge = one.cents - found.amount_cents if is_credit else -found.amount_cents - one.cents
    if (one.state is OrderState.BOOKED) is is_credit or not 0 <= charge <= _MOST_CHARGED:
        hint = f"{name} est {one.state} ; son montant est {euros(one.cents)}, frais à part (100 € au plus)."
        raise _refused(hint)
    disposition = Disposition.CALLED if is_credit else Disposition.UNCALLED
    state = OrderState.BOOKED if is_credit else OrderState.RETURNED

    async def deed(now: datetime) -> None:
        one.state = state
        whole = Money(one.cents if is_credit else -one.cents)
        movement = replace(found.movement, amount=whole, reason=found.reason or _BY_HAND)
        target = f"{one.insurer_id}/{one.settlement_id}"
        disposed = Disposed(disposition, "said", target, collections=(one,))
        await move_on(tx, [Found(_cause(found), movement, disposed)], Ours.SUSPENSE, now)
        await ledger.post(tx, book.charged(_cause(found), charge), now)
        await waits.mark_disposed(tx, found, disposition.value, target, "said")

    return deed


async def _returned(tx: db.Tx, found: waits.Suspense, name: str) -> _Deed:
    row = await _transfer(tx, name)
    is_booked = OrderState(row.state) is OrderState.BOOKED
    if not is_booked or not 0 < found.amount_cents <= row.amount_cents:
        raise _refused("Un crédit d'au plus son montant, d'un virement débité : lui seul.")

    async def deed(now: datetime) -> None:
        movement = replace(found.movement, reason=found.reason or _BY_HAND)
        disposed = _said(Disposition.RETURNED, row)
        await move_on(tx, [Found(_cause(found), movement, disposed)], Ours.SUSPENSE, now)
        await waits.mark_disposed(tx, found, "returned", row.transfer_id, "said")

    return deed


async def _against(tx: db.Tx, found: waits.Suspense, name: str) -> _Deed:
    others = [await _waiting(tx, one) for one in name.split(",")]
    names = {one.full_name for one in others}
    is_opposite = all((one.amount_cents > 0) is not (found.amount_cents > 0) for one in others)
    total = found.amount_cents + sum(one.amount_cents for one in others)
    if total or not is_opposite or len(names) < len(others):
        raise _refused(
            "Des mouvements de même montant, l'un entré et l'autre sorti, ou un et plusieurs qui le font ensemble."
        )

    async def deed(now: datetime) -> None:
        del now  # what undoes itself moves nothing
        target = ",".join(sorted(names))
        await waits.mark_disposed(tx, found, "disposed", f"against:{target}", "said")
        for other in others:
            await waits.mark_disposed(
                tx, other, "disposed", f"against:{found.full_name}", "said"
            )
            await waits.mark_done(tx, other.full_name)

    return deed


async def _to_account(tx: db.Tx, found: waits.Suspense, target: str) -> _Deed:
    accounts = await _accounts(tx, found, target)

    async def deed(now: datetime) -> None:
        entries = [
            entry
            for part, (other, cents) in enumerate(accounts)
            for entry in book.between(_cause(found), cents, other, Ours.SUSPENSE, part)
        ]
        await ledger.post(tx, entries, now)
        await waits.mark_disposed(tx, found, "disposed", target, "said")

    return deed


def _cause(found: waits.Suspense) -> book.Cause:
    return (CauseKind.DISPOSITION, found.cause)


def _said(disposition: Disposition, row: sql.TransferRow) -> Disposed:
    return Disposed(disposition, "said", row.transfer_id, (known_transfer(row),))


async def _transfer(tx: db.Tx, name: str) -> sql.TransferRow:
    """Return the transfer that a movement is said to be about, its claims held."""
    await sql.lock_claims(tx, [name], [])
    rows = await sql.transfers(tx, [name], [])
    if not rows:
        hint = f"Aucun virement {name}."
        raise _refused(hint)
    return rows[0]


async def _accounts(tx: db.Tx, found: waits.Suspense, target: str) -> list[tuple[str, int]]:
    """Return the accounts that a word names, each with its part of a movement; Refusal ``value-invalid``."""
    word, _, amc = target.partition(":")
    if word == "charges" and found.amount_cents > 0:
        raise _refused("Des frais sont un débit ; des frais rendus vont par write-off.")
    if not amc and word in _OURS:
        return [(_OURS[word].value, found.amount_cents)]
    if word in _OF_INSURER and amc:
        insurer = await waits.insurer_id(tx, amc)
        if insurer is None:
            hint = f"Aucun assureur {amc} dans le répertoire."
            raise _refused(hint)
        if await debits.known(tx, [found.target], []):
            hint = f"C'est un prélèvement : called:{found.target}, ou uncalled:{found.target}."
            raise _refused(hint)
        if word == "due":
            await _check_due(tx, found, amc)
            return [(ledger.insurer_account(insurer), found.amount_cents)]
        return await _of_funds(tx, found, insurer)
    raise _refused(
        "Attendu : charges, write-off, due:AMC, funds:AMC, booked:VIREMENT, returned:VIREMENT, called:PRÉLÈVEMENT, "
        "uncalled:PRÉLÈVEMENT, against:MOUVEMENT ; d'un ordre : rejected, seen."
    )


async def _of_funds(tx: db.Tx, found: waits.Suspense, insurer: UUID) -> list[tuple[str, int]]:
    """Return what an insurer pays in ahead, or takes back: of that, what its calls have taken is owed again."""
    ahead = ledger.insurer_account(insurer, OfInsurer.FUNDS)
    held = await waits.held_for(tx, insurer)
    taken = found.amount_cents if found.amount_cents > 0 else max(found.amount_cents, -held)
    due = ledger.insurer_account(insurer)
    return [(ahead, taken), (due, found.amount_cents - taken)]


async def _check_due(tx: db.Tx, found: waits.Suspense, amc: str) -> None:
    """Refuse a credit of more than an insurer owes: what is beyond is its funds."""
    due = next((one.cents for one in await waits.owed(tx) if one.amc_number == amc), 0)
    if found.amount_cents > due:
        hint = f"Un crédit d'au plus ce que doit {amc} : {euros(due)} ; ce qui est versé d'avance va par funds:{amc}."
        raise _refused(hint)


def _refused(hint: str) -> Refusal:
    return Refusal(RefusalCode.VALUE_INVALID, where="bank", hint=hint)
