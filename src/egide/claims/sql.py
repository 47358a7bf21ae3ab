"""Every statement that writes claims, their lines and what they use, or reads them as they were decided."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from egide import db

_EXISTING: Final = """
select c.establishment_id, c.invoice, c.claim_id, c.person_id, c.entry_id, c.state, c.amc_cents, c.content_hash,
       c.response, x.transfer_id as held_back_by, r.invoice as replaced_by, a.reason as refused_for,
       case when a.answer is null then a.answer_by end as accepted_by
  from unnest($1::uuid[], $2::text[]) as w (establishment_id, invoice)
  join claim c using (establishment_id, invoice)
  left join claim_cancellation x on c.state in ('cancelled', 'reversed') and x.establishment_id = c.establishment_id
   and x.claim_id = c.claim_id
  left join claim r on r.claim_id = x.replaced_by
  left join claim_acceptance a on a.claim_id = c.claim_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A claim as it is kept.

    Args:
        refused_for: why its insurer refused it after it was decided.
        accepted_by: the day by which its insurer is still to accept it.
    """

    establishment_id: UUID
    invoice: str
    claim_id: UUID
    person_id: UUID
    entry_id: UUID
    state: str
    amc_cents: int
    content_hash: bytes
    response: bytes
    held_back_by: str | None
    replaced_by: str | None
    refused_for: str | None = None
    accepted_by: date | None = None


async def existing(
    tx: db.Tx, keys: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], Stored]:
    """Return the claims that are there already, by natural key."""
    establishments, invoices = [key[0] for key in keys], [key[1] for key in keys]
    rows = await db.read(tx, Stored, _EXISTING, establishments, invoices)
    return {(row.establishment_id, row.invoice): row for row in rows}


async def stored(tx: db.Tx, establishment_id: UUID, invoice: str) -> Stored | None:
    """Return the claim of an invoice, None if the establishment sent none such."""
    key = (establishment_id, invoice)
    return (await existing(tx, [key])).get(key)


_CANCEL: Final = "select cancel_claim($1, $2, $3, $4) as was"


async def cancel(
    tx: db.Tx,
    establishment_id: UUID,
    claim_id: UUID,
    attested: bytes,
    *,
    replaced_by: UUID | None = None,
) -> str | None:
    """Cancel a claim; return what it was, None if it was not to be cancelled."""
    row = await db.first(tx, _CANCEL, establishment_id, claim_id, replaced_by, attested)
    return None if row is None else row["was"]


_WAIVED: Final = """
select d.waived
  from dispute d
  join claim c using (claim_id)
 where d.claim_id = $1 and d.waived is not null and c.care_hash = $2
"""


async def waived(tx: db.Tx, claim_id: UUID, care_hash: bytes) -> str:
    """Return the control that an insurer lifted for a care that a rejected claim billed; empty for none."""
    row = await db.first(tx, _WAIVED, claim_id, care_hash)
    return "" if row is None else str(row["waived"])


_ATTESTATIONS: Final = """
select attested from claim_cancellation where claim_id = $1 and checked_at is null
"""


async def attestations(tx: db.Tx, claim_id: UUID) -> list[bytes]:
    """Return who attests that a claim was cancelled, while nobody who pays has checked it."""
    row = await db.first(tx, _ATTESTATIONS, claim_id)
    return [] if row is None else list(row["attested"])


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
    said_by: str = "grid"


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
    agreed_cents: int | None
    network: str | None
    network_cents: int | None


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
                   patient_cents, undue_cents, received_at, due_on, response, attested, other_amc_cents, said_by)
select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[], $5::bytea[], $6::uuid[], $7::uuid[],
                     $8::uuid[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[],
                     $14::bigint[], $15::bigint[], $16::bigint[], $17::timestamptz[], $18::date[], $19::bytea[],
                     $20::bytea[], $21::bigint[], $22::text[])
"""
_INSERT_LINES: Final = """
insert into claim_line (establishment_id, claim_id, line, act_code, care_on, expense_cents, amo_cents,
                        amc_cents, patient_cents, undue_cents, act_hash, quantity, side, situation, base_cents,
                        performer, stay, other_amc_cents, agreed_cents, network, network_cents)
select * from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::date[], $6::bigint[],
                     $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::uuid[], $12::smallint[], $13::text[],
                     $14::text[], $15::bigint[], $16::text[], $17::text[], $18::bigint[], $19::bigint[],
                     $20::text[], $21::bigint[])
"""
_INSERT_USES: Final = """
insert into consumption (person_id, counter, care_on, claim_id, line, units, amount_cents)
select * from unnest($1::uuid[], $2::text[], $3::date[], $4::uuid[], $5::smallint[], $6::integer[], $7::bigint[])
"""


async def record(tx: db.Tx, rows: Rows) -> None:
    """Store a batch of decided claims, their lines and what they use."""
    if rows.claims:
        await db.run(tx, _INSERT_CLAIMS, *db.columns(rows.claims), changes=len(rows.claims))
    if rows.lines:
        await db.run(tx, _INSERT_LINES, *db.columns(rows.lines), changes=len(rows.lines))
    if rows.uses:
        await db.run(tx, _INSERT_USES, *db.columns(rows.uses), changes=len(rows.uses))


_AWAIT: Final = """
insert into claim_acceptance (claim_id, establishment_id, insurer_id, asked_at, answer_by, silence_accepts)
values ($1, $2, $3, $4, $5, $6)
"""


