"""What two persons say that an unexplained movement is: one proposes, another confirms."""

from datetime import datetime
from typing import Final

from egide import db, ledger
from egide.core.money import Money
from egide.core.refusal import Refusal, RefusalCode
from egide.ledger import CauseKind, Entry, OfInsurer, Ours
from egide.treasury import sql

_OURS: Final = {"charges": Ours.BANK_CHARGES, "write-off": Ours.WRITE_OFF}
_OF_INSURER: Final = {"due": OfInsurer.DUE, "funds": OfInsurer.FUNDS}
_WORDS: Final = "charges, write-off, due:AMC ou funds:AMC"


async def propose(pool: db.Pool, reference: str, number: int, target: str, who: str) -> None:
    """Say what a movement is: ``charges``, ``write-off``, ``due:AMC`` (a call paid), ``funds:AMC`` (paid in).

    Raises Refusal: ``value-invalid``, for another word, an unknown insurer, or a movement that waits for nobody.
    """
    async with db.transaction(pool) as tx:
        await _account(tx, target)
        if not await sql.propose(tx, reference, number, target, who):
            raise _none_waits()


async def confirm(
    pool: db.Pool, reference: str, number: int, who: str, *, now: datetime
) -> str:
    """Confirm what another said, and book it; return what it is.

    Raises Refusal: ``value-invalid``: nobody said anything, or the same person did.
    """
    async with db.transaction(pool) as tx:
        found = await sql.in_suspense(tx, reference, number)
        if found is None:
            raise _none_waits()
        if found.proposed_as is None:
            raise _refused("Personne n'a encore dit ce que c'est : --as d'abord.")
        if found.proposed_by == who:
            raise _refused("Une autre personne que celle qui l'a dit confirme.")
        other = await _account(tx, found.proposed_as)
        came_in = found.amount_cents > 0
        debit, credit = (
            (Ours.SUSPENSE.value, other) if came_in else (other, Ours.SUSPENSE.value)
        )
        entry = Entry(
            cause_kind=CauseKind.DISPOSITION,
            cause_id=f"{reference}/{number}",
            debit=debit,
            credit=credit,
            amount=Money(abs(found.amount_cents)),
        )
        await ledger.post(tx, [entry], now)
        await sql.mark_disposed(tx, reference, number, found.proposed_as, who, now)
        return found.proposed_as


async def _account(tx: db.Tx, target: str) -> str:
    """Return the account that a word names; Refusal ``value-invalid``."""
    word, _, amc = target.partition(":")
    if not amc and word in _OURS:
        return _OURS[word].value
    if word in _OF_INSURER and amc:
        insurer = await sql.insurer_id(tx, amc)
        if insurer is None:
            hint = f"Aucun assureur {amc} dans le répertoire."
            raise _refused(hint)
        return ledger.insurer_account(insurer, _OF_INSURER[word])
    hint = f"Attendu : {_WORDS}."
    raise _refused(hint)


def _none_waits() -> Refusal:
    return _refused(
        "Aucun mouvement de ce relevé et de ce numéro n'attend : ./egide bank unmatched."
    )


def _refused(hint: str) -> Refusal:
    return Refusal(RefusalCode.VALUE_INVALID, where="movement", hint=hint)
