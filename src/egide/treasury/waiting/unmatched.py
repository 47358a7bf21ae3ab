"""What a person has to look at: movements that nothing explains, orders that did not come, who is not paid."""

from dataclasses import dataclass
from datetime import datetime

from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.treasury.waiting import sql as waits


@dataclass(frozen=True, slots=True)
class Unmatched:
    """All of it, the oldest first.

    Args:
        suspense: the first five thousand.
        said: what one person said and waits for another.
        blocked: who is paid nothing more until a debit is explained.
        owed: by insurer, called or not yet.
    """

    suspense: list[waits.Suspense]
    expected: list[waits.Expected]
    held: list[waits.Held]
    said: list[waits.Said]
    to_look_at: list[waits.ToLookAt]
    blocked: list[waits.Blocked]
    owed: list[waits.Owed]


async def unmatched(pool: db.Pool) -> Unmatched:
    """Return what a person has to look at."""
    async with db.transaction(pool) as tx:
        return Unmatched(
            await waits.suspense(tx),
            await waits.expected(tx),
            await waits.held(tx),
            await waits.said(tx),
            await waits.to_look_at(tx),
            await waits.blocked(tx),
            await waits.owed(tx),
        )


async def release_hold(pool: db.Pool, finess: str, who: str, *, now: datetime) -> None:
    """Pay an establishment again to the account that its bank refused; Refusal ``value-invalid`` if none is held."""
    async with db.transaction(pool) as tx:
        if not await waits.release(tx, finess, who, now):
            hint = "Aucun paiement n'est retenu pour cet établissement."
            raise Refusal(RefusalCode.VALUE_INVALID, where="finess", hint=hint)