async def await_acceptance(tx: db.Tx, row: ClaimRow, answer_by: date, *, accepts: bool) -> None:
    """Note that an invoice waits for its insurer, and what its silence means."""
    where = (row.claim_id, row.establishment_id, row.insurer_id)
    await db.run(tx, _AWAIT, *where, row.received_at, answer_by, accepts)


_SHOWN: Final = """
select c.establishment_id, c.invoice, c.claim_id, c.person_id, c.entry_id, c.state, c.amc_cents, c.content_hash,
       c.response, x.transfer_id as held_back_by, r.invoice as replaced_by, a.reason as refused_for,
       case when a.answer is null then a.answer_by end as accepted_by
  from claim c
  left join claim_cancellation x using (establishment_id, claim_id)
  left join claim r on r.claim_id = x.replaced_by
  left join claim_acceptance a on a.claim_id = c.claim_id
 where c.establishment_id = $1 and c.claim_id = $2
"""


async def shown(tx: db.Tx, establishment_id: UUID, claim_id: UUID) -> Stored | None:
    """Return a claim to the establishment that sent it, by the number that it was given."""
    rows = await db.read(tx, Stored, _SHOWN, establishment_id, claim_id)
    return rows[0] if rows else None


_DECIDED: Final = """
select count(*) as claims
  from claim
 where received_at >= $1 and received_at < $2 and state not in ('rejected', 'cancelled', 'reversed')
"""


async def count_decided(tx: db.Tx, since: datetime, until: datetime) -> int:
    """Return how many claims were received in a span and not rejected."""
    row = await db.first(tx, _DECIDED, since, until)
    return 0 if row is None else int(row["claims"])


_DECIDED_LINES: Final = """
select coalesce(p.contract_id, c.person_id) as contract_id, c.person_id, c.claim_id, c.plan_code, c.amc_cents,
       e.start_on, p.birth_year, l.act_code, l.care_on, l.expense_cents, l.quantity, l.side, l.situation,
       l.base_cents, l.performer, l.stay, l.other_amc_cents, l.agreed_cents, l.network, l.network_cents,
       c.received_at, x.cancelled_at,
       x.replaced_by,
       case when x.preauth_id is not null then x.used
            when exists (select from preauth_line q where q.used_by = c.claim_id)
            then coalesce((select jsonb_agg(u) from consumption u where u.claim_id = c.claim_id), '[]')
            end as promised_uses
  from claim c
  join claim_line l using (establishment_id, claim_id)
  join gate.entry e using (establishment_id, entry_id)
  join gate.person p on p.person_id = c.person_id
  left join claim_cancellation x on x.establishment_id = c.establishment_id and x.claim_id = c.claim_id
 where c.received_at >= $1 and c.received_at < $2
   and get_byte(uuid_send(coalesce(p.contract_id, c.person_id)), 15) % $3 = $4
 order by contract_id, c.received_at, c.claim_id, l.line
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedLine:
    """A line of a decided claim, with what its price hung on; one cancelled since counted for others until then.

    Args:
        promised_uses: what its claim used of counters, where a prise en charge promised it; None elsewhere.
    """

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
    agreed_cents: int | None
    network: str | None
    network_cents: int | None
    received_at: datetime
    cancelled_at: datetime | None
    replaced_by: UUID | None
    promised_uses: list[dict[str, Any]] | None


async def decided_lines(
    tx: db.Tx, span: tuple[datetime, datetime], part: tuple[int, int], *, size: int
) -> AsyncGenerator[DecidedLine]:
    """Yield the lines of one of ``part[0]`` parts of a span, by contract, then as the claims came."""
    async for row in db.stream(tx, _DECIDED_LINES, *span, *part, size=size):
        yield DecidedLine(**row)


_USES_BEFORE: Final = """
select coalesce(p.contract_id, u.person_id) as contract_id, u.person_id, u.counter, u.care_on, u.units, u.amount_cents,
       null::timestamptz as cancelled_at, null::uuid as replaced_by
  from consumption u
  join claim c using (claim_id)
  left join gate.person p on p.person_id = u.person_id
 where c.received_at < $1
   and get_byte(uuid_send(coalesce(p.contract_id, u.person_id)), 15) % $2 = $3
 union all
select coalesce(p.contract_id, u.person_id), u.person_id, u.counter, u.care_on, u.units, u.amount_cents,
       x.cancelled_at, x.replaced_by
  from claim_cancellation x
  join claim c using (establishment_id, claim_id)
 cross join lateral jsonb_populate_recordset(null::consumption, x.used) u
  left join gate.person p on p.person_id = u.person_id
 where c.received_at < $1 and x.cancelled_at >= $1
   and get_byte(uuid_send(coalesce(p.contract_id, u.person_id)), 15) % $2 = $3
 order by contract_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastUse:
    """What a claim of before a span used of a counter; until it was cancelled, if it was within the span."""

    contract_id: UUID
    person_id: UUID
    counter: str
    care_on: date
    units: int
    amount_cents: int
    cancelled_at: datetime | None
    replaced_by: UUID | None


async def uses_before(
    tx: db.Tx, since: datetime, part: tuple[int, int], *, size: int
) -> AsyncGenerator[PastUse]:
    """Yield what the claims of before an instant used, of one of ``part[0]`` parts, by contract."""
    async for row in db.stream(tx, _USES_BEFORE, since, *part, size=size):
        yield PastUse(**row)
