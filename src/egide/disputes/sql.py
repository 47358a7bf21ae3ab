"""Every statement on disputes and what was answered to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeRow:
    """A dispute as it is opened, column by column, in the order of its statement."""

    dispute_id: UUID
    establishment_id: UUID
    claim_id: UUID
    insurer_id: UUID
    ground: str
    line: int | None
    expected_cents: int | None
    opened_at: datetime
    answer_by: date
    second_by: date


_OPEN: Final = """
insert into dispute (dispute_id, establishment_id, claim_id, insurer_id, ground, line, expected_cents, opened_at,
                     answer_by, second_by)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::smallint[], $7::bigint[],
                     $8::timestamptz[], $9::date[], $10::date[])
    on conflict (claim_id) do nothing
"""


async def open_dispute(tx: db.Tx, row: DisputeRow) -> bool:
    """Store a dispute; False if its claim is disputed already."""
    return await db.run(tx, _OPEN, *db.columns([row])) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A dispute as it is kept, with the claim that it is of."""

    dispute_id: UUID
    claim_id: UUID
    invoice: str
    entry_id: UUID
    response: bytes
    control: str | None
    ground: str
    line: int | None
    expected_cents: int | None
    opened_at: datetime
    answer_by: date
    second_by: date
    is_second: bool
    raise_by: date | None
    state: str


_OF_ESTABLISHMENT: Final = """
select d.dispute_id, d.claim_id, c.invoice, c.entry_id, c.response, c.control, d.ground, d.line, d.expected_cents,
       d.opened_at, d.answer_by, d.second_by, d.is_second, d.raise_by, d.state
  from dispute d
  join claim c on c.claim_id = d.claim_id
 where d.establishment_id = $1 and ($2::uuid is null or d.dispute_id = $2) and ($3::uuid is null or d.claim_id = $3)
 order by d.opened_at desc, d.dispute_id
 limit $4
"""


async def of_establishment(tx: db.Tx, establishment_id: UUID, limit: int) -> list[Kept]:
    """Return the disputes of an establishment, the last first."""
    return await db.read(tx, Kept, _OF_ESTABLISHMENT, establishment_id, None, None, limit)


async def one(tx: db.Tx, establishment_id: UUID, dispute_id: UUID) -> Kept | None:
    """Return a dispute of an establishment by its number; None for another's."""
    rows = await db.read(tx, Kept, _OF_ESTABLISHMENT, establishment_id, dispute_id, None, 1)
    return rows[0] if rows else None


async def of_claim(tx: db.Tx, establishment_id: UUID, claim_id: UUID) -> Kept | None:
    """Return the dispute of a claim; None if it is not disputed."""
    rows = await db.read(tx, Kept, _OF_ESTABLISHMENT, establishment_id, None, claim_id, 1)
    return rows[0] if rows else None


_DECIDED: Final = """
select claim_id, insurer_id, state, received_at, response
  from claim
 where establishment_id = $1 and invoice = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedClaim:
    """A claim to be disputed."""

    claim_id: UUID
    insurer_id: UUID
    state: str
    received_at: datetime
    response: bytes


async def decided(tx: db.Tx, establishment_id: UUID, invoice: str) -> DecidedClaim | None:
    """Return the claim of an invoice; None if the establishment sent none such."""
    rows = await db.read(tx, DecidedClaim, _DECIDED, establishment_id, invoice)
    return rows[0] if rows else None


_ANSWERS: Final = """
select dispute_id, reading, answered_at, is_upheld, reason
  from dispute_answer
 where dispute_id = any ($1::uuid[])
 order by dispute_id, reading
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What an insurer answered at a reading."""

    dispute_id: UUID
    reading: int
    answered_at: datetime
    is_upheld: bool
    reason: str


async def answers(tx: db.Tx, disputes: Sequence[UUID]) -> dict[UUID, list[Answered]]:
    """Return what was answered to some disputes, by dispute, the first reading first."""
    found: dict[UUID, list[Answered]] = {}
    for row in await db.read(tx, Answered, _ANSWERS, list(disputes)):
        found.setdefault(row.dispute_id, []).append(row)
    return found


_RAISE: Final = "select dispute_raised($1, $2, $3) as done"
_WITHDRAW: Final = "select dispute_withdrawn($1, $2) as done"


async def ask_second(
    tx: db.Tx, establishment_id: UUID, dispute_id: UUID, second_by: date
) -> bool:
    """Ask for a second reading; False where it has moved meanwhile."""
    row = await db.first(tx, _RAISE, establishment_id, dispute_id, second_by)
    return row is not None and bool(row["done"])


async def withdraw(tx: db.Tx, establishment_id: UUID, dispute_id: UUID) -> bool:
    """Withdraw a dispute; False where it has moved meanwhile."""
    row = await db.first(tx, _WITHDRAW, establishment_id, dispute_id)
    return row is not None and bool(row["done"])


_QUEUE: Final = """
select dispute_id, finess, name, invoice, plan_code, received_at, opened_at, answer_by, second_by, is_second, raise_by,
       state, ground, line, expected_cents, control, acts, expense_cents, amo_cents, amc_cents, response, is_read
  from insurer_disputes($1, $2)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A dispute that waits for its insurer's answer."""

    dispute_id: UUID
    finess: str
    name: str
    invoice: str
    plan_code: str
    received_at: datetime
    opened_at: datetime
    answer_by: date
    second_by: date
    is_second: bool
    raise_by: date | None
    state: str
    ground: str
    line: int | None
    expected_cents: int | None
    control: str | None
    acts: list[str]
    expense_cents: int
    amo_cents: int
    amc_cents: int
    response: bytes
    is_read: bool


async def waiting(tx: db.Tx, session_id: UUID, dispute_id: UUID | None = None) -> list[Waiting]:
    """Return the disputes that wait for the insurer of a session, or one of them, establishments in turn."""
    return await db.read(tx, Waiting, _QUEUE, session_id, dispute_id)


_ANSWER: Final = "select answer_dispute($1, $2, $3, $4, $5) as done"


@dataclass(frozen=True, slots=True, kw_only=True)
class InsurerAnswer:
    """What an insurer's person answers; ``raise_by``: until when a second reading may be asked."""

    is_upheld: bool
    reason: str
    raise_by: date


async def answer(tx: db.Tx, session_id: UUID, dispute_id: UUID, said: InsurerAnswer) -> bool:
    """Answer a dispute for the insurer of a session; False if it waits for that person no more."""
    row = await db.first(
        tx, _ANSWER, session_id, dispute_id, said.is_upheld, said.reason, said.raise_by
    )
    return row is not None and bool(row["done"])
