"""Identifiers made by us: UUID version 7, ordered by the instant they were made."""

import os
from datetime import datetime
from typing import NewType
from uuid import UUID

PersonId = NewType("PersonId", UUID)
EstablishmentId = NewType("EstablishmentId", UUID)
InsurerId = NewType("InsurerId", UUID)
ClaimId = NewType("ClaimId", UUID)
EntryId = NewType("EntryId", UUID)

_RANDOM_BITS = 74
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 26


def uuid7(now: datetime) -> UUID:
    """Return a new UUIDv7 for the instant ``now``.

    Source: RFC 9562, section 5.7.
    """
    milliseconds = int(now.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    noise = int.from_bytes(os.urandom(10), "big") & ((1 << _RANDOM_BITS) - 1)
    high, low = noise >> 62, noise & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def to_code(value: UUID) -> str:
    """Return a UUID as 26 characters that a person can read out (Crockford's base 32)."""
    number = value.int
    letters: list[str] = []
    for _ in range(_CODE_LENGTH):
        number, index = divmod(number, 32)
        letters.append(_CROCKFORD[index])
    return "".join(reversed(letters))


def from_code(text: str) -> UUID | None:
    """Read what ``to_code`` wrote; None if it is not such a code."""
    number = 0
    folded = text.strip().upper().replace("O", "0").replace("I", "1").replace("L", "1")
    if len(folded) != _CODE_LENGTH:
        return None
    for letter in folded:
        index = _CROCKFORD.find(letter)
        if index < 0:
            return None
        number = number * 32 + index
    return UUID(int=number) if number < 1 << 128 else None
