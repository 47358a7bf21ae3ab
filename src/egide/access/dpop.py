"""DPoP proofs (RFC 9449): each call is signed by the caller's key, for that call only."""

import hashlib
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import msgspec

from egide.access import jose
from egide.access.nonce import Nonces
from egide.core.refusal import Refusal, RefusalCode

PROOF_SECONDS = 300  # how old a proof may be; the table of proofs seen covers twice that
_SKEW_SECONDS = 30
_JTI_LENGTH = (8, 128)


class _Claims(msgspec.Struct, frozen=True):
    jti: str
    htm: str
    htu: str
    iat: jose.Instant
    ath: str = ""
    nonce: str = ""


_read = msgspec.json.Decoder(_Claims).decode


@lru_cache(maxsize=20_000)
def _known_key(jwk: jose.Jwk) -> tuple[jose.PublicKey, str]:
    return jose.public_key(jwk), jose.thumbprint(jwk)


def _normal(address: str) -> tuple[str, str, int | None, str] | None:
    """Return what two spellings of one address share, query and fragment left out; None if it is none.

    Source: RFC 9449, section 4.3 (9); RFC 3986, sections 6.2.2 and 6.2.3.
    """
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None:
        return None
    return parts.scheme, parts.hostname, port, unquote(parts.path) or "/"


def verify_proof(
    proof: str,
    *,
    method: str,
    url: str,
    token: str | None,
    now: datetime,
    nonces: Nonces | None = None,
) -> tuple[str, str]:
    """Check a proof and return the thumbprint of its key and its ``jti``, yet to be used once.

    Args:
        url: the address called, without query and fragment.
        token: the access token sent with it, whose hash the proof must carry; None at the token
            endpoint.
        nonces: those the proof must carry one of, at the token endpoint.

    Raises Refusal: ``proof-invalid``, naming the member at fault; ``nonce-needed``.
    Source: RFC 9449, section 4.3.
    """
    try:
        compact = jose.take_apart(proof)
        header = compact.header
        if header.typ != "dpop+jwt" or header.jwk is None:
            raise jose.JoseError("typ and jwk")
        key, thumbprint = _known_key(header.jwk)
        jose.verify(compact, key)
        claims = _read(compact.payload)
    except jose.JoseError as error:
        raise Refusal(RefusalCode.PROOF_INVALID, where="DPoP", hint=str(error)) from None
    except (msgspec.DecodeError, ValueError):
        raise Refusal(RefusalCode.PROOF_INVALID, where="DPoP") from None
    if claims.htm != method:
        raise Refusal(RefusalCode.PROOF_INVALID, where="DPoP.htm")
    if claims.htu != url and _normal(claims.htu) != _normal(url):
        raise Refusal(RefusalCode.PROOF_INVALID, where="DPoP.htu", hint=f"htu attendu : {url}")
    age = now.timestamp() - claims.iat
    if not -_SKEW_SECONDS <= age <= PROOF_SECONDS:
        here = int(now.timestamp())
        hint = f"iat : au plus {PROOF_SECONDS} s avant et {_SKEW_SECONDS} s après {here}, l'heure d'ici."
        raise Refusal(RefusalCode.PROOF_INVALID, where="DPoP.iat", hint=hint)
    if not _JTI_LENGTH[0] <= len(claims.jti) <= _JTI_LENGTH[1]:
        raise Refusal(RefusalCode.PROOF_INVALID, where="DPoP.jti")
    if nonces is not None and not nonces.holds(claims.nonce, now):
        raise Refusal(RefusalCode.NONCE_NEEDED, where="DPoP.nonce")
    if token is not None:
        expected = jose.b64encode(hashlib.sha256(token.encode()).digest())
        if claims.ath != expected:
            raise Refusal(RefusalCode.PROOF_INVALID, where="DPoP.ath")
    return thumbprint, claims.jti
