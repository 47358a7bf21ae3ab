"""Every statement on the tree: what waits for its leaf, leaves, tiles, checkpoints."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from egide import db

_MARK: Final = "select xid::text as xid, size from gate.log_mark for update"
# Below the oldest transaction still open that may write an entry nothing can come any more; what came from another
# server, by a restore, may bear any number, so that what has its leaf already is told by its leaf.
_WAITING: Final = """
select e.establishment_id, e.entry_id, e.xid::text as xid, gate.entry_text(e) as entry
  from gate.entry e
 where e.xid >= $1::text::xid8
   and (e.xid < (select gate.log_horizon()) or $3 and e.xid >= pg_snapshot_xmax(pg_current_snapshot()))
   and not exists (select from gate.leaf l where l.establishment_id = e.establishment_id and l.entry_id = e.entry_id)
 order by e.xid, e.entry_id
 limit $2
"""
_LOG_LEFT: Final = "select gate.log_left()"
_HORIZON: Final = "select gate.log_horizon()::text as xid"
_IS_PAST: Final = "select $1::text::xid8 > pg_snapshot_xmax(pg_current_snapshot()) as is_past"
_SHUT: Final = "select gate.shut_behind_witness($1)"
_ADD: Final = """
insert into gate.leaf (index, establishment_id, entry_id, salt, value)
select * from unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[])
"""
_MOVE: Final = "update gate.log_mark set xid = $1::text::xid8, size = $2"
_TILE: Final = "select hashes from gate.tile where level = $1 and number = $2"
_SET_TILE: Final = """
insert into gate.tile (level, number, hashes)
select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])
    on conflict (level, number) do update set hashes = excluded.hashes
"""
_VALUES: Final = """
select value from gate.leaf where index >= $1 and index < $2 order by index
"""
_SIGN: Final = """
insert into gate.checkpoint (size, note, signed_at) values ($1, $2, now()) on conflict (size) do nothing
"""
_LATEST: Final = (
    "select size, note, cosignatures from gate.checkpoint order by size desc limit 1"
)
_COSIGNED: Final = """
select size, note, cosignatures from gate.checkpoint where cardinality(cosignatures) > 0 order by size desc limit 1
"""
_COSIGN: Final = """
update gate.checkpoint
   set cosignatures = array_append(cosignatures, $2)
 where size = $1 and not ($2 = any (cosignatures))
"""
_LEAF_OF: Final = "select index, salt, entry from gate.leaf_of($1, $2)"
_OWN_LEAF: Final = "select index, salt, entry from own_leaf($1, $2)"
_LEAVES: Final = """
select l.index, l.salt, l.value, gate.entry_text(e) as entry
  from gate.leaf l
  left join gate.entry e using (establishment_id, entry_id)
 where l.index >= $1
 order by l.index
 limit 5000
"""


async def lock_mark(tx: db.Tx) -> tuple[str, int]:
    """Return up to which transaction, and at what size, the tree stands; held until the end of the transaction."""
    row = await db.first(tx, _MARK)
    if row is None:
        raise LookupError("gate.log_mark")
    return row["xid"], row["size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An entry of the log that has no leaf yet."""

    establishment_id: UUID
    entry_id: UUID
    xid: str
    entry: dict[str, str | None]


async def waiting(tx: db.Tx, since: str, limit: int, *, is_past: bool) -> list[Waiting]:
    """Return the entries that have no leaf and that nothing can come before any more.

    Args:
        is_past: whether entries may bear numbers of another server's transactions, which this one has not reached.
    """
    return await db.read(tx, Waiting, _WAITING, since, limit, is_past)


async def log_left(tx: db.Tx) -> None:
    """Write in the log what was about to be asked without a proof, and never was answered."""
    await db.run(tx, _LOG_LEFT)


async def horizon(tx: db.Tx) -> str:
    """Return the oldest transaction still open."""
    row = await db.first(tx, _HORIZON)
    return "0" if row is None else row["xid"]


async def is_past(tx: db.Tx, xid: str) -> bool:
    """Tell whether a mark is beyond what this server has run: it was restored from another."""
    row = await db.first(tx, _IS_PAST, xid)
    return row is not None and bool(row["is_past"])


async def shut_behind_witness(tx: db.Tx, said: str) -> None:
    """Shut every flow, for a reason, where it is not yet: a person opens each again."""
    await db.run(tx, _SHUT, said)


async def add_leaves(
    tx: db.Tx, first: int, rows: list[Waiting], made: list[tuple[bytes, bytes]]
) -> None:
    """Append leaves (salt, value) for entries, from an index on."""
    await db.run(
        tx,
        _ADD,
        list(range(first, first + len(rows))),
        [row.establishment_id for row in rows],
        [row.entry_id for row in rows],
        [salt for salt, _ in made],
        [value for _, value in made],
    )


async def move_mark(tx: db.Tx, xid: str, size: int) -> None:
    """Note up to where the tree stands."""
    await db.run(tx, _MOVE, xid, size, changes=1)


async def tile(tx: db.Tx, level: int, number: int) -> bytes:
    """Return the hashes of a tile, empty if there is none."""
    row = await db.first(tx, _TILE, level, number)
    return b"" if row is None else bytes(row["hashes"])


async def set_tiles(tx: db.Tx, tiles: dict[tuple[int, int], bytes]) -> None:
    """Write tiles; one that is there already only grows."""
    keys = sorted(tiles)
    levels, numbers = [level for level, _ in keys], [number for _, number in keys]
    await db.run(tx, _SET_TILE, levels, numbers, [tiles[key] for key in keys])


