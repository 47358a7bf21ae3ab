"""Pro Santé Connect: who a professional is and where it practises, once; then its own passkey.

OpenID Connect's code flow with PKCE. What comes back is worth something only in the browser that left,
whose key the state is bound to; the address of return is one and fixed.

Source: OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3.7; RFC 7636; RFC 9207; ANS, référentiel
Pro Santé Connect (acr_values, SubjectNameID, SubjectRefPro).
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol, Self, cast

import httpx2
import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.people import sql_entrances
from egide.vault import read_secret

RETURN_PATH: Final = "/portal/psc"
LEAVES: Final = timedelta(minutes=10)  # time to find one's phone and confirm
_LEVEL: Final = "eidas1"
_SCOPE: Final = "openid scope_all"
_ALGORITHMS: Final = ["RS256", "PS256", "ES256"]
_RPPS: Final = "8"  # the first sign of an identifier whose rest is an RPPS
_INDEPENDENT: Final = (
    "L"  # codeModeExercice (TRE_R23): liberal, as against salaried or voluntary
)
# codeProfession of Pro Santé Connect (nomenclature TRE_G15): what a house of that professional is.
_PROFESSIONS: Final = {
    "10": "doctor",
    "21": "pharmacy",
    "26": "audiologist",
    "28": "optician",
    "40": "dentist",
    "50": "midwife",
    "60": "auxiliary",
    "70": "auxiliary",
    "80": "auxiliary",
}
_RPPS_DIGITS: Final = 11
_SKEW_SECONDS: Final = 60
_SECONDS: Final = 10.0
_SERVER_ERROR: Final = 500
_KEPT: Final = timedelta(hours=1)  # how long the issuer's addresses and keys are kept


class _Metadata(msgspec.Struct, frozen=True):
    """What the issuer publishes of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    authorization_response_iss_parameter_supported: bool = False


class PscSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How this installation is known to Pro Santé Connect: a JSON file, named by ``EGIDE_PSC``."""

    issuer: str
    client_id: str
    client_secret: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the settings.

        Raises:
            OSError: there is no such file.
            ValueError: it is not readable as such, or others may read it.
        """
        return msgspec.json.decode(read_secret(path), type=cls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Professional:
    """A professional as Pro Santé Connect vouches for it.

    Args:
        profession: of the directory's; empty for one that none of its houses has.
        sirets, finess: of the places where it practises.
        own: the same, of those where it practises on its own account.
    """

    rpps: str
    label: str
    profession: str
    sirets: frozenset[str]
    finess: frozenset[str]
    own: tuple[list[str], list[str]]


@dataclass(frozen=True, slots=True)
class Returned:
    """What the browser brings back."""

    state: str
    code: str
    issuer: str


class _OAuth(Protocol):
    """What is used of Authlib's client, whose types do not say it."""

    def create_authorization_url(self, url: str, **more: str) -> tuple[str, str]: ...

    async def fetch_token(self, url: str, **more: str) -> dict[str, Any]: ...

    async def get(self, url: str) -> httpx2.Response: ...


class Psc:
    """A client of Pro Santé Connect: what this installation is to it.

    Args:
        origin: the address of the portal.
        transport: of httpx2, for tests.
    """

    def __init__(
        self,
        settings: PscSettings,
        origin: str,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._return_to = origin + RETURN_PATH
        self._transport = transport
        self._known: tuple[datetime, _Metadata, KeySet] | None = None

    async def leave(self, pool: db.Pool, thumbprint: str, now: datetime) -> str:
        """Return where a browser goes to say who it is; what it comes back with serves that browser once.

        Raises Refusal: ``psc-unreachable``.
        """
        metadata, _ = await self._issuer(now)
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(32)
        async with self._client() as client:
            url, state = client.create_authorization_url(
                metadata.authorization_endpoint,
                code_verifier=verifier,
                nonce=nonce,
                acr_values=_LEVEL,
                prompt="login",
                max_age="0",
                state=secrets.token_urlsafe(32),
            )
        async with db.statement(pool) as tx:
            await sql_entrances.leave_for_psc(
                tx, _hashed(state), thumbprint, (nonce, verifier), now + LEAVES
            )
        return str(url)

    async def come_back(
        self, pool: db.Pool, thumbprint: str, returned: Returned, now: datetime
    ) -> Professional:
        """Return who a browser is, from what it brings back.

        Raises Refusal: ``psc-refused``, the same for every cause; ``psc-unreachable``.
        """
        refused = Refusal(RefusalCode.PSC_REFUSED)
        async with db.statement(pool) as tx:
            left = await sql_entrances.back_from_psc(
                tx, _hashed(returned.state), thumbprint, now
            )
        if left is None:
            raise refused
        metadata, keys = await self._issuer(now)
        says_issuer = metadata.authorization_response_iss_parameter_supported
        if (returned.issuer or says_issuer) and returned.issuer != metadata.issuer:
            raise refused
        try:
            async with self._client() as client:
                given: dict[str, Any] = await client.fetch_token(
                    metadata.token_endpoint,
                    code=returned.code,
                    code_verifier=left["verifier"],
                    grant_type="authorization_code",
                )
                claims = self._verified(given["id_token"], keys, metadata, left["nonce"], now)
                answer = await client.get(metadata.userinfo_endpoint)
                answer.raise_for_status()
                said = msgspec.json.decode(answer.content, type=dict[str, Any])
        except httpx2.RequestError:
            raise Refusal(RefusalCode.PSC_UNREACHABLE) from None
        except httpx2.HTTPStatusError as error:
            is_down = error.response.status_code >= _SERVER_ERROR
            code = RefusalCode.PSC_UNREACHABLE if is_down else RefusalCode.PSC_REFUSED
            raise Refusal(code) from None
        except (
            AuthlibBaseError,
            JoseError,
            msgspec.DecodeError,
            LookupError,
            TypeError,
            ValueError,
        ):
            self._known = (
                None  # its keys may have changed: they are read again for the next one
            )
            raise refused from None
        if said.get("sub") != claims["sub"]:
            raise refused
        return _professional(said)

    def _client(self) -> AbstractAsyncContextManager[_OAuth]:
        client: object = AsyncOAuth2Client(
            client_id=self._settings.client_id,
            client_secret=self._settings.client_secret,
            scope=_SCOPE,
            redirect_uri=self._return_to,
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
        rules = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_SKEW_SECONDS,
            iss={"essential": True, "value": metadata.issuer},
            aud={"essential": True, "value": self._settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
            acr={"essential": True, "value": _LEVEL},
        )
        rules.validate(decoded.claims)
        # Not a session that a colleague left open at the counter: who leaves says who it is there and then.
        if int(decoded.claims["auth_time"]) < (now - LEAVES).timestamp() - _SKEW_SECONDS:
            raise ValueError("auth_time")
        presenter = decoded.claims.get("azp", self._settings.client_id)
        if presenter != self._settings.client_id:
            raise ValueError("azp")
        return decoded.claims

    async def _issuer(self, now: datetime) -> tuple[_Metadata, KeySet]:
        """Return the issuer's addresses and keys, read again every hour."""
        known = self._known
        if known is not None and known[0] > now:
            return known[1], known[2]
        issuer = self._settings.issuer.rstrip("/")
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
            raise Refusal(RefusalCode.PSC_UNREACHABLE) from None
        self._known = now + _KEPT, metadata, keys
        return metadata, keys


def _hashed(state: str) -> bytes:
    return hashlib.sha256(b"psc\0" + state.encode()).digest()


def _professional(said: dict[str, Any]) -> Professional:
    """Read the claims of a professional; Refusal ``psc-refused`` for who has no RPPS."""
    identifier = str(said.get("SubjectNameID", ""))
    rpps = identifier[1:]
    if identifier[:1] != _RPPS or len(rpps) != _RPPS_DIGITS or not rpps.isdigit():
        raise Refusal(RefusalCode.PSC_REFUSED, hint="Cette identité n'a pas de numéro RPPS.")
    activities = list(_activities(said))
    own = [one for one in activities if one.get("codeModeExercice") == _INDEPENDENT]
    names = (str(said.get(name, "")) for name in ("given_name", "family_name"))
    return Professional(
        rpps=rpps,
        label=" ".join(filter(None, names))[:80] or rpps,
        profession=_profession(said),
        sirets=_numbers(activities, "numeroSiretSite"),
        finess=_numbers(activities, "numeroFinessSite"),
        own=(
            sorted(_numbers(own, "numeroSiretSite")),
            sorted(_numbers(own, "numeroFinessSite")),
        ),
    )


def _profession(said: dict[str, Any]) -> str:
    codes = {str(one.get("codeProfession")) for one in _practices(said)}
    found = {_PROFESSIONS[code] for code in codes if code in _PROFESSIONS}
    return found.pop() if len(found) == 1 else ""


def _practices(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    known = said.get("SubjectRefPro")
    practices: Any = known.get("exercices") if isinstance(known, dict) else None
    yield from _dicts(practices)


def _activities(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for practice in _practices(said):
        yield from _dicts(practice.get("activities"))


def _dicts(found: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - of what another says, any shape
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict):
            yield one


def _numbers(activities: list[dict[str, Any]], name: str) -> frozenset[str]:
    return frozenset(str(one[name]) for one in activities if one.get(name))
