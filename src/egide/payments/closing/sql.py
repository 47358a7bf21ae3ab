"""Every statement that closes a settlement: cancellations checked, claims moved to transfers, calls for funds."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db

_LOCK: Final = (
    "lock table settlement in share row exclusive mode"  # which no other login may take
)


async def lock_settlements(tx: db.Tx) -> None:
    """Let one settlement close at a time, or one file of the bank be taken: what comes back is not paid meanwhile."""
    await db.run(tx, _LOCK)


# What was ordered on the day of a restoration and is lost had numbers too: the bank knows them.
_NEXT: Final = """
select (select count(*) from settlement where settlement_id like $1 || '%')
       + 100 * (select count(*) from restoration
                 where (restored_at at time zone 'Europe/Paris')::date = $2) as earlier
"""


async def next_id(tx: db.Tx, day: date) -> str:
    """Return the identifier of the day's next settlement: ``S20261123-01``."""
    prefix = f"S{day:%Y%m%d}-"
    row = await db.first(tx, _NEXT, prefix, day)
    return f"{prefix}{(row['earlier'] if row else 0) + 1:02d}"


_UNCHECKED: Final = """
select establishment_id, claim_id, attested from claim_cancellation where checked_at is null order by claim_id
"""
_CHECKED: Final = "select check_cancellations($1)"
_RESTORE: Final = "select restore_claim($1, $2) as outcome"
_SAME_CARE: Final = """
select c.establishment_id, c.invoice, c.claim_id, c.insurer_id, c.person_id, c.entry_id, c.amc_cents, c.attested
  from claim o
  join claim c on c.establishment_id = o.establishment_id and c.care_hash = o.care_hash
   and c.state not in ('rejected', 'cancelled', 'reversed')
 where o.claim_id = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """The cancelling of a claim, with what those who took it attested."""

    establishment_id: UUID
    claim_id: UUID
    attested: list[bytes]


async def unchecked_cancellations(tx: db.Tx) -> list[Cancellation]:
    """Return the cancellations that nobody who pays has checked yet."""
    return await db.read(tx, Cancellation, _UNCHECKED)


async def mark_checked(tx: db.Tx, claims: Sequence[UUID]) -> None:
    """Note that some cancellations stand: what they owe back may be held back, and they justify nothing."""
    if claims:
        await db.many(tx, _CHECKED, list(claims))


async def same_care(tx: db.Tx, claim_id: UUID) -> list["SettledClaim"]:
    """Return the claims that bill the same care as a cancelled one, and stand."""
    return await db.read(tx, SettledClaim, _SAME_CARE, claim_id)


async def restore_claim(tx: db.Tx, claim_id: UUID, false: Sequence[UUID]) -> str:
    """Undo a cancellation that no process of ours took; return what came of it: restored, replaced, held.

    Args:
        false: claims in its way that none of ours decided.
    """
    row = await db.first(tx, _RESTORE, claim_id, list(false))
    return "" if row is None else str(row["outcome"])


_REFUSED_ACCOUNTS: Final = """
select h.establishment_id, h.transfer_id, t.iban_sealed as refused, e.iban_sealed as today
  from payment_hold h
  join transfer t on t.transfer_id = h.transfer_id
  join establishment e on e.establishment_id = h.establishment_id
 where h.released_at is null and e.iban_sealed <> t.iban_sealed
   for update of h
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedAccount:
    """The account, sealed, that a bank refused, and the one that its establishment has entered since."""

    establishment_id: UUID
    transfer_id: str
    refused: bytes
    today: bytes


async def refused_accounts(tx: db.Tx) -> list[RefusedAccount]:
    """Return, and hold, the refused accounts whose establishment has entered one since: the same one, it may be."""
    return await db.read(tx, RefusedAccount, _REFUSED_ACCOUNTS)


_RELEASE: Final = """
update payment_hold set released_by = 'new-account', released_at = $2 where transfer_id = any ($1::text[])
"""


async def release_holds(tx: db.Tx, transfers: Sequence[str], now: datetime) -> None:
    """Pay again those whose account has changed since their bank refused it by some transfers."""
    await db.run(tx, _RELEASE, list(transfers), now)


