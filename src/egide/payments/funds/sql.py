"""Every statement on the funds of insurers: what is paid for each ahead of it, what waits for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db

_STANDINGS: Final = """
with bound as (
    select distinct on (insurer_id) insurer_id, credit_cents, from_on
      from insurer_funding
     where from_on <= $1
     order by insurer_id, from_on desc
), called as (
    select insurer_id, sum(amount_cents - returned_cents - reissued_cents) as cents from funds_call group by 1
), paid_in as (
    select split_part(account, ':', 2)::uuid as insurer_id, sum(cents) as cents
      from (select credit as account, amount_cents as cents
              from ledger_entry
             where cause_kind in ('bank-entry', 'disposition') and credit like 'amc:%'
             union all
            select debit, -amount_cents
              from ledger_entry
             where cause_kind in ('bank-entry', 'disposition') and debit like 'amc:%') m
     group by 1
), revocable as (
    select insurer_id, sum(amount_cents) as cents
      from collection
     where state = 'booked' and booked_on >= case scheme when 'B2B' then $2::date else $3::date end
     group by 1
)
select i.insurer_id, i.amc_number, i.name, b.from_on, b.credit_cents, coalesce(c.cents, 0)::bigint as called_cents,
       coalesce(p.cents, 0)::bigint as paid_in_cents, coalesce(r.cents, 0)::bigint as revocable_cents
  from insurer i
  left join bound b using (insurer_id)
  left join called c using (insurer_id)
  left join paid_in p using (insurer_id)
  left join revocable r using (insurer_id)
 order by i.amc_number
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an insurer's money stands.

    Args:
        from_on: since when its bound is this one; None where none was ever said.
        credit_cents: how far it may be paid for ahead of it; None without bound.
        called_cents: what it was called for since the beginning, less what was given back to it.
        paid_in_cents: what it has paid in, by whatever way, less what its bank took back.
        revocable_cents: of that, what was debited too lately to be out of its bank's reach.
    """

    insurer_id: UUID
    amc_number: str
    name: str
    from_on: date | None
    credit_cents: int | None
    called_cents: int
    paid_in_cents: int
    revocable_cents: int

    @property
    def ahead_cents(self) -> int:
        """Return what is paid for it ahead of it; below zero, what it has paid in ahead of us."""
        return self.called_cents - self.paid_in_cents + self.revocable_cents

    @property
    def room_cents(self) -> int | None:
        """Return how much more may be paid for it; None without bound."""
        return (
            None if self.credit_cents is None else max(0, self.credit_cents - self.ahead_cents)
        )


async def standings(tx: db.Tx, day: date, b2b_since: date, core_since: date) -> list[Standing]:
    """Return where the money of each insurer stands on a day. Cost: its calls, and what it has paid in.

    Args:
        b2b_since, core_since: what was debited on that day or after may still be taken back by its bank.
    """
    return await db.read(tx, Standing, _STANDINGS, day, b2b_since, core_since)


_WAITING: Final = """
select insurer_id, count(*)::integer as claims, sum(amc_cents)::bigint as cents, min(received_at) as oldest_at
  from (select c.insurer_id, c.amc_cents, c.received_at, r.cents as room_cents,
               sum(c.amc_cents) over (partition by c.insurer_id order by c.received_at, c.claim_id) as running_cents
          from claim c
          join unnest($1::uuid[], $2::bigint[]) r (insurer_id, cents) on r.insurer_id = c.insurer_id
         where c.state = 'payable' and not exists (select from claim_call k where k.claim_id = c.claim_id)
           and c.establishment_id <> all ($3::uuid[])
           and not exists (select from payment_hold h
                            where h.establishment_id = c.establishment_id and h.released_at is null)
           and not exists (select from debit_waiting d where d.establishment_id = c.establishment_id)
           and not exists (select from claim_acceptance a
                            where a.claim_id = c.claim_id and a.answer is distinct from 'accepted'
                              and not (a.answer is null and a.silence_accepts and a.answer_by < $4))) w
 where running_cents > room_cents
 group by insurer_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits for the funds of an insurer."""

    insurer_id: UUID
    claims: int
    cents: int
    oldest_at: datetime


async def waiting(
    tx: db.Tx, rooms: Mapping[UUID, int], owing: Sequence[UUID], today: date
) -> list[Waiting]:
    """Return what the funds of insurers do not reach.

    Args:
        rooms: of those that have a bound, in cents.
        owing: the establishments that owe as much as they are due: they wait for that.
    """
    of = (list(rooms), list(rooms.values()))
    return await db.read(tx, Waiting, _WAITING, *of, list(owing), today)


_OWING: Final = """
with ready as (
    select c.establishment_id, c.claim_id, c.insurer_id, c.amc_cents, c.received_at, r.cents as room_cents,
           r.cents is not null and exists (select from claim_call k where k.claim_id = c.claim_id) as is_again
      from claim c
      left join unnest($1::uuid[], $2::bigint[]) r (insurer_id, cents) on r.insurer_id = c.insurer_id
     where c.state = 'payable' and c.claim_id <> all ($5::uuid[]) and c.establishment_id <> all ($3::uuid[])
       and not exists (select from payment_hold h
                        where h.establishment_id = c.establishment_id and h.released_at is null)
       and not exists (select from debit_waiting d where d.establishment_id = c.establishment_id)
       and not exists (select from claim_acceptance a
                        where a.claim_id = c.claim_id and a.answer is distinct from 'accepted'
                          and not (a.answer is null and a.silence_accepts and a.answer_by < $4))
), reached as (
    select d.establishment_id, d.amc_cents as cents, d.received_at,
           d.room_cents is null or d.is_again
               or sum(case when d.is_again then 0 else d.amc_cents end)
                      over (partition by d.insurer_id order by d.received_at, d.claim_id) <= d.room_cents as is_reached
      from ready d
     union all
    select establishment_id, amount_cents, null, true from refund where transfer_id is null and ended_at is null
)
select d.establishment_id, d.whole_cents <= o.cents as is_sure
  from (select establishment_id, sum(amount_cents) as cents
          from claim_cancellation
         where was = 'settled' and transfer_id is null and checked_at is not null
         group by establishment_id) o
  join (select establishment_id, sum(cents) as whole_cents, coalesce(sum(cents) filter (where is_reached), 0) as cents,
               min(received_at) as oldest_at
          from reached group by establishment_id) d using (establishment_id)
 where d.establishment_id <> all ($3::uuid[]) and d.oldest_at is not null and d.cents <= o.cents
 order by d.oldest_at, d.establishment_id
