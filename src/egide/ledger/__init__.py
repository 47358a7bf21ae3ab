"""Double entry: money only. Each entry moves an amount from one account to another."""

from egide.ledger.accounts import (
    OfEstablishment,
    OfInsurer,
    Ours,
    establishment_account,
    insurer_account,
)
from egide.ledger.books import Names, journal
from egide.ledger.entry import CauseKind, Entry
from egide.ledger.sql import balances, entries, post

__all__ = [
    "CauseKind",
    "Entry",
    "Names",
    "OfEstablishment",
    "OfInsurer",
    "Ours",
    "balances",
    "entries",
    "establishment_account",
    "insurer_account",
    "journal",
    "post",
]
