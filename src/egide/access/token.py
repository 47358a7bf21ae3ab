"""Access tokens: short, bound to the caller's key, readable by any of our processes."""

import hashlib
from datetime import datetime
from uuid import UUID

import msgspec

from egide.access import jose
from egide.access.caller import Caller
from egide.access.scopes import Scope
from egide.core.ids import EstablishmentId
from egide.core.refusal import Refusal, RefusalCode
from egide.vault import SignerKey

TOKEN_SECONDS = 300
_CACHED_AT_MOST = 50_000


class _Confirmation(msgspec.Struct, frozen=True, omit_defaults=True):
    jkt: str = ""
    certificate: str = msgspec.field(default="", name="x5t#S256")


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    aud: str
    sub: UUID
    client_id: UUID
    scope: str
    iat: int
    exp: int
    cnf: _Confirmation
    key: str = ""  # the enrolled key, where the confirmation names a certificate of it


_read = msgspec.json.Decoder(_Claims).decode
_KNOWN = {scope.value: scope for scope in Scope}


class Issuer:
    """Issues and reads the access tokens of this installation (RFC 9068, RFC 9449 section 6,
    RFC 8705 section 3).

    A token is verified once, then remembered by its hash until it expires.
    """

    def __init__(self, key: SignerKey, issuer: str) -> None:
        self._sign = jose.sign_jws(key, typ="at+jwt")
        self._issuer = issuer
        self._public = key.private.public_key()
        self._cache: dict[bytes, tuple[Caller, int]] = {}

    def issue(self, caller: Caller, now: datetime) -> str:
        """Return a token for a caller, good for five minutes."""
        issued = int(now.timestamp())
        claims = _Claims(
            iss=self._issuer,
            aud=self._issuer,
            sub=caller.establishment_id,
            client_id=caller.software_id,
            scope=" ".join(sorted(caller.scopes)),
            iat=issued,
            exp=issued + TOKEN_SECONDS,
            cnf=_Confirmation(certificate=caller.certificate)
            if caller.certificate
            else _Confirmation(jkt=caller.thumbprint),
            key=caller.thumbprint if caller.certificate else "",
        )
        return self._sign(msgspec.json.encode(claims))

    def read(self, token: str, now: datetime) -> Caller:
        """Return whom a token names; Refusal ``token-invalid`` if it is forged or expired."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._cache.get(digest)
        instant = now.timestamp()
        if known is None:
            known = self._verify(token)
            if len(self._cache) >= _CACHED_AT_MOST:
                self._cache = {k: v for k, v in self._cache.items() if v[1] > instant}
            if known[1] > instant:
                self._cache[digest] = known
        caller, expires = known
        if expires <= instant:
            raise Refusal(RefusalCode.TOKEN_INVALID, hint="Le jeton a expiré.")
        return caller

    def _verify(self, token: str) -> tuple[Caller, int]:
        try:
            compact = jose.take_apart(token)
            if compact.header.typ != "at+jwt":
                raise jose.JoseError("type")
            jose.verify(compact, self._public)
            claims = _read(compact.payload)
        except (jose.JoseError, msgspec.DecodeError, ValueError):
            raise Refusal(RefusalCode.TOKEN_INVALID) from None
        if claims.iss != self._issuer or claims.aud != self._issuer:
            raise Refusal(RefusalCode.TOKEN_INVALID)
        caller = Caller(
            establishment_id=EstablishmentId(claims.sub),
            software_id=claims.client_id,
            thumbprint=claims.key if claims.cnf.certificate else claims.cnf.jkt,
            certificate=claims.cnf.certificate,
            scopes=frozenset(_KNOWN[word] for word in claims.scope.split() if word in _KNOWN),
        )
        return caller, claims.exp
