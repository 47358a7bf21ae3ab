"""Every statement of the statistics: one scan of the claims of a span each."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Claims received from an instant and before another; of one insurer, one establishment, or all (None)."""

    since: datetime
    until: datetime
    insurer: UUID | None = None
    establishment: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresRow:
    """The claims of one insurer at the establishments of one profession."""

    amc_number: str
    profession: str
    persons: int
    claims: int
    rejected: int
    cancelled: int
    expense_cents: int
    amc_cents: int
    ordered: int
    late: int
    median_days: float | None
    p95_days: float | None


# Cancelled claims were accepted once: they count as claims, and nothing of them is spent.
_FIGURES: Final = """
select i.amc_number, e.profession, count(distinct c.person_id) as persons, count(*) as claims,
       count(*) filter (where c.state = 'rejected') as rejected,
       count(*) filter (where c.state in ('cancelled', 'reversed')) as cancelled,
       coalesce(sum(c.expense_cents) filter (where c.state in ('payable', 'nothing-due', 'settled')), 0)::bigint
           as expense_cents,
       coalesce(sum(c.amc_cents) filter (where c.state in ('payable', 'nothing-due', 'settled')), 0)::bigint
           as amc_cents,
       count(s.closed_at) as ordered,
       count(*) filter (where coalesce(s.closed_at, $5) > (c.due_on + 1)::timestamp at time zone 'Europe/Paris'
                              and c.state in ('payable', 'settled')
                              and not exists (select from claim_acceptance a
                                               where a.claim_id = c.claim_id and a.answer is null
                                                 and a.answer_by >= c.due_on)) as late,
       percentile_cont(0.5) within group (order by extract(epoch from s.closed_at - c.received_at) / 86400)
           as median_days,
       percentile_cont(0.95) within group (order by extract(epoch from s.closed_at - c.received_at) / 86400)
           as p95_days
  from claim c
  join insurer i on i.insurer_id = c.insurer_id
  join establishment e on e.establishment_id = c.establishment_id
  left join allocation a on a.claim_id = c.claim_id and a.attempt = 1
  left join transfer t on t.transfer_id = a.transfer_id
  left join settlement s on s.settlement_id = t.settlement_id
 where c.received_at >= $1 and c.received_at < $2
   and ($3::uuid is null or c.insurer_id = $3) and ($4::uuid is null or c.establishment_id = $4)
 group by i.amc_number, e.profession
 order by i.amc_number, e.profession
"""


async def figures(tx: db.Tx, span: Span, now: datetime) -> list[FiguresRow]:
    """Return the claims of a span, by insurer and profession; what is not ordered is as late as it is now."""
    return await db.read(tx, FiguresRow, _FIGURES, *_of(span), now)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionsRow:
    """How many claims, of how many persons, one control rejected."""

    amc_number: str
    profession: str
    control: str
    persons: int
    claims: int


_REJECTIONS: Final = """
select i.amc_number, e.profession, c.control, count(distinct c.person_id) as persons, count(*) as claims
  from claim c
  join insurer i on i.insurer_id = c.insurer_id
  join establishment e on e.establishment_id = c.establishment_id
 where c.received_at >= $1 and c.received_at < $2 and c.state = 'rejected'
   and ($3::uuid is null or c.insurer_id = $3) and ($4::uuid is null or c.establishment_id = $4)
 group by i.amc_number, e.profession, c.control
 order by i.amc_number, e.profession, count(*) desc, c.control
"""


async def rejections(tx: db.Tx, span: Span) -> list[RejectionsRow]:
    """Return what controls rejected in a span, by insurer and profession."""
    return await db.read(tx, RejectionsRow, _REJECTIONS, *_of(span))


@dataclass(frozen=True, slots=True, kw_only=True)
class PreauthsRow:
    """The prises en charge asked of one insurer by the establishments of one profession, each at its last revision."""

    amc_number: str
    profession: str
    persons: int
    asked: int
    refused: int
    waiting: int
    late: int
    used: int


_PREAUTHS: Final = """
select i.amc_number, e.profession, count(distinct p.person_id) as persons, count(*) as asked,
       count(*) filter (where p.state = 'refused') as refused,
       count(*) filter (where p.state in ('pended-payer', 'pended-pieces')) as waiting,
       count(*) filter (where p.state = 'pended-payer' and p.act_by < $5) as late,
       count(*) filter (where p.state in ('used', 'used-part')) as used
  from preauth p
  join insurer i on i.insurer_id = p.insurer_id
  join establishment e on e.establishment_id = p.establishment_id
 where p.asked_at >= $1 and p.asked_at < $2 and p.state <> 'superseded'
   and exists (select
                 from gate.entry g
                where g.establishment_id = p.establishment_id and g.entry_id = p.entry_id and g.purpose = 'preauth')
   and ($3::uuid is null or p.insurer_id = $3) and ($4::uuid is null or p.establishment_id = $4)
 group by i.amc_number, e.profession
 order by i.amc_number, e.profession
"""


async def preauths(tx: db.Tx, span: Span, today: date) -> list[PreauthsRow]:
    """Return the prises en charge asked in a span, by insurer and profession."""
    return await db.read(tx, PreauthsRow, _PREAUTHS, *_of(span), today)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputesRow:
    """The disputes that the establishments of one profession opened of one insurer's decisions."""

    amc_number: str
    profession: str
    persons: int
    opened: int
    upheld: int
    maintained: int
    waiting: int
    late: int


_DISPUTES: Final = """
select i.amc_number, e.profession, count(distinct c.person_id) as persons, count(*) as opened,
       count(*) filter (where d.state = 'upheld') as upheld,
       count(*) filter (where d.state = 'maintained') as maintained,
       count(*) filter (where d.state = 'open') as waiting,
       count(*) filter (where d.state = 'open' and d.second_by < $5) as late
  from dispute d
  join claim c on c.claim_id = d.claim_id
  join insurer i on i.insurer_id = d.insurer_id
  join establishment e on e.establishment_id = d.establishment_id
 where d.opened_at >= $1 and d.opened_at < $2
   and ($3::uuid is null or d.insurer_id = $3) and ($4::uuid is null or d.establishment_id = $4)
 group by i.amc_number, e.profession
 order by i.amc_number, e.profession
"""


async def disputes(tx: db.Tx, span: Span, today: date) -> list[DisputesRow]:
    """Return the disputes opened in a span; late: neither reading has come by its day."""
    return await db.read(tx, DisputesRow, _DISPUTES, *_of(span), today)


def _of(span: Span) -> tuple[object, ...]:
    return (span.since, span.until, span.insurer, span.establishment)
