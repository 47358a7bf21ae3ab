"""Every statement on settlements, transfers, calls for funds, and on claims as they are settled."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db

_LOCK: Final = "select pg_advisory_xact_lock(7290455)"


async def lock_settlements(tx: db.Tx) -> None:
    """Let one settlement close at a time."""
    await db.run(tx, _LOCK)


_NEXT: Final = "select count(*) as earlier from settlement where settlement_id like $1 || '%'"


async def next_id(tx: db.Tx, day: date) -> str:
    """Return the identifier of the day's next settlement: ``S20261123-01``."""
    prefix = f"S{day:%Y%m%d}-"
    row = await db.first(tx, _NEXT, prefix)
    return f"{prefix}{(row['earlier'] if row else 0) + 1:02d}"


_ASSIGN: Final = """
with due as materialized (
    select establishment_id, invoice, insurer_id, amc_cents
      from claim
     where state = 'payable'
       for update
), numbered as (
    select establishment_id,
           $1 || '-' || lpad(row_number() over (order by establishment_id)::text, 6, '0') as transfer_id
      from due
     group by establishment_id
), settled as (
    update claim c
       set state = 'settled', transfer_id = n.transfer_id
      from due d
      join numbered n using (establishment_id)
     where c.establishment_id = d.establishment_id and c.invoice = d.invoice and c.state = 'payable'
    returning c.establishment_id, c.transfer_id, c.amc_cents
)
select establishment_id, transfer_id, sum(amc_cents)::bigint as amount_cents
  from settled
 group by establishment_id, transfer_id
 order by establishment_id
"""


async def assign_transfers(tx: db.Tx, settlement_id: str) -> list[db.Row]:
    """Move every payable claim to its establishment's transfer; return what each is due."""
    return await db.many(tx, _ASSIGN, settlement_id)


_SETTLEMENT: Final = """
insert into settlement (settlement_id, closed_at, execute_on, transfers, amount_cents)
values ($1, $2, $3, $4, $5)
"""


async def insert_settlement(
    tx: db.Tx, settlement_id: str, now: datetime, execute_on: date, transfers: int, cents: int
) -> None:
    """Store a settlement."""
    await db.run(tx, _SETTLEMENT, settlement_id, now, execute_on, transfers, cents, changes=1)


_TRANSFERS: Final = """
insert into transfer (establishment_id, transfer_id, settlement_id, amount_cents, claims, iban_sealed)
select c.establishment_id, c.transfer_id, $1, sum(c.amc_cents), count(*), e.iban_sealed
  from claim c
  join establishment e using (establishment_id)
 where c.transfer_id like $1 || '-%'
 group by c.establishment_id, c.transfer_id, e.iban_sealed
"""


async def insert_transfers(tx: db.Tx, settlement_id: str) -> None:
    """Store the transfers of a settlement from its claims."""
    await db.run(tx, _TRANSFERS, settlement_id)


_APPLY: Final = "select apply_iban_changes() as changed"
_TAIL: Final = "select iban_tail from establishment where establishment_id = $1"
_OPEN_CHANGES: Final = """
select c.change_id, e.name, c.iban_tail, c.asked_by, a.label_sealed as asked_label, c.asked_at, c.approved_at,
       c.approved_at + interval '72 hours' as in_force_at, c.approved_by, b.label_sealed as approved_label
  from iban_change c
  join establishment e using (establishment_id)
  join account a on a.account_id = c.asked_by
  left join account b on b.account_id = c.approved_by
 where c.cancelled_at is null and c.applied_at is null and ($1::uuid is null or c.establishment_id = $1)
 order by c.asked_at, c.change_id
 limit 200
"""
_ASK: Final = """
insert into iban_change (change_id, establishment_id, iban_sealed, iban_tail, iban_address, asked_by, asked_at)
values ($1, $2, $3, $4, $5, $6, now())
    on conflict (establishment_id) where cancelled_at is null and applied_at is null do nothing
"""
_APPROVE: Final = """
update iban_change
   set approved_by = $3
 where change_id = $1 and ($2::uuid is null or establishment_id = $2) and asked_by <> $3 and iban_address = $4
   and approved_by is null and cancelled_at is null and applied_at is null
"""
_CANCEL: Final = """
update iban_change
   set cancelled_by = $3
 where change_id = $1 and ($2::uuid is null or establishment_id = $2)
   and cancelled_at is null and applied_at is null
"""


