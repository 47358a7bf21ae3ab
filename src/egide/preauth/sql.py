"""Every statement on the tables ``preauth``, ``preauth_line``, ``reservation`` and ``preauth_terms``."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.preauth.terms import Days, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A revision of a prise en charge, as it is kept."""

    establishment_id: UUID
    preauth_id: UUID
    revision: int
    request: str
    content_hash: bytes
    entry_id: UUID
    person_id: UUID
    insurer_id: UUID
    state: str
    asked_at: datetime
    act_by: date | None
    valid_until: date | None
    invoice_until: date | None
    piece: str | None
    piece_answer: str | None
    reason: str | None
    amc_cents: int
    response: bytes
    said_by: str


_EXISTING: Final = """
select p.establishment_id, p.preauth_id, p.revision, p.request, p.content_hash, p.entry_id, p.person_id, p.insurer_id,
       p.state, p.asked_at, p.act_by, p.valid_until, p.invoice_until, p.piece, p.piece_answer, p.reason, p.amc_cents,
       p.response, p.said_by
  from unnest($1::uuid[], $2::text[]) as w (establishment_id, request)
  join preauth p using (establishment_id, request)
"""


async def existing(
    tx: db.Tx, keys: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], Stored]:
    """Return the demands that are there already, by natural key."""
    establishments, requests = [key[0] for key in keys], [key[1] for key in keys]
    rows = await db.read(tx, Stored, _EXISTING, establishments, requests)
    return {(row.establishment_id, row.request): row for row in rows}


_CURRENT: Final = """
select p.establishment_id, p.preauth_id, p.revision, p.request, p.content_hash, p.entry_id, p.person_id, p.insurer_id,
       p.state, p.asked_at, p.act_by, p.valid_until, p.invoice_until, p.piece, p.piece_answer, p.reason, p.amc_cents,
       p.response, p.said_by
  from unnest($1::uuid[], $2::uuid[]) as w (establishment_id, preauth_id)
  join preauth p using (establishment_id, preauth_id)
 where p.state <> 'superseded'
"""


async def current(
    tx: db.Tx, wanted: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], Stored]:
    """Return the revision that counts of some prises en charge, by establishment and number."""
    columns = [one[0] for one in wanted], [one[1] for one in wanted]
    rows = await db.read(tx, Stored, _CURRENT, *columns)
    return {(row.establishment_id, row.preauth_id): row for row in rows}


_REVISION: Final = """
select p.establishment_id, p.preauth_id, p.revision, p.request, p.content_hash, p.entry_id, p.person_id, p.insurer_id,
       p.state, p.asked_at, p.act_by, p.valid_until, p.invoice_until, p.piece, p.piece_answer, p.reason, p.amc_cents,
       p.response, p.said_by
  from preauth p
 where p.establishment_id = $1 and p.preauth_id = $2 and p.revision = $3
"""


async def revision(
    tx: db.Tx, establishment_id: UUID, preauth_id: UUID, number: int
) -> Stored | None:
    """Return one revision of a prise en charge, whatever became of it since."""
    rows = await db.read(tx, Stored, _REVISION, establishment_id, preauth_id, number)
    return rows[0] if rows else None


_LINES: Final = """
select l.line, l.act_code, l.quantity, l.side, l.expense_cents, l.amc_cents, l.control, l.used_by
  from preauth_line l
 where l.establishment_id = $1 and l.preauth_id = $2 and l.revision = $3
 order by l.line
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLine:
    """A line of a prise en charge, with what is granted of it and the claim that uses it."""

    line: int
    act_code: str
    quantity: int
    side: str
    expense_cents: int
    amc_cents: int
    control: str | None
    used_by: UUID | None


async def lines(tx: db.Tx, one: Stored) -> list[StoredLine]:
    """Return the lines of a revision."""
    return await db.read(
        tx, StoredLine, _LINES, one.establishment_id, one.preauth_id, one.revision
    )


_TERMS: Final = """
select distinct on (insurer_id) insurer_id, valid_days, tolerance_days, answer_days, piece_days, above_cents
  from preauth_terms
 where from_on <= $1
 order by insurer_id, from_on desc
"""


async def terms(tx: db.Tx, day: date) -> dict[UUID, Terms]:
    """Return the terms in force on a day, by insurer."""
    return {
        row.pop("insurer_id"): Terms(**row) for row in map(dict, await db.many(tx, _TERMS, day))
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class PreauthRow:
    """A demand that is answered, column by column, in the order of its statement."""

    establishment_id: UUID
    preauth_id: UUID
    revision: int
    request: str
    content_hash: bytes
    entry_id: UUID
    person_id: UUID
    insurer_id: UUID
    plan_code: str
    state: str
    asked_at: datetime
    act_by: date | None
    valid_until: date | None
    invoice_until: date | None
    piece: str | None
    reason: str | None
    expense_cents: int
    amo_cents: int
    amc_cents: int
    patient_cents: int
    response: bytes
    said_by: str = "grid"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """A line of a demand; ``promised_cents`` is what the grid gives, ``amc_cents`` what is granted."""

    establishment_id: UUID
    preauth_id: UUID
    revision: int
    line: int
    act_code: str
    care_on: date
    quantity: int
    side: str
    expense_cents: int
    amo_cents: int
    amc_cents: int
    patient_cents: int
    promised_cents: int
    control: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationRow:
    """What a line holds of a counter, from a day to another."""

    person_id: UUID
    counter: str
    establishment_id: UUID
    preauth_id: UUID
    line: int
    care_on: date
    units: int
    amount_cents: int
    since: date
    until: date
    seat: int


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a batch of answered demands."""

    demands: list[PreauthRow] = field(default_factory=list[PreauthRow])
    lines: list[LineRow] = field(default_factory=list[LineRow])
    reservations: list[ReservationRow] = field(default_factory=list[ReservationRow])


