"""Double entry: money only. Each entry moves an amount from one account to another."""

from egide.ledger.entry import BANK, Entry, establishment_account, insurer_account
from egide.ledger.post import post

__all__ = ["BANK", "Entry", "establishment_account", "insurer_account", "post"]
