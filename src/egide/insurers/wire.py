"""Ask insurers over HTTPS: each within its deadline, none through another's delays.

A call bears a JWS of ours (``typ`` egide-question+jwt: issuer, address, body's hash, a minute of life), key in
``/.well-known/jwks.json``. What does not come in time, comes with another status, is no JSON or too long, is silence.
"""

import asyncio
import base64
import hashlib
import time
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import httpx2
import msgspec

from egide.access import sign_jws
from egide.core.ids import to_code, uuid7
from egide.edge.metrics import count_insurer
from egide.insurers.breaker import Breaker
from egide.insurers.contract import Asked, Service, Services
from egide.vault import SignerKey

_LONGEST: Final = 256 * 1024
_AT_ONCE: Final = (
    32  # of one insurer: who is slow takes that many places, and none of another's
)
_LIFE: Final = timedelta(seconds=60)
_JSON: Final = frozenset({"application/fhir+json", "application/json"})


class Insurers:
    """Asks the services of one process; use it within one event loop, and close it."""

    def __init__(self, services: Services, key: SignerKey, origin: str) -> None:
        self.services = services
        self._sign = sign_jws(key, typ="egide-question+jwt")
        self._origin = origin
        self._client = httpx2.AsyncClient(
            limits=httpx2.Limits(max_connections=1_000, max_keepalive_connections=100),
            trust_env=False,
            follow_redirects=False,
        )
        self._breakers: dict[UUID, Breaker] = {}
        self._places: dict[UUID, asyncio.Semaphore] = {}

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def ask(
        self, service: Service, asked: Asked, path: str, body: bytes, now: datetime
    ) -> bytes | None:
        """Return what a service answers; None for whatever is silence. Never raises."""
        breaker = self._breakers.setdefault(service.insurer_id, Breaker())
        places = self._places.setdefault(service.insurer_id, asyncio.Semaphore(_AT_ONCE))
        if places.locked():
            count_insurer(asked.value, "full")
            return None
        if not breaker.allows(time.monotonic()):
            count_insurer(asked.value, "left-alone")
            return None
        said, outcome = None, "late"
        try:
            async with places, asyncio.timeout(service.deadline_ms / 1_000):
                said, outcome = await self._called(service, path, body, now)
        except TimeoutError:
            pass
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError):
            outcome = "away"
        except asyncio.CancelledError:  # a caller that leaves is no fault of the service's
            breaker.leave()
            raise
        count_insurer(asked.value, outcome)
        if said is None:
            breaker.fail(time.monotonic())
        else:
            breaker.succeed()
        return said

    async def _called(
        self, service: Service, path: str, body: bytes, now: datetime
    ) -> tuple[bytes | None, str]:
        url = f"{service.url.rstrip('/')}{path}"
        headers = {
            "Authorization": f"Bearer {self._token(url, body, now)}",
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
