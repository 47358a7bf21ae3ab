"""The token endpoint: an establishment's key signs an assertion and gets a short token for it.

Source: RFC 7523 section 3 (private_key_jwt), RFC 6749 section 4.4, RFC 9449 section 5.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from egide import db
from egide.access import jose, sql
from egide.access.attestation import attested
from egide.access.caller import Caller
from egide.access.certificate import Certificate
from egide.access.dpop import verify_proof
from egide.access.nonce import Nonces
from egide.access.scopes import DEFAULT_SCOPES, Scope
from egide.core.ids import EstablishmentId
from egide.core.refusal import Refusal, RefusalCode
from egide.vault import proof_hash

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST_SECONDS = 300
_SKEW_SECONDS = 30


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    aud: str | list[str]
    jti: str
    exp: jose.Instant


_read = msgspec.json.Decoder(_Claims).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """What a token request brings.

    Args:
        attestation: what the software's vendor says of the build that runs now; empty for nothing.
    """

    assertion: str
    proof: str
    scope: str
    token_url: str
    issuer: str
    attestation: str = ""


async def admit_caller(
    pool: db.Pool, request: TokenRequest, nonces: Nonces, now: datetime
) -> Caller:
    """Verify an assertion and the proof beside it; return the caller they stand for.

    Each assertion and each proof is used once, whichever process receives it.
    Raises Refusal: ``caller-unknown``, the same for every cause but the assertion's own shape; ``proof-invalid``,
    ``proof-replayed``, ``nonce-needed``, ``attestation-invalid``.
    """
    unknown = Refusal(RefusalCode.CALLER_UNKNOWN)
    thumbprint, jti = verify_proof(
        request.proof,
        method="POST",
        url=request.token_url,
        token=None,
        now=now,
        nonces=nonces,
    )
    try:
        compact = jose.take_apart(request.assertion)
        claims = _read(compact.payload)
    except (jose.JoseError, msgspec.DecodeError, ValueError):
        hint = "Un JWT signé : iss, sub, aud, jti, exp."
        raise _misshapen("", hint) from None
    _check_shape(claims, request, now)
    async with db.transaction(pool) as tx:
        row = await sql.live_key(tx, thumbprint)
        if row is None or str(row.establishment_id) != claims.sub:
            raise unknown
        try:
            # The proof's key is the enrolled one, and the assertion must be signed by it too.
            key = jose.public_key(msgspec.convert(row.jwk, jose.Jwk))
            jose.verify(compact, key)
        except jose.JoseError:
            raise unknown from None
        if not await sql.use_proof(tx, proof_hash(thumbprint, jti)):
            raise Refusal(RefusalCode.PROOF_REPLAYED)
        digest = UUID(
            bytes=hashlib.sha256(f"{claims.sub}\0{claims.jti}".encode()).digest()[:16]
        )
        expires = datetime.fromtimestamp(claims.exp + _SKEW_SECONDS, UTC)
        if not await sql.use_assertion(tx, digest, expires):
            raise unknown
        build = await _build_now(tx, request.attestation, row.software_id, thumbprint, now)
    return Caller(
        establishment_id=EstablishmentId(row.establishment_id),
        software_id=build,
        thumbprint=thumbprint,
        scopes=_scopes(request.scope),
    )


def _check_shape(claims: _Claims, request: TokenRequest, now: datetime) -> None:
    """Refuse an assertion by what it says itself, before anybody is looked up."""
    if claims.iss != claims.sub:
        raise _misshapen(".iss", "iss et sub : l'UUID de l'établissement.")
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if not {request.token_url, request.issuer} & set(audience):
        raise _misshapen(".aud", f"aud : {request.token_url}.")
    instant = now.timestamp()
    latest = instant + _LONGEST_SECONDS + _SKEW_SECONDS
    if not instant - _SKEW_SECONDS < claims.exp <= latest:
        hint = f"exp : au plus {_LONGEST_SECONDS} s après {int(instant)}, l'heure d'ici."
        raise _misshapen(".exp", hint)
    if not claims.jti:
        raise _misshapen(".jti", "Un jti, neuf à chaque fois.")


def _misshapen(member: str, hint: str) -> Refusal:
    return Refusal(RefusalCode.CALLER_UNKNOWN, where=f"client_assertion{member}", hint=hint)


async def _build_now(
    tx: db.Tx, attestation: str, enrolled: UUID, thumbprint: str, now: datetime
) -> UUID:
    """Return the build that runs now: the one that ran last, or another of the same vendor, if it says so."""
    if not attestation:
        return enrolled
    said = await attested(tx, attestation, thumbprint=thumbprint, now=now)
    if not await sql.same_vendor(tx, enrolled, said.software_id):
        raise Refusal(RefusalCode.ATTESTATION_INVALID, where="attestation")
    if said.software_id != enrolled:
        await sql.run_build(tx, thumbprint, said.software_id)
    return said.software_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedRequest:
    """What a token request brings on a connection that proved a certificate.

    Args:
        attestation: as ``TokenRequest`` has it.
    """

    certificate: Certificate
    client_id: str
    scope: str
    attestation: str = ""


async def admit_certificate(pool: db.Pool, request: CertifiedRequest, now: datetime) -> Caller:
    """Return the caller that a certificate proved on this connection stands for (RFC 8705, section 2).

    Raises Refusal: ``caller-unknown``, the same for every cause; ``attestation-invalid``.
    """
    certificate, scope = request.certificate, request.scope
    async with db.transaction(pool) as tx:
        row = await sql.live_key(tx, certificate.key)
        if row is None or str(row.establishment_id) != request.client_id:
            raise Refusal(RefusalCode.CALLER_UNKNOWN)
        build = await _build_now(tx, request.attestation, row.software_id, certificate.key, now)
    return Caller(
        establishment_id=EstablishmentId(row.establishment_id),
        software_id=build,
        thumbprint=certificate.key,
        certificate=certificate.digest,
        scopes=_scopes(scope),
    )


def _scopes(wanted: str) -> frozenset[Scope]:
    if not wanted.strip():
        return DEFAULT_SCOPES
    known = {scope.value: scope for scope in DEFAULT_SCOPES}
    if any(word not in known for word in wanted.split()):
        raise Refusal(RefusalCode.SCOPE_MISSING, where="scope")
    return frozenset(known[word] for word in wanted.split())
