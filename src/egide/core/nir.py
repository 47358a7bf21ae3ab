"""The NIR: the number that identifies a person to French health insurance."""

import re
from dataclasses import dataclass, field
from typing import Self

from egide.core.refusal import Refusal, RefusalCode

# First digit: 1, 2 registered; 3, 4 and 7, 8 provisional (NIA). Month: real ones, and the
# fictive ones that stand for an unknown month (20 to 42, 50 to 99).
_PRINTED = re.compile(
    r"[123478]\d\d(?:0[1-9]|1[0-2]|2\d|3\d|4[0-2]|[5-9]\d)(?:\d\d|2[AB])\d{6}(?:0[1-9]|[1-8]\d|9[0-7])"
)
_CORSICA = {"2A": "19", "2B": "18"}  # lettered departments, as the key counts them
_PROVISIONAL = frozenset("3478")


@dataclass(frozen=True, slots=True)
class Nir:
    """A NIR whose key has been checked: nothing downstream checks it again.

    It never prints its digits, so it cannot leak through a log line.

    Source: decree 82-103 of 22 January 1982, art. 4 (body); INSEE (key).
    """

    body: str = field(repr=False)  # 13 characters, without the key

    @property
    def key(self) -> int:
        """Return the control key, 1 to 97."""
        return nir_key(self.body)

    @property
    def is_provisional(self) -> bool:
        """Tell whether this is a waiting number (NIA), not yet certified by INSEE."""
        return self.body[0] in _PROVISIONAL

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the 15 characters of a card or form; Refusal ``nir-invalid`` if wrong."""
        compact = text.replace(" ", "").upper()
        if not (compact.isascii() and _PRINTED.fullmatch(compact)):
            raise Refusal(RefusalCode.NIR_INVALID)
        body = compact[:13]
        if nir_key(body) != int(compact[13:]):
            raise Refusal(RefusalCode.NIR_INVALID)
        return cls(body)


def nir_key(body: str) -> int:
    """Return the control key of 13 characters already known to have the form of a NIR."""
    department = body[5:7]
    if department in _CORSICA:
        body = body[:5] + _CORSICA[department] + body[7:]
    return 97 - int(body) % 97