# One statement: a settlement, its transfers, which claim each pays and what each holds back, whole, of claims cancelled
# after they were paid; each insurer's call for the same. Who owes back as much as it is due waits for the next; so
# does a claim that somebody holds at this instant, and what its insurer's funds do not reach: the oldest come first.
# What was called before is not counted again: its insurer was debited of it, or owes it already.
_CLOSE: Final = """
with unpaid as materialized (
    select establishment_id from payment_hold where released_at is null
     union
    select establishment_id from debit_waiting
), payable as materialized (
    select c.establishment_id, c.claim_id, c.insurer_id, c.amc_cents, c.received_at
      from claim c
     where c.state = 'payable' and c.claim_id <> all ($4::uuid[]) and c.establishment_id <> all ($7::uuid[])
       and not exists (select from unpaid u where u.establishment_id = c.establishment_id)
       and not exists (select from claim_acceptance a
                        where a.claim_id = c.claim_id and a.answer is distinct from 'accepted'
                          and not (a.answer is null and a.silence_accepts
                                   and a.answer_by < ($2::timestamptz at time zone 'Europe/Paris')::date))
       for update of c skip locked
), called_before as materialized (
    select p.establishment_id, p.claim_id, p.insurer_id, p.amc_cents, p.received_at,
           exists (select from claim_call k where k.claim_id = p.claim_id) as is_again
      from payable p
), due as materialized (
    select establishment_id, claim_id, insurer_id, amc_cents, is_again
      from (select c.establishment_id, c.claim_id, c.insurer_id, c.amc_cents, c.is_again, r.cents as room_cents,
                   sum(case when is_again then 0 else amc_cents end)
                       over (partition by c.insurer_id order by received_at, claim_id) as running_cents
              from called_before c
              left join unnest($5::uuid[], $6::bigint[]) r (insurer_id, cents) on r.insurer_id = c.insurer_id) f
     where room_cents is null or is_again or running_cents <= room_cents
), owed as materialized (
    select establishment_id, claim_id, insurer_id, amount_cents
      from claim_cancellation
     where was = 'settled' and transfer_id is null and checked_at is not null
), given_back as materialized (
    select f.establishment_id, f.claim_id, f.attempt, f.amount_cents
      from refund f
     where f.transfer_id is null and f.ended_at is null
       and not exists (select from unpaid u where u.establishment_id = f.establishment_id)
), payee as (
    select e.establishment_id,
           coalesce(d.cents, 0) - coalesce(o.cents, 0) + coalesce(g.cents, 0) as amount_cents,
           coalesce(d.claims, 0) as claims, coalesce(o.cents, 0) as held_back_cents,
           coalesce(g.cents, 0) as refund_cents,
           $1 || '-' || upper(left(replace(gen_random_uuid()::text, '-', ''), 12)) as transfer_id
      from (select establishment_id from due union select establishment_id from given_back) e
      left join (select establishment_id, sum(amc_cents)::bigint as cents, count(*)::integer as claims
                   from due group by 1) d
          using (establishment_id)
      left join (select establishment_id, sum(amount_cents)::bigint as cents from owed group by 1) o
          using (establishment_id)
      left join (select establishment_id, sum(amount_cents)::bigint as cents from given_back group by 1) g
          using (establishment_id)
     where coalesce(d.cents, 0) + coalesce(g.cents, 0) > coalesce(o.cents, 0)
), closed as (
    insert into settlement (settlement_id, closed_at, execute_on, transfers, amount_cents)
    select $1, $2, $3, count(*), sum(amount_cents) from payee having count(*) > 0
), sent as (
    insert into transfer (establishment_id, transfer_id, settlement_id, amount_cents, claims, iban_sealed, payee_name)
    select establishment_id, p.transfer_id, $1, p.amount_cents, p.claims, e.iban_sealed, e.name
      from payee p
      join establishment e using (establishment_id)
), allocated as (
    insert into allocation (establishment_id, claim_id, attempt, transfer_id, insurer_id, amount_cents)
    select d.establishment_id, d.claim_id,
           1 + coalesce((select max(a.attempt) from allocation a where a.claim_id = d.claim_id), 0),
           p.transfer_id, d.insurer_id, d.amc_cents
      from due d
      join payee p using (establishment_id)
), held_back as (
    update claim_cancellation c
       set transfer_id = p.transfer_id
      from owed o
      join payee p using (establishment_id)
     where c.establishment_id = o.establishment_id and c.claim_id = o.claim_id
), withheld as (
    insert into withholding (transfer_id, claim_id, establishment_id, insurer_id, amount_cents)
    select p.transfer_id, o.claim_id, o.establishment_id, o.insurer_id, o.amount_cents
      from owed o
      join payee p using (establishment_id)
), refunded as (
    update refund f
       set transfer_id = p.transfer_id
      from given_back g
      join payee p using (establishment_id)
     where f.claim_id = g.claim_id and f.attempt = g.attempt
), settled as (
    update claim c
       set state = 'settled'
      from due d
      join payee p using (establishment_id)
     where c.claim_id = d.claim_id
), called_now as (
    insert into claim_call (claim_id, insurer_id, settlement_id, amount_cents)
    select d.claim_id, d.insurer_id, $1, d.amc_cents
      from due d
      join payee p using (establishment_id)
        on conflict (claim_id) do nothing
), credited as (
    update claim_call k
       set credited_in = $1
      from claim_cancellation x
     where k.claim_id = x.claim_id and k.credited_in is null and x.checked_at is not null
       and exists (select from payee)
       and (x.was = 'payable' or exists (select from owed o join payee using (establishment_id)
                                          where o.claim_id = x.claim_id))
    returning k.insurer_id, k.amount_cents
), called as (
    insert into funds_call (insurer_id, settlement_id, amount_cents, claims, returned_cents, reissued_cents)
    select insurer_id, $1, sum(due_cents), sum(claims), sum(returned_cents), sum(reissued_cents)
      from (select d.insurer_id, d.amc_cents as due_cents, 1 as claims, 0 as returned_cents,
                   case when d.is_again then d.amc_cents else 0 end as reissued_cents
              from due d join payee using (establishment_id)
             union all
            select insurer_id, 0, 0, amount_cents, 0 from credited) moves
     group by insurer_id
)
select establishment_id, transfer_id, amount_cents, held_back_cents, refund_cents from payee order by transfer_id
"""


