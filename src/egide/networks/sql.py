"""Every statement on care networks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, LiteralString
from uuid import UUID

from egide import db

_VERSION: Final = "select version, digest from care_network where code = $1"


async def version_of(tx: db.Tx, code: str) -> tuple[int, bytes] | None:
    """Return the version and the digest of a network's last file; None if there was none."""
    row = await db.first(tx, _VERSION, code)
    return None if row is None else (row["version"], bytes(row["digest"]))


_NETWORK: Final = """
insert into care_network (code, name, version, digest)
values ($1, $2, $3, $4)
    on conflict (code) do update
   set name = excluded.name, version = excluded.version, digest = excluded.digest
"""
_CLEAR: Final[tuple[LiteralString, ...]] = (
    "delete from network_insurer where code = $1",
    "delete from network_member where code = $1",
    "delete from network_price where code = $1",
)
_INSURERS: Final = """
insert into network_insurer (code, insurer_id, from_on, until_on)
select $1, * from unnest($2::uuid[], $3::date[], $4::date[])
"""
_MEMBERS: Final = """
insert into network_member (code, establishment_id, from_on, until_on)
select $1, * from unnest($2::uuid[], $3::date[], $4::date[])
"""
_PRICES: Final = """
insert into network_price (code, act, from_on, cents)
select $1, * from unnest($2::text[], $3::date[], $4::bigint[])
"""
Dated = tuple[UUID, date, date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A network, whole."""

    code: str
    name: str
    version: int
    digest: bytes
    insurers: list[Dated]
    members: list[Dated]
    prices: list[tuple[str, date, int]]


async def replace(tx: db.Tx, whole: Whole) -> None:
    """Put a network in the place of what was known of it."""
    await db.run(tx, _NETWORK, whole.code, whole.name, whole.version, whole.digest)
    for statement in _CLEAR:
        await db.run(tx, statement, whole.code)
    kinds: tuple[tuple[LiteralString, Sequence[tuple[object, ...]]], ...] = (
        (_INSURERS, whole.insurers),
        (_MEMBERS, whole.members),
        (_PRICES, whole.prices),
    )
    for statement, rows in kinds:
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            await db.run(tx, statement, whole.code, *columns, changes=len(rows))


_KNOWN: Final = """
select establishment_id from establishment where establishment_id = any ($1::uuid[])
"""


async def known_establishments(tx: db.Tx, ids: Sequence[UUID]) -> set[UUID]:
    """Return which establishments the directory knows."""
    return {row["establishment_id"] for row in await db.many(tx, _KNOWN, list(ids))}


_ADHERENCES: Final = """
select m.establishment_id, i.insurer_id, m.code, greatest(m.from_on, i.from_on) as from_on,
       least(m.until_on, i.until_on) as until_on, n.digest
  from network_member m
  join network_insurer i using (code)
  join care_network n using (code)
 where m.establishment_id = any ($1::uuid[])
 order by m.code, from_on
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adherence:
    """An establishment within a network of an insurer, from a day to another, both within."""

    establishment_id: UUID
    insurer_id: UUID
    code: str
    from_on: date
    until_on: date | None
    digest: bytes


async def adherences(tx: db.Tx, establishments: Sequence[UUID]) -> list[Adherence]:
    """Return the adherences of some establishments."""
    return await db.read(tx, Adherence, _ADHERENCES, list(establishments))


_PRICES_OF: Final = """
select act, from_on, cents from network_price where code = $1 order by act, from_on
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price agreed from a day on, by unit."""

    act: str
    from_on: date
    cents: int


async def prices(tx: db.Tx, code: str) -> list[Price]:
    """Return the prices agreed in a network."""
    return await db.read(tx, Price, _PRICES_OF, code)


_SHOWN: Final = """
select n.code, n.name, n.version,
       (select count(*) from network_insurer i where i.code = n.code and i.from_on <= $1
           and coalesce(i.until_on, 'infinity') >= $1)::integer as insurers,
       (select count(*) from network_member m where m.code = n.code and m.from_on <= $1
           and coalesce(m.until_on, 'infinity') >= $1)::integer as members,
       (select count(distinct p.act) from network_price p where p.code = n.code and p.from_on <= $1)::integer as prices
  from care_network n
 order by n.code
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A network as it stands on a day: how many insurers, members and prices."""

    code: str
    name: str
    version: int
    insurers: int
    members: int
    prices: int


async def shown(tx: db.Tx, today: date) -> list[Shown]:
    """Return every network as it stands."""
    return await db.read(tx, Shown, _SHOWN, today)


_ADHERENTS: Final = """
select e.finess, e.name, e.profession, m.from_on, m.until_on
  from network_member m
  join establishment e using (establishment_id)
 where m.code = $1
 order by e.finess, m.from_on
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adherent:
    """An establishment of a network, as its partner may know it: no account, no contact."""

    finess: str
    name: str
    profession: str
    from_on: date
    until_on: date | None


async def adherents(tx: db.Tx, code: str) -> list[Adherent]:
    """Return the establishments of a network."""
    return await db.read(tx, Adherent, _ADHERENTS, code)


_ACTIVITY: Final = """
select to_char(date_trunc('month', c.received_at at time zone 'Europe/Paris'), 'YYYY-MM') as month, e.profession,
       count(*)::integer as claims, count(distinct c.person_id)::integer as persons,
       sum(l.expense_cents)::bigint as expense_cents, sum(l.amc_cents)::bigint as amc_cents
  from claim c
  join establishment e using (establishment_id)
  join lateral (select sum(k.expense_cents) as expense_cents, sum(k.amc_cents) as amc_cents
                  from claim_line k
                 where k.claim_id = c.claim_id and k.network = $1) l on l.expense_cents is not null
 where c.state in ('payable', 'nothing-due', 'settled')
 group by 1, 2
having count(distinct c.person_id) >= 11
 order by 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What was billed within a network in a month, nothing of fewer than eleven persons."""

    month: str
    profession: str
    claims: int
    persons: int
    expense_cents: int
    amc_cents: int


async def activity(tx: db.Tx, code: str) -> list[Activity]:
    """Return what was billed within a network; cost: a scan of claims."""
    return await db.read(tx, Activity, _ACTIVITY, code)
