"""Every statement on the tables ``claim``, ``claim_line`` and ``consumption``."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Final
from uuid import UUID

from egide import db
from egide.claims.elsewhere import PaidLine
from egide.pricing import Use

_EXISTING: Final = """
select c.establishment_id, c.invoice, c.content_hash, c.response
  from unnest($1::uuid[], $2::text[]) as w (establishment_id, invoice)
  join claim c using (establishment_id, invoice)
"""


async def existing(
    tx: db.Tx, keys: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], tuple[bytes, bytes]]:
    """Return content hash and answer of the claims that are there already, by natural key."""
    rows = await db.many(tx, _EXISTING, [key[0] for key in keys], [key[1] for key in keys])
    return {
        (row["establishment_id"], row["invoice"]): (row["content_hash"], row["response"])
        for row in rows
    }


_LOCK_PERSONS: Final = """
select pg_advisory_xact_lock(hashtextextended(p.person_id::text, 7290454))
  from (select distinct person_id from unnest($1::uuid[]) as t (person_id) order by person_id) p
"""
_COUNTERS: Final = """
select person_id, counter, care_on, units, amount_cents
  from consumption
 where person_id = any ($1::uuid[])
 order by person_id, counter, care_on
"""


async def lock_counters(
    tx: db.Tx, holders: Sequence[UUID]
) -> dict[UUID, dict[str, tuple[Use, ...]]]:
    """Return the counters of some persons and contracts, locked until the end of the transaction.

    All are locked in one order, after any budget, so that two batches never wait in a ring.
    """
    await db.many(tx, _LOCK_PERSONS, holders)
    found: dict[UUID, dict[str, tuple[Use, ...]]] = {}
    for row in await db.many(tx, _COUNTERS, holders):
        counters = found.setdefault(row["person_id"], {})
        use = Use(row["counter"], row["care_on"], row["units"], row["amount_cents"])
        counters[use.counter] = (*counters.get(use.counter, ()), use)
    return found


_SAME_CARE: Final = """
select c.establishment_id, c.care_hash
  from unnest($1::uuid[], $2::bytea[]) as w (establishment_id, care_hash)
  join claim c using (establishment_id, care_hash)
 where c.state <> 'rejected'
"""


async def same_care(tx: db.Tx, wanted: Sequence[tuple[UUID, bytes]]) -> set[tuple[UUID, bytes]]:
    """Return which treatments an accepted claim of the same establishment has billed already."""
    rows = await db.many(tx, _SAME_CARE, [one[0] for one in wanted], [one[1] for one in wanted])
    return {(row["establishment_id"], row["care_hash"]) for row in rows}


# One probe of the index a line, whatever the planner thinks of a table that was empty when it planned.
_SAME_ACTS: Final = """
select w.establishment_id, w.act_hash
  from unnest($1::uuid[], $2::date[], $3::uuid[]) as w (establishment_id, care_on, act_hash)
 cross join lateral (select
                       from claim_line l
                      where l.establishment_id = w.establishment_id
                        and l.care_on = w.care_on
                        and l.act_hash = w.act_hash
                      limit 1) found
"""


async def same_acts(
    tx: db.Tx, wanted: Sequence[tuple[UUID, date, UUID]]
) -> set[tuple[UUID, UUID]]:
    """Return which acts an accepted claim of the same establishment has billed already.

    Cost: a probe of ``claim_line_act_idx`` a line.
    """
    columns = [list(column) for column in zip(*wanted, strict=True)]
    rows = await db.many(tx, _SAME_ACTS, *columns)
    return {(row["establishment_id"], row["act_hash"]) for row in rows}


# By day and establishment, in the index of the acts: only who is insured twice asks it.
_PAID_LINES: Final = """
select w.establishment_id, c.person_id, l.care_on, l.act_code, l.side, l.quantity, l.expense_cents,
       l.amo_cents + l.amc_cents as paid_cents
  from unnest($1::uuid[], $2::uuid[], $3::date[]) as w (establishment_id, person_id, care_on)
  join claim_line l on l.establishment_id = w.establishment_id and l.care_on = w.care_on
  join claim c on c.establishment_id = l.establishment_id and c.claim_id = l.claim_id and c.person_id = w.person_id
 order by c.received_at, c.claim_id, l.line
"""


async def paid_lines(tx: db.Tx, wanted: Sequence[tuple[UUID, UUID, date]]) -> list[PaidLine]:
    """Return the acts billed by establishments, for some persons, of some days, in the order in which they came.

    Cost: the lines of that establishment and day, for each.
    """
    columns = [list(column) for column in zip(*wanted, strict=True)]
    return await db.read(tx, PaidLine, _PAID_LINES, *columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """A decided claim, column by column, in the order of its statement."""

    establishment_id: UUID
    invoice: str
    claim_id: UUID
    content_hash: bytes
    care_hash: bytes
    entry_id: UUID
    person_id: UUID
    insurer_id: UUID
    plan_code: str
    state: str
    control: str | None
    expense_cents: int
    amo_cents: int
    amc_cents: int
    patient_cents: int
    undue_cents: int
    received_at: datetime
    due_on: date
    response: bytes
    attested: bytes
    other_amc_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """A line of an accepted claim."""

    establishment_id: UUID
    claim_id: UUID
    line: int
    act_code: str
    care_on: date
    expense_cents: int
    amo_cents: int
    amc_cents: int
    patient_cents: int
    undue_cents: int
    act_hash: UUID
    quantity: int
    side: str
    situation: str
    base_cents: int | None
    performer: str
    stay: str
    other_amc_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRow:
    """What a line used of a counter of its person, or of its contract."""

    person_id: UUID
    counter: str
    care_on: date
    claim_id: UUID
    line: int
    units: int
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a batch of decided claims."""

    claims: list[ClaimRow] = field(default_factory=list[ClaimRow])
    lines: list[LineRow] = field(default_factory=list[LineRow])
    uses: list[UseRow] = field(default_factory=list[UseRow])


