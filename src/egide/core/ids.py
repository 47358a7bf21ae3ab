"""Identifiers made by us: UUID version 7, ordered by the instant they were made."""

import os
from datetime import UTC, datetime
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
SHORT_LENGTH = 12
SHORT_BITS = 5 * SHORT_LENGTH
# Python's own base 32 goes 0-9, A-V. A sign that is mistaken for another is read as that one, and
# one that the code does not have becomes a sign of no base.
_PYTHON = "0123456789abcdefghijklmnopqrstuv"
_READ = {
    **{ord(sign): "!" for sign in "Uu"},
    **{ord(sign): _PYTHON[n] for n, sign in enumerate(_CROCKFORD)},
    **{ord(sign.lower()): _PYTHON[n] for n, sign in enumerate(_CROCKFORD)},
    **{ord(sign): "0" for sign in "Oo"},
    **{ord(sign): "1" for sign in "IiLl"},
}


def uuid7(now: datetime) -> UUID:
    """Return a new UUIDv7 for the instant ``now``.

    Source: RFC 9562, section 5.7.
    """
    milliseconds = int(now.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    noise = int.from_bytes(os.urandom(10), "big") & ((1 << _RANDOM_BITS) - 1)
    high, low = noise >> 62, noise & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def made_at(value: UUID) -> datetime:
    """Return the instant at which a UUIDv7 was made, to the millisecond."""
    return datetime.fromtimestamp((value.int >> 80) / 1000, UTC)


def read_uuid(text: str) -> UUID | None:
    """Return the UUID that a text writes; None if it writes none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def to_code(value: UUID) -> str:
    """Return a UUID as 26 characters that a person can read out (Crockford's base 32)."""
    return _written(value.int, _CODE_LENGTH)


def to_short_code(number: int) -> str:
    """Return sixty bits as twelve characters, in three groups of four."""
    letters = _written(number, SHORT_LENGTH)
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def _written(number: int, length: int) -> str:
    letters: list[str] = []
    for _ in range(length):
        number, index = divmod(number, 32)
        letters.append(_CROCKFORD[index])
    return "".join(reversed(letters))


def first_at(instant: datetime) -> UUID:
    """Return the number before all that are made from an instant on (RFC 9562, version 7)."""
    return UUID(int=int(instant.timestamp() * 1_000) << 80)


def from_code(text: str) -> UUID | None:
    """Read what ``to_code`` wrote, however it was typed; None if it is not such a code."""
    number = _read(text, _CODE_LENGTH)
    return UUID(int=number) if number is not None and number < 1 << 128 else None


def from_short_code(text: str) -> int | None:
    """Read what ``to_short_code`` wrote, however it was typed; None if it is not such a code."""
    return _read(text.replace("-", "").replace(" ", ""), SHORT_LENGTH)


def _read(text: str, length: int) -> int | None:
    folded = text.strip().translate(_READ)
    if len(folded) != length or not folded.isalnum() or not folded.isascii():
        return None
    try:
        return int(folded, 32)
    except ValueError:
        return None
