"""What the operator's commands ask of the gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db

_CANARIES: Final = """
insert into gate.canary (person_id, label, made_at)
select p.person_id, $2, clock_timestamp() from gate.person p where p.person_id = any ($1::uuid[])
    on conflict (person_id) do update set label = excluded.label
returning person_id
"""


async def mark_canaries(tx: db.Tx, persons: Sequence[UUID], label: str) -> set[UUID]:
    """Say that some persons do not exist; return those that are known."""
    return {row["person_id"] for row in await db.many(tx, _CANARIES, persons, label)}


_PROVE: Final = "select gate.prove($1) as known"


async def prove(tx: db.Tx, establishment: UUID) -> bool:
    """Give a newcomer the budget of the others; False if it is unknown."""
    row = await db.first(tx, _PROVE, establishment)
    return row is not None and row["known"]


_RANKING: Final = """
select establishment_id, score, new_today, refused_today, misses, unjustified, stale, justified from gate.ranking($1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What an establishment asked without a proof, and what came of it."""

    establishment_id: UUID
    score: int
    new_today: int
    refused_today: int
    misses: int
    unjustified: int
    stale: int
    justified: int


async def ranking(tx: db.Tx, first: int) -> list[Ranked]:
    """Return the establishments to look at first."""
    return await db.read(tx, Ranked, _RANKING, first)


_CROWDED: Final = "select kind, value, day, persons, day_cap from gate.crowded()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """A segment near its cap of a day."""

    kind: str
    value: str
    day: date
    persons: int
    day_cap: int


async def crowded(tx: db.Tx) -> list[Crowd]:
    """Return the segments near their cap."""
    return await db.read(tx, Crowd, _CROWDED)


_REVOKE: Final = "select gate.revoke_card($1)"


async def revoke_card(tx: db.Tx, address: UUID) -> None:
    """Let a card show nothing any more."""
    await db.run(tx, _REVOKE, address)


_SET_SEGMENT: Final = "select gate.set_segment($1, $2, $3, $4, $5, $6)"


async def set_segment(tx: db.Tx, contained: Sequence[str], until: datetime) -> None:
    """Contain a segment (kind, value, mode, reason, author) until an instant, or open it."""
    await db.run(tx, _SET_SEGMENT, *contained, until)


_IS_CONTAINED: Final = (
    "select from gate.segment where kind = $1 and value = $2 and until > gate.instant()"
)


async def is_contained(tx: db.Tx, kind: str, value: str) -> bool:
    """Tell whether a segment is contained now."""
    return await db.first(tx, _IS_CONTAINED, kind, value) is not None


_SEGMENTS: Final = """
select kind, value, mode, reason, author, since, until from gate.segment where until > gate.instant() order by since
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contained:
    """A segment that is contained."""

    kind: str
    value: str
    mode: str
    reason: str
    author: str
    since: datetime
    until: datetime


async def segments(tx: db.Tx) -> list[Contained]:
    """Return what is contained now."""
    return await db.read(tx, Contained, _SEGMENTS)


_UNJUSTIFIED: Final = """
select asked_at, is_found, is_unmet, is_held, purpose, software, key, other_establishments, other_departments
  from gate.unjustified($1, $2)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjustified:
    """A question typed and never justified, which names nobody."""

    asked_at: datetime
    is_found: bool
    is_unmet: bool
    is_held: bool
    purpose: str
    software: str | None
    key: str | None
    other_establishments: int
    other_departments: int


async def unjustified(tx: db.Tx, establishment: UUID, first: int) -> list[Unjustified]:
    """Return what an establishment typed and never justified."""
    return await db.read(tx, Unjustified, _UNJUSTIFIED, establishment, first)
