"""Every statement on incidents: what they are, whom they exposed, what was done."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.accesslog.victims import Condition, Exposure
from egide.breach.duties import Act

_OPEN: Final = """
insert into incident (incident_id, opened_at, opened_by, aware_at, hypothesis, since, until, actors)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_CHANGE: Final = """
update incident set since = $2, until = $3, actors = $4 where incident_id = $1 and closed_at is null
"""
_ALL: Final = """
select incident_id, opened_at, opened_by, aware_at, hypothesis, since, until, actors, closed_at, closed_by
  from incident
 where $1::uuid is null or incident_id = $1
 order by opened_at
"""
_CLOSE: Final = """
update incident set closed_at = $2, closed_by = $3 where incident_id = $1 and closed_at is null
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An incident as it stands."""

    incident_id: UUID
    opened_at: datetime
    opened_by: str
    aware_at: datetime
    hypothesis: str
    since: datetime
    until: datetime
    actors: list[str]
    closed_at: datetime | None
    closed_by: str | None


async def add(tx: db.Tx, one: Incident) -> None:
    """Keep an incident that opens."""
    await db.run(
        tx,
        _OPEN,
        *(one.incident_id, one.opened_at, one.opened_by, one.aware_at, one.hypothesis),
        *(one.since, one.until, one.actors),
        changes=1,
    )


async def change(
    tx: db.Tx, incident_id: UUID, since: datetime, until: datetime, actors: Sequence[str]
) -> bool:
    """Correct the window and the actors of an incident that is open; False if it is not."""
    return await db.run(tx, _CHANGE, incident_id, since, until, list(actors)) == 1


async def incidents(tx: db.Tx, incident_id: UUID | None = None) -> list[Incident]:
    """Return incidents, the oldest first; one, by its number."""
    return await db.read(tx, Incident, _ALL, incident_id)


async def hold(tx: db.Tx, incident_id: UUID) -> None:
    """Keep an incident from any other change until the end of the transaction."""
    await db.run(tx, "select from incident where incident_id = $1 for update", incident_id)


async def close(tx: db.Tx, incident_id: UUID, now: datetime, by: str) -> bool:
    """Close an incident; False if it is not open."""
    return await db.run(tx, _CLOSE, incident_id, now, by) == 1


# An answer that several of its actors name counts once.
_EXPOSED: Final = """
with found as materialized (
    select distinct on (e.establishment_id, e.entry_id) e.person_id, e.insurer_id, e.basis, e.purpose, e.at
      from unnest($2::uuid[], $3::text[], $4::uuid[]) as c (establishment, key, build)
      join gate.entry e on e.establishment_id = c.establishment and e.at >= $5 and e.at < $6
     where e.outcome = 'shown' and (c.key is null or e.key = c.key) and (c.build is null or e.software_id = c.build)
)
insert into incident_exposed (incident_id, person_id, insurer_id, basis, purpose, answers, first_at, last_at)
select $1, person_id, insurer_id, basis, purpose, count(*), min(at), max(at)
  from found
 group by person_id, insurer_id, basis, purpose
"""
_FORGET: Final = "delete from incident_exposed where incident_id = $1"
_BEFORE: Final = "select distinct person_id from incident_exposed where incident_id = $1"
_PERSONS: Final = """
select person_id, insurer_id, sum(answers)::bigint as answers
  from incident_exposed where incident_id = $1
 group by person_id, insurer_id
 order by insurer_id, person_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """A person whom an incident exposed, and by how many answers."""

    person_id: UUID
    insurer_id: UUID
    answers: int


async def persons_before(tx: db.Tx, incident_id: UUID) -> set[UUID]:
    """Return whom the last reckoning named. Cost: memory for each."""
    return {row["person_id"] for row in await db.many(tx, _BEFORE, incident_id)}


async def expose(
    tx: db.Tx,
    incident_id: UUID,
    conditions: Sequence[Condition],
    since: datetime,
    until: datetime,
) -> None:
    """Keep whom an incident exposed, from the access log alone. Owner only."""
    await db.run(tx, _FORGET, incident_id)
    if conditions:
        await db.run(tx, _EXPOSED, incident_id, *db.columns(conditions), since, until)


async def exposed(tx: db.Tx, incident_id: UUID) -> AsyncGenerator[Exposed]:
    """Yield the persons of an incident, by insurer; memory does not grow with them."""
    async for row in db.stream(tx, _PERSONS, incident_id, size=5_000):
        yield Exposed(**row)


_COUNTS: Final = """
select i.amc_number, i.name, x.basis, x.purpose, count(*) as persons, sum(x.answers)::bigint as answers,
       min(x.first_at) as first_at, max(x.last_at) as last_at
  from incident_exposed x
  join insurer i using (insurer_id)
 where x.incident_id = $1
 group by i.amc_number, i.name, x.basis, x.purpose
 order by i.amc_number, x.basis, x.purpose
