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
from egide.payments.release import ToRelease, plain_name, release, to_release
from egide.payments.sql import UNSENT
from egide.payments.write_files import BANK_FILE, never_left, write_settlement

__all__ = [
    "BANK_FILE",
    "ROUTES",
    "UNSENT",
    "Debtor",
    "Settlement",
    "ToRelease",
    "close_settlement",
    "lock_settlements",
    "never_left",
    "one_settlement",
    "plain_name",
    "release",
    "to_release",
    "unpaid",
    "unwritten",
    "write_settlement",
]
