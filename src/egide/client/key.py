"""The key of one software instance: it signs, and never leaves its place."""

import hashlib
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol, Self
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from egide.access import ATTESTATION_TYPE, BUILD_TYPE, REQUEST_TYPE
from egide.access.jose import Jwk, b64encode, public_jwk, thumbprint
from egide.vault import read_secret

_BYTES: Final = 32  # of a coordinate of P-256, and of each half of a signature
_ES256: Final = ec.ECDSA(hashes.SHA256())


class Signer(Protocol):
    """What holds a P-256 key and signs with it: a file, a smart card, a TPM.

    Attributes:
        jwk: the public key (RFC 7517).
    """

    jwk: Mapping[str, str]

    def sign(self, data: bytes) -> bytes:
        """Return the ES256 signature of some bytes: r and s, 32 bytes each (RFC 7518, section 3.4)."""
        ...


class FileKey:
    """A key in a PEM file that only its owner reads: for where nothing safer is at hand."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        point = private.public_key().public_numbers()
        self.jwk: Mapping[str, str] = public_jwk(point.x, point.y)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a key and write it to a file that is not there yet, readable by its owner only.

        Raises:
            FileExistsError: a key is never written over.
        """
        private = ec.generate_private_key(ec.SECP256R1())
        text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
        return cls(private)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read a key from its file.

        Raises:
            OSError: it cannot be read.
            ValueError: it is not a private key of P-256 in PEM, or others may read it.
        """
        private = load_pem_private_key(read_secret(path), None)
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.key_size != 256:
            message = f"{path}: not a private key of P-256."
            raise ValueError(message)
        return cls(private)

    def sign(self, data: bytes) -> bytes:
        """Return the ES256 signature of some bytes."""
        r, s = decode_dss_signature(self._private.sign(data, _ES256))
        return r.to_bytes(_BYTES, "big") + s.to_bytes(_BYTES, "big")


def key_thumbprint(key: Signer) -> str:
    """Return the thumbprint by which the server names a key (RFC 7638)."""
    return thumbprint(msgspec.convert(dict(key.jwk), Jwk))


def signed(key: Signer, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Return a compact JWS by a key (RFC 7515)."""
    parts = (
        b64encode(msgspec.json.encode(part))
        for part in ({"alg": "ES256"} | dict(header), claims)
    )
    signing = ".".join(parts)
    return f"{signing}.{b64encode(key.sign(signing.encode()))}"


def proof_claims(
    method: str, url: str, now: datetime, token: str = "", nonce: str = ""
) -> dict[str, Any]:
    """Return what a fresh proof of one call says (RFC 9449, section 4.2).

    Args:
        token: what is sent with it: an access token, or the number of a browser's session; empty for none.
        nonce: that the server gave, for a proof to get a token by; empty for none.
    """
    claims: dict[str, Any] = {
        "jti": b64encode(os.urandom(16)),
        "htm": method,
        "htu": url,
        "iat": int(now.timestamp()),
    }
    if token:
        claims["ath"] = b64encode(hashlib.sha256(token.encode()).digest())
    if nonce:
        claims["nonce"] = nonce
    return claims


def assertion_claims(establishment: UUID, token_url: str, now: datetime) -> dict[str, Any]:
    """Return what an assertion says to get a token, for a minute (RFC 7523, section 3)."""
    issued = int(now.timestamp())
    return {
        "iss": str(establishment),
        "sub": str(establishment),
        "aud": token_url,
        "jti": b64encode(os.urandom(16)),
        "iat": issued,
        "exp": issued + 60,
    }


def enrolment_request(
    key: Signer, *, origin: str, establishment: UUID, now: datetime, attestation: str = ""
) -> str:
    """Return what an administrator of the establishment pastes in the portal, good for a day.

    Args:
        attestation: what the software's vendor signed of this key, where it vouches for its instances.
    """
    claims = {"aud": origin, "sub": str(establishment), "iat": int(now.timestamp())}
    if attestation:
        claims["attestation"] = attestation
    return signed(key, {"typ": REQUEST_TYPE, "jwk": dict(key.jwk)}, claims)


def attestation(
    vendor: Signer, *, software: UUID, instance: Mapping[str, str], ends: datetime
) -> str:
    """Return what a vendor says of one instance of its software, by the instance's public key.

    Source: draft-ietf-oauth-attestation-based-client-auth.
    """
    claims = {
        "sub": str(software),
        "exp": int(ends.timestamp()),
        "cnf": {"jwk": dict(instance)},
    }
    header = {"typ": ATTESTATION_TYPE, "kid": key_thumbprint(vendor)}
    return signed(vendor, header, claims)


def build_declaration(
    vendor: Signer, *, origin: str, product: str, version: str, now: datetime
) -> str:
    """Return what a vendor posts to ``/software`` to declare a build, good for a day."""
    claims = {
        "aud": origin,
        "iat": int(now.timestamp()),
        "product": product,
        "version": version,
    }
    return signed(vendor, {"typ": BUILD_TYPE, "kid": key_thumbprint(vendor)}, claims)
