"""Every statement on what waits for an insurer's own service, and on what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.preauth import InsurerAnswer

_PREAUTHS: Final = """
select p.entry_id, p.establishment_id, p.preauth_id, p.revision, p.insurer_id, p.person_id, p.request, p.asked_at,
       p.act_by, p.piece, p.piece_answer, p.response, p.content_hash, p.said_by,
       (select array_agg(l.act_code order by l.line) from preauth_line l
         where l.establishment_id = p.establishment_id and l.preauth_id = p.preauth_id
           and l.revision = p.revision) as acts
  from preauth p
 where p.insurer_id = $1 and p.state = 'pended-payer' and p.said_by <> 'grid' and p.invoice_until >= $2
   and ($3::uuid is null or (p.establishment_id = $3 and p.preauth_id = $4))
   and ($5::uuid is null or p.entry_id > $5)
 order by p.entry_id
 limit 100
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPreauth:
    """A demand that waits for an insurer's own service."""

    establishment_id: UUID
    preauth_id: UUID
    revision: int
    insurer_id: UUID
    person_id: UUID
    request: str
    asked_at: datetime
    act_by: date | None
    piece: str | None
    piece_answer: str | None
    response: bytes
    content_hash: bytes
    said_by: str
    acts: list[str]
    entry_id: UUID


async def waiting_preauths(
    tx: db.Tx,
    insurer_id: UUID,
    today: date,
    *,
    which: tuple[UUID, UUID] | None = None,
    after: UUID | None = None,
) -> list[WaitingPreauth]:
    """Return the oldest demands that wait for an insurer's service, a hundred at most; or one of them."""
    return await db.read(
        tx, WaitingPreauth, _PREAUTHS, insurer_id, today, *(which or (None, None)), after
    )


_PREAUTH_LINES: Final = """
select preauth_id as of, line, act_code, care_on, quantity, side, expense_cents, amo_cents
  from preauth_line
 where (establishment_id, preauth_id, revision)
       in (select * from unnest($1::uuid[], $2::uuid[], $3::smallint[])) and control is null
 order by preauth_id, line
"""
_CLAIM_LINES: Final = """
select claim_id as of, line, act_code, care_on, quantity, side, expense_cents, amo_cents
  from claim_line
 where claim_id = any ($1::uuid[])
 order by claim_id, line
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of what waits, as an insurer needs it to answer."""

    of: UUID
    line: int
    act_code: str
    care_on: date
    quantity: int
    side: str
    expense_cents: int
    amo_cents: int


async def preauth_lines(tx: db.Tx, of: Sequence[WaitingPreauth]) -> list[Line]:
    """Return the lines of some demands that no control refused."""
    columns = (
        [one.establishment_id for one in of],
        [one.preauth_id for one in of],
        [one.revision for one in of],
    )
    return await db.read(tx, Line, _PREAUTH_LINES, *columns)


async def claim_lines(tx: db.Tx, claims: Sequence[UUID]) -> list[Line]:
    """Return the lines of some invoices."""
    return await db.read(tx, Line, _CLAIM_LINES, list(claims))


_ANSWER_PREAUTH: Final = (
    "select answer_preauth_by_service($1, $2, $3, $4, $5, $6, $7, $8, $9) as done"
)


async def answer_preauth(tx: db.Tx, one: WaitingPreauth, said: InsurerAnswer) -> bool:
    """Answer a demand; False if it waits no more."""
    row = await db.first(
        tx,
        _ANSWER_PREAUTH,
        one.insurer_id,
        one.establishment_id,
        one.preauth_id,
        one.revision,
        said.state,
        said.amounts,
        list(said.days),
        [said.piece, said.reason],
        said.response,
    )
    return row is not None and bool(row["done"])


_CLAIMS: Final = """
select a.claim_id, a.establishment_id, c.person_id, c.invoice, c.content_hash, c.amc_cents, a.asked_at, a.answer_by,
       a.silence_accepts
  from claim_acceptance a
  join claim c using (claim_id)
 where a.insurer_id = $1 and a.answer is null and a.answer_by >= $2 and c.state = 'payable'
   and ($3::uuid is null or a.claim_id = $3) and ($4::uuid is null or a.claim_id > $4)
 order by a.claim_id
 limit 100
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingClaim:
    """An invoice that its insurer is to accept or refuse."""

    claim_id: UUID
    establishment_id: UUID
    person_id: UUID
    invoice: str
    content_hash: bytes
    amc_cents: int
    asked_at: datetime
    answer_by: date
    silence_accepts: bool


async def waiting_claims(
    tx: db.Tx,
    insurer_id: UUID,
    today: date,
    *,
    claim_id: UUID | None = None,
    after: UUID | None = None,
) -> list[WaitingClaim]:
    """Return the oldest invoices that an insurer is to accept or refuse, a hundred at most; or one of them."""
    return await db.read(tx, WaitingClaim, _CLAIMS, insurer_id, today, claim_id, after)


_KEPT: Final = """
select c.claim_id, c.establishment_id, c.invoice, c.content_hash, c.person_id, c.state, c.said_by, c.amc_cents,
       c.received_at, r.claim_id as replaced_by
  from claim c
  left join claim_cancellation x on x.claim_id = c.claim_id
  left join claim r on r.claim_id = x.replaced_by
 where c.insurer_id = $1 and c.claim_id > $2 and c.claim_id < $3
 order by c.claim_id
 limit 1000
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An invoice of an insurer as it stands: by which question, who answered, what it came to."""

    claim_id: UUID
    establishment_id: UUID
    invoice: str
    content_hash: bytes
    person_id: UUID
    state: str
    said_by: str
    amc_cents: int
    received_at: datetime
    replaced_by: UUID | None


async def kept(tx: db.Tx, insurer_id: UUID, after: UUID, before: UUID) -> list[Kept]:
    """Return the invoices of an insurer between two numbers, in the order of their instants; a thousand at most."""
    return await db.read(tx, Kept, _KEPT, insurer_id, after, before)


_ANSWER_CLAIM: Final = """
update claim_acceptance
   set answer = $2, reason = nullif($3, ''), answered_at = $4
 where claim_id = $1 and answer is null
"""


async def answer_claim(
    tx: db.Tx, claim_id: UUID, answer: str, reason: str, now: datetime
) -> bool:
    """Note that an insurer accepts or refuses an invoice; False if it did before."""
    return await db.run(tx, _ANSWER_CLAIM, claim_id, answer, reason, now) == 1
