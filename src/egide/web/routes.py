"""Every route, collected from the capabilities that declare them; what none declares is refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from egide import (
    accounts,
    answers,
    batches,
    claims,
    console,
    containment,
    db,
    disputes,
    enrolment,
    identity,
    insured,
    payments,
    portal,
    preauth,
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
from egide.insured import InsuredDesk
from egide.insurers import Insurers
from egide.rights import OwnAccesses, RightsDesk
from egide.vault import KeyRing
from egide.web import errors, open_routes, status
from egide.web.documents import capability
from egide.web.documents.codes import code_systems
from egide.web.documents.openapi import document
from egide.web.documents.searchset import SEARCHED, one_of, searchset
from egide.web.documents.structures import structure_definitions


@dataclass(slots=True, kw_only=True)
class Counter:
    """What the endpoints of the counter's process share."""

    origin: str
    data: Path
    pool: db.Pool
    ring: KeyRing
    issuer: Issuer
    nonces: Nonces
    authority: Authority
    authenticator: Authenticator
    rights: RightsDesk
    claims: ClaimsDesk
    insurers: Insurers


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalDesks:
    """What the endpoints of the portal's process share."""

    pool: db.Pool
    accounts: Accounts
    own_accesses: OwnAccesses
    enrolment: EnrolmentDesk
    insured: InsuredDesk


@dataclass(frozen=True, slots=True)
class Served:
    """The routes of one process, and what each endpoint is called with: its capability's own things."""

    routes: dict[tuple[str, str], Route]
    desks: dict[tuple[str, str], Callable[[Any], object]]

    @property
    def paths(self) -> frozenset[str]:
        """Return the paths that it answers, whatever the method."""
        return frozenset(path for _, path in self.routes)


async def _home(_: Counter, __: Request) -> Response:
    """Say what this server is."""
    return open_routes.home()


async def _health(counter: Counter, _: Request) -> Response:
    """Answer whether all is well, and what is not."""
    return await open_routes.health(counter.pool, counter.data)


async def _live(_: Counter, __: Request) -> Response:
    """Answer that this process answers."""
    return open_routes.live()


async def _ready(counter: Counter, request: Request) -> Response:
    """Answer what a call needs to be served."""
    return await open_routes.ready(counter.pool, counter.data, request.now)


async def _metadata(counter: Counter, _: Request) -> Response:
    """Return what this server does in FHIR's words (R4 CapabilityStatement)."""
    return capability.capability_statement(counter.origin, ROUTES)


async def _operation(counter: Counter, request: Request) -> Response:
    """Return how an operation is done here (R4 OperationDefinition)."""
    return capability.operation_definition(counter.origin, request.values["number"])


async def _structure(_: Counter, request: Request) -> Response:
    """Return what an extension of ours is (R4 StructureDefinition)."""
    return one_of(structure_definitions(), request.values["number"])


async def _structures(counter: Counter, request: Request) -> Response:
    """Return our extensions, or those asked (R4 StructureDefinition, search by ``url`` or ``_id``)."""
    every = structure_definitions()
    return searchset(counter.origin, "StructureDefinition", every, request)


async def _code_system(_: Counter, request: Request) -> Response:
    """Return a list of codes of ours (R4 CodeSystem)."""
    return one_of(code_systems(), request.values["number"])


async def _code_systems(counter: Counter, request: Request) -> Response:
    """Return our lists of codes, or those asked (R4 CodeSystem, search by ``url`` or ``_id``)."""
    return searchset(counter.origin, "CodeSystem", code_systems(), request)


async def _openapi(counter: Counter, _: Request) -> Response:
    """Return every route in OpenAPI's words (3.1)."""
    return document(counter.origin, ROUTES.values())


async def _jwks(counter: Counter, _: Request) -> Response:
    """Return the public keys that verify tokens and engagements (RFC 7517)."""
    return open_routes.jwks(counter.ring)


async def _server_metadata(counter: Counter, _: Request) -> Response:
    """Return where and how to ask for a token (RFC 8414)."""
    return open_routes.server_metadata(counter.origin)


async def _token(counter: Counter, request: Request) -> Response:
    """Give a token to who signs its request (RFC 7523, RFC 9449), or holds its certificate (RFC 8705)."""
    nonce = (b"dpop-nonce", counter.nonces.current(request.now).encode())
    try:
        return await open_routes.give_token(counter, request, nonce)
    except Refusal as refusal:
        return errors.render_oauth_refusal(refusal, nonce)


