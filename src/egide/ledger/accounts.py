"""The accounts of the ledger: what insurers owe and have paid in, what establishments are owed, what is on its way.

Each is written as the database knows it, which refuses any other.
"""

from enum import StrEnum
from uuid import UUID


class Ours(StrEnum):
    """The operator's own accounts."""

    BANK = "bank"
    IN_FLIGHT_OUT = "in-flight:out"  # ordered, not yet booked by the bank
    IN_FLIGHT_IN = "in-flight:in"
    BANK_CHARGES = "bank-charges"
    SUSPENSE = "suspense"  # money that nothing explains yet
    WRITE_OFF = "write-off"


class OfInsurer(StrEnum):
    """What the operator keeps of an insurer."""

    DUE = "due"  # owed for claims that its plans pay
    FUNDS = "funds"  # paid in, not spent
    IN_FLIGHT = "in-flight"  # asked for by direct debit, not yet booked
    FEES = "fees"
    PENALTIES = "penalties"
    UNDUE = "undue"  # paid by it and not owed
    SUSPENSE = "suspense"


class OfEstablishment(StrEnum):
    """What the operator keeps of an establishment."""

    PAYABLE = "payable"
    HELD = "held"  # returned by its bank, or without an account to send it to
    UNDUE = "undue"  # paid to it and not owed
    UNDUE_CONTESTED = "undue-contested"


def insurer_account(insurer_id: UUID, what: OfInsurer = OfInsurer.DUE) -> str:
    """Return an account of an insurer."""
    return f"amc:{insurer_id}:{what}"


def establishment_account(
    establishment_id: UUID, what: OfEstablishment = OfEstablishment.PAYABLE
) -> str:
    """Return an account of an establishment."""
    return f"establishment:{establishment_id}:{what}"
