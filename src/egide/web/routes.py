"""Every route, collected from the capabilities that declare them; what none declares is refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from egide import (
    accounts,
    claims,
    containment,
    db,
    enrolment,
    identity,
    payments,
    portal,
    rights,
    statements,
    support,
)
from egide.access import Authenticator, Authority, Issuer, Nonces, Scope
from egide.accounts import Accounts
from egide.claims import ClaimsDesk
from egide.core.refusal import Refusal, invariant
from egide.edge.http import Request, Response
from egide.edge.route import Route
from egide.enrolment import EnrolmentDesk
from egide.rights import OwnAccesses, RightsDesk
from egide.vault import KeyRing
from egide.web import errors, open_routes
from egide.web.openapi import document


@dataclass(slots=True, kw_only=True)
class Server:
    """What the endpoints of one process share."""

    origin: str
    pool: db.Pool
    ring: KeyRing
    issuer: Issuer
    nonces: Nonces
    authority: Authority
    authenticator: Authenticator
    rights: RightsDesk
    claims: ClaimsDesk
    accounts: Accounts
    own_accesses: OwnAccesses
    enrolment: EnrolmentDesk


async def _home(_: Server, __: Request) -> Response:
    """Say what this server is."""
    return open_routes.home()


async def _health(server: Server, _: Request) -> Response:
    """Answer whether the database answers."""
    return await open_routes.health(server.pool)


async def _metadata(server: Server, _: Request) -> Response:
    """Return what this server does in FHIR's words (R4 CapabilityStatement)."""
    return open_routes.capability_statement(server.origin, ROUTES)


async def _openapi(server: Server, _: Request) -> Response:
    """Return every route in OpenAPI's words (3.1)."""
    return document(server.origin, ROUTES.values())


async def _jwks(server: Server, _: Request) -> Response:
    """Return the public keys that verify tokens and engagements (RFC 7517)."""
    return open_routes.jwks(server.ring)


async def _server_metadata(server: Server, _: Request) -> Response:
    """Return where and how to ask for a token (RFC 8414)."""
    return open_routes.server_metadata(server.origin)


async def _token(server: Server, request: Request) -> Response:
    """Give a token to who signs its request (RFC 7523, RFC 9449), or holds its certificate (RFC 8705)."""
    nonce = (b"dpop-nonce", server.nonces.current(request.now).encode())
    try:
        return await open_routes.give_token(server, request, nonce)
    except Refusal as refusal:
        return errors.render_oauth_refusal(refusal, nonce)


_OWN: Final = (
    Route("GET", "/", None, _home),
    Route("GET", "/health", None, _health),
    Route("GET", "/openapi.json", None, _openapi),
    Route("GET", "/fhir/metadata", None, _metadata),
    Route("GET", "/.well-known/jwks.json", None, _jwks),
    Route("GET", "/.well-known/oauth-authorization-server", None, _server_metadata),
    Route("POST", "/oauth/token", None, _token),
    # Signed by the registered key of who makes the software.
    Route("POST", "/software", None, open_routes.declare_software),
    Route("POST", "/certificate", Scope.CERTIFICATE_ASK, open_routes.certify),
)
_COLLECTED: Final[Sequence[tuple[Callable[[Server], object], Sequence[Route]]]] = (
    (lambda server: server, _OWN),
    (lambda server: server.accounts.pool, open_routes.LOG_ROUTES),
    (lambda server: server.rights, rights.ROUTES),
    (lambda server: server.claims, claims.ROUTES),
    (lambda server: server.pool, payments.ROUTES),
    (lambda server: server, portal.ROUTES),
    (lambda server: server.accounts.sign_in, identity.ROUTES),
    (lambda server: server.accounts, accounts.ROUTES),
    (lambda server: server.own_accesses, rights.OWN_ROUTES),
    (lambda server: server.enrolment, enrolment.ROUTES),
    (lambda server: server.accounts.pool, containment.ROUTES),
    (lambda server: server.accounts, statements.ROUTES),
    (lambda server: server.accounts.pool, support.ROUTES),
)
ROUTES: Final = {route.key: route for _, routes in _COLLECTED for route in routes}
# What each endpoint is called with: its capability's own things.
DESKS: Final = {route.key: desk for desk, routes in _COLLECTED for route in routes}
# The framework's own handler reads the value, and it is made for GET (``web.app``): any other method would be 405.
invariant(
    all(route.method == "GET" for route in ROUTES.values() if "{" in route.path),
    "a path that holds a value is read by GET alone",
)
invariant(
    len(ROUTES) == sum(len(routes) for _, routes in _COLLECTED), "a route is declared once"
)
