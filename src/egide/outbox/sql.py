"""Every statement on the notices that wait to leave."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db

_DUE: Final = """
update notice n
   set tries = n.tries + 1, next_try_at = clock_timestamp() + interval '5 minutes' * (1 << least(n.tries, 8))
  from (select notice_id from notice
         where sent_at is null and next_try_at <= clock_timestamp()
         order by made_at, notice_id
         limit $1
           for update skip locked) due, establishment e
 where n.notice_id = due.notice_id and e.establishment_id = n.establishment_id
returning n.notice_id, n.establishment_id, e.name, n.event, n.about, n.shown, n.contact_sealed, n.made_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice to an establishment; its contact is sealed."""

    notice_id: UUID
    establishment_id: UUID
    name: str
    event: str
    about: str
    shown: str
    contact_sealed: bytes
    made_at: datetime


async def lease(tx: db.Tx, limit: int) -> list[Notice]:
    """Return notices that are due, each put off so that no other process takes it."""
    return await db.read(tx, Notice, _DUE, limit)


_SENT: Final = "update notice set sent_at = clock_timestamp() where notice_id = $1"


async def note_sent(tx: db.Tx, notice_id: UUID) -> None:
    """Note that a notice left."""
    await db.run(tx, _SENT, notice_id)
