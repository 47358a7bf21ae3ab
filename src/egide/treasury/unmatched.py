"""What a person has to look at: movements that nothing explains, orders that did not come, who is not paid."""

from dataclasses import dataclass
from datetime import datetime

from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.treasury import sql


@dataclass(frozen=True, slots=True)
class Unmatched:
    """All of it, the oldest first."""

    suspense: list[sql.Suspense]
    expected: list[sql.Expected]
    held: list[sql.Held]


async def unmatched(pool: db.Pool) -> Unmatched:
    """Return what a person has to look at."""
    async with db.transaction(pool) as tx:
        return Unmatched(await sql.suspense(tx), await sql.expected(tx), await sql.held(tx))


async def release_hold(pool: db.Pool, finess: str, who: str, *, now: datetime) -> None:
    """Pay an establishment again to the account that its bank refused; Refusal ``value-invalid`` if none is held."""
    async with db.transaction(pool) as tx:
        if not await sql.release(tx, finess, who, now):
            hint = "Aucun paiement n'est retenu pour cet établissement."
            raise Refusal(RefusalCode.VALUE_INVALID, where="finess", hint=hint)