async def leaf_values(tx: db.Tx, first: int, last: int) -> list[bytes]:
    """Return what the tree holds of the leaves from an index to another, excluded."""
    return [bytes(row["value"]) for row in await db.many(tx, _VALUES, first, last)]


async def add_checkpoint(tx: db.Tx, size: int, note: str) -> None:
    """Keep a signed checkpoint."""
    await db.run(tx, _SIGN, size, note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A head of the tree, as it was signed."""

    size: int
    note: str
    cosignatures: list[str]


async def latest(tx: db.Tx, *, cosigned: bool = False) -> Checkpoint | None:
    """Return the last checkpoint; the last that a witness saw, if that is asked."""
    return await db.read_one(tx, Checkpoint, _COSIGNED if cosigned else _LATEST)


async def add_cosignature(tx: db.Tx, size: int, line: str) -> None:
    """Keep a witness's line under a checkpoint."""
    await db.run(tx, _COSIGN, size, line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """An entry in the tree, with the salt that opens its leaf."""

    index: int
    salt: bytes
    entry: dict[str, str | None]


async def leaf_of(tx: db.Tx, establishment_id: UUID, entry_id: UUID) -> Leaf | None:
    """Return index, salt and entry of an answer, to the establishment that received it."""
    return await db.read_one(tx, Leaf, _LEAF_OF, establishment_id, entry_id)


async def own_leaf(tx: db.Tx, session_id: UUID, entry_id: UUID) -> Leaf | None:
    """Return the same of an answer on the person of a session."""
    return await db.read_one(tx, Leaf, _OWN_LEAF, session_id, entry_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafValue:
    """A leaf of the tree, and its entry if it is still kept."""

    index: int
    salt: bytes | None
    value: bytes
    entry: dict[str, str | None] | None


async def leaves(tx: db.Tx, first: int) -> list[LeafValue]:
    """Return leaves with their entries from an index on, five thousand at most. Owner only."""
    return await db.read(tx, LeafValue, _LEAVES, first)


_UNTOLD: Final = """
select f.fact_id, f.at, f.kind, f.establishment_id, h.name, f.software_id, f.key, f.detail
  from gate.fact f
  left join establishment h using (establishment_id)
 where f.told_at is null
 order by f.at, f.fact_id
 limit $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What the gate noticed that nobody was told of."""

    fact_id: UUID
    at: datetime
    kind: str
    establishment_id: UUID
    name: str | None
    software_id: UUID | None
    key: str | None
    detail: object


async def untold(tx: db.Tx, limit: int) -> list[Fact]:
    """Return the oldest facts that nobody was told."""
    return await db.read(tx, Fact, _UNTOLD, limit)


_NOTE_TOLD: Final = "update gate.fact set told_at = clock_timestamp() where fact_id = $1"


async def note_told(tx: db.Tx, fact_id: UUID) -> None:
    """Note that a fact was heard."""
    await db.run(tx, _NOTE_TOLD, fact_id)


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


async def establishments_of(tx: db.Tx, kind: str, number: UUID | None, name: str) -> list[UUID]:
    """Return the establishments where an actor may have asked."""
    rows = await db.many(tx, _ESTABLISHMENTS, kind, number, name)
    return [row["establishment_id"] for row in rows]


_BUILDS: Final = """
select array_agg(software_id) as builds
  from software
 where $1 = 'software' and software_id = $2 or $1 = 'vendor' and vendor = $3
"""


async def builds_of(tx: db.Tx, kind: str, number: UUID | None, name: str) -> list[UUID]:
    """Return the builds that an actor is: one, or a vendor's."""
    row = await db.first(tx, _BUILDS, kind, number, name)
    return [] if row is None or row["builds"] is None else row["builds"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What establishments were shown of a person, by ground and purpose."""

    person_id: UUID
    insurer_id: UUID
    basis: str
    purpose: str
    answers: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which answers: to whom and in what window, by one key or by some builds where they are given."""

    establishments: Sequence[UUID]
    since: datetime
    until: datetime
    key: str | None
    builds: Sequence[UUID] | None


async def stream_shown(tx: db.Tx, asked: Asked, *, size: int) -> AsyncGenerator[Shown]:
    """Yield what was shown, by insurer and person."""
    values = (list(asked.establishments), asked.since, asked.until, asked.key, asked.builds)
    async for row in db.stream(tx, _EXPOSURES, *values, size=size):
        yield Shown(**row)


_KEYS: Final = """
select i.insurer_id, i.amc_number, i.name, k.jwk from insurer i left join insurer_key k using (insurer_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InsurerKey:
    """An insurer, with the public key that its lists are sealed to where it gave one."""

    insurer_id: UUID
    amc_number: str
    name: str
    jwk: Any


async def insurers(tx: db.Tx) -> list[InsurerKey]:
    """Return each insurer with the key that its lists are sealed to."""
    return await db.read(tx, InsurerKey, _KEYS)


_SET_KEY: Final = """
insert into insurer_key (insurer_id, jwk, since)
select i, $2, now() from insurer_numbered($1) i where i is not null
    on conflict (insurer_id) do update set jwk = excluded.jwk, since = excluded.since
"""


async def set_insurer_key(tx: db.Tx, amc: str, jwk: dict[str, str]) -> bool:
    """Keep the public key of an insurer; False if it is unknown."""
    return await db.run(tx, _SET_KEY, amc, jwk) == 1


_IS_ESTABLISHMENT: Final = "select true as yes from establishment where establishment_id = $1"


async def is_establishment(tx: db.Tx, number: UUID | None) -> bool:
    """Tell whether an establishment is known."""
    return await db.first(tx, _IS_ESTABLISHMENT, number) is not None
