"""Double entry: money only. Each entry moves an amount from one account to another."""

from egide.ledger.accounts import (
    OfEstablishment,
    OfInsurer,
    Ours,
    establishment_account,
    insurer_account,
)
from egide.ledger.entry import CauseKind, Entry
from egide.ledger.sql import post

__all__ = [
    "CauseKind",
    "Entry",
    "OfEstablishment",
    "OfInsurer",
    "Ours",
    "establishment_account",
    "insurer_account",
    "post",
]