"""


async def owing(
    tx: db.Tx, rooms: Mapping[UUID, int], set_aside: Sequence[UUID], today: date
) -> list[UUID]:
    """Return the establishments that owe back as much as a settlement would pay them: they take nobody's room.

    Those that owe as much as all that is due to them go first; then, one by one, the oldest that the bounds make so:
    who is left out leaves room to those after. Cost: a look at all that is payable each time.
    """
    found: list[UUID] = []
    of = (list(rooms), list(rooms.values()))
    while more := await db.many(tx, _OWING, *of, found, today, list(set_aside)):
        sure = [row["establishment_id"] for row in more if row["is_sure"]]
        found += sure or [more[0]["establishment_id"]]
    return found


_TAKE: Final = """
update funds_call f
   set funds_cents = least(n.cents, coalesce(h.cents, 0))
  from (select settlement_id, insurer_id, amount_cents - returned_cents - reissued_cents as cents
          from funds_call where settlement_id = $1) n
  left join (select account, sum(cents) as cents
               from (select credit as account, amount_cents as cents from ledger_entry where credit like 'amc:%:funds'
                      union all
                     select debit, -amount_cents from ledger_entry where debit like 'amc:%:funds') m
              group by account) h on h.account = 'amc:' || n.insurer_id || ':funds'
 where f.settlement_id = n.settlement_id and f.insurer_id = n.insurer_id and least(n.cents, coalesce(h.cents, 0)) <> 0
