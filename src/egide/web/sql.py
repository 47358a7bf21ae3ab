"""The statement by which a process knows that its database takes writes."""

from typing import Final

from egide import db

_IS_WRITTEN: Final = (
    "select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as yes"
)


async def is_written(tx: db.Tx) -> bool:
    """Tell whether the database takes writes from this login."""
    row = await db.first(tx, _IS_WRITTEN)
    return bool(row and row["yes"])
