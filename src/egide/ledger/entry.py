"""An entry and its accounts: what insurers owe us, what we owe establishments, what is on its way."""

from dataclasses import dataclass
from uuid import UUID

from egide.core.ids import ClaimId, EstablishmentId, InsurerId
from egide.core.money import Money

BANK = "bank"


def insurer_account(insurer_id: InsurerId) -> str:
    """Return the account of what an insurer owes the operator (debited by claims)."""
    return f"amc:{insurer_id}"


def establishment_account(establishment_id: EstablishmentId) -> str:
    """Return the account of what the operator owes an establishment (credited by claims)."""
    return f"establishment:{establishment_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An amount above zero moved from ``credit`` to ``debit``, for a claim or a transfer."""

    entry_id: UUID
    establishment_id: EstablishmentId
    debit: str
    credit: str
    amount: Money
    claim_id: ClaimId | None = None
    transfer_id: str | None = None
