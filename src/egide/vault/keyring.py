"""The key ring: the keys the database never holds.

The default keeps them in one file, readable by its owner only. Whatever replaces it (a KMS, an
HSM) gives the same four things: wrapping of data keys, the address key, and two signing keys.
"""

import base64
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_NAMES = ("wrapping", "addresses", "tokens", "engagements")


@dataclass(frozen=True, slots=True)
class SignerKey:
    """An Ed25519 key that signs tokens or engagements."""

    private: Ed25519PrivateKey = field(repr=False)
    name: str

    def public_jwk(self) -> dict[str, str]:
        """Return the public half as a JWK (RFC 8037)."""
        raw = self.private.public_key().public_bytes_raw()
        x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "alg": "EdDSA",
            "use": "sig",
            "kid": self.name,
            "x": x,
        }


class KeyRing:
    """The keys of one installation, by purpose; it never prints them."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._wrapping = AESGCM(keys["wrapping"])
        self.address_key = keys["addresses"]
        self.nonce_key = _derived(keys["tokens"], b"egide nonces")
        self.ticket_key = _derived(keys["tokens"], b"egide cookies of machines")
        self.authority_key = _derived(keys["tokens"], b"egide certificates of software keys")
        self.attest_key = _derived(keys["tokens"], b"egide decided claims")
        self.log_key = Ed25519PrivateKey.from_private_bytes(
            _derived(keys["engagements"], b"egide access log")
        )
        self.tokens = SignerKey(
            Ed25519PrivateKey.from_private_bytes(keys["tokens"]), "tokens-1"
        )
        self.engagements = SignerKey(
            Ed25519PrivateKey.from_private_bytes(keys["engagements"]), "engagements-1"
        )

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read the ring's file, making a new one if there is none yet.

        A lost file makes every identity unreadable: back it up apart from the database.
        """
        if not path.exists():
            _create(path)
        encoded: dict[str, str] = json.loads(path.read_text())
        return cls({name: base64.b64decode(encoded[name]) for name in _NAMES})

    def wrap(self, data_key: bytes, owner: bytes) -> bytes:
        """Encrypt a data key for its owner (bound to it as associated data)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, data_key, owner)

    def unwrap(self, wrapped: bytes, owner: bytes) -> bytes:
        """Decrypt what ``wrap`` made; raises InvalidTag for another owner."""
        return self._wrapping.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], owner)


def _derived(key: bytes, purpose: bytes) -> bytes:
    """Return another key, of one purpose (RFC 5869)."""
    return HKDF(hashes.SHA256(), 32, None, purpose).derive(key)


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.touch(mode=0o600)
    part.write_text(
        json.dumps({name: base64.b64encode(os.urandom(32)).decode() for name in _NAMES})
    )
    with part.open() as written:
        os.fsync(written.fileno())
    try:
        os.link(part, path)  # the first of two writers wins
    except FileExistsError:
        pass
    part.unlink()
