"""After a restoration nothing is paid until a person has looked at the bank.

What was ordered after the last change that came back is not known here any more: paying again would pay twice.
"""

from datetime import datetime

from egide import db
from egide.backups import sql
from egide.core.refusal import Refusal, RefusalCode
from egide.treasury import unmatched


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
    """Keep that somebody looked at the bank after each restoration; return how many waited.

    Raises Refusal: ``restored-unconfirmed`` while the bank debited what is not known here: an order that was lost,
    whose claims would be paid again.
    """
    async with db.statement(pool) as tx:
        waiting = await sql.unconfirmed(tx)
    if not waiting:
        return 0
    debits = [one for one in (await unmatched(pool)).suspense if one.amount_cents < 0]
    if debits:
        names = ", ".join(one.full_name for one in debits[:3])
        hint = (
            f"{len(debits)} débits que rien n'explique ({names}) : des ordres perdus ? Savoir de la banque qui ils ont "
            "payé, puis dire ce qu'ils sont : ./egide bank say."
        )
        raise Refusal(RefusalCode.RESTORED_UNCONFIRMED, hint=hint)
    async with db.statement(pool) as tx:
        await sql.confirm(tx, by, now)
    return len(waiting)
