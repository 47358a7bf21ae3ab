"""Rows that one process writes and another acts on: attested under a key that the database never holds."""

import hashlib
import hmac

from egide.vault.keyring import KeyRing


class Attester:
    """Attests and checks values; who has the database alone can do neither."""

    def __init__(self, ring: KeyRing) -> None:
        self._key = ring.attest_key

    def attest(self, *values: object) -> bytes:
        """Return the HMAC-SHA256 of values, each by its length and text: no two lists of values are written alike."""
        texts = [str(value).encode() for value in values]
        message = b"".join(len(text).to_bytes(4, "big") + text for text in texts)
        return hmac.digest(self._key, message, hashlib.sha256)

    def holds(self, attested: bytes, *values: object) -> bool:
        """Tell whether these values were attested under this key."""
        return hmac.compare_digest(attested, self.attest(*values))