async def _status(counter: Counter, request: Request) -> Response:
    """Show what works now, to anybody."""
    return await status.show_page(counter.pool, request)


async def _status_json(counter: Counter, request: Request) -> Response:
    """Answer what works now, to any machine."""
    return await status.show_json(counter.pool, request)


_OWN: Final = (
    Route("GET", "/", None, _home),
    Route("GET", "/health", None, _health),
    Route("GET", "/live", None, _live),
    Route("GET", "/ready", None, _ready),
    Route("GET", "/status", None, _status),
    Route("GET", "/status.json", None, _status_json),
    Route("GET", "/openapi.json", None, _openapi),
    Route("GET", "/fhir/metadata", None, _metadata),
    Route("GET", "/fhir/OperationDefinition/{number}", None, _operation),
    Route("GET", "/fhir/CodeSystem", None, _code_systems, query=SEARCHED),
    Route("GET", "/fhir/CodeSystem/{number}", None, _code_system),
    Route("GET", "/fhir/StructureDefinition", None, _structures, query=SEARCHED),
    Route("GET", "/fhir/StructureDefinition/{number}", None, _structure),
    Route("GET", "/.well-known/jwks.json", None, _jwks),
    Route("GET", "/.well-known/oauth-authorization-server", None, _server_metadata),
    Route("POST", "/oauth/token", None, _token),
    # Signed by the registered key of who makes the software.
    Route("POST", "/software", None, open_routes.declare_software),
    Route("POST", "/certificate", Scope.CERTIFICATE_ASK, open_routes.certify),
)
_Rooms = Sequence[tuple[Callable[[Any], object], Sequence[Route]]]


def _counter(pick: Callable[[Counter], object]) -> Callable[[Any], object]:
    return pick


def _portal(pick: Callable[[PortalDesks], object]) -> Callable[[Any], object]:
    return pick


def _served(rooms: _Rooms) -> Served:
    return Served(
        {route.key: route for _, routes in rooms for route in routes},
        {route.key: desk for desk, routes in rooms for route in routes},
    )


_OF_COUNTER: Final[_Rooms] = (
    (_counter(lambda one: one), _OWN),
    (_counter(lambda one: one.rights), rights.ROUTES),
    (_counter(lambda one: one.claims), claims.ROUTES),
    (_counter(lambda one: one.claims.preauth), preauth.ROUTES),
    (_counter(lambda one: one.claims), batches.ROUTES),
    (_counter(lambda one: one.claims), disputes.ROUTES),
    (_counter(lambda one: one.claims), answers.ROUTES),
    (_counter(lambda one: one.pool), payments.ROUTES),
)
_OF_PORTAL: Final[_Rooms] = (
    (_portal(lambda one: one), portal.ROUTES),
    (_portal(lambda one: one.pool), open_routes.LOG_ROUTES),
    (_portal(lambda one: one.accounts.sign_in), identity.ROUTES),
    (_portal(lambda one: one.accounts), accounts.ROUTES),
    (_portal(lambda one: one.own_accesses), rights.OWN_ROUTES),
    (_portal(lambda one: one.pool), rights.RECEIPT_ROUTES),
    (_portal(lambda one: one.enrolment), enrolment.ROUTES),
    (_portal(lambda one: one.pool), containment.ROUTES),
    (_portal(lambda one: one.pool), console.ROUTES),
    (_portal(lambda one: one.accounts), statements.ROUTES),
    (_portal(lambda one: one.pool), preauth.PERSON_ROUTES),
    (_portal(lambda one: one.pool), disputes.PERSON_ROUTES),
    (_portal(lambda one: one.insured), insured.ROUTES),
    (_portal(lambda one: one.pool), support.ROUTES),
)
COUNTER: Final = _served(_OF_COUNTER)
PORTAL: Final = _served(_OF_PORTAL)
ROUTES: Final = {**COUNTER.routes, **PORTAL.routes}
# The framework's own handler reads the value, and it is made for GET (``web.serving``): any other method would be 405.
invariant(
    all(route.method == "GET" for route in ROUTES.values() if "{" in route.path),
    "a path that holds a value is read by GET alone",
)
invariant(
    len(ROUTES) == sum(len(routes) for _, routes in (*_OF_COUNTER, *_OF_PORTAL)),
    "a route is declared once",
)
