"""Every statement on the lines of batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """What became of a line; ``again``: it is taken and was not decided."""

    line: int
    digest: bytes
    number: str
    outcome: str
    code: str | None = None
    place: str | None = None
    claim_id: UUID | None = None
    amc_cents: int | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A line in hand, and the number that it gives."""

    line: int
    digest: bytes
    number: str


_KNOWN: Final = """
select line, digest, number, outcome, code, place, claim_id, amc_cents, said
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


# What a process took and left, because it ended, is anybody's after ten minutes.
_TAKE: Final = """
insert into batch_line (establishment_id, batch, line, digest, number, outcome, taken_at)
select $1, $2, t.line, t.digest, t.number, 'again', $6
  from unnest($3::integer[], $4::bytea[], $5::text[]) as t (line, digest, number)
 order by t.line
    on conflict (establishment_id, batch, line) do update
   set digest = excluded.digest, number = excluded.number, outcome = 'again', code = null, place = null, said = null,
       taken_at = excluded.taken_at
 where batch_line.outcome = 'refused'
    or batch_line.outcome = 'again' and (batch_line.digest in (excluded.digest, '')
                                         or batch_line.taken_at < excluded.taken_at - interval '10 minutes')
returning line
"""


async def take(
    tx: db.Tx, establishment_id: UUID, batch: str, lines: Sequence[Taken], now: datetime
) -> set[int]:
    """Take lines of a batch to decide them; return those that are ours: not decided, and in nobody else's hands."""
    rows = await db.many(tx, _TAKE, establishment_id, batch, *db.columns(lines), now)
    return {row["line"] for row in rows}


_RECORD: Final = """
update batch_line b
   set outcome = t.outcome, code = t.code, place = t.place, claim_id = t.claim_id, amc_cents = t.amc_cents,
       said = t.said, digest = case t.outcome when 'again' then '' else b.digest end
  from unnest($3::integer[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::bigint[],
              $11::text[])
       as t (line, digest, number, outcome, code, place, claim_id, amc_cents, said)
 where b.establishment_id = $1 and b.batch = $2 and b.line = t.line and b.digest = t.digest and b.outcome = 'again'
"""


async def record(
    tx: db.Tx, establishment_id: UUID, batch: str, rows: Sequence[LineRow]
) -> None:
    """Note what became of lines that were taken; one that is to be sent again is in nobody's hands."""
    if rows:
        await db.run(tx, _RECORD, establishment_id, batch, *db.columns(rows))


# Where no line is missing the last says which is next; else the first that is not there, or was not decided.
_TOTALS: Final = """
select count(*) as lines,
       least(min(line) filter (where outcome = 'again'),
             case when count(*) = coalesce(max(line), 0) then count(*)::integer + 1
                  else (select min(n.line)
                          from (select 1 as line
                                 union all
                                select l.line + 1 from batch_line l where l.establishment_id = $1 and l.batch = $2) n
                         where not exists (select from batch_line m
                                            where m.establishment_id = $1 and m.batch = $2 and m.line = n.line)) end)
           as next,
       count(*) filter (where outcome = 'accepted') as accepted,
       count(*) filter (where outcome = 'rejected') as rejected,
       count(*) filter (where outcome = 'refused') as refused,
       count(*) filter (where outcome = 'cancelled') as cancelled,
       count(*) filter (where outcome = 'again') as again,
       (select coalesce(sum(c.amc_cents), 0)
          from claim c
         where c.establishment_id = $1 and c.state in ('payable', 'nothing-due', 'settled')
           and c.claim_id in (select l.claim_id
                                from batch_line l
                               where l.establishment_id = $1 and l.batch = $2))::bigint as amc_cents
  from batch_line
 where establishment_id = $1 and batch = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How far a batch is: counts of lines; ``next`` is the first that is not there, or was not decided.

    Args:
        amc_cents: what its invoices are worth now, each once; nothing of one that was cancelled or replaced since.
    """

    lines: int
    next: int
    accepted: int
    rejected: int
    refused: int
    cancelled: int
    again: int
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
