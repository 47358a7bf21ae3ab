"""Sessions bound to the machine itself, where the browser knows how (Device Bound Session Credentials).

A browser that does makes a key in the machine's own keeper, out of reach of what copies a profile, and renews a
cookie of ten minutes with it, by itself. From the moment a session has such a key, that cookie is asked at each call.

Source: W3C, Device Bound Session Credentials, editor's draft of 2026, sections 8 and 9.
"""

import hashlib
import hmac
import os
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from egide import db
from egide.access import jose
from egide.core.refusal import Refusal, RefusalCode
from egide.identity import sql

COOKIE: Final = "__Host-egide-device"
BIND_PATH: Final = "/portal/device/bind"
RENEW_PATH: Final = "/portal/device/renew"
LASTS: Final = timedelta(minutes=10)
_GRACE: Final = timedelta(
    seconds=30
)  # calls already on their way when the first cookie is given
_CHALLENGE: Final = timedelta(minutes=5)
_PURPOSE: Final = "device"
_ATTRIBUTES: Final = "Path=/; Secure; HttpOnly; SameSite=Strict"
_TYPE: Final = "dbsc+jwt"


class _Claims(msgspec.Struct, frozen=True):
    jti: str


_read_claims = msgspec.json.Decoder(_Claims)


class Tickets:
    """The cookies of ten minutes, computed from a key: nothing is kept, every process accepts the same.

    Args:
        key: known to every process of this installation, and to nobody else.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def give(self, session_id: UUID, now: datetime) -> str:
        """Return the ``Set-Cookie`` header of a session's next ten minutes."""
        until = int((now + LASTS).timestamp())
        value = jose.b64encode(until.to_bytes(8, "big") + self._mac(session_id, until))
        return f"{COOKIE}={value}; {_ATTRIBUTES}; Max-Age={int(LASTS.total_seconds())}"

    def holds(self, value: str, session_id: UUID, now: datetime) -> bool:
        """Tell whether a cookie was given to a session in the last ten minutes."""
        try:
            raw = jose.b64decode(value.encode("ascii", "replace"))
        except jose.JoseError:
            return False
        until = int.from_bytes(raw[:8], "big")
        return (
            hmac.compare_digest(raw[8:], self._mac(session_id, until))
            and now.timestamp() < until
        )

    def _mac(self, session_id: UUID, until: int) -> bytes:
        message = session_id.bytes + until.to_bytes(8, "big")
        return hmac.digest(self._key, message, hashlib.sha256)


async def challenge(tx: db.Tx, session_id: UUID, account_id: UUID, now: datetime) -> str:
    """Return what a session's machine is to sign, once, in five minutes."""
    text = jose.b64encode(os.urandom(32))
    given = sql.Challenge(
        challenge_hash=_hashed(text),
        purpose=_PURPOSE,
        thumbprint=str(session_id),
        account_id=account_id,
        expires_at=now + _CHALLENGE,
    )
    await sql.begin(tx, given)
    return text


def registration(text: str) -> tuple[bytes, bytes]:
    """Return the header by which a browser is asked for a key of its machine; one that does not know it ignores it."""
    value = f'(ES256);path="{BIND_PATH}";challenge="{text}"'
    return b"secure-session-registration", value.encode()


def instructions(session_id: UUID, origin: str) -> dict[str, object]:
    """Return what a browser is told of a session bound to its machine (section 9.6)."""
    return {
        "session_identifier": str(session_id),
        "refresh_url": RENEW_PATH,
        "scope": {"origin": origin, "include_site": False, "scope_specification": []},
        "credentials": [{"type": "cookie", "name": COOKIE, "attributes": _ATTRIBUTES}],
    }


async def bind(tx: db.Tx, session_id: UUID, proof: str, now: datetime) -> None:
    """Keep the key of a session's machine, once; a second one is refused.

    Raises Refusal: ``session-invalid``, whatever is wrong.
    """
    refused = Refusal(RefusalCode.SESSION_INVALID)
    try:
        compact = jose.take_apart(proof)
        if compact.header.typ != _TYPE or compact.header.jwk is None:
            raise refused
        jose.verify(compact, jose.public_key(compact.header.jwk))
    except jose.JoseError:
        raise refused from None
    await _answered(tx, session_id, compact.payload, now)
    members = msgspec.json.encode(compact.header.jwk).decode()
    if not await sql.bind_session(tx, session_id, members, now + _GRACE):
        raise refused


async def renew(tx: db.Tx, session_id: UUID, jwk: str, proof: str, now: datetime) -> None:
    """Check that a session's machine signed a challenge with the key it was bound to, and no other.

    Raises Refusal: ``session-invalid``, whatever is wrong.
    """
    refused = Refusal(RefusalCode.SESSION_INVALID)
    try:
        compact = jose.take_apart(proof)
        if compact.header.typ != _TYPE or compact.header.jwk is not None:
            raise refused
        jose.verify(compact, jose.public_key(msgspec.json.decode(jwk, type=jose.Jwk)))
    except jose.JoseError:
        raise refused from None
    await _answered(tx, session_id, compact.payload, now)


async def _answered(tx: db.Tx, session_id: UUID, payload: bytes, now: datetime) -> None:
    refused = Refusal(RefusalCode.SESSION_INVALID)
    try:
        text = _read_claims.decode(payload).jti
    except msgspec.DecodeError:
        raise refused from None
    if await sql.answer(tx, _hashed(text), _PURPOSE, str(session_id), now) is None:
        raise refused


def _hashed(text: str) -> bytes:
    return hashlib.sha256(b"device\0" + text.encode()).digest()