returning f.insurer_id, f.funds_cents
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a call takes of what its insurer had paid in before; below zero, what it gives back is kept for the next."""

    insurer_id: UUID
    funds_cents: int


async def take_from_funds(tx: db.Tx, settlement_id: str) -> list[Taken]:
    """Pay the calls of a settlement from what their insurers have paid in, as far as it goes; return how much.

    A call that gives back more than it asks is the insurer's own money: its next calls take it.
    """
    return await db.read(tx, Taken, _TAKE, settlement_id)


_MANDATES: Final = """
select m.mandate, i.amc_number, m.scheme, m.iban_tail, m.signed_on, m.registered_on, m.stopped_on, m.stopped_why
  from insurer_mandate m
  join insurer i using (insurer_id)
 order by i.amc_number, m.signed_on, m.mandate
"""
_STOP: Final = """
with stopped as (
    update insurer_mandate
       set stopped_on = $2, stopped_why = $3
     where mandate = $1 and stopped_on is null
    returning mandate
), unsent as (
    update collection c
       set state = 'rejected', ended_on = $2, reason = $3
      from settlement_order o
      join settlement s using (settlement_id)
     where c.mandate = $1 and c.state = 'ordered' and o.settlement_id = c.settlement_id and s.written_at is null
       and o.begun_at is null
)
select mandate from stopped
"""
_REGISTER: Final = """
update insurer_mandate
   set registered_on = coalesce(registered_on, $2), stopped_on = null, stopped_why = null
 where mandate = $1 and (registered_on is null or stopped_on is not null)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateRow:
    """A mandate as it stands."""

    mandate: str
    amc_number: str
    scheme: str
    iban_tail: str
    signed_on: date
    registered_on: date | None
    stopped_on: date | None
    stopped_why: str | None


async def mandates(tx: db.Tx) -> list[MandateRow]:
    """Return every mandate, by insurer."""
    return await db.read(tx, MandateRow, _MANDATES)


async def register_mandate(tx: db.Tx, mandate: str, today: date) -> bool:
    """Debit by a mandate from now on; False if there is none that waits."""
    return await db.run(tx, _REGISTER, mandate, today) == 1


async def stop_mandate(tx: db.Tx, mandate: str, today: date, why: str) -> bool:
    """Debit by a mandate no more, nor by what is not written yet; False if there is none that runs."""
    return await db.first(tx, _STOP, mandate, today, why) is not None


_ORDER: Final = """
insert into collection (collection_id, settlement_id, insurer_id, mandate, scheme, holder, iban_sealed, amount_cents,
                        due_on)
select f.settlement_id || '-D' || i.amc_number, f.settlement_id, f.insurer_id, m.mandate, m.scheme, m.holder,
       m.iban_sealed, f.amount_cents - f.returned_cents - f.reissued_cents - f.funds_cents, $2
  from funds_call f
  join insurer i using (insurer_id)
  join (select distinct on (insurer_id) insurer_id, mandate, scheme, holder, iban_sealed,
               registered_on is not null and stopped_on is null as is_active
          from insurer_mandate
         order by insurer_id, signed_on desc, mandate) m using (insurer_id)
 where f.settlement_id = $1 and m.is_active
   and f.amount_cents - f.returned_cents - f.reissued_cents - f.funds_cents between 1 and $3
"""


async def order_collections(
    tx: db.Tx, settlement_id: str, due_on: date, most_cents: int
) -> int:
    """Debit what the calls of a settlement are still to be paid, by the newest mandate if active; return how many."""
    return await db.run(tx, _ORDER, settlement_id, due_on, most_cents)


_COLLECTIONS: Final = """
select c.collection_id, c.insurer_id, c.mandate, c.scheme, m.signed_on, c.holder, c.iban_sealed,
       c.amount_cents, c.due_on
  from collection c
  join insurer_mandate m using (mandate)
 where c.settlement_id = $1 and c.reason is distinct from 'REVOKED'
 order by c.collection_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionRow:
    """A debit that is ordered, with the sealed account of who is debited."""

    collection_id: str
    insurer_id: UUID
    mandate: str
    scheme: str
    signed_on: date
    holder: str
    iban_sealed: bytes
    amount_cents: int
    due_on: date


async def collections(tx: db.Tx, settlement_id: str) -> list[CollectionRow]:
    """Return the debits that a settlement orders."""
    return await db.read(tx, CollectionRow, _COLLECTIONS, settlement_id)
