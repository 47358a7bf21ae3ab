"""What a statement of account says, in our own words: no wire and no database.

Source: ISO 20022 camt.053.001.02 and .08, texts of the message definition: an opening balance « always equals the
closing book balance from the previous report »; a closing balance is the opening one and what was booked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from egide.core.money import Money


class BankFileError(Exception):
    """A bank's file that is not taken: where, why, and what to do. Nothing of it is kept."""

    def __init__(self, where: str, why: str, remedy: str) -> None:
        super().__init__(f"{where} : {why} {remedy}")
        self.where = where
        self.why = why
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Money that the bank has booked on our account: an entry, or one detail of an entry that has several.

    Args:
        number: its place in the statement, from 1.
        amount: above zero where it came in, below where it went out.
        end_to_end: the reference that we gave an order; empty where the bank says none.
        batch: the reference of the file or of the payment that a booked batch executes.
        bank_reference: what the bank calls it.
        said: the remittance text, cut to what a line may hold.
        reason: why it came back, an ISO code; empty where it did not.
        code: the bank's transaction code, domain/family/sub-family.
    """

    number: int
    amount: Money
    booked_on: date
    end_to_end: str = ""
    batch: str = ""
    bank_reference: str = ""
    said: str = ""
    reason: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement, or a page of one, whose balances have been checked against its movements.

    Args:
        sequence_number: the bank's own, one more for each statement, where it gives one.
    """

    account: str = field(repr=False)
    reference: str
    opened: Money
    closed: Money
    closed_on: date
    sequence_number: int | None = None
    movements: Sequence[Movement]


def check_sum(statement: Statement) -> Statement:
    """Return a statement whose closing balance is its opening one and its movements; BankFileError otherwise."""
    moved = sum(one.amount.cents for one in statement.movements)
    if statement.opened.cents + moved != statement.closed.cents:
        where = f"relevé {statement.reference}"
        raise BankFileError(
            where,
            "le solde final n'est pas le solde initial et ce qui est comptabilisé.",
            "Demander à la banque le relevé entier ; rien n'en est pris.",
        )
    return statement


def in_chunks(movements: Sequence[Movement], size: int) -> Iterator[Sequence[Movement]]:
    """Yield movements, so many at a time."""
    for first in range(0, len(movements), size):
        yield movements[first : first + size]
