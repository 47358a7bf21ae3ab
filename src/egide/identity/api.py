"""Who is in: a passkey's ceremonies, sessions and the machine's key, as the portal's page asks for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from egide import db
from egide.access import Scope
from egide.core.ids import read_uuid
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.identity import device, passkeys, sql
from egide.identity.passkeys import Asking, RelyingParty
from egide.identity.sessions import (
    IDLE,
    Call,
    Person,
    asking_of,
    browser_key,
    open_session,
    session_of,
)


class _Answer(msgspec.Struct):
    credential: dict[str, Any]
    name: str = "Clé d'accès"


class _Which(msgspec.Struct):
    passkey: str = ""
    session: UUID | None = None


_read_answer = msgspec.json.Decoder(_Answer)
_read_which = msgspec.json.Decoder(_Which)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What the routes of passkeys and sessions share."""

    pool: db.Pool
    party: RelyingParty
    tickets: device.Tickets

    def call(self, request: Request) -> Call:
        """Return a request as ``access`` reads it."""
        return Call(
            headers=request.headers,
            url=self.party.origin + request.path,
            method=request.method,
            now=request.now,
        )

    async def finish_enrolment(self, request: Request) -> Response:
        """Keep a first passkey and open a session with it."""
        answered = read_json(request, _read_answer, root="enrol")
        name, asking = _name(answered.name), await self.stranger(request)
        account = await passkeys.finish_making(
            self.pool, self.party, answered.credential, name, asking
        )
        return await self._enter(request, account, asking.thumbprint)

    async def begin_login(self, request: Request) -> Response:
        """Give out a challenge; it names nobody."""
        asking = await self.stranger(request)
        options = await passkeys.begin_login(self.pool, self.party, asking)
        return json_answer(options)

    async def finish_login(self, request: Request) -> Response:
        """Open a session for whoever's passkey answered."""
        answered = read_json(request, _read_answer, root="login")
        asking = await self.stranger(request)
        account = await passkeys.finish_login(
            self.pool, self.party, answered.credential, asking
        )
        return await self._enter(request, account, asking.thumbprint)

    async def stranger(self, request: Request) -> Asking:
        """Return who asks before anybody is in: a browser, by its key."""
        thumbprint = await browser_key(self.pool, self.call(request))
        return Asking(thumbprint=thumbprint, now=request.now)

    async def _enter(self, request: Request, account: UUID, thumbprint: str) -> Response:
        session, cookie = await open_session(self.pool, account, thumbprint, self.call(request))
        async with db.statement(self.pool) as tx:
            asked = await device.challenge(tx, session, account, request.now)
        headers = ((b"set-cookie", cookie.encode()), device.registration(asked))
        return json_answer({"session": session}, *headers)

    async def bind_device(self, request: Request) -> Response:
        """Bind the session of a cookie to a key of its machine: the browser asks by itself, after a login.

        Raises Refusal: ``session-invalid``, whatever is wrong.
        """
        proof = _structured(request, b"secure-session-response")
        async with db.transaction(self.pool) as tx:
            row = await session_of(tx, request.headers, request.now)
            if row is None:
                raise Refusal(RefusalCode.SESSION_INVALID)
            await device.bind(tx, row.session_id, proof, request.now)
        return self._ticket(row.session_id, request.now)

    async def renew_device(self, request: Request) -> Response:
        """Give the cookie of ten minutes again to the machine that a session is bound to; first, what it is to sign.

        Raises Refusal: ``session-invalid``, whatever is wrong.
        """
        proof = _structured(request, b"secure-session-response")
        session_id = read_uuid(_structured(request, b"sec-secure-session-id"))
        async with db.transaction(self.pool) as tx:
            bound = None
            if session_id is not None:
                bound = await sql.bound_session(tx, session_id, request.now, request.now - IDLE)
            if session_id is None or bound is None:
                raise Refusal(RefusalCode.SESSION_INVALID)
            if proof:
                await device.renew(tx, session_id, bound.device_jwk, proof, request.now)
                return self._ticket(session_id, request.now)
            asked = await device.challenge(tx, session_id, bound.account_id, request.now)
        value = f'"{asked}";id="{session_id}"'.encode()
        header = (b"secure-session-challenge", value)
        return Response(403, b"{}", b"application/json", (header,))

    def _ticket(self, session_id: UUID, now: datetime) -> Response:
        cookie = (b"set-cookie", self.tickets.give(session_id, now).encode())
        return json_answer(device.instructions(session_id, self.party.origin), cookie)

    async def begin_reauthentication(self, request: Request, person: Person) -> Response:
        """Give out a challenge for a fresh reauthentication."""
        options = await passkeys.begin_login(self.pool, self.party, asking_of(request, person))
        return json_answer(options)

    async def finish_reauthentication(self, request: Request, person: Person) -> Response:
        """Note a fresh reauthentication in this session."""
        answered = read_json(request, _read_answer, root="reauthentication")
        await passkeys.finish_login(
            self.pool, self.party, answered.credential, asking_of(request, person)
        )
        async with db.statement(self.pool) as tx:
            if not await sql.session_reauthenticated(tx, person.session_id, request.now):
                raise Refusal(RefusalCode.SESSION_INVALID)
        return json_answer({})

    async def begin_adding(self, request: Request, person: Person) -> Response:
        """Give out what to make another passkey from."""
        options = await passkeys.begin_adding(
            self.pool, self.party, person.account_id, asking_of(request, person)
        )
        return json_answer(options)

    async def finish_adding(self, request: Request, person: Person) -> Response:
        """Keep another passkey of a person."""
        answered = read_json(request, _read_answer, root="passkey")
        name, asking = _name(answered.name), asking_of(request, person)
        await passkeys.finish_making(self.pool, self.party, answered.credential, name, asking)
        return json_answer({})

    async def revoke_passkey(self, request: Request, person: Person) -> Response:
        """Take a passkey away from its own account, never the last one; every other session is closed.

        A session may have been opened with the passkey that is taken away.
        """
        which = read_json(request, _read_which, root="passkey")
        try:
            identifier = bytes.fromhex(which.passkey)
        except ValueError:
            raise Refusal(RefusalCode.VALUE_INVALID, where="passkey") from None
        async with db.transaction(self.pool) as tx:
            await sql.lock_account(tx, person.account_id)
            known = await sql.passkeys(tx, person.account_id)
            if len(known) == 1:
                raise Refusal(RefusalCode.LAST_PASSKEY)
            gone = await sql.revoke_passkey(
                tx, identifier, person.account_id, request.now, "owner"
            )
            if not gone:
                raise Refusal(RefusalCode.KEY_UNKNOWN, where="passkey")
            await sql.close_other_sessions(
                tx, person.account_id, person.session_id, request.now
            )
        return json_answer({})

    async def close_sessions(self, request: Request, person: Person) -> Response:
        """Close one's own session, or all of them."""
        which = read_json(request, _read_which, root="session")
        async with db.statement(self.pool) as tx:
            closed = await sql.close_sessions(tx, person.account_id, which.session, request.now)
        if not closed:
            raise Refusal(RefusalCode.KEY_UNKNOWN, where="session")
        return json_answer({"closed": closed})


