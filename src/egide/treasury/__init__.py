"""The bank's answers: account statements and reports on orders, each movement with one disposition and why."""

from egide.treasury.dispose import confirm, propose
from egide.treasury.statement import BankFileError
from egide.treasury.take_report import TakenReport, take_report
from egide.treasury.take_statement import TakenStatement, take_statements
from egide.treasury.unmatched import Unmatched, release_hold, unmatched

__all__ = [
    "BankFileError",
    "TakenReport",
    "TakenStatement",
    "Unmatched",
    "confirm",
    "propose",
    "release_hold",
    "take_report",
    "take_statements",
    "unmatched",
]
