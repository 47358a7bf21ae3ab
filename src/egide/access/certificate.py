"""Client certificates (RFC 8705): the other way to bind a token to its caller's key.

A certificate says nothing but which key the caller proved in the handshake: who it is, is said by the
enrolment of that key. This installation certifies enrolled keys itself, since the TLS of Python takes no
certificate that no authority signed; behind a relay that passes it on (RFC 9440), a self-signed one does.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from egide.access import jose
from egide.core.ids import uuid7
from egide.core.refusal import Refusal, RefusalCode

CERTIFICATE_DAYS: Final = 90
_SKEW: Final = timedelta(minutes=5)
_FOREVER: Final = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
_AUTHORITY: Final = x509.Name(
    [x509.NameAttribute(NameOID.COMMON_NAME, "Egide, cles de logiciels")]
)
_CLIENT_USE: Final = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate whose key the caller proved in the handshake of its connection.

    Args:
        digest: SHA-256 of it, as a token names it (``x5t#S256``, RFC 8705, section 3.1).
        key: thumbprint of its public key (RFC 7638), by which that key is enrolled.
    """

    digest: str
    key: str
    starts: datetime
    ends: datetime
    der: bytes = field(repr=False)

    def holds(self, now: datetime) -> bool:
        """Return whether it holds at an instant."""
        return self.starts <= now < self.ends


@lru_cache(maxsize=4_000)
def read_certificate(der: bytes) -> Certificate | None:
    """Read a certificate; None for one whose key is of a kind that is never enrolled."""
    try:
        read = x509.load_der_x509_certificate(der)
        key = read.public_key()
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        return None
    if isinstance(key, Ed25519PublicKey):
        jwk = jose.Jwk(kty="OKP", crv="Ed25519", x=jose.b64encode(key.public_bytes_raw()))
    elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        point = key.public_numbers()
        jwk = jose.Jwk(**jose.public_jwk(point.x, point.y))
    else:
        return None
    return Certificate(
        digest=jose.b64encode(hashlib.sha256(der).digest()),
        key=jose.thumbprint(jwk),
        starts=read.not_valid_before_utc,
        ends=read.not_valid_after_utc,
        der=der,
    )


def passed_on(header: bytes) -> Certificate | None:
    """Read a certificate from the header ``Client-Cert`` of a trusted relay (RFC 9440, section 2.2).

    Raises Refusal: ``value-invalid``: the relay sent what is no certificate.
    """
    if not header:
        return None
    try:
        if not (header.startswith(b":") and header.endswith(b":") and len(header) > 2):
            raise ValueError
        return read_certificate(base64.b64decode(header[1:-1], validate=True))
    except (binascii.Error, ValueError):
        raise Refusal(RefusalCode.VALUE_INVALID, where="Client-Cert") from None


class Authority:
    """What certifies enrolled keys, so that the handshake lets them in; the same in every process."""

    def __init__(self, key: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(key)
        unsigned = (
            x509.CertificateBuilder()
            .subject_name(_AUTHORITY)
            .issuer_name(_AUTHORITY)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(_FOREVER[0])
            .not_valid_after(_FOREVER[1])
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()),
                critical=False,
            )
        )
        self.pem = unsigned.sign(self._key, None).public_bytes(Encoding.PEM)

    def certify(self, jwk: dict[str, str], now: datetime) -> bytes:
        """Return a certificate of an enrolled public key, in PEM, good for 90 days."""
        read = msgspec.convert(jwk, jose.Jwk)
        key, name = jose.public_key(read), jose.thumbprint(read)
        unsigned = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(_AUTHORITY)
            .public_key(key)
            .serial_number(uuid7(now).int >> 1)
            .not_valid_before(now - _SKEW)
            .not_valid_after(now + timedelta(days=CERTIFICATE_DAYS))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_CLIENT_USE, critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        return unsigned.sign(self._key, None).public_bytes(Encoding.PEM)