async def shown(tx: db.Tx, person: Person, now: datetime) -> dict[str, list[dict[str, object]]]:
    """Return a person's own passkeys and open sessions, as its page shows them."""
    keys = await sql.passkeys(tx, person.account_id)
    sessions = await sql.sessions(tx, person.account_id, now)
    return {
        "passkeys": [
            {
                "passkey": bytes(row.credential_id).hex(),
                "name": row.name,
                "enrolled_at": row.enrolled_at,
                "used_at": row.used_at,
            }
            for row in keys
        ],
        "sessions": [
            {
                "session": row.session_id,
                "device": row.device,
                "opened_at": row.opened_at,
                "seen_at": row.seen_at,
                "is_this": row.session_id == person.session_id,
                "is_new": row.is_new,
            }
            for row in sessions
        ],
    }


def _structured(request: Request, name: bytes) -> str:
    """Return a header that is one string of RFC 8941; some browsers leave its quotes out."""
    return request.headers.get(name, b"").decode("latin-1").strip().strip('"')


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= 40 or not name.isprintable():
        raise Refusal(RefusalCode.VALUE_INVALID, where="name", hint="De 1 à 40 lettres.")
    return name


# Called with a ``SignIn``.
ROUTES: Final = (
    Route("POST", "/portal/enrol/finish", None, SignIn.finish_enrolment, body=_Answer),
    # By the browser itself, with its cookie and its machine's key.
    Route("POST", device.BIND_PATH, None, SignIn.bind_device),
    Route("POST", device.RENEW_PATH, None, SignIn.renew_device),
    Route("POST", "/portal/login/begin", None, SignIn.begin_login),
    Route("POST", "/portal/login/finish", None, SignIn.finish_login, body=_Answer),
    Route("POST", "/portal/reauthentication/begin", Scope.SELF, SignIn.begin_reauthentication),
    Route(
        "POST",
        "/portal/reauthentication/finish",
        Scope.SELF,
        SignIn.finish_reauthentication,
        body=_Answer,
    ),
    Route("POST", "/portal/passkeys/begin", Scope.SELF, SignIn.begin_adding, fresh=True),
    Route(
        "POST",
        "/portal/passkeys/finish",
        Scope.SELF,
        SignIn.finish_adding,
        fresh=True,
        body=_Answer,
    ),
    Route(
        "POST",
        "/portal/passkeys/revoke",
        Scope.SELF,
        SignIn.revoke_passkey,
        fresh=True,
        body=_Which,
    ),
    Route("POST", "/portal/sessions/close", Scope.SELF, SignIn.close_sessions, body=_Which),
)
