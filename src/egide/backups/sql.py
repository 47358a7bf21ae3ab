"""The statements on what keeps a backup going, and on what was restored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from egide import db

_SYSTEM: Final = "select system_identifier::text as system from pg_control_system()"
_TIMELINE: Final = "select timeline_id as timeline from pg_control_checkpoint()"
_SLOT: Final = """
select active_pid, wal_status, restart_lsn is not null as begins from pg_replication_slots where slot_name = $1
"""
_FREE: Final = "select pg_terminate_backend($1, 5000)"
_DROP: Final = "select pg_drop_replication_slot($1)"
_LAG: Final = """
select max(pg_wal_lsn_diff(pg_current_wal_flush_lsn(), coalesce(restart_lsn, '0/0')))::bigint as bytes
  from pg_replication_slots
 where slot_name like 'egide\\_%'
"""
_RESTORED: Final = "insert into restoration (restored_at, reached) values ($1, $2)"
_UNCONFIRMED: Final = """
select restored_at, reached from restoration where confirmed_at is null order by restored_at
"""
_CONFIRM: Final = (
    "update restoration set confirmed_by = $1, confirmed_at = $2 where confirmed_at is null"
)


@dataclass(frozen=True, slots=True)
class Slot:
    """What the database keeps for a folder of backups.

    Args:
        holder: the database's process that sends to it now.
        is_lost: what it had not received is gone.
        begins: something was received.
    """

    holder: int | None
    is_lost: bool
    begins: bool


@dataclass(frozen=True, slots=True)
class Restoration:
    """That this database was made again from a backup.

    Args:
        reached: the instant of the last change that it holds; None if it is the copy's.
    """

    restored_at: datetime
    reached: datetime | None


async def system(tx: db.Tx) -> str:
    """Return what names this database among all: its copies bear it too. Owner only."""
    row = await db.first(tx, _SYSTEM)
    return "" if row is None else row["system"]


async def timeline(tx: db.Tx) -> int:
    """Return how many times this database was brought back to an earlier instant, and one. Owner only."""
    row = await db.first(tx, _TIMELINE)
    return 1 if row is None else row["timeline"]


async def slot(tx: db.Tx, name: str) -> Slot | None:
    """Return what is kept under a name."""
    row = await db.first(tx, _SLOT, name)
    return (
        None
        if row is None
        else Slot(row["active_pid"], row["wal_status"] == "lost", row["begins"])
    )


async def free_slot(tx: db.Tx, holder: int) -> None:
    """End the sending to a receiver that its keeper did not survive; waits five seconds at most."""
    await db.run(tx, _FREE, holder)


async def drop_slot(tx: db.Tx, name: str) -> None:
    """Keep nothing more under a name."""
    await db.run(tx, _DROP, name)


async def unkept_bytes(tx: db.Tx) -> int | None:
    """Return how many bytes of changes no backup has received yet; None where none is kept."""
    row = await db.first(tx, _LAG)
    return None if row is None else row["bytes"]


async def note_restored(tx: db.Tx, at: datetime, reached: datetime | None) -> None:
    """Keep that this database comes from a backup."""
    await db.run(tx, _RESTORED, at, reached)


async def unconfirmed(tx: db.Tx) -> list[Restoration]:
    """Return the restorations after which nobody has said that the bank was looked at."""
    return [
        Restoration(row["restored_at"], row["reached"])
        for row in await db.many(tx, _UNCONFIRMED)
    ]


async def confirm(tx: db.Tx, by: str, at: datetime) -> None:
    """Keep who said so."""
    await db.run(tx, _CONFIRM, by, at)
