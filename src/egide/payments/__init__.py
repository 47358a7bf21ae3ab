"""From debts to the bank: settlements, transfers, remittances, calls for funds."""

from egide.payments.api import ROUTES
from egide.payments.closing import (
    Settlement,
    close_settlement,
    lock_settlements,
    one_settlement,
    unpaid,
    unwritten,
)
from egide.payments.pain import Debtor
from egide.payments.write_files import write_settlement

__all__ = [
    "ROUTES",
    "Debtor",
    "Settlement",
    "close_settlement",
    "lock_settlements",
    "one_settlement",
    "unpaid",
    "unwritten",
    "write_settlement",
]
