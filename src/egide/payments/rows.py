"""What the statements on transfers and calls for funds return, named."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRow:
    """A settlement whose transfers are fixed."""

    settlement_id: str
    closed_at: datetime
    execute_on: date
    transfers: int
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedTransfer:
    """A transfer that is ordered, with the sealed account of its payee."""

    transfer_id: str
    establishment_id: UUID
    amount_cents: int
    claims: int
    name: str
    finess: str
    iban_sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidTransfer:
    """A transfer, as the establishment that receives it reads it."""

    transfer_id: str
    settlement_id: str
    amount_cents: int
    claims: int
    closed_at: datetime
    execute_on: date
    state: str
    booked_on: date | None
    ended_on: date | None
    reason: str | None
    is_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidClaim:
    """A claim that a transfer pays."""

    invoice: str
    claim_id: UUID
    received_at: datetime
    expense_cents: int
    amo_cents: int
    amc_cents: int
    patient_cents: int
    other_amc_cents: int
    undue_cents: int
    amc_number: str
    entry_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTotals:
    """An insurer's call for funds.

    Args:
        funds_cents: what it takes of what the insurer has paid in before; below zero, what it leaves for the next.
        collected_on, collection_id: when, and under which reference, the insurer is debited of the rest; None where it
            pays it in.
    """

    insurer_id: UUID
    amount_cents: int
    claims: int
    returned_cents: int
    reissued_cents: int
    funds_cents: int
    collected_on: date | None
    collection_id: str | None
    amc_number: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledClaim:
    """A claim that an insurer is called for."""

    transfer_id: str
    invoice: str
    claim_id: UUID
    received_at: datetime
    amc_cents: int
    finess: str
    profession: str
    plan_code: str
    person_id: UUID
    is_again: bool
    care_on: date
