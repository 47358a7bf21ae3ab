"""After a restoration nothing is paid until a person has looked at the bank.

What was ordered after the last change that came back is not known here any more: paying again would pay twice.
"""

from datetime import datetime

from egide import db
from egide.backups import sql
from egide.core.refusal import Refusal, RefusalCode


async def check_confirmed(pool: db.Pool) -> None:
    """Raise Refusal ``restored-unconfirmed`` while a restoration waits for somebody to look at the bank."""
    async with db.statement(pool) as tx:
        waiting = await sql.unconfirmed(tx)
    if waiting:
        last = waiting[-1]
        reached = "inconnu" if last.reached is None else f"{last.reached:%Y-%m-%dT%H:%M:%SZ}"
        hint = f"Dernier changement revenu : {reached}."
        raise Refusal(RefusalCode.RESTORED_UNCONFIRMED, hint=hint)


async def confirm(pool: db.Pool, by: str, now: datetime) -> int:
    """Keep that somebody looked at the bank after each restoration; return how many waited."""
    async with db.transaction(pool) as tx:
        waiting = await sql.unconfirmed(tx)
        await sql.confirm(tx, by, now)
    return len(waiting)
