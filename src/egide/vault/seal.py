"""Envelope encryption: each person's identity under a key of its own, wrapped by the ring.

Destroying the wrapped key erases the identity, wherever copies of the sealed text lie.
"""

import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from egide.vault.keyring import KeyRing

_NONCE = bytes(12)  # a data key encrypts exactly one text, so its nonce may be constant


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted text and its wrapped key."""

    text: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)


class Sealer:
    """Seals and unseals texts, each bound to the identifier of its owner."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def seal(self, text: bytes, owner: bytes) -> Sealed:
        """Encrypt a text under a fresh key (AES-256-GCM)."""
        data_key = os.urandom(32)
        return Sealed(
            AESGCM(data_key).encrypt(_NONCE, text, owner), self._ring.wrap(data_key, owner)
        )

    def unseal(self, sealed: Sealed, owner: bytes) -> bytes:
        """Decrypt; raises InvalidTag if the text, its key or its owner was changed."""
        return AESGCM(self._ring.unwrap(sealed.wrapped_key, owner)).decrypt(
            _NONCE, sealed.text, owner
        )

    def pack(self, text: bytes, owner: bytes) -> bytes:
        """Seal into one value, for a column of its own."""
        sealed = self.seal(text, owner)
        return len(sealed.wrapped_key).to_bytes(2, "big") + sealed.wrapped_key + sealed.text

    def unpack(self, packed: bytes, owner: bytes) -> bytes:
        """Unseal what ``pack`` made."""
        size = int.from_bytes(packed[:2], "big") + 2
        return self.unseal(Sealed(packed[size:], packed[2:size]), owner)
