"""Every statement on settlements that are closed: their orders, their transfers, what each is made of."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.payments.pain import Debtor
from egide.payments.rows import (
    OrderedTransfer,
    PaidClaim,
    PaidTransfer,
    SettlementRow,
)

# The reason of an order that was withdrawn before its file was written: the bank never had it.
UNSENT: Final = "UNSENT"
_UNWRITTEN: Final = """
select settlement_id, closed_at, execute_on, transfers, amount_cents
  from settlement
 where written_at is null
 order by settlement_id
 limit 1000
"""


async def unwritten(tx: db.Tx) -> list[SettlementRow]:
    """Return the settlements whose files are still to be written."""
    return await db.read(tx, SettlementRow, _UNWRITTEN)


_ONE: Final = """
select settlement_id, closed_at, execute_on, transfers, amount_cents from settlement where settlement_id = $1
"""
_FIX_DEBTOR: Final = """
insert into settlement_order (settlement_id, debtor_name, debtor_iban, creditor, by_two)
values ($1, $2, $3, $4, $5)
    on conflict (settlement_id) do nothing
"""
_ORDER: Final = """
select o.debtor_name, o.debtor_iban, coalesce(o.creditor, '') as creditor, o.sha256, o.debits_sha256, o.by_two,
       array(select r.who
               from settlement_release r
              where r.settlement_id = o.settlement_id
              order by r.who) as released_by,
       s.written_at is not null as is_written,
       o.begun_at is not null as is_begun,
       exists (select from transfer t
                where t.settlement_id = o.settlement_id and t.state in ('rejected', 'returned')
                  and t.reason is distinct from 'UNSENT')
       or exists (select from collection c
                   where c.settlement_id = o.settlement_id and c.state in ('rejected', 'returned')
                     and c.reason is distinct from 'REVOKED') as has_ended,
       exists (select from transfer t
                where t.settlement_id = o.settlement_id and t.state <> 'ordered'
                  and t.reason is distinct from 'UNSENT')
       or exists (select from collection c
                   where c.settlement_id = o.settlement_id and c.state <> 'ordered'
                     and c.reason is distinct from 'REVOKED') as is_at_bank,
       exists (select from transfer t
                 join debit_waiting w on w.establishment_id = t.establishment_id
                where t.settlement_id = o.settlement_id and t.state = 'ordered') as is_doubted
  from settlement_order o
  join settlement s using (settlement_id)
 where o.settlement_id = $1
   for update of o
"""
_SEAL: Final = """
update settlement_order
   set sha256 = coalesce($2, sha256), debits_sha256 = coalesce($3, debits_sha256)
 where settlement_id = $1
"""


async def one_settlement(tx: db.Tx, settlement_id: str) -> SettlementRow | None:
    """Return a settlement."""
    return await db.read_one(tx, SettlementRow, _ONE, settlement_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """Whose account a settlement's orders leave from, and the digests of its files once they were written.

    Args:
        creditor: the identifier by which insurers are debited; empty where none is.
        sha256, debits_sha256: None for a file of before digests were kept, too.
        by_two: its files are written once two people have released it; ``released_by``: who has.
        is_begun: its file was begun: a run that was killed may have left it somewhere, and somebody sent it.
        has_ended: the bank did not execute one of them, or it came back: it is ordered anew, by another settlement.
        is_at_bank: the bank has said something of one of them.
        is_doubted: one of them pays who may have been paid by an order that had ended: a debit of it waits.
    """

    debtor_name: str
    debtor_iban: str
    creditor: str
    sha256: bytes | None
    debits_sha256: bytes | None
    by_two: bool
    released_by: list[str]
    is_written: bool
    is_begun: bool
    has_ended: bool
    is_at_bank: bool
    is_doubted: bool


async def fix_debtor(tx: db.Tx, settlement_id: str, debtor: Debtor) -> None:
    """Note the account that a settlement's orders leave from, and who lets them; the first that was noted stands."""
    said = (debtor.name, debtor.iban.text, debtor.creditor_id or None, debtor.by_two)
    await db.run(tx, _FIX_DEBTOR, settlement_id, *said)


async def order_of(tx: db.Tx, settlement_id: str) -> OrderRow | None:
    """Return the order of a settlement, held as ``lock_order`` does; None where no account was noted for it yet."""
    return await db.read_one(tx, OrderRow, _ORDER, settlement_id)


async def lock_order(tx: db.Tx, settlement_id: str) -> OrderRow:
    """Return the order of a settlement, held against any other who writes it."""
    [row] = await db.read(tx, OrderRow, _ORDER, settlement_id)
    return row


_LOOKED_AT: Final = """
select count(*)::integer as transfers, coalesce(sum(t.amount_cents), 0)::bigint as cents,
       coalesce(max(t.amount_cents), 0)::bigint as largest_cents,
       count(*) filter (where not exists (select from transfer o
                                            join settlement s on s.settlement_id = o.settlement_id
                                           where o.establishment_id = t.establishment_id
                                             and s.written_at is not null and o.state not in ('rejected', 'returned')
                                             and o.iban_sealed = t.iban_sealed))::integer as new_payees
  from transfer t
 where t.settlement_id = $1 and t.reason is distinct from 'UNSENT'
"""
_ADD_RELEASE: Final = """
insert into settlement_release (settlement_id, who, os_user, released_at) values ($1, $2, $3, $4)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """What who releases a settlement looks at; ``new_payees``: never paid before, or not on this account."""

    transfers: int
    cents: int
    largest_cents: int
    new_payees: int


async def looked_at(tx: db.Tx, settlement_id: str) -> LookedAt:
    """Return what a settlement orders, and what of it stands out."""
    [row] = await db.read(tx, LookedAt, _LOOKED_AT, settlement_id)
    return row


async def add_release(
    tx: db.Tx, settlement_id: str, who: str, os_user: str, now: datetime
) -> None:
    """Note that somebody releases a settlement."""
    await db.run(tx, _ADD_RELEASE, settlement_id, who, os_user, now, changes=1)


_BEGIN: Final = (
    "update settlement_order set begun_at = $2 where settlement_id = $1 and begun_at is null"
)
_NEVER_LEFT: Final = """
update settlement_order o
   set begun_at = null
  from settlement s
 where o.settlement_id = $1 and s.settlement_id = o.settlement_id and s.written_at is null and o.begun_at is not null