_INSERT: Final = """
insert into preauth (establishment_id, preauth_id, revision, request, content_hash, entry_id, person_id, insurer_id,
                     plan_code, state, asked_at, act_by, valid_until, invoice_until, piece, reason, expense_cents,
                     amo_cents, amc_cents, patient_cents, response, said_by)
select * from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::bytea[], $6::uuid[], $7::uuid[],
                     $8::uuid[], $9::text[], $10::text[], $11::timestamptz[], $12::date[], $13::date[], $14::date[],
                     $15::text[], $16::text[], $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[],
                     $21::bytea[], $22::text[])
"""
_INSERT_LINES: Final = """
insert into preauth_line (establishment_id, preauth_id, revision, line, act_code, care_on, quantity, side,
                          expense_cents, amo_cents, amc_cents, patient_cents, promised_cents, control)
select * from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::smallint[], $5::text[], $6::date[], $7::smallint[],
                     $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                     $14::text[])
"""
_RESERVE: Final = """
insert into reservation (person_id, counter, establishment_id, preauth_id, line, care_on, units, amount_cents,
                         during, seat)
select person_id, counter, establishment_id, preauth_id, line, care_on, units, amount_cents,
       daterange(since, until, '[]'), seat
  from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::smallint[], $6::date[], $7::integer[],
              $8::bigint[], $9::date[], $10::date[], $11::smallint[])
       as t (person_id, counter, establishment_id, preauth_id, line, care_on, units, amount_cents, since, until, seat)
"""


async def record(tx: db.Tx, rows: Rows) -> None:
    """Store a batch of answered demands, their lines and what they hold."""
    if rows.demands:
        await db.run(tx, _INSERT, *db.columns(rows.demands), changes=len(rows.demands))
    if rows.lines:
        await db.run(tx, _INSERT_LINES, *db.columns(rows.lines), changes=len(rows.lines))
    if rows.reservations:
        await db.run(
            tx, _RESERVE, *db.columns(rows.reservations), changes=len(rows.reservations)
        )


_MOVE: Final = """
update preauth
   set state = $5
 where establishment_id = $1 and preauth_id = $2 and revision = $3 and state = $4
"""
_RELEASE: Final = "delete from reservation where preauth_id = $1 and establishment_id = $2 and used_by is null"


async def move(tx: db.Tx, one: Stored, state: str) -> bool:
    """Move a revision to another state; False if it has moved meanwhile."""
    where = (one.establishment_id, one.preauth_id, one.revision, one.state)
    return await db.run(tx, _MOVE, *where, state) == 1


_GIVE_PIECE: Final = """
with moved as (
    update preauth
       set state = 'pended-payer', act_by = $4, valid_until = $5, invoice_until = $6, piece_answer = $7
     where establishment_id = $1 and preauth_id = $2 and revision = $3 and state = 'pended-pieces'
    returning establishment_id, preauth_id
), held as (
    update reservation r
       set during = daterange(lower(r.during), $6, '[]')
      from moved m
     where r.establishment_id = m.establishment_id and r.preauth_id = m.preauth_id
)
select from moved
"""


async def give_piece(tx: db.Tx, one: Stored, text: str, days: Days) -> bool:
    """Note the answer to a piece: it is the insurer's turn, and what is held is held on; False if it has moved."""
    where = (one.establishment_id, one.preauth_id, one.revision)
    until = (days.act_by, days.valid_until, days.invoice_until)
    return await db.first(tx, _GIVE_PIECE, *where, *until, text) is not None


_IS_USED_BY: Final = "select exists (select from preauth_line where used_by = $1) as is_used"


async def is_used_by(tx: db.Tx, claim_id: UUID) -> bool:
    """Tell whether a claim uses lines of any prise en charge."""
    row = await db.first(tx, _IS_USED_BY, claim_id)
    return row is not None and bool(row["is_used"])


async def release(tx: db.Tx, one: Stored) -> None:
    """Give back what a prise en charge holds and no invoice has used."""
    await db.run(tx, _RELEASE, one.preauth_id, one.establishment_id)


_MARK: Final = "select mark_preauth($1, $2, $3, null, $4)"


async def mark_used(tx: db.Tx, one: Stored, numbers: Sequence[int], claim_id: UUID) -> None:
    """Note which claim uses some lines; an error where one is used already, or is no more to be used."""
    await db.many(tx, _MARK, one.establishment_id, one.preauth_id, list(numbers), claim_id)
