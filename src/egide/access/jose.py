"""Compact JWS read strictly and verified with the cryptography library: ES256 and EdDSA only.

The hot path verifies a proof on every call, where a general library takes twice as long.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from egide.core.refusal import Refusal, RefusalCode
from egide.vault import SignerKey

_ES256 = ec.ECDSA(hashes.SHA256())
_P256_BYTES = 32
# Seconds since 1970, with parts of one (RFC 7519, section 2), within what a date can be made of.
Instant = Annotated[float, msgspec.Meta(ge=0, le=2**34)]


class JoseError(Exception):
    """The token is not one we accept; the message names the rule, never the content."""


class Jwk(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """A public key: P-256 or Ed25519 (RFC 7517, 8037)."""

    kty: str
    crv: str
    x: str
    y: str = ""
    d: str = ""  # present only in a private key, which nobody may send us


class Header(msgspec.Struct, frozen=True):
    """The protected header of the tokens we read."""

    alg: str
    typ: str = ""
    kid: str = ""
    jwk: Jwk | None = None
    crit: list[str] | None = (
        None  # what a reader must understand, or refuse (RFC 7515, section 4.1.11)
    )


@dataclass(frozen=True, slots=True)
class Compact:
    """A compact JWS taken apart, not yet verified."""

    header: Header
    payload: bytes
    signing_input: bytes
    signature: bytes


PublicKey = ec.EllipticCurvePublicKey | Ed25519PublicKey
_read_header = msgspec.json.Decoder(Header).decode


def b64encode(raw: bytes) -> str:
    """Encode as base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def b64decode(text: bytes) -> bytes:
    """Decode base64url without padding, refusing any other sign.

    Raises:
        JoseError: not base64url, or not its only spelling.
    """
    try:
        raw = base64.b64decode(text + b"=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise JoseError("not base64url") from None
    if (
        b64encode(raw).encode() != text
    ):  # spare bits, « + » or « / »: the same bytes spelt otherwise
        raise JoseError("not its only spelling")
    return raw


def take_apart(token: str) -> Compact:
    """Split a compact JWS and read its header.

    Raises:
        JoseError: wrong shape.
    """
    try:
        encoded = token.encode("ascii")
    except UnicodeEncodeError:
        raise JoseError("not ASCII") from None
    parts = encoded.split(b".")
    if len(parts) != 3:
        raise JoseError("not three parts")
    try:
        header = _read_header(b64decode(parts[0]))
    except (msgspec.DecodeError, ValueError):
        raise JoseError("header not readable") from None
    if header.crit is not None:
        raise JoseError("crit")
    if "\0" in header.kid:  # no text of the database holds one
        raise JoseError("kid")
    return Compact(
        header, b64decode(parts[1]), encoded[: encoded.rindex(b".")], b64decode(parts[2])
    )


def public_key(jwk: Jwk) -> PublicKey:
    """Build the key of a JWK.

    Raises:
        JoseError: another kind of key, a point off its curve, or a private key.
    """
    if jwk.d:
        raise JoseError("a private key was sent")
    x = b64decode(jwk.x.encode())
    try:
        if jwk.kty == "EC" and jwk.crv == "P-256":
            y = b64decode(jwk.y.encode())
            if len(x) != _P256_BYTES or len(y) != _P256_BYTES:
                raise JoseError("coordinate length")
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + x + y)
        if jwk.kty == "OKP" and jwk.crv == "Ed25519":
            return Ed25519PublicKey.from_public_bytes(x)
    except ValueError:
        raise JoseError("not a point of its curve") from None
    raise JoseError("key type")


def public_jwk(x: int, y: int) -> dict[str, str]:
    """Return a point of P-256 as a public key (RFC 7518, section 6.2)."""
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": b64encode(x.to_bytes(_P256_BYTES, "big")),
        "y": b64encode(y.to_bytes(_P256_BYTES, "big")),
    }


def thumbprint(jwk: Jwk) -> str:
    """Return the SHA-256 thumbprint of a key (RFC 7638)."""
    members: dict[str, Any] = {"crv": jwk.crv, "kty": jwk.kty, "x": jwk.x}
    if jwk.kty == "EC":
        members["y"] = jwk.y
    return b64encode(hashlib.sha256(msgspec.json.encode(members)).digest())


def verify(token: Compact, key: PublicKey) -> None:
    """Check a signature; the key's kind decides the algorithm, the header may only agree.

    Raises:
        JoseError: another algorithm or a wrong signature.
    """
    try:
        if isinstance(key, Ed25519PublicKey):
            if token.header.alg not in {"EdDSA", "Ed25519"}:
                raise JoseError("algorithm")
            key.verify(token.signature, token.signing_input)
            return
        if token.header.alg != "ES256" or len(token.signature) != 2 * _P256_BYTES:
            raise JoseError("algorithm")
        r = int.from_bytes(token.signature[:_P256_BYTES], "big")
        s = int.from_bytes(token.signature[_P256_BYTES:], "big")
        key.verify(encode_dss_signature(r, s), token.signing_input, _ES256)
    except InvalidSignature:
        raise JoseError("signature") from None


def sign(key: Ed25519PrivateKey, encoded_header: bytes, payload: bytes) -> str:
    """Return a compact JWS by an Ed25519 key; the header is given encoded, since it is constant."""
    signing_input = encoded_header + b"." + base64.urlsafe_b64encode(payload).rstrip(b"=")
    return f"{signing_input.decode()}.{b64encode(key.sign(signing_input))}"


def encode_header(**members: str) -> bytes:
    """Return a protected header, encoded once for many signatures."""
    return b64encode(msgspec.json.encode(members)).encode()


def sign_jws(key: SignerKey, *, typ: str) -> Callable[[bytes], str]:
    """Return a function that signs payloads as compact JWS of one type."""
    header = encode_header(alg="EdDSA", typ=typ, kid=key.name)
    return lambda payload: sign(key.private, header, payload)


def enrolled_key(sent: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Check a public key given at enrolment; return its thumbprint and its public members only.

    Raises Refusal: ``value-invalid`` at ``jwk``.
    """
    try:
        jwk = msgspec.convert(sent, Jwk)
        public_key(jwk)
    except (msgspec.ValidationError, JoseError):
        raise Refusal(
            RefusalCode.VALUE_INVALID, where="jwk", hint="P-256 ou Ed25519, public."
        ) from None
    members = {"kty": jwk.kty, "crv": jwk.crv, "x": jwk.x}
    return thumbprint(jwk), {**members, "y": jwk.y} if jwk.y else members