"""
_TOTALS: Final = """
select i.amc_number, i.name, count(distinct x.person_id) as persons
  from insurer i
  left join incident_exposed x on x.insurer_id = i.insurer_id and x.incident_id = $1
 where x.incident_id is not null
    or exists (select from incident_act a where a.incident_id = $1 and a.controller = i.amc_number)
 group by i.amc_number, i.name
 order by i.amc_number
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Persons and answers of an insurer, by ground and purpose: a person may be in several."""

    amc_number: str
    name: str
    basis: str
    purpose: str
    persons: int
    answers: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many persons of an insurer an incident exposed, each once: none of one that was told before a recount."""

    amc_number: str
    name: str
    persons: int


async def counts(tx: db.Tx, incident_id: UUID) -> list[Count]:
    """Return persons and answers by insurer, ground and purpose."""
    return await db.read(tx, Count, _COUNTS, incident_id)


async def totals(tx: db.Tx, incident_id: UUID) -> list[Total]:
    """Return persons by insurer."""
    return await db.read(tx, Total, _TOTALS, incident_id)


_ADD_RECKONING: Final = """
insert into incident_reckoning (incident_id, version, reckoned_at, log_size, checkpoint, persons, answers, added,
                                removed, sha256)
select $1, 1 + coalesce((select max(version) from incident_reckoning where incident_id = $1), 0), $2, $3, $4, $5, $6,
       $7, $8, $9
"""
_RECKONINGS: Final = """
select version, reckoned_at, log_size, checkpoint, persons, answers, added, removed, sha256
  from incident_reckoning where incident_id = $1 order by version
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """Whom an incident exposed as the log stood at an instant; their list by its digest."""

    version: int
    reckoned_at: datetime
    log_size: int
    checkpoint: str
    persons: int
    answers: int
    added: int
    removed: int
    sha256: bytes


async def add_reckoning(tx: db.Tx, incident_id: UUID, *values: object) -> None:
    """Keep a reckoning: instant, size and checkpoint of the log, persons, answers, added, removed, digest."""
    await db.run(tx, _ADD_RECKONING, incident_id, *values, changes=1)


async def reckonings(tx: db.Tx, incident_id: UUID) -> list[Reckoning]:
    """Return the reckonings of an incident, in order."""
    return await db.read(tx, Reckoning, _RECKONINGS, incident_id)


_ACT: Final = """
insert into incident_act (incident_id, controller, act, done_at, done_by, proof, noted_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
_ACTS: Final = """
select controller, act, done_at, done_by, proof from incident_act where incident_id = $1 order by noted_at, act
"""


async def add_act(tx: db.Tx, incident_id: UUID, act: Act, now: datetime) -> None:
    """Note an act."""
    values = (act.controller, act.act, act.done_at, act.done_by, act.proof, now)
    await db.run(tx, _ACT, incident_id, *values, changes=1)


async def acts(tx: db.Tx, incident_id: UUID) -> list[Act]:
    """Return what was noted of an incident, in the order in which it was noted."""
    return await db.read(tx, Act, _ACTS, incident_id)


_OF_INSURER: Final = """
select person_id, insurer_id, basis, purpose, answers, first_at, last_at
  from incident_exposed where incident_id = $1 and insurer_id = $2
 order by person_id, basis, purpose
"""


async def exposures_of(
    tx: db.Tx, incident_id: UUID, insurer_id: UUID
) -> AsyncGenerator[Exposure]:
    """Yield what was learned of an insurer's members, person by person."""
    async for row in db.stream(tx, _OF_INSURER, incident_id, insurer_id, size=5_000):
        yield Exposure(**row)
