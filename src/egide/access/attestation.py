"""What vendors of software sign: the builds they declare, and the instances of them that they vouch for.

A vendor's key speaks of software only: it gets no token, and enrols nothing. Source of the shape: the draft
« OAuth 2.0 Attestation-Based Client Authentication » (draft-ietf-oauth-attestation-based-client-auth), where the
vendor is the attester, ``sub`` the build and ``cnf`` the instance's key.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from egide import db
from egide.access import jose, sql
from egide.core.ids import uuid7
from egide.core.refusal import Refusal, RefusalCode

ATTESTATION_TYPE: Final = "oauth-client-attestation+jwt"
BUILD_TYPE: Final = "egide-build+jwt"
BUILD_SECONDS: Final = 86_400
_SKEW_SECONDS: Final = 30


class _Confirmed(msgspec.Struct, frozen=True):
    jwk: jose.Jwk


class _Attested(msgspec.Struct, frozen=True):
    sub: UUID
    exp: jose.Instant
    cnf: _Confirmed


class _Build(msgspec.Struct, frozen=True):
    aud: str
    iat: jose.Instant
    product: str
    version: str


_read_attested = msgspec.json.Decoder(_Attested).decode
_read_build = msgspec.json.Decoder(_Build).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """A build, and the key of its vendor that vouched for one instance of it."""

    software_id: UUID
    attested_by: str


async def attested(tx: db.Tx, text: str, *, thumbprint: str, now: datetime) -> Attested:
    """Check what a vendor says of the instance that holds a key.

    Raises Refusal: ``attestation-invalid``, the same for every cause.
    """
    no = Refusal(RefusalCode.ATTESTATION_INVALID, where="attestation")
    try:
        compact = jose.take_apart("".join(text.split()))
        claims = _read_attested(compact.payload)
        named = jose.thumbprint(claims.cnf.jwk)
    except (jose.JoseError, msgspec.DecodeError, ValueError):
        raise no from None
    if (
        compact.header.typ != ATTESTATION_TYPE
        or named != thumbprint
        or claims.exp <= now.timestamp() - _SKEW_SECONDS
        or not await _signed_by_vendor(tx, compact, claims.sub)
    ):
        raise no
    return Attested(software_id=claims.sub, attested_by=compact.header.kid)


async def _signed_by_vendor(tx: db.Tx, compact: jose.Compact, software_id: UUID | None) -> bool:
    jwk = await sql.vendor_jwk(tx, compact.header.kid, software_id)
    if jwk is None:
        return False
    try:
        jose.verify(compact, jose.public_key(msgspec.convert(jwk, jose.Jwk)))
    except jose.JoseError:
        return False
    return True


async def declare_build(tx: db.Tx, text: str, *, origin: str, now: datetime) -> UUID:
    """Register the build that a vendor's registered key declares; the same again is the same build.

    Args:
        origin: the public address of this server, which the declaration must name.

    Raises Refusal: ``attestation-invalid``.
    """
    no = Refusal(RefusalCode.ATTESTATION_INVALID, where="build")
    try:
        compact = jose.take_apart("".join(text.split()))
        claims = _read_build(compact.payload)
    except (jose.JoseError, msgspec.DecodeError, ValueError):
        raise no from None
    age = now.timestamp() - claims.iat
    if (
        compact.header.typ != BUILD_TYPE
        or claims.aud != origin
        or not -_SKEW_SECONDS <= age <= BUILD_SECONDS
        or not all(
            1 <= len(one) <= 60 and one.isprintable()
            for one in (claims.product, claims.version)
        )
        or not await _signed_by_vendor(tx, compact, None)
    ):
        raise no
    build = await sql.declare_build(
        tx, uuid7(now), compact.header.kid, (claims.product, claims.version)
    )
    if build is None:
        raise no
    return build
