"""Ask insurers over HTTPS: each within its deadline, none through another's delays.

A call bears a JWS of ours (``typ`` egide-question+jwt: issuer, address, body's hash, a minute of life), key in
``/.well-known/jwks.json``. What does not come in time, comes with another status, is no JSON or too long, is silence.
"""

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import httpx2
import msgspec

from egide.access import sign_jws
from egide.core.ids import to_code, uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.metrics import count_insurer
from egide.insurers.breaker import Breaker
from egide.insurers.contract import Asked, Service, Services
from egide.vault import SignerKey

_LONGEST: Final = 256 * 1024
# Calls under way to one insurer: who is slow takes that many places, and none of another's; fewer of one establishment,
# so that none keeps another from the same insurer.
_AT_ONCE: Final = 32
_OF_ONE: Final = 8
_WAIT: Final = 10.0  # seconds for a place
_LIFE: Final = timedelta(seconds=60)
_JSON: Final = frozenset({"application/fhir+json", "application/json"})


class Call(NamedTuple):
    """A question as it is sent: what is asked, where, by which establishment, when."""

    asked: Asked
    path: str
    body: bytes
    asker: UUID
    now: datetime


class _Places:
    """The calls to one insurer that may be under way: so many in all, fewer of one establishment."""

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(_AT_ONCE)
        self._own: dict[UUID, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def one(self, asker: UUID) -> AsyncGenerator[None]:
        """Hold a place, waited for."""
        own, users = self._own.get(asker, (asyncio.Semaphore(_OF_ONE), 0))
        self._own[asker] = own, users + 1
        try:
            async with own, self._all:
                yield
        finally:
            _, users = self._own.pop(asker)
            if users > 1:
                self._own[asker] = own, users - 1


class Insurers:
    """Asks the services of one process; use it within one event loop, and close it."""

    def __init__(self, services: Services, key: SignerKey, origin: str) -> None:
        self.services = services
        self._sign = sign_jws(key, typ="egide-question+jwt")
        self._origin = origin
        self._client = httpx2.AsyncClient(
            limits=httpx2.Limits(max_connections=1_000, max_keepalive_connections=100),
            timeout=None,
            trust_env=False,
            follow_redirects=False,
        )
        self._breakers: dict[UUID, Breaker] = {}
        self._places: dict[UUID, _Places] = {}

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def ask(self, service: Service, call: Call) -> bytes | None:
        """Return what a service answers; None for whatever is silence.

        Its deadline begins with its call: who waits for a place is delayed by others' questions, not by the insurer.
        Raises Refusal: ``busy``: no place in ten seconds.
        """
        places = self._places.setdefault(service.insurer_id, _Places())
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(_WAIT):
                    await held.enter_async_context(places.one(call.asker))
            except TimeoutError:
                count_insurer(call.asked.value, "full")
                raise Refusal(RefusalCode.BUSY) from None
            return await self._within(service, call)

    async def _within(self, service: Service, call: Call) -> bytes | None:
        breaker = self._breakers.setdefault(service.insurer_id, Breaker())
        trial = breaker.allows(time.monotonic())
        if trial is None:
            count_insurer(call.asked.value, "left-alone")
            return None
        said, outcome = None, "late"
        try:
            async with asyncio.timeout(service.deadline_ms / 1_000):
                said, outcome = await self._called(service, call)
        except TimeoutError:
            pass
        except asyncio.CancelledError:  # a caller that leaves is no fault of the service's
            breaker.leave(trial=trial)
            raise
        except Exception:  # noqa: BLE001 - whatever another's service makes of a call is its silence
            outcome = "away"
        count_insurer(call.asked.value, outcome)
        if said is None:
            breaker.fail(time.monotonic(), trial=trial)
        else:
            breaker.succeed(trial=trial)
        return said

    async def _called(self, service: Service, call: Call) -> tuple[bytes | None, str]:
        url, body = f"{service.url.rstrip('/')}{call.path}", call.body
        headers = {
            "Authorization": f"Bearer {self._token(url, body, call.now)}",
            "Content-Type": "application/fhir+json",
            "Accept": "application/fhir+json",
            "Accept-Encoding": "identity",
        }
        async with self._client.stream("POST", url, content=body, headers=headers) as answer:
            media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if answer.status_code != 200 or media not in _JSON:
                return None, "unusable"
            said = b""
            async for part in answer.aiter_raw():
                said += part
                if len(said) > _LONGEST:
                    return None, "unusable"
        return said, "answered"

    def _token(self, url: str, body: bytes, now: datetime) -> str:
        digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
        claims = {
            "iss": self._origin,
            "aud": url,
            "iat": int(now.timestamp()),
            "exp": int((now + _LIFE).timestamp()),
            "jti": to_code(uuid7(now)),
            "body": digest,
        }
        return self._sign(msgspec.json.encode(claims))