_INSERT_CLAIMS: Final = """
insert into claim (establishment_id, invoice, claim_id, content_hash, care_hash, entry_id, person_id,
                   insurer_id, plan_code, state, control, expense_cents, amo_cents, amc_cents,
                   patient_cents, undue_cents, received_at, due_on, response, attested, other_amc_cents)
select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[], $5::bytea[], $6::uuid[], $7::uuid[],
                     $8::uuid[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[],
                     $14::bigint[], $15::bigint[], $16::bigint[], $17::timestamptz[], $18::date[], $19::bytea[],
                     $20::bytea[], $21::bigint[])
"""
_INSERT_LINES: Final = """
insert into claim_line (establishment_id, claim_id, line, act_code, care_on, expense_cents, amo_cents,
                        amc_cents, patient_cents, undue_cents, act_hash, quantity, side, situation, base_cents,
                        performer, stay, other_amc_cents)
select * from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::date[], $6::bigint[],
                     $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::uuid[], $12::smallint[], $13::text[],
                     $14::text[], $15::bigint[], $16::text[], $17::text[], $18::bigint[])
"""
_INSERT_USES: Final = """
insert into consumption (person_id, counter, care_on, claim_id, line, units, amount_cents)
select * from unnest($1::uuid[], $2::text[], $3::date[], $4::uuid[], $5::smallint[], $6::integer[], $7::bigint[])
"""


async def record(tx: db.Tx, rows: Rows) -> None:
    """Store a batch of decided claims, their lines and what they use."""
    if rows.claims:
        await db.run(tx, _INSERT_CLAIMS, *_columns(rows.claims), changes=len(rows.claims))
    if rows.lines:
        await db.run(tx, _INSERT_LINES, *_columns(rows.lines), changes=len(rows.lines))
    if rows.uses:
        await db.run(tx, _INSERT_USES, *_columns(rows.uses), changes=len(rows.uses))


def _columns(
    rows: Sequence[ClaimRow] | Sequence[LineRow] | Sequence[UseRow],
) -> list[list[object]]:
    names = attrgetter(*(one.name for one in fields(rows[0])))
    return [list(column) for column in zip(*map(names, rows), strict=True)]


_RESPONSE: Final = (
    "select entry_id, response from claim where establishment_id = $1 and claim_id = $2"
)


async def response(
    tx: db.Tx, establishment_id: UUID, claim_id: UUID
) -> tuple[UUID, bytes] | None:
    """Return the entry of the log, and the stored answer, of a claim to the establishment that sent it."""
    row = await db.first(tx, _RESPONSE, establishment_id, claim_id)
    return None if row is None else (row["entry_id"], bytes(row["response"]))


_DECIDED: Final = """
select count(*) as claims
  from claim
 where received_at >= $1 and received_at < $2 and state <> 'rejected'
"""


async def count_decided(tx: db.Tx, since: datetime, until: datetime) -> int:
    """Return how many claims were received in a span and not rejected."""
    row = await db.first(tx, _DECIDED, since, until)
    return 0 if row is None else int(row["claims"])


_DECIDED_LINES: Final = """
select coalesce(p.contract_id, c.person_id) as contract_id, c.person_id, c.claim_id, c.plan_code, c.amc_cents,
       e.start_on, p.birth_year, l.act_code, l.care_on, l.expense_cents, l.quantity, l.side, l.situation,
       l.base_cents, l.performer, l.stay, l.other_amc_cents
  from claim c
  join claim_line l using (establishment_id, claim_id)
  join gate.entry e using (establishment_id, entry_id)
  join gate.person p on p.person_id = c.person_id
 where c.received_at >= $1 and c.received_at < $2
   and get_byte(uuid_send(coalesce(p.contract_id, c.person_id)), 15) % $3 = $4
 order by contract_id, c.received_at, c.claim_id, l.line
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedLine:
    """A line of a decided claim, with what its price hung on."""

    contract_id: UUID
    person_id: UUID
    claim_id: UUID
    plan_code: str
    amc_cents: int
    start_on: date
    birth_year: int
    act_code: str
    care_on: date
    expense_cents: int
    quantity: int
    side: str
    situation: str
    base_cents: int | None
    performer: str
    stay: str
    other_amc_cents: int


async def decided_lines(
    tx: db.Tx, span: tuple[datetime, datetime], part: tuple[int, int], *, size: int
) -> AsyncGenerator[DecidedLine]:
    """Yield the lines of one of ``part[0]`` parts of a span, by contract, then as the claims came."""
    async for row in db.stream(tx, _DECIDED_LINES, *span, *part, size=size):
        yield DecidedLine(**row)


_USES_BEFORE: Final = """
select coalesce(p.contract_id, u.person_id) as contract_id, u.person_id, u.counter, u.care_on, u.units, u.amount_cents
  from consumption u
  join claim c using (claim_id)
  left join gate.person p on p.person_id = u.person_id
 where c.received_at < $1
   and get_byte(uuid_send(coalesce(p.contract_id, u.person_id)), 15) % $2 = $3
 order by contract_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastUse:
    """What a claim of before a span used of a counter."""

    contract_id: UUID
    person_id: UUID
    counter: str
    care_on: date
    units: int
    amount_cents: int


async def uses_before(
    tx: db.Tx, since: datetime, part: tuple[int, int], *, size: int
) -> AsyncGenerator[PastUse]:
    """Yield what the claims of before an instant used, of one of ``part[0]`` parts, by contract."""
    async for row in db.stream(tx, _USES_BEFORE, since, *part, size=size):
        yield PastUse(**row)
