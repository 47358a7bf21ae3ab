"""One process that serves some routes: what is around every endpoint, and around the whole."""

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from litestar import Litestar, asgi, head, route
from litestar import Request as LitestarRequest
from litestar import Response as LitestarResponse
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import Receive as AsgiReceive
from litestar.types import Scope as AsgiScope
from litestar.types import Send as AsgiSend

from egide import access, db, identity
from egide.access import FLOWS, PERSON_SCOPES, Authenticator, Pass, Scope
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import logs, metrics
from egide.edge.http import Receive as Receive_
from egide.edge.http import (
    Request,
    Response,
    all_headers,
    check_accepted,
    clock,
    read_request,
    send_response,
)
from egide.edge.http import Scope as Scope_
from egide.edge.http import Send as Send_
from egide.edge.route import ProofUse
from egide.identity import SignIn
from egide.web import errors
from egide.web.forward import Forwarder
from egide.web.routes import Served


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What serves the calls of one serving.

    Args:
        desks: what the endpoints of each capability are called with.
        sign_in: by which persons are admitted; None where no route is a person's.
        forwarder: to the process that serves every other route; None where there is none.
    """

    served: Served
    desks: object
    pool: db.Pool
    authenticator: Authenticator
    sign_in: SignIn | None = None
    forwarder: Forwarder | None = None


Holder = list[Serving]
_COUNTED = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_METHODS = [
    HttpMethod.GET,
    HttpMethod.POST,
    HttpMethod.PUT,
    HttpMethod.PATCH,
    HttpMethod.DELETE,
]


async def _call(serving: Serving, key: tuple[str, str], request: Request) -> Response:
    """Ask what a route asks for, then call its endpoint; what no route names is refused."""
    route = serving.served.routes.get(key)
    if route is None:
        raise Refusal(RefusalCode.METHOD_NOT_ALLOWED)
    if route.path.startswith("/fhir/"):
        check_accepted(request)
    desk = serving.served.desks[key](serving.desks)
    if route.scope is None:
        return await route.endpoint(desk, request)
    if route.scope in PERSON_SCOPES:
        door = serving.sign_in
        if door is None:
            raise Refusal(RefusalCode.METHOD_NOT_ALLOWED)
        person = await identity.admit_person(
            door.pool, door.tickets, door.call(request), route.scope, fresh=route.fresh
        )
        return await route.endpoint(desk, request, person)
    admitted = _admit(serving, request, route.scope)
    if route.proof is ProofUse.DOOR:
        async with db.statement(serving.pool) as tx:
            if not await access.use_proof(tx, admitted.proof):
                raise Refusal(RefusalCode.PROOF_REPLAYED)
            if await access.is_off(tx, admitted.caller, FLOWS[route.scope]):
                raise Refusal(RefusalCode.CONTAINED)
        admitted.confirm()
    return await route.endpoint(desk, request, admitted)


def _admit(serving: Serving, request: Request, scope: Scope) -> Pass:
    return serving.authenticator.admit(
        request.headers,
        method=request.method,
        path=request.path,
        scope=scope,
        now=request.now,
        connection=request.connection,
    )


async def _answer(serving: Serving, path: str, scope: Scope_, receive: Receive_) -> Response:
    """Answer a call and count it, by the path that its route declares."""
    started = time.perf_counter()
    response = await _answered(serving, path, scope, receive)
    method = scope["method"] if scope["method"] in _COUNTED else "OTHER"
    metrics.count_call(path, method, response.status, time.perf_counter() - started)
    return response


async def _answered(serving: Serving, path: str, scope: Scope_, receive: Receive_) -> Response:
    """The loop around every endpoint: read, call, render what went wrong."""
    logs.name_request(dict(scope["headers"]))
    try:
        request = await read_request(scope, receive, scope.get("path_params", {}))
        # What answers GET answers HEAD, without its body (RFC 9110, section 9.3.2).
        key = ("GET" if request.method == "HEAD" else request.method, path)
        if serving.forwarder is not None and path not in serving.served.paths:
            return await serving.forwarder.send(scope, request)
        return await _call(serving, key, request)
    except Refusal as refusal:
        return errors.render_refusal(refusal, _allowed(serving, path))
    except db.CONTENDED:
        return errors.render_refusal(Refusal(RefusalCode.BUSY))
    except (*db.UNAVAILABLE, db.QueryCanceled) as error:
        errors.log_trouble(path, error)
        return errors.render_refusal(Refusal(RefusalCode.DATABASE_AWAY))
    except Exception as error:  # noqa: BLE001 - the web's loop: a defect is logged, its text never leaves
        return errors.render_defect(error, path=path, now=clock())


def _allowed(serving: Serving, path: str) -> set[str]:
    methods = {method for method, known in serving.served.routes if known == path}
    return methods | {"HEAD"} if "GET" in methods else methods


def _handlers(path: str, holder: Holder) -> list[ASGIRouteHandler | HTTPRouteHandler]:
    """Return the handlers of a path: plain ASGI, or the framework's own where the path has a value."""
    if "{" not in path:

        @asgi(path, copy_scope=False)
        async def handle(scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
            response = await _answer(
                holder[0], path, cast("Scope_", scope), cast("Receive_", receive)
            )
            head = cast("Scope_", scope)["method"] == "HEAD"
            await send_response(cast("Send_", send), response, head=head)

        return [handle]

    typed = path.replace("*}", ":path}") if "*}" in path else path.replace("}", ":str}")

    @route(typed, http_method=_METHODS)
    async def handle_value(request: LitestarRequest[Any, Any, Any]) -> LitestarResponse[bytes]:
        scope, receive = cast("Scope_", request.scope), cast("Receive_", request.receive)
        return _to_framework(await _answer(holder[0], path, scope, receive))

    @head(typed)
    async def handle_head(request: LitestarRequest[Any, Any, Any]) -> LitestarResponse[None]:
        scope, receive = cast("Scope_", request.scope), cast("Receive_", request.receive)
        # The framework keeps the length and the type of what it does not send.
        answer = _to_framework(await _answer(holder[0], path, scope, receive))
        return cast("LitestarResponse[None]", answer)

    return [handle_value, handle_head]


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


def make_app(
    paths: Mapping[str, object],
    opened: Callable[[], AbstractAsyncContextManager[Serving]],
) -> Litestar:
    """Make the application of a process from the paths it answers and what opens it."""
    holder: Holder = []

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncGenerator[None]:
        async with opened() as serving:
            holder[:] = [serving]
            yield

    return Litestar(
        route_handlers=[one for path in paths for one in _handlers(path, holder)],
        openapi_config=None,
        logging_config=None,  # the framework's own would log each call passed on, its query included
        lifespan=[lifespan],
        exception_handlers={HTTPException: _render_http},
    )
