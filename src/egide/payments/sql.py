"""Every statement on settlements, transfers, calls for funds, and on claims as they are settled."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db

_LOCK: Final = (
    "lock table settlement in share row exclusive mode"  # which no other login may take
)


async def lock_settlements(tx: db.Tx) -> None:
    """Let one settlement close at a time."""
    await db.run(tx, _LOCK)


_NEXT: Final = "select count(*) as earlier from settlement where settlement_id like $1 || '%'"


async def next_id(tx: db.Tx, day: date) -> str:
    """Return the identifier of the day's next settlement: ``S20261123-01``."""
    prefix = f"S{day:%Y%m%d}-"
    row = await db.first(tx, _NEXT, prefix)
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


# One statement: a settlement, its transfers, which claim each pays and what each holds back, whole, of claims cancelled
# after they were paid; each insurer's call for the same. Who owes back as much as it is due waits for the next; so
# does a claim that somebody holds at this instant.
_CLOSE: Final = """
with due as materialized (
    select c.establishment_id, c.claim_id, c.insurer_id, c.amc_cents
      from claim c
     where c.state = 'payable' and c.claim_id <> all ($4::uuid[])
       and not exists (select from payment_hold h
                         join transfer t on t.transfer_id = h.transfer_id
                         join establishment e on e.establishment_id = h.establishment_id
                        where h.establishment_id = c.establishment_id and h.released_at is null
                          and e.iban_sealed = t.iban_sealed)
       for update of c skip locked
), owed as materialized (
    select establishment_id, claim_id, insurer_id, amount_cents
      from claim_cancellation
     where was = 'settled' and transfer_id is null and checked_at is not null
), payee as (
    select d.establishment_id, sum(d.amc_cents)::bigint - coalesce(o.cents, 0) as amount_cents,
           count(*)::integer as claims, coalesce(o.cents, 0) as held_back_cents,
           $1 || '-' || upper(left(replace(gen_random_uuid()::text, '-', ''), 12)) as transfer_id
      from due d
      left join (select establishment_id, sum(amount_cents)::bigint as cents from owed group by 1) o
          using (establishment_id)
     group by d.establishment_id, o.cents
    having sum(d.amc_cents) > coalesce(o.cents, 0)
), closed as (
    insert into settlement (settlement_id, closed_at, execute_on, transfers, amount_cents)
    select $1, $2, $3, count(*), sum(amount_cents) from payee having count(*) > 0
), sent as (
    insert into transfer (establishment_id, transfer_id, settlement_id, amount_cents, claims, iban_sealed)
    select establishment_id, p.transfer_id, $1, p.amount_cents, p.claims, e.iban_sealed
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
), settled as (
    update claim c
       set state = 'settled'
      from due d
      join payee p using (establishment_id)
     where c.claim_id = d.claim_id
), called as (
    insert into funds_call (insurer_id, settlement_id, amount_cents, claims, returned_cents, reissued_cents)
    select insurer_id, $1, sum(due_cents), sum(claims), sum(returned_cents), sum(reissued_cents)
      from (select d.insurer_id, d.amc_cents as due_cents, 1 as claims, 0 as returned_cents,
                   case when exists (select from allocation a where a.claim_id = d.claim_id) then d.amc_cents
                        else 0 end as reissued_cents
              from due d join payee using (establishment_id)
             union all
            select o.insurer_id, 0, 0, o.amount_cents, 0 from owed o join payee using (establishment_id)) moves
     group by insurer_id
)
select establishment_id, transfer_id, amount_cents, held_back_cents from payee order by transfer_id
"""


@dataclass(frozen=True, slots=True)
class Due:
    """What a transfer is to pay an establishment, less what it holds back of claims cancelled after they were paid."""

    establishment_id: UUID
    transfer_id: str
    amount_cents: int
    held_back_cents: int


async def close(
    tx: db.Tx, settlement_id: str, now: datetime, execute_on: date, set_aside: Sequence[UUID]
) -> list[Due]:
    """Move every payable claim but some to its establishment's transfer; return what each is due."""
    rows = await db.many(tx, _CLOSE, settlement_id, now, execute_on, list(set_aside))
    return [Due(**row) for row in rows]


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


