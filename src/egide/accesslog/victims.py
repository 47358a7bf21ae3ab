"""The exact persons that an actor learned something about, in a window of time, from the log alone."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from egide import db
from egide.core.ids import EstablishmentId

ActorKind = Literal["establishment", "key", "software", "vendor", "account"]
# What each purpose shows of a person: the columns of its answers, never an identity.
FIELDS: Final = {
    "rights": "cover",
    "claim": "cover, birth year, price",
    "support": "invoice, masked",
}
_BATCH: Final = 5_000

# Establishments are found first, so that each is one range of one index whatever the log's length. A key is one
# establishment's for ever, and a build runs only where a key of its vendor is enrolled.
_ESTABLISHMENTS: Final = """
select distinct h as establishment_id
  from (select $2::uuid as h where $1 in ('establishment', 'account')
        union all
        select k.establishment_id from caller_key k where $1 = 'key' and k.thumbprint = $3
        union all
        select k.establishment_id
          from caller_key k
          join software s using (software_id)
         where $1 = 'vendor' and s.vendor = $3
            or $1 = 'software' and s.vendor = (select w.vendor from software w where w.software_id = $2)) t
"""
_EXPOSURES: Final = """
select e.person_id, e.insurer_id, e.basis, e.purpose, count(*) as answers, min(e.at) as first_at,
       max(e.at) as last_at
  from unnest($1::uuid[]) as h (establishment)
  join gate.entry e on e.establishment_id = h.establishment and e.at >= $2 and e.at < $3
 where e.outcome = 'shown'
   and ($4::text is null or e.key = $4)
   and ($5::uuid[] is null or e.software_id = any ($5))
 group by e.person_id, e.insurer_id, e.basis, e.purpose
 order by e.insurer_id, e.person_id, e.basis, e.purpose
"""
_BUILDS: Final = """
select array_agg(software_id) as builds
  from software
 where $1 = 'software' and software_id = $2 or $1 = 'vendor' and vendor = $3
"""
_KEYS: Final = """
select i.insurer_id, i.amc_number, i.name, k.jwk from insurer i left join insurer_key k using (insurer_id)
"""
_SET_KEY: Final = """
insert into insurer_key (insurer_id, jwk, since)
select insurer_id, $2, now() from insurer where amc_number = $1
    on conflict (insurer_id) do update set jwk = excluded.jwk, since = excluded.since
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What an actor learned of one person, by ground and purpose; the person is a pseudonym."""

    person_id: UUID
    insurer_id: UUID
    basis: str
    purpose: str
    answers: int
    first_at: datetime
    last_at: datetime

    @property
    def fields(self) -> str:
        """Return what was shown of it."""
        return FIELDS[self.purpose]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who learned: an establishment, a key, a build, a vendor's every build, or an account of the operator's.

    Args:
        number: of an establishment, a build or an account.
        name: thumbprint of a key, or a vendor's name.
    """

    kind: ActorKind
    number: UUID | None = None
    name: str = ""


async def stream_exposures(
    tx: db.Tx, actor: Actor, *, since: datetime, until: datetime
) -> AsyncGenerator[Exposure]:
    """Yield every person exposed to an actor from ``since`` to ``until``, excluded, by insurer.

    Needs the owner's login: the application cannot read the log back. Cost: one range of an index for each
    establishment; memory does not grow with the persons.
    """
    named = (actor.kind, actor.number, actor.name)
    establishments = [
        row["establishment_id"] for row in await db.many(tx, _ESTABLISHMENTS, *named)
    ]
    builds = None
    if actor.kind in {"software", "vendor"}:
        row = await db.first(tx, _BUILDS, *named)
        builds = [] if row is None or row["builds"] is None else row["builds"]
    key = actor.name if actor.kind == "key" else None
    rows = db.stream(tx, _EXPOSURES, establishments, since, until, key, builds, size=_BATCH)
    async for row in rows:
        yield Exposure(
            person_id=row["person_id"],
            insurer_id=row["insurer_id"],
            basis=row["basis"],
            purpose=row["purpose"],
            answers=row["answers"],
            first_at=row["first_at"],
            last_at=row["last_at"],
        )


async def exposures(
    tx: db.Tx, establishment_id: EstablishmentId, *, since: datetime, until: datetime
) -> list[Exposure]:
    """Return every person exposed to an establishment. Owner only."""
    actor = Actor(kind="establishment", number=establishment_id)
    return [one async for one in stream_exposures(tx, actor, since=since, until=until)]


async def insurers(tx: db.Tx) -> list[db.Row]:
    """Return each insurer with the key that its lists are sealed to."""
    return await db.many(tx, _KEYS)


async def set_insurer_key(tx: db.Tx, amc: str, jwk: dict[str, str]) -> bool:
    """Keep the public key of an insurer; False if it is unknown."""
    return await db.run(tx, _SET_KEY, amc, jwk) == 1
