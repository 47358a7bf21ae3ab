"""The statements that keep what the laws found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from egide import db

_KEEP: Final = """
insert into law_check (checked_at, laws, broken) values ($1, $2, $3::text::jsonb)
    on conflict (checked_at) do nothing
"""
_FORGET: Final = "delete from law_check where checked_at < $1::timestamptz - interval '90 days'"
_LAST: Final = """
select checked_at, laws, broken::text as broken from law_check order by checked_at desc limit 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCheck:
    """When the laws were last checked, how many, and which were broken."""

    checked_at: datetime
    laws: int
    broken: list[str]


async def keep(tx: db.Tx, now: datetime, laws: int, broken: dict[str, list[str]]) -> None:
    """Keep what a check found, for ninety days."""
    await db.run(tx, _KEEP, now, laws, msgspec.json.encode(broken).decode())
    await db.run(tx, _FORGET, now)


async def last_check(tx: db.Tx) -> LastCheck | None:
    """Return the last check; None if none was made."""
    row = await db.first(tx, _LAST)
    if row is None:
        return None
    broken = msgspec.json.decode(row["broken"], type=dict[str, list[str]])
    return LastCheck(checked_at=row["checked_at"], laws=row["laws"], broken=list(broken))
