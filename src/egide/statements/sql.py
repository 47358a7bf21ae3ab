"""Every statement that runs as the role of insurers, which the database shows its own rows only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db

PAGE: Final = 2_000
_BECOME: Final = "set local role egide_insurer"
_SESSION: Final = "select set_config('egide.session', $1::uuid::text, true)"
_CALLS: Final = """
select f.settlement_id as settlement, s.closed_at, s.execute_on, f.claims, f.amount_cents, f.returned_cents,
       f.reissued_cents, f.funds_cents, f.accepted_at, f.first_at
  from funds_call f
  join settlement s using (settlement_id)
 order by s.closed_at desc, f.settlement_id
 limit 200
"""
_EXPORTS: Final = """
select o.export_id, o.settlement_id, o.asked_by, a.label_sealed as asked_label, o.asked_at,
       o.approved_by, b.label_sealed as approved_label, o.approved_at,
       o.approved_at is null and o.asked_at > now() - interval '24 hours' as is_new,
       coalesce(o.approved_at > now() - interval '24 hours', false) as is_open
  from export_order o
  join account a on a.account_id = o.asked_by
  left join account b on b.account_id = o.approved_by
 order by o.asked_at desc, o.export_id
 limit 50
"""
_ASK: Final = """
insert into export_order (export_id, insurer_id, settlement_id, asked_by, asked_at)
select $1, f.insurer_id, f.settlement_id, $3, now() from funds_call f where f.settlement_id = $2
"""
_APPROVE: Final = """
update export_order
   set approved_by = $2
 where export_id = $1 and asked_by <> $2 and approved_by is null and asked_at > now() - interval '24 hours'
"""
_LOG: Final = "select log_export($1, $2)"
_CLAIMS: Final = """
select a.transfer_id, e.finess, e.name, c.invoice, c.claim_id, c.received_at, c.plan_code,
       c.expense_cents, c.amo_cents, c.amc_cents, c.patient_cents, c.other_amc_cents, c.undue_cents
  from allocation a
  join claim c using (claim_id)
  join establishment e on e.establishment_id = c.establishment_id
 where a.transfer_id = any ((select exported_transfers($1))::text[]) and (a.transfer_id, c.invoice) > ($2, $3)
 order by a.transfer_id, c.invoice
 limit 2000
"""


async def become_insurer(tx: db.Tx, session_id: UUID) -> None:
    """Take the role of insurers until the transaction ends, for the insurer of a session."""
    await db.run(tx, _BECOME)
    await db.first(tx, _SESSION, session_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCall:
    """A call for funds, as its insurer reads it.

    Args:
        funds_cents: what is taken of what it had paid in before; below zero, what is kept for its next calls.
        first_at: when the first of two accepted it; None where nobody has, or one is enough.
    """

    settlement: str
    closed_at: datetime
    execute_on: date
    claims: int
    amount_cents: int
    returned_cents: int
    reissued_cents: int
    funds_cents: int
    accepted_at: datetime | None
    first_at: datetime | None


async def own_calls(tx: db.Tx) -> list[OwnCall]:
    """Return the calls for funds of the session's insurer, the last first."""
    return await db.read(tx, OwnCall, _CALLS)


_SHOWN: Final = """
select finess, name, profession, department, claims, amount_cents, largest_cents, persons, new_persons, without_card,
       again, stands_out, all_of_them, all_cents
  from call_shown($1, $2)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledOf:
    """What a call for funds is made of at one establishment.

    Args:
        new_persons: never billed there before.
        without_card: claims of whom the establishment saw neither card nor code.
        again: claims called before, whose payment came back.
        stands_out: whether somebody should look at it first.
        all_of_them, all_cents: how many establishments the call is of, and for how much, those left out too.
    """

    finess: str
    name: str
    profession: str
    department: str
    claims: int
    amount_cents: int
    largest_cents: int
    persons: int
    new_persons: int
    without_card: int
    again: int
    stands_out: bool
    all_of_them: int
    all_cents: int


async def call_shown(tx: db.Tx, session_id: UUID, settlement_id: str) -> list[CalledOf]:
    """Return what a call for funds of the session's insurer is made of: what stands out first, 500 at most."""
    return await db.read(tx, CalledOf, _SHOWN, session_id, settlement_id)


_HAS_CALL: Final = "select exists (select from funds_call where settlement_id = $1) as has_call"


async def has_call(tx: db.Tx, settlement_id: str) -> bool:
    """Tell whether a settlement called the session's insurer, be it for what comes back alone."""
    row = await db.first(tx, _HAS_CALL, settlement_id)
    return bool(row and row["has_call"])


_ACCEPT: Final = "select accept_call($1, $2) as claims"


async def accept_call(tx: db.Tx, session_id: UUID, settlement_id: str) -> int | None:
    """Accept a call for funds of the session's insurer; return its claims.

    Below zero, where another of its people has to accept it too; None if there is none to accept.
    """
    row = await db.first(tx, _ACCEPT, session_id, settlement_id)
    return None if row is None else row["claims"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnExport:
    """An export that an insurer's person asked for."""

    export_id: UUID
    settlement_id: str
    asked_by: UUID
    asked_label: bytes
    asked_at: datetime
    approved_by: UUID | None
    approved_label: bytes | None
    approved_at: datetime | None
    is_new: bool
    is_open: bool


async def own_exports(tx: db.Tx) -> list[OwnExport]:
    """Return the exports that the session's insurer asked for, the last first."""
    return await db.read(tx, OwnExport, _EXPORTS)


async def ask_export(tx: db.Tx, export_id: UUID, settlement_id: str, by: UUID) -> bool:
    """Ask for the claims of a settlement; False if it called the session's insurer for nothing."""
    return await db.run(tx, _ASK, export_id, settlement_id, by) == 1


async def approve_export(tx: db.Tx, export_id: UUID, by: UUID) -> bool:
    """Approve an export; False if this account may none such."""
    return await db.run(tx, _APPROVE, export_id, by) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedClaim:
    """A claim, as a file for its insurer holds it."""

    transfer_id: str
    finess: str
    name: str
    invoice: str
    claim_id: UUID
    received_at: datetime
    plan_code: str
    expense_cents: int
    amo_cents: int
    amc_cents: int
    patient_cents: int
    other_amc_cents: int
    undue_cents: int


async def exported_claims(
    tx: db.Tx, settlement_id: str, after: tuple[str, str]
) -> list[ExportedClaim]:
    """Return a page of the claims of a settlement that the session's person may take now."""
    return await db.read(tx, ExportedClaim, _CLAIMS, settlement_id, *after)


async def log_export(tx: db.Tx, claims: Sequence[UUID], entries: Sequence[UUID]) -> None:
    """Write in the access log, one entry a claim, that the session's person takes claims out."""
    await db.run(tx, _LOG, claims, entries)
