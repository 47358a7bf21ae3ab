"""The bank's answers: account statements and reports on orders, each movement with one disposition and why."""

from egide.treasury.statement import BankFileError
from egide.treasury.take_report import TakenReport, take_report
from egide.treasury.take_statement import TakenStatement, take_statements
from egide.treasury.waiting import Unmatched, release_hold, say, unmatched
from egide.treasury.withdraw import withdraw_doubted

__all__ = [
    "BankFileError",
    "TakenReport",
    "TakenStatement",
    "Unmatched",
    "release_hold",
    "say",
    "take_report",
    "take_statements",
    "unmatched",
    "withdraw_doubted",
]
