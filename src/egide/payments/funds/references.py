"""The references by which an insurer pays in, which banks carry whole and check: of a call, of what it pays ahead."""

import re
from typing import Final

from stdnum import iso11649

from egide.core.bank import creditor_reference

_AHEAD: Final = "FONDS"
_REFERENCE: Final = re.compile(r"\bRF[0-9]{2}[0-9A-Z]{1,21}\b", re.ASCII)
_CALL: Final = re.compile(r"([0-9]{6})([0-9]{5})([0-9A-Z]{8,10})", re.ASCII)
_DEBIT: Final = re.compile(r"\b(S[0-9]{8}-[0-9]{2,6})-D([0-9A-Z]{8,10})\b", re.ASCII)
_PAID_AHEAD: Final = re.compile(rf"{_AHEAD}([0-9A-Z]{{8,10}})", re.ASCII)
_SETTLEMENT: Final = re.compile(r"S20([0-9]{6})-([0-9]{2,5})", re.ASCII)


def call_reference(settlement_id: str, amc_number: str) -> str:
    """Return the reference of a call: its day, its number of the day, its insurer; empty where it would not fit."""
    found = _SETTLEMENT.fullmatch(settlement_id)
    return creditor_reference(f"{found[1]}{found[2]:0>5}{amc_number}") if found else ""


def deposit_reference(amc_number: str) -> str:
    """Return the reference of what an insurer pays in ahead of its calls."""
    return creditor_reference(f"{_AHEAD}{amc_number}")


def message_of(settlement_id: str) -> str:
    """Return the name of the file of a settlement's debits, which a report on it repeats."""
    return f"{settlement_id}-D"


def named_calls(text: str) -> list[tuple[str, str]]:
    """Return the calls that a text names: settlement and number of the insurer.

    By their references, or by that of the debit that was to pay one.
    """
    by_reference = [
        (f"S20{found[1]}-{int(found[2]):02d}", found[3])
        for reference in _references(text)
        if (found := _CALL.fullmatch(reference))
    ]
    return by_reference + [(found[1], found[2]) for found in _DEBIT.finditer(text.upper())]


def named_deposits(text: str) -> list[str]:
    """Return the insurers, by number, that a text says pay in ahead."""
    return [
        found[1]
        for reference in _references(text)
        if (found := _PAID_AHEAD.fullmatch(reference))
    ]


def _references(text: str) -> list[str]:
    """Return the references of a text whose keys hold, without their heads."""
    return [one[4:] for one in _REFERENCE.findall(text.upper()) if iso11649.is_valid(one)]
