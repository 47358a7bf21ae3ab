"""From debts to the bank: settlements, transfers, remittances, calls for funds."""

from egide.payments.api import show_reconciliation, show_remittance
from egide.payments.pain import Debtor
from egide.payments.settle import Settlement, close_settlement, unwritten
from egide.payments.write_files import write_settlement

__all__ = [
    "Debtor",
    "Settlement",
    "close_settlement",
    "show_reconciliation",
    "show_remittance",
    "unwritten",
    "write_settlement",
]
