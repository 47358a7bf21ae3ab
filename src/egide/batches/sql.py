"""Every statement on the lines of batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """What became of a line."""

    line: int
    digest: bytes
    number: str
    outcome: str
    code: str | None
    place: str | None
    claim_id: UUID | None
    amc_cents: int | None


_KNOWN: Final = """
select line, digest, number, outcome, code, place, claim_id, amc_cents
  from batch_line
 where establishment_id = $1 and batch = $2 and line >= $3
 order by line
 limit $4
"""


async def known(
    tx: db.Tx, establishment_id: UUID, batch: str, first: int, limit: int
) -> list[LineRow]:
    """Return what became of the lines of a batch, from one on."""
    return await db.read(tx, LineRow, _KNOWN, establishment_id, batch, first, limit)


_RECORD: Final = """
insert into batch_line (establishment_id, batch, line, digest, number, outcome, code, place, claim_id, amc_cents,
                        taken_at)
select $1, $2, t.line, t.digest, t.number, t.outcome, t.code, t.place, t.claim_id, t.amc_cents, $11
  from unnest($3::integer[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::bigint[])
       as t (line, digest, number, outcome, code, place, claim_id, amc_cents)
    on conflict (establishment_id, batch, line) do update
   set digest = excluded.digest, number = excluded.number, outcome = excluded.outcome, code = excluded.code,
       place = excluded.place, claim_id = excluded.claim_id, amc_cents = excluded.amc_cents,
       taken_at = excluded.taken_at
 where batch_line.outcome = 'refused'
"""


async def record(
    tx: db.Tx, establishment_id: UUID, batch: str, rows: Sequence[LineRow], now: datetime
) -> None:
    """Note what became of some lines; what was decided of one stays."""
    if rows:
        await db.run(tx, _RECORD, establishment_id, batch, *db.columns(rows), now)


_TOTALS: Final = """
select count(*) as lines, coalesce(max(line), 0) + 1 as next,
       count(*) filter (where outcome = 'accepted') as accepted,
       count(*) filter (where outcome = 'rejected') as rejected,
       count(*) filter (where outcome = 'refused') as refused,
       count(*) filter (where outcome = 'cancelled') as cancelled,
       coalesce(sum(amc_cents), 0)::bigint as amc_cents
  from batch_line
 where establishment_id = $1 and batch = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How far a batch is, and what came of it; ``next`` is the first line that is not there."""

    lines: int
    next: int
    accepted: int
    rejected: int
    refused: int
    cancelled: int
    amc_cents: int


async def totals(tx: db.Tx, establishment_id: UUID, batch: str) -> Totals:
    """Return how far a batch is."""
    return (await db.read(tx, Totals, _TOTALS, establishment_id, batch))[0]


_ENTRIES: Final = """
select c.entry_id from unnest($2::uuid[]) as w (claim_id) join claim c using (claim_id) where c.establishment_id = $1
"""


async def entries(tx: db.Tx, establishment_id: UUID, claims: Sequence[UUID]) -> list[UUID]:
    """Return by which entries of the access log some claims of an establishment were answered."""
    rows = await db.many(tx, _ENTRIES, establishment_id, list(claims))
    return [row["entry_id"] for row in rows]