"""


async def mark_begun(tx: db.Tx, settlement_id: str, now: datetime) -> None:
    """Note that a settlement's file is begun; the first time stands."""
    await db.run(tx, _BEGIN, settlement_id, now)


async def mark_never_left(tx: db.Tx, settlement_id: str) -> bool:
    """Note that no file of a settlement that is not written has left; False where it is written, or was not begun."""
    return await db.run(tx, _NEVER_LEFT, settlement_id) == 1


async def seal_order(
    tx: db.Tx, settlement_id: str, sha256: bytes | None, debits_sha256: bytes | None
) -> None:
    """Note what the files of a settlement's orders are, byte for byte; None for one that there is not."""
    await db.run(tx, _SEAL, settlement_id, sha256, debits_sha256, changes=1)


_WRITTEN: Final = (
    "update settlement set written_at = $2 where settlement_id = $1 and written_at is null"
)


async def mark_written(tx: db.Tx, settlement_id: str, now: datetime) -> None:
    """Note that a settlement's files are on disk; nothing if another run noted it first."""
    await db.run(tx, _WRITTEN, settlement_id, now)


_PAYEES: Final = """
select t.transfer_id, t.establishment_id, t.amount_cents, t.claims, t.payee_name as name, e.finess, t.iban_sealed
  from transfer t
  join establishment e using (establishment_id)
 where t.settlement_id = $1 and t.transfer_id > $2 and t.reason is distinct from 'UNSENT'
 order by t.transfer_id
 limit 1000
"""
_ORDERED: Final = """
select count(*)::integer as transfers, coalesce(sum(amount_cents), 0)::bigint as cents
  from transfer
 where settlement_id = $1 and reason is distinct from 'UNSENT'
"""


async def payees(tx: db.Tx, settlement_id: str, after: str) -> list[OrderedTransfer]:
    """Return a page of a settlement's transfers that are ordered, with the sealed account of each payee."""
    return await db.read(tx, OrderedTransfer, _PAYEES, settlement_id, after)


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a settlement orders from the bank: all its transfers but those withdrawn before."""

    transfers: int
    cents: int


async def ordered(tx: db.Tx, settlement_id: str) -> Ordered:
    """Return what a settlement orders from the bank."""
    [row] = await db.read(tx, Ordered, _ORDERED, settlement_id)
    return row


_TRANSFER: Final = """
select t.transfer_id, t.settlement_id, t.amount_cents, t.claims, s.closed_at, s.execute_on, t.state, t.booked_on,
       t.ended_on, t.reason,
       exists (select from payment_hold h
                where h.establishment_id = t.establishment_id and h.transfer_id = t.transfer_id
                  and h.released_at is null) as is_held
  from transfer t
  join settlement s using (settlement_id)
 where t.establishment_id = $1 and t.transfer_id = $2
"""


async def transfer(tx: db.Tx, establishment_id: UUID, transfer_id: str) -> PaidTransfer | None:
    """Return a transfer to the establishment that receives it."""
    return await db.read_one(tx, PaidTransfer, _TRANSFER, establishment_id, transfer_id)


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


async def claims_of(tx: db.Tx, establishment_id: UUID, transfer_id: str) -> list[PaidClaim]:
    """Return every claim that a transfer pays."""
    return await db.read(tx, PaidClaim, _CLAIMS, establishment_id, transfer_id)


_ADJUSTMENTS: Final = """
select c.invoice, c.claim_id, x.cancelled_at, m.amount_cents, m.line, i.amc_number, c.entry_id
  from (select claim_id, -amount_cents as amount_cents, 'held-back' as line
          from withholding where establishment_id = $1 and transfer_id = $2
         union all
        select claim_id, amount_cents, 'given-back'
          from refund where establishment_id = $1 and transfer_id = $2) m
  join claim c on c.establishment_id = $1 and c.claim_id = m.claim_id
  join claim_cancellation x on x.establishment_id = $1 and x.claim_id = m.claim_id
  join insurer i on i.insurer_id = x.insurer_id
 order by m.line desc, c.invoice
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A claim cancelled after it was paid, as a transfer holds it back, or gives back what was held back of it.

    Args:
        amount_cents: below zero where it is held back.
        line: ``held-back``, ``given-back``.
    """

    invoice: str
    claim_id: UUID
    cancelled_at: datetime
    amount_cents: int
    line: str
    amc_number: str
    entry_id: UUID


async def adjustments_of(
    tx: db.Tx, establishment_id: UUID, transfer_id: str
) -> list[Adjustment]:
    """Return every claim of which a transfer holds back or gives back a payment, those held back first."""
    return await db.read(tx, Adjustment, _ADJUSTMENTS, establishment_id, transfer_id)
