"""OpenID Connect's code flow with PKCE: another establishment says who somebody is, once, to the browser that left.

What comes back is worth something only in that browser, whose key the state is bound to, and only from the
issuer that the state left for; each address of return is one and fixed.

Source: OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3.7; RFC 7636; RFC 9207.
"""

import hashlib
import secrets
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, cast

import httpx2
import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.identity import sql
from egide.identity.rows import Left

LEAVES: Final = timedelta(minutes=10)  # time to find one's phone and confirm
_ALGORITHMS: Final = ["RS256", "PS256", "ES256"]
_SKEW_SECONDS: Final = 60
_SECONDS: Final = 10.0
_SERVER_ERROR: Final = 500
_KEPT: Final = timedelta(hours=1)  # how long the issuer's addresses and keys are kept


class _Metadata(msgspec.Struct, frozen=True):
    """What an issuer publishes of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """What a browser brings back.

    Args:
        at: the peer that the address it came back to is of, where peers have each their own.
    """

    state: str
    code: str
    issuer: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How this installation is known to an issuer, and what it asks of it.

    Args:
        name: of the issuer, here; a state that left for one comes back from no other.
        level: the ``acr`` that its tokens must carry; empty for any.
        refused, unreachable: how a browser is answered.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str
    return_to: str
    scope: str
    level: str
    refused: RefusalCode
    unreachable: RefusalCode


class _OAuth(Protocol):
    """What is used of Authlib's client, whose types do not say it."""

    def create_authorization_url(self, url: str, **more: str) -> tuple[str, str]: ...

    async def fetch_token(self, url: str, **more: str) -> dict[str, Any]: ...

    async def get(self, url: str) -> httpx2.Response: ...


class Peer:
    """An issuer, as one of its clients meets it.

    Args:
        transport: of httpx2, for tests.
    """

    def __init__(
        self, known: Known, *, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self.known = known
        self._transport = transport
        self._read: tuple[datetime, _Metadata, KeySet] | None = None

    async def leave(self, pool: db.Pool, thumbprint: str, now: datetime) -> str:
        """Return where a browser goes to say who it is; what it comes back with serves that browser once.

        Raises Refusal: the peer's ``unreachable``.
        """
        metadata, _ = await self._issuer(now)
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(32)
        level = {"acr_values": self.known.level} if self.known.level else {}
        async with self._client() as client:
            url, state = client.create_authorization_url(
                metadata.authorization_endpoint,
                code_verifier=verifier,
                nonce=nonce,
                prompt="login",
                max_age="0",
                state=secrets.token_urlsafe(32),
                **level,
            )
        leaving = sql.Leaving(
            state_hash=_hashed(state),
            peer=self.known.name,
            thumbprint=thumbprint,
            nonce=nonce,
            verifier=verifier,
            expires_at=now + LEAVES,
        )
        async with db.statement(pool) as tx:
            await sql.leave(tx, leaving)
        return str(url)

    async def come_back(
        self, left: Left, returned: Returned, now: datetime
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what the issuer says of who came back: its ID token's claims, and what it answers beside them.

        Args:
            left: what ``take_back`` returned.

        Raises Refusal: the peer's ``refused``, the same for every cause, or ``unreachable``.
        """
        known, refused = self.known, Refusal(self.known.refused)
        metadata, keys = await self._issuer(now)
        says_issuer = metadata.authorization_response_iss_parameter_supported
        if (returned.issuer or says_issuer) and returned.issuer != metadata.issuer:
            raise refused
        try:
            async with self._client() as client:
                given: dict[str, Any] = await client.fetch_token(
                    metadata.token_endpoint,
                    code=returned.code,
                    code_verifier=left.verifier,
                    grant_type="authorization_code",
                )
                claims = self._verified(given["id_token"], keys, metadata, left.nonce, now)
                said = await self._said(client, metadata)
        except httpx2.RequestError:
            raise Refusal(known.unreachable) from None
        except httpx2.HTTPStatusError as error:
            is_down = error.response.status_code >= _SERVER_ERROR
            raise Refusal(known.unreachable if is_down else known.refused) from None
        except (
            AuthlibBaseError,
            JoseError,
            msgspec.DecodeError,
            LookupError,
            TypeError,
            ValueError,
        ):
            self._read = None  # its keys may have changed: they are read again for the next one
            raise refused from None
        if said and said.get("sub") != claims["sub"]:
            raise refused
        return claims, said

    async def _said(self, client: _OAuth, metadata: _Metadata) -> dict[str, Any]:
        if not metadata.userinfo_endpoint:
            return {}
        answer = await client.get(metadata.userinfo_endpoint)
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=dict[str, Any])

    def _client(self) -> AbstractAsyncContextManager[_OAuth]:
        client: object = AsyncOAuth2Client(
            client_id=self.known.client_id,
            client_secret=self.known.client_secret,
            scope=self.known.scope,
            redirect_uri=self.known.return_to,
            code_challenge_method="S256",
            transport=self._transport,
            timeout=_SECONDS,
        )
        return cast("AbstractAsyncContextManager[_OAuth]", client)

    def _verified(
        self, token: str, keys: KeySet, metadata: _Metadata, nonce: str, now: datetime
    ) -> dict[str, Any]:
        """Check an ID token (OpenID Connect Core, section 3.1.3.7) and its level."""
        decoded = jwt.decode(token, keys, algorithms=_ALGORITHMS)
        level = self.known.level
        rules = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_SKEW_SECONDS,
            iss={"essential": True, "value": metadata.issuer},
            aud={"essential": True, "value": self.known.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
            acr={"essential": True, "value": level} if level else {},
        )
        rules.validate(decoded.claims)
        # Not a session that a colleague left open at the counter: who leaves says who it is there and then.
        if int(decoded.claims["auth_time"]) < (now - LEAVES).timestamp() - _SKEW_SECONDS:
            raise ValueError("auth_time")
        presenter = decoded.claims.get("azp", self.known.client_id)
        if presenter != self.known.client_id:
            raise ValueError("azp")
        return decoded.claims

    async def _issuer(self, now: datetime) -> tuple[_Metadata, KeySet]:
        """Return the issuer's addresses and keys, read again every hour."""
        if self._read is not None and self._read[0] > now:
            return self._read[1], self._read[2]
        issuer = self.known.issuer.rstrip("/")
        address = f"{issuer}/.well-known/openid-configuration"
        try:
            async with httpx2.AsyncClient(
                transport=self._transport, timeout=_SECONDS
            ) as client:
                answer = await client.get(address)
                answer.raise_for_status()
                metadata = msgspec.json.decode(answer.content, type=_Metadata)
                if metadata.issuer.rstrip("/") != issuer:
                    raise ValueError("issuer")
                answer = await client.get(metadata.jwks_uri)
                answer.raise_for_status()
                keys = KeySet.import_key_set(msgspec.json.decode(answer.content))
        except (httpx2.HTTPError, msgspec.DecodeError, JoseError, ValueError, LookupError):
            raise Refusal(self.known.unreachable) from None
        self._read = now + _KEPT, metadata, keys
        return metadata, keys


async def take_back(
    pool: db.Pool, thumbprint: str, returned: Returned, now: datetime
) -> Left | None:
    """Take a browser back, once: the peer it left for, its nonce and its verifier; None if it did not leave so."""
    async with db.statement(pool) as tx:
        return await sql.take_back(tx, _hashed(returned.state), thumbprint, now)


def _hashed(state: str) -> bytes:
    return hashlib.sha256(b"oidc\0" + state.encode()).digest()
