"""An entry: an amount moved from one account to another, and what caused it."""

from dataclasses import dataclass
from enum import StrEnum

from egide.core.money import Money


class CauseKind(StrEnum):
    """What may move money; another kind is a change of the schema."""

    CLAIM = "claim"
    TRANSFER = "transfer"
    CANCELLATION = "cancellation"  # booked by the database itself (cancel_claim)
    REJECT = "reject"  # an order that the bank did not execute
    BANK_OPENING = "bank-opening"  # what an account held before its first statement here
    BANK_ENTRY = "bank-entry"  # a movement that the bank has booked
    CALL = "call"  # what a call takes of what its insurer has paid in before
    DISPOSITION = "disposition"  # what two persons said that a movement was


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An amount above zero moved from ``credit`` to ``debit``.

    Args:
        cause_id: of its kind; a cause is booked once, with all its entries.
        part: tells the entries of a cause apart, from 0.
    """

    cause_kind: CauseKind
    cause_id: str
    debit: str
    credit: str
    amount: Money
    part: int = 0
