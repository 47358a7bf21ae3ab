"""Nonces of the token endpoint (RFC 9449, section 8): a proof made in advance is worth nothing there.

Who held a key for one minute could sign assertions and proofs for later days. A token is given only
against a nonce of the last minutes, and every other proof carries the hash of such a token.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Final

from egide.access.jose import b64encode

_MINUTE: Final = 60
_STILL_GOOD: Final = 3  # minutes back, the current one included
_BYTES: Final = 16


class Nonces:
    """The nonce of each minute, computed from a key: nothing is kept, every process gives the same.

    Args:
        key: known to every process of this installation, and to nobody else.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def current(self, now: datetime) -> str:
        """Return the nonce of an instant's minute."""
        return self._of(int(now.timestamp()) // _MINUTE)

    def holds(self, nonce: str, now: datetime) -> bool:
        """Return whether a nonce was given in the last minutes."""
        minute = int(now.timestamp()) // _MINUTE
        recent = (self._of(minute - back) for back in range(_STILL_GOOD))
        return any(hmac.compare_digest(nonce.encode(), one.encode()) for one in recent)

    def _of(self, minute: int) -> str:
        mac = hmac.digest(self._key, minute.to_bytes(8, "big"), hashlib.sha256)
        return b64encode(mac[:_BYTES])
