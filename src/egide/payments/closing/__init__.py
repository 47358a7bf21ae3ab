"""Closing a settlement: what is due goes to one transfer an establishment, in one transaction."""

from egide.payments.closing.settle import (
    Settlement,
    close_settlement,
    one_settlement,
    unpaid,
    unwritten,
)
from egide.payments.closing.sql import lock_settlements

__all__ = [
    "Settlement",
    "close_settlement",
    "lock_settlements",
    "one_settlement",
    "unpaid",
    "unwritten",
]
