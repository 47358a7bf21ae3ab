"""Withdraw what a file that is not written yet would pay twice: a debit of the try before it has come meanwhile."""

from datetime import datetime
from pathlib import Path

from egide import db
from egide.payments import BANK_FILE, UNSENT, lock_settlements
from egide.treasury import sql
from egide.treasury.waiting import reject_all


async def withdraw_doubted(
    pool: db.Pool, settlement_id: str, folder: Path, *, now: datetime
) -> list[str]:
    """End the orders of a settlement to who may have been paid already, and return them; its claims are due again.

    Nothing where a file of it was begun, or is on disk: it may have left.

    Args:
        folder: where the settlement's own folder is written.
    """
    async with db.transaction(pool) as tx:
        await lock_settlements(tx)
        if (folder / settlement_id / BANK_FILE).exists():
            return []
        named = await sql.doubted(tx, settlement_id)
        await sql.lock_claims(tx, named, [])
        rows = await sql.transfers(tx, named, [])
        await reject_all(tx, rows, UNSENT, now, of_each=False)
    return named
