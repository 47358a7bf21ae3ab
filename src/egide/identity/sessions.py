"""Sessions of persons: a cookie that is worth nothing without the key of the browser it was given to.

The browser makes a key that it cannot export and signs each call with it, as software does with DPoP
(RFC 9449, whose proof is used as it is; the session's number stands for the token).
"""

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from egide import db
from egide.access import ROLE_SCOPES, Role, Scope, use_proof, verify_proof
from egide.access.jose import JoseError, b64decode, b64encode
from egide.core.ids import uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request
from egide.identity import sql
from egide.identity.device import COOKIE as TICKET
from egide.identity.device import Tickets
from egide.identity.passkeys import Asking
from egide.identity.rows import OpenSession
from egide.vault import proof_hash

IDLE: Final = timedelta(hours=1)
LONGEST: Final = timedelta(hours=4)
REAUTHENTICATION: Final = timedelta(minutes=5)
_NOTED: Final = timedelta(minutes=1)  # how often it is written that a session is in use
_DEVICE_LENGTH = 120
COOKIE: Final = "__Host-egide"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person who is in, by a session; made only here."""

    account_id: UUID
    session_id: UUID
    thumbprint: str
    role: Role
    establishment_id: UUID | None
    insurer_id: UUID | None
    label_sealed: bytes

    @property
    def own_establishment(self) -> UUID:
        """Return its establishment; Refusal ``scope-missing`` for who is of none."""
        if self.establishment_id is None:
            raise Refusal(RefusalCode.SCOPE_MISSING)
        return self.establishment_id

    @property
    def own_establishment_or_any(self) -> UUID | None:
        """Return its establishment, None for an operator, who may decide in any; Refusal ``scope-missing``."""
        return None if self.role is Role.OPERATOR else self.own_establishment


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a browser's call brings.

    Args:
        url: the address called.
        method: as it was called, and as its proof must say.
    """

    headers: dict[bytes, bytes]
    url: str
    method: str
    now: datetime

    @property
    def proof(self) -> str:
        """Return the proof it carries, empty if none."""
        return self.headers.get(b"dpop", b"").decode("latin-1")


async def browser_key(pool: db.Pool, call: Call) -> str:
    """Return the thumbprint of the browser's key; its proof is used up.

    Raises Refusal: ``proof-invalid``, ``proof-replayed``.
    """
    thumbprint, jti = verify_proof(
        call.proof, method=call.method, url=call.url, token=None, now=call.now
    )
    async with db.statement(pool) as tx:
        if not await use_proof(tx, proof_hash(thumbprint, jti)):
            raise Refusal(RefusalCode.PROOF_REPLAYED)
    return thumbprint


async def open_session(
    pool: db.Pool, account_id: UUID, thumbprint: str, call: Call
) -> tuple[UUID, str]:
    """Open a session for a browser's key; return its number, and the ``Set-Cookie`` header.

    Any session that the browser had goes on until it is closed: a cookie is never taken over.
    """
    secret, session_id = os.urandom(32), uuid7(call.now)
    device = call.headers.get(b"user-agent", b"?").decode("latin-1")[:_DEVICE_LENGTH]
    async with db.transaction(pool) as tx:
        opened = sql.NewSession(
            session_hash=hashlib.sha256(secret).digest(),
            session_id=session_id,
            account_id=account_id,
            thumbprint=thumbprint,
            device=device,
            opened_at=call.now,
            expires_at=call.now + LONGEST,
        )
        await sql.open_session(tx, opened)
    attributes = (
        f"Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={int(LONGEST.total_seconds())}"
    )
    return session_id, f"{COOKIE}={b64encode(secret)}; {attributes}"


def cookie(headers: dict[bytes, bytes], name: str) -> str:
    """Return the value of a cookie, empty if it is not there once."""
    # By name: the cookies of others on the same host may be of any shape (RFC 6265, section 5.4).
    pairs = (one.strip() for one in headers.get(b"cookie", b"").decode("latin-1").split(";"))
    values = [pair[len(name) + 1 :] for pair in pairs if pair.startswith(f"{name}=")]
    return values[0] if len(values) == 1 else ""


async def session_of(
    tx: db.Tx, headers: dict[bytes, bytes], now: datetime
) -> OpenSession | None:
    """Return the open session that a call's cookie names, with its account."""
    try:
        secret = b64decode(cookie(headers, COOKIE).encode("ascii", "replace"))
    except JoseError:
        return None
    row = await sql.session(tx, hashlib.sha256(secret).digest(), now) if secret else None
    return None if row is None or now - row.seen_at > IDLE else row


async def admit_person(
    pool: db.Pool, tickets: Tickets, call: Call, scope: Scope, *, fresh: bool
) -> Person:
    """Return who calls: cookie, keys of the browser and its machine, role, and a reauthentication of late if ``fresh``.

    Raises Refusal: ``session-invalid``, ``proof-invalid``, ``proof-replayed``, ``portal-contained``,
    ``scope-missing``, ``reauthentication-needed``.
    """
    async with db.statement(pool) as tx:
        row = await session_of(tx, call.headers, call.now)
        if row is None or not _from_its_machine(tickets, call, row):
            raise Refusal(RefusalCode.SESSION_INVALID)
        thumbprint, jti = verify_proof(
            call.proof,
            method=call.method,
            url=call.url,
            token=str(row.session_id),
            now=call.now,
        )
        if thumbprint != row.thumbprint:
            raise Refusal(RefusalCode.SESSION_INVALID)
        if not await use_proof(tx, proof_hash(thumbprint, jti)):
            raise Refusal(RefusalCode.PROOF_REPLAYED)
        if not row.is_admitted:
            raise Refusal(RefusalCode.PORTAL_CONTAINED)
        if scope not in ROLE_SCOPES[Role(row.role)]:
            raise Refusal(RefusalCode.SCOPE_MISSING)
        if fresh and call.now - row.reauthenticated_at > REAUTHENTICATION:
            raise Refusal(RefusalCode.REAUTHENTICATION_NEEDED)
        if call.now - row.seen_at > _NOTED:
            await sql.session_seen(tx, row.session_id, call.now)
    return _person(row)


def _from_its_machine(tickets: Tickets, call: Call, row: OpenSession) -> bool:
    if row.device_from is None or call.now < row.device_from:
        return True
    return tickets.holds(cookie(call.headers, TICKET), row.session_id, call.now)


def _person(row: OpenSession) -> Person:
    return Person(
        account_id=row.account_id,
        session_id=row.session_id,
        thumbprint=row.thumbprint,
        role=Role(row.role),
        establishment_id=row.establishment_id,
        insurer_id=row.insurer_id,
        label_sealed=row.label_sealed,
    )


def asking_of(request: Request, person: Person) -> Asking:
    """Return a person of an open session as who begins or ends a ceremony."""
    return Asking(thumbprint=person.thumbprint, now=request.now, account_id=person.account_id)
