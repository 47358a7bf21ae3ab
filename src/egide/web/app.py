"""The server: each route of the table, its scope asked before its endpoint, its refusals rendered."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from litestar import Litestar, asgi, get
from litestar import Request as LitestarRequest
from litestar import Response as LitestarResponse
from litestar.exceptions import HTTPException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import Receive as AsgiReceive
from litestar.types import Scope as AsgiScope
from litestar.types import Send as AsgiSend

from egide import access, accounts, db, enrolment, identity
from egide.access import (
    PERSON_SCOPES,
    Authenticator,
    Authority,
    Issuer,
    Nonces,
    Pass,
    Scope,
)
from egide.accounts import Accounts
from egide.claims import ClaimsDesk, ReferenceData
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Receive as Receive_
from egide.edge.http import (
    Request,
    Response,
    all_headers,
    clock,
    read_request,
    send_response,
)
from egide.edge.http import Scope as Scope_
from egide.edge.http import Send as Send_
from egide.edge.route import ProofUse
from egide.enrolment import Bank, BankSettings, EnrolmentDesk, NoBank
from egide.identity import (
    Insurers,
    Psc,
    PscSettings,
    RelyingParty,
    SignIn,
    Tickets,
    read_insurers,
)
from egide.plans import Catalogue
from egide.rights import EngagementSigner, Gate, OwnAccesses, RightsDesk
from egide.vault import Addresses, KeyRing, Sealer
from egide.web import errors
from egide.web.routes import DESKS, ROUTES, Server

_TIDY_SECONDS = 5.0
_HEED_SECONDS = 0.5
_POOL_SIZE = 6
_PORTAL_POOL_SIZE = 2  # apart: whoever floods the portal's door takes nothing from the counters
_DELAYS_SECONDS = 60.0


async def _call(server: Server, key: tuple[str, str], request: Request) -> Response:
    """Ask what a route asks for, then call its endpoint; what no route names is refused."""
    route = ROUTES.get(key)
    if route is None:
        raise Refusal(RefusalCode.METHOD_NOT_ALLOWED)
    desk = DESKS[key](server)
    if route.scope is None:
        return await route.endpoint(desk, request)
    if route.scope in PERSON_SCOPES:
        door = server.accounts.sign_in
        person = await identity.admit_person(
            door.pool, door.tickets, door.call(request), route.scope, fresh=route.fresh
        )
        return await route.endpoint(desk, request, person)
    admitted = _admit(server, request, route.scope)
    if route.proof is ProofUse.DOOR:
        async with db.statement(server.pool) as tx:
            if not await access.use_proof(tx, admitted.proof):
                raise Refusal(RefusalCode.PROOF_REPLAYED)
        admitted.confirm()
    return await route.endpoint(desk, request, admitted)


def _admit(server: Server, request: Request, scope: Scope) -> Pass:
    return server.authenticator.admit(
        request.headers,
        method=request.method,
        path=request.path,
        scope=scope,
        now=request.now,
        connection=request.connection,
    )


async def _answer(server: Server, path: str, scope: Scope_, receive: Receive_) -> Response:
    """The loop around every endpoint: read, call, render what went wrong."""
    try:
        request = await read_request(scope, receive, scope.get("path_params", {}))
        return await _call(server, (request.method, path), request)
    except Refusal as refusal:
        return errors.render_refusal(refusal)
    except Exception as error:  # noqa: BLE001 - the web's loop: a defect is logged, its text never leaves
        return errors.render_defect(error, path=path, now=clock())


def _handler(path: str, holder: list[Server]) -> ASGIRouteHandler | HTTPRouteHandler:
    """Return the handler of a path: plain ASGI, or the framework's own where the path has a value."""
    if "{" not in path:

        @asgi(path, copy_scope=False)
        async def handle(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
            response = await _answer(
                holder[0], path, cast("Scope_", scope), cast("Receive_", receive)
            )
            await send_response(cast("Send_", send), response)

        return handle

    @get(path.replace("*}", ":path}") if "*}" in path else path.replace("}", ":str}"))
    async def handle_value(request: LitestarRequest[Any, Any, Any]) -> LitestarResponse[bytes]:
        scope, receive = cast("Scope_", request.scope), cast("Receive_", request.receive)
        return _to_framework(await _answer(holder[0], path, scope, receive))

    return handle_value


def _to_framework(response: Response) -> LitestarResponse[bytes]:
    headers = {name.decode(): value.decode() for name, value in all_headers(response)}
    return LitestarResponse(
        response.body,
        status_code=response.status,
        # The framework adds the charset of a text by itself.
        media_type=response.media_type.decode().removesuffix("; charset=utf-8")
        if response.media_type.startswith(b"text/")
        else response.media_type.decode(),
        headers=headers,
    )


def _render_http(
    _: LitestarRequest[Any, Any, Any], error: HTTPException
) -> LitestarResponse[bytes]:
    known = {404: RefusalCode.ROUTE_UNKNOWN, 405: RefusalCode.METHOD_NOT_ALLOWED}
    code = known.get(error.status_code, RefusalCode.BODY_INVALID)
    return _to_framework(errors.render_refusal(Refusal(code)))


def _open_portal(pool: db.Pool, ring: KeyRing, origin: str) -> tuple[Accounts, EnrolmentDesk]:
    """Return what the portal's endpoints share; who vouches for persons and accounts is in the environment."""
    file, bank = os.environ.get("EGIDE_PSC"), os.environ.get("EGIDE_BANK")
    spaces = os.environ.get("EGIDE_INSURERS")
    known = None if file is None else PscSettings.read(Path(file))
    party, sealer, addresses = RelyingParty(origin), Sealer(ring), Addresses(ring)
    accounts_ = Accounts(
        pool=pool,
        sealer=sealer,
        sign_in=SignIn(pool=pool, party=party, tickets=Tickets(ring.ticket_key)),
        addresses=addresses,
        insurers=Insurers(read_insurers(Path(spaces)) if spaces else (), origin),
        psc=None if known is None else Psc(known, origin),
    )
    enrolment_ = EnrolmentDesk(
        pool=pool,
        sealer=sealer,
        party=party,
        addresses=addresses,
        payee=NoBank() if bank is None else Bank(BankSettings.read(Path(bank))),
    )
    return accounts_, enrolment_


async def open_server(
    store: db.Store,
    settings: db.Settings,
    origin: str,
    *,
    trust_connections: bool,
    relayed_certificates: bool,
) -> Server:
    """Open what the endpoints share, under the counter's own role."""
    ring = KeyRing.open(settings.secrets / "keyring.json")
    pool = await db.open_pool(store.login("app"), size=_POOL_SIZE)
    issuer = Issuer(ring.tokens, origin)
    catalogue = Catalogue()
    addresses = Addresses(ring)
    desk = RightsDesk(
        pool=pool,
        gate=Gate(pool),
        addresses=addresses,
        catalogue=catalogue,
        signer=EngagementSigner(ring.engagements, origin),
        insurers={},
    )
    await desk.refresh()
    portal_pool = await db.open_pool(store.login("app"), size=_PORTAL_POOL_SIZE)
    accounts_, enrolment_ = _open_portal(portal_pool, ring, origin)
    return Server(
        origin=origin,
        pool=pool,
        ring=ring,
        issuer=issuer,
        nonces=Nonces(ring.nonce_key),
        authority=Authority(ring.authority_key),
        authenticator=Authenticator(
            issuer,
            origin,
            trust_connections=trust_connections,
            relayed_certificates=relayed_certificates,
        ),
        rights=desk,
        accounts=accounts_,
        own_accesses=OwnAccesses(pool=portal_pool, addresses=addresses),
        enrolment=enrolment_,
        claims=ClaimsDesk(
            pool=pool,
            addresses=addresses,
            reference=ReferenceData(catalogue=catalogue, insurers=dict(desk.insurers)),
        ),
    )


async def _heed_revocations(server: Server) -> None:
    """Every second at most, learn which keys were revoked: their tokens stop here too."""
    while True:
        try:
            async with db.statement(server.pool) as tx:
                await server.authenticator.refresh_revoked(tx, clock())
                await server.authenticator.hand_over_mismatched(tx)
        except (db.DatabaseError, OSError) as error:
            errors.log_trouble("revocations", error)
        await asyncio.sleep(_HEED_SECONDS)


async def _tidy_up(server: Server) -> None:
    """Every few seconds, read grids published since, and forget proofs too old to come back."""
    while True:
        await asyncio.sleep(_TIDY_SECONDS)
        try:
            async with db.statement(server.pool) as tx:
                await access.forget_proofs(tx)
                await access.forget_assertions(tx, clock())
                await identity.forget_ceremonies(tx, clock())
                await identity.forget_left(tx, clock())
            await server.rights.refresh()
        except (db.DatabaseError, OSError) as error:
            errors.log_trouble("housekeeping", error)


async def _mind_delays(server: Server) -> None:
    """Every minute, put in force what has waited 72 hours, and close the accounts unused for 180 days."""
    while True:
        try:
            async with db.transaction(server.accounts.pool) as tx:
                await enrolment.apply_changes(tx)
                await accounts.close_dormant(tx)
        except (db.DatabaseError, OSError) as error:
            errors.log_trouble("delays", error)
        await asyncio.sleep(_DELAYS_SECONDS)


def create_app() -> Litestar:
    """Make the application of one worker process, from the environment (see ``egide serve``)."""
    holder: list[Server] = []
    origin = os.environ.get("EGIDE_ORIGIN", "http://127.0.0.1:8080")
    trust = os.environ.get("EGIDE_TRUST_CONNECTIONS") == "1"
    relayed = os.environ.get("EGIDE_RELAYED_CERTIFICATES") == "1"

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        settings = db.settings(
            Path(os.environ["EGIDE_DATA"]) if "EGIDE_DATA" in os.environ else None
        )
        store = await db.open_store(settings)
        server = await open_server(
            store, settings, origin, trust_connections=trust, relayed_certificates=relayed
        )
        holder[:] = [server]
        tasks = [
            asyncio.create_task(one(server))
            for one in (_tidy_up, _heed_revocations, _mind_delays)
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await server.accounts.pool.close()
            await server.pool.close()
            store.close()

    return Litestar(
        route_handlers=[
            _handler(path, holder) for path in dict.fromkeys(path for _, path in ROUTES)
        ],
        openapi_config=None,
        lifespan=[lifespan],
        exception_handlers={HTTPException: _render_http},
    )