async def apply_iban_changes(tx: db.Tx) -> None:
    """Put in force the account numbers approved 72 hours ago."""
    await db.first(tx, _APPLY)


async def iban_tail(tx: db.Tx, establishment_id: UUID) -> str | None:
    """Return the last signs of the account in use."""
    row = await db.first(tx, _TAIL, establishment_id)
    return None if row is None else row["iban_tail"]


async def open_iban_changes(tx: db.Tx, establishment_id: UUID | None) -> list[db.Row]:
    """Return the changes under way of an establishment, or of all, the oldest first."""
    return await db.many(tx, _OPEN_CHANGES, establishment_id)


async def ask_iban_change(
    tx: db.Tx, change_id: UUID, establishment_id: UUID, kept: tuple[bytes, str, UUID], by: UUID
) -> bool:
    """Ask for a change (sealed number, last signs, address); False while another is under way."""
    return await db.run(tx, _ASK, change_id, establishment_id, *kept, by) == 1


async def approve_iban_change(
    tx: db.Tx, change_id: UUID, establishment_id: UUID | None, by: UUID, address: UUID
) -> bool:
    """Approve a change to an address, of an establishment or of any; False if this account may none such."""
    return await db.run(tx, _APPROVE, change_id, establishment_id, by, address) == 1


async def cancel_iban_change(
    tx: db.Tx, change_id: UUID, establishment_id: UUID | None, by: UUID
) -> bool:
    """Stop a change of an establishment, or of any; False if there is none under way."""
    return await db.run(tx, _CANCEL, change_id, establishment_id, by) == 1


_CALLS: Final = """
insert into funds_call (insurer_id, settlement_id, amount_cents, claims)
select c.insurer_id, $1, sum(c.amc_cents), count(*)
  from claim c
  join transfer t using (establishment_id, transfer_id)
 where t.settlement_id = $1
 group by c.insurer_id
"""


async def insert_calls(tx: db.Tx, settlement_id: str) -> None:
    """Store each insurer's call for funds from the same claims."""
    await db.run(tx, _CALLS, settlement_id)


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
select t.transfer_id, t.settlement_id, t.amount_cents, t.claims, s.closed_at, s.execute_on
  from transfer t
  join settlement s using (settlement_id)
 where t.establishment_id = $1 and t.transfer_id = $2
"""


async def transfer(tx: db.Tx, establishment_id: UUID, transfer_id: str) -> db.Row | None:
    """Return a transfer to the establishment that receives it."""
    return await db.first(tx, _TRANSFER, establishment_id, transfer_id)


_CLAIMS: Final = """
select c.invoice, c.claim_id, c.received_at, c.expense_cents, c.amo_cents, c.amc_cents, c.patient_cents,
       i.amc_number
  from claim c
  join insurer i using (insurer_id)
 where c.establishment_id = $1 and c.transfer_id = $2
 order by c.invoice
"""


async def claims_of(tx: db.Tx, establishment_id: UUID, transfer_id: str) -> list[db.Row]:
    """Return every claim that a transfer pays."""
    return await db.many(tx, _CLAIMS, establishment_id, transfer_id)


_CALL_TOTALS: Final = """
select f.insurer_id, f.amount_cents, f.claims, i.amc_number, i.name
  from funds_call f
  join insurer i using (insurer_id)
 where f.settlement_id = $1
 order by i.amc_number
"""


async def calls(tx: db.Tx, settlement_id: str) -> list[db.Row]:
    """Return the calls for funds of a settlement."""
    return await db.many(tx, _CALL_TOTALS, settlement_id)


_CALL_CLAIMS: Final = """
select c.transfer_id, c.invoice, c.claim_id, c.received_at, c.amc_cents, e.finess, c.plan_code
  from claim c
  join transfer t using (establishment_id, transfer_id)
  join establishment e using (establishment_id)
 where t.settlement_id = $1 and c.insurer_id = $2 and (c.transfer_id, c.invoice) > ($3, $4)
 order by c.transfer_id, c.invoice
 limit 5000
"""


async def call_claims(
    tx: db.Tx, settlement_id: str, insurer_id: UUID, after: tuple[str, str]
) -> list[db.Row]:
    """Return a page of the claims that an insurer's call for funds is made of."""
    return await db.many(tx, _CALL_CLAIMS, settlement_id, insurer_id, *after)