_UNWRITTEN: Final = """
select settlement_id, closed_at, execute_on, transfers, amount_cents
  from settlement
 where written_at is null
 order by settlement_id
 limit 1000
"""


async def unwritten(tx: db.Tx) -> list[db.Row]:
    """Return the settlements whose files are still to be written."""
    return await db.many(tx, _UNWRITTEN)


_ONE: Final = """
select settlement_id, closed_at, execute_on, transfers, amount_cents from settlement where settlement_id = $1
"""
_FIX_DEBTOR: Final = """
insert into settlement_order (settlement_id, debtor_name, debtor_iban)
values ($1, $2, $3)
    on conflict (settlement_id) do nothing
"""
_ORDER: Final = """
select o.debtor_name, o.debtor_iban, o.sha256 from settlement_order o where o.settlement_id = $1 for update
"""
_SEAL: Final = "update settlement_order set sha256 = $2 where settlement_id = $1"


async def one_settlement(tx: db.Tx, settlement_id: str) -> db.Row | None:
    """Return a settlement."""
    return await db.first(tx, _ONE, settlement_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """Whose account a settlement's orders leave from, and the digest of its file once it was written."""

    debtor_name: str
    debtor_iban: str
    sha256: bytes | None


async def fix_debtor(tx: db.Tx, settlement_id: str, name: str, iban: str) -> None:
    """Note the account that a settlement's orders leave from; the first that was noted stands."""
    await db.run(tx, _FIX_DEBTOR, settlement_id, name, iban)


async def lock_order(tx: db.Tx, settlement_id: str) -> OrderRow:
    """Return the order of a settlement, held against any other who writes it."""
    [row] = await db.read(tx, OrderRow, _ORDER, settlement_id)
    return row


async def seal_order(tx: db.Tx, settlement_id: str, sha256: bytes) -> None:
    """Note what the order file of a settlement is, byte for byte."""
    await db.run(tx, _SEAL, settlement_id, sha256, changes=1)


_WRITTEN: Final = (
    "update settlement set written_at = $2 where settlement_id = $1 and written_at is null"
)


async def mark_written(tx: db.Tx, settlement_id: str, now: datetime) -> None:
    """Note that a settlement's files are on disk; nothing if another run noted it first."""
    await db.run(tx, _WRITTEN, settlement_id, now)


_PAYEES: Final = """
select t.transfer_id, t.establishment_id, t.amount_cents, t.claims, e.name, e.finess, t.iban_sealed
  from transfer t
  join establishment e using (establishment_id)
 where t.settlement_id = $1 and t.transfer_id > $2
 order by t.transfer_id
 limit 1000
"""


async def payees(tx: db.Tx, settlement_id: str, after: str) -> list[db.Row]:
    """Return a page of a settlement's transfers, with the sealed account of each payee."""
    return await db.many(tx, _PAYEES, settlement_id, after)


_TRANSFER: Final = """
select t.transfer_id, t.settlement_id, t.amount_cents, t.claims, s.closed_at, s.execute_on, t.state, t.booked_on,
       t.ended_on, t.reason
  from transfer t
  join settlement s using (settlement_id)
 where t.establishment_id = $1 and t.transfer_id = $2
"""


async def transfer(tx: db.Tx, establishment_id: UUID, transfer_id: str) -> db.Row | None:
    """Return a transfer to the establishment that receives it."""
    return await db.first(tx, _TRANSFER, establishment_id, transfer_id)


_OWN_TRANSFERS: Final = """
select t.transfer_id, t.settlement_id, t.amount_cents, t.claims, s.execute_on, t.state, t.booked_on, t.ended_on,
       t.reason
  from transfer t
  join settlement s using (settlement_id)
 where t.establishment_id = $1 and t.settlement_id < $2
 order by t.settlement_id desc
 limit 101
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTransfer:
    """A transfer as its payee is told of it."""

    transfer_id: str
    settlement_id: str
    amount_cents: int
    claims: int
    execute_on: date
    state: str
    booked_on: date | None
    ended_on: date | None
    reason: str | None


async def own_transfers(tx: db.Tx, establishment_id: UUID, before: str) -> list[OwnTransfer]:
    """Return the transfers of an establishment, the newest first, before a settlement; one more than a page."""
    return await db.read(tx, OwnTransfer, _OWN_TRANSFERS, establishment_id, before)


_CLAIMS: Final = """
select c.invoice, c.claim_id, c.received_at, c.expense_cents, c.amo_cents, c.amc_cents, c.patient_cents,
       c.other_amc_cents, c.undue_cents, i.amc_number, c.entry_id
  from allocation a
  join claim c using (claim_id)
  join insurer i on i.insurer_id = c.insurer_id
 where a.establishment_id = $1 and a.transfer_id = $2
 order by c.invoice
"""


async def claims_of(tx: db.Tx, establishment_id: UUID, transfer_id: str) -> list[db.Row]:
    """Return every claim that a transfer pays."""
    return await db.many(tx, _CLAIMS, establishment_id, transfer_id)


_HELD_BACK: Final = """
select c.invoice, c.claim_id, x.cancelled_at, x.amount_cents, i.amc_number, c.entry_id
  from claim_cancellation x
  join claim c using (establishment_id, claim_id)
  join insurer i on i.insurer_id = x.insurer_id
 where x.establishment_id = $1 and x.transfer_id = $2
 order by c.invoice
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """A claim cancelled after it was paid, as a transfer holds it back."""

    invoice: str
    claim_id: UUID
    cancelled_at: datetime
    amount_cents: int
    amc_number: str
    entry_id: UUID


async def held_back_of(tx: db.Tx, establishment_id: UUID, transfer_id: str) -> list[HeldBack]:
    """Return every claim whose payment a transfer holds back."""
    return await db.read(tx, HeldBack, _HELD_BACK, establishment_id, transfer_id)


_CALL_TOTALS: Final = """
select f.insurer_id, f.amount_cents, f.claims, f.returned_cents, f.reissued_cents, i.amc_number, i.name
  from funds_call f
  join insurer i using (insurer_id)
 where f.settlement_id = $1
 order by i.amc_number
"""


async def calls(tx: db.Tx, settlement_id: str) -> list[db.Row]:
    """Return the calls for funds of a settlement."""
    return await db.many(tx, _CALL_TOTALS, settlement_id)


_CALL_CLAIMS: Final = """
select a.transfer_id, c.invoice, c.claim_id, c.received_at, c.amc_cents, e.finess, c.plan_code, a.attempt
  from transfer t
  join allocation a using (transfer_id)
  join claim c using (claim_id)
  join establishment e on e.establishment_id = t.establishment_id
 where t.settlement_id = $1 and a.insurer_id = $2 and (a.transfer_id, c.invoice) > ($3, $4)
 order by a.transfer_id, c.invoice
 limit 5000
"""


async def call_claims(
    tx: db.Tx, settlement_id: str, insurer_id: UUID, after: tuple[str, str]
) -> list[db.Row]:
    """Return a page of the claims that an insurer's call for funds is made of."""
    return await db.many(tx, _CALL_CLAIMS, settlement_id, insurer_id, *after)


_CALL_RETURNS: Final = """
select x.transfer_id, c.invoice, c.claim_id, x.cancelled_at, x.amount_cents, e.finess, c.plan_code
  from transfer t
  join claim_cancellation x using (transfer_id)
  join claim c on c.establishment_id = x.establishment_id and c.claim_id = x.claim_id
  join establishment e on e.establishment_id = t.establishment_id
 where t.settlement_id = $1 and x.insurer_id = $2
 order by x.transfer_id, c.invoice
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A claim cancelled after it was paid, as its insurer is given it back."""

    transfer_id: str
    invoice: str
    claim_id: UUID
    cancelled_at: datetime
    amount_cents: int
    finess: str
    plan_code: str


async def call_returns(tx: db.Tx, settlement_id: str, insurer_id: UUID) -> list[Returned]:
    """Return what a settlement gives back to an insurer, claim by claim."""
    return await db.read(tx, Returned, _CALL_RETURNS, settlement_id, insurer_id)
