"""The exact persons that an establishment learned something about, in a window of time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.core.ids import EstablishmentId

_EXPOSURES: Final = """
select e.person_id, e.insurer_id, e.basis, e.purpose, count(*) as answers, min(e.at) as first_at,
       max(e.at) as last_at
  from gate.entry e
 where e.establishment_id = $1 and e.at >= $2 and e.at < $3 and e.outcome = 'shown'
 group by e.person_id, e.insurer_id, e.basis, e.purpose
 order by e.person_id, e.basis, e.purpose
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What one establishment learned of one person, by ground and purpose; the person is a pseudonym."""

    person_id: UUID
    insurer_id: UUID
    basis: str
    purpose: str
    answers: int
    first_at: datetime
    last_at: datetime


async def exposures(
    tx: db.Tx, establishment_id: EstablishmentId, *, since: datetime, until: datetime
) -> list[Exposure]:
    """Return every person exposed to an establishment from ``since`` to ``until``, excluded.

    Needs the owner's login: the application cannot read the log back.
    Cost: one range of the log's primary key.
    """
    rows = await db.many(tx, _EXPOSURES, establishment_id, since, until)
    return [
        Exposure(
            person_id=row["person_id"],
            insurer_id=row["insurer_id"],
            basis=row["basis"],
            purpose=row["purpose"],
            answers=row["answers"],
            first_at=row["first_at"],
            last_at=row["last_at"],
        )
        for row in rows
    ]
