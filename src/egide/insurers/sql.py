"""Every statement on the services of insurers, and on the events that they sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.insurers.contract import Asked, OnSilence, Service, Services

_CURRENT: Final = """
select distinct on (s.insurer_id) s.insurer_id, s.since, s.url, s.public_key, s.asked, s.deadline_ms, s.on_silence,
       s.guaranteed_cents, s.accept_days, s.silence_accepts
  from insurer_service s
 where s.since <= $1
 order by s.insurer_id, s.since desc
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    insurer_id: UUID
    since: datetime
    url: str
    public_key: bytes
    asked: list[str]
    deadline_ms: int
    on_silence: str
    guaranteed_cents: int
    accept_days: int | None
    silence_accepts: bool


async def current_services(tx: db.Tx, now: datetime) -> Services:
    """Return the service of each insurer that has one, by the newest of its contracts."""
    rows = await db.read(tx, _Row, _CURRENT, now)
    return Services(
        {
            row.insurer_id: Service(
                insurer_id=row.insurer_id,
                since=row.since,
                url=row.url,
                public_key=row.public_key,
                asked=frozenset(map(Asked, row.asked)),
                deadline_ms=row.deadline_ms,
                on_silence=OnSilence(row.on_silence),
                guaranteed_cents=row.guaranteed_cents,
                accept_days=row.accept_days,
                silence_accepts=row.silence_accepts,
            )
            for row in rows
        }
    )


_PUT: Final = """
insert into insurer_service (insurer_id, since, url, public_key, asked, deadline_ms, on_silence, guaranteed_cents,
                             accept_days, silence_accepts)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


async def put_service(tx: db.Tx, service: Service) -> None:
    """Add the terms of a service, in force from their instant on."""
    await db.run(
        tx,
        _PUT,
        service.insurer_id,
        service.since,
        service.url,
        service.public_key,
        sorted(one.value for one in service.asked),
        service.deadline_ms,
        service.on_silence.value,
        service.guaranteed_cents,
        service.accept_days,
        service.silence_accepts,
    )


_KNOWN_PERSONS: Final = "select person_id from gate.person where person_id = any ($1::uuid[])"


async def known_persons(tx: db.Tx, persons: Sequence[UUID]) -> set[UUID]:
    """Return which persons were imported."""
    return {row["person_id"] for row in await db.many(tx, _KNOWN_PERSONS, list(persons))}


_TAKE: Final = """
insert into insurer_event (insurer_id, event, digest, at)
values ($1, $2, $3, $4)
    on conflict (insurer_id, event) do nothing
"""
_TAKEN: Final = "select digest from insurer_event where insurer_id = $1 and event = $2"


async def take_event(
    tx: db.Tx, insurer_id: UUID, event: str, digest: bytes, now: datetime
) -> bytes | None:
    """Note an event; return the hash of what it said before, None if it is new."""
    if await db.run(tx, _TAKE, insurer_id, event, digest, now) == 1:
        return None
    row = await db.first(tx, _TAKEN, insurer_id, event)
    return None if row is None else bytes(row["digest"])