_SILENT: Final = """
update claim_acceptance a
   set answer = 'refused', reason = 'no-answer', answered_at = $2
  from claim c
 where c.claim_id = a.claim_id and c.state = 'payable' and a.answer is null and not a.silence_accepts
   and a.answer_by < $1
returning a.establishment_id, a.claim_id
"""
_END: Final = "select cancel_claim($1, $2, null, $3) as was"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """An invoice that its insurer's silence refuses."""

    establishment_id: UUID
    claim_id: UUID


async def refused_by_silence(tx: db.Tx, today: date, now: datetime) -> list[Silent]:
    """Note, and return, the invoices on which an insurer was silent, where its contract says that it refuses them."""
    return await db.read(tx, Silent, _SILENT, today, now)


async def end_claim(tx: db.Tx, one: Silent, attested: bytes) -> None:
    """End an invoice that is not to be paid: what it used is given back."""
    await db.many(tx, _END, one.establishment_id, one.claim_id, attested)


@dataclass(frozen=True, slots=True)
class Due:
    """What a transfer is to pay an establishment, less what it holds back of claims cancelled after they were paid.

    Args:
        refund_cents: what it gives back, of what was held back of claims whose own payment came back.
    """

    establishment_id: UUID
    transfer_id: str
    amount_cents: int
    held_back_cents: int
    refund_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A settlement to close.

    Args:
        set_aside: claims that it leaves out.
        rooms: how much more may be paid for an insurer, in cents; one that is not there has no bound.
        owing: the establishments that owe back as much as they would be paid: they take nobody's room.
    """

    settlement_id: str
    now: datetime
    execute_on: date
    set_aside: Sequence[UUID]
    rooms: Mapping[UUID, int]
    owing: Sequence[UUID]


async def close(tx: db.Tx, one: Closing) -> list[Due]:
    """Move every payable claim but some to its establishment's transfer; return what each is due."""
    of, cents = list(one.rooms), list(one.rooms.values())
    asked = (one.settlement_id, one.now, one.execute_on, list(one.set_aside), of, cents)
    asked = (*asked, list(one.owing))
    return [Due(**row) for row in await db.many(tx, _CLOSE, *asked)]


_SETTLED: Final = """
select c.establishment_id, c.invoice, c.claim_id, c.insurer_id, c.person_id, c.entry_id, c.amc_cents, c.attested
  from transfer t
  join allocation a using (transfer_id)
  join claim c using (claim_id)
 where t.settlement_id = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledClaim:
    """A claim that a settlement pays, with what its deciding process attested; None for those of before it did."""

    establishment_id: UUID
    invoice: str
    claim_id: UUID
    insurer_id: UUID
    person_id: UUID
    entry_id: UUID
    amc_cents: int
    attested: bytes | None


async def settled(tx: db.Tx, settlement_id: str) -> AsyncGenerator[SettledClaim]:
    """Yield the claims of a settlement; memory does not grow with them."""
    async for row in db.stream(tx, _SETTLED, settlement_id, size=5_000):
        yield SettledClaim(**row)


_UNPAID: Final = """
select e.finess,
       case when exists (select from payment_hold h
                          where h.establishment_id = d.establishment_id and h.released_at is null) then 'held'
            when exists (select from debit_waiting w where w.establishment_id = d.establishment_id) then 'debit-waiting'
            else 'owes-more' end as why
  from (select establishment_id, sum(cents) as cents
          from (select establishment_id, amc_cents as cents from claim where state = 'payable'
                 union all
                select establishment_id, amount_cents from refund where transfer_id is null and ended_at is null) m
         group by establishment_id) d
  join establishment e using (establishment_id)
 where exists (select from payment_hold h where h.establishment_id = d.establishment_id and h.released_at is null)
    or exists (select from debit_waiting w where w.establishment_id = d.establishment_id)
    or d.cents <= (select sum(x.amount_cents) from claim_cancellation x
                    where x.establishment_id = d.establishment_id and x.was = 'settled' and x.transfer_id is null)
 order by e.finess
"""


@dataclass(frozen=True, slots=True)
class Unpaid:
    """An establishment that is owed something and not paid it: ``held``, ``debit-waiting`` or ``owes-more``."""

    finess: str
    why: str


async def unpaid(tx: db.Tx) -> list[Unpaid]:
    """Return who is owed something that no settlement pays now."""
    return await db.read(tx, Unpaid, _UNPAID)
