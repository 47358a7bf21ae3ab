"""From debts to the bank: settlements, transfers, remittances, calls for funds."""

from egide.payments.accounts import approve_change, ask_change, cancel_change, show_changes
from egide.payments.api import show_reconciliation, show_remittance
from egide.payments.pain import Debtor
from egide.payments.settle import Settlement, close_settlement, unwritten
from egide.payments.write_files import write_settlement

__all__ = [
    "Debtor",
    "Settlement",
    "approve_change",
    "ask_change",
    "cancel_change",
    "close_settlement",
    "show_changes",
    "show_reconciliation",
    "show_remittance",
    "unwritten",
    "write_settlement",
]
