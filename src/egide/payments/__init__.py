"""From debts to the bank: settlements, transfers, remittances, calls for funds."""

from egide.payments.api import show_reconciliation, show_remittance
from egide.payments.pain import Debtor
from egide.payments.settle import Settlement, close_settlement, unwritten
from egide.payments.statements import (
    accept_call,
    approve_export,
    ask_export,
    show_statements,
    take_export,
)
from egide.payments.support import (
    close_ticket,
    open_ticket,
    show_tickets,
    show_trail,
    view_ticket,
)
from egide.payments.write_files import write_settlement

__all__ = [
    "Debtor",
    "Settlement",
    "accept_call",
    "approve_export",
    "ask_export",
    "close_settlement",
    "close_ticket",
    "open_ticket",
    "show_reconciliation",
    "show_remittance",
    "show_statements",
    "show_tickets",
    "show_trail",
    "take_export",
    "unwritten",
    "view_ticket",
    "write_settlement",
]
