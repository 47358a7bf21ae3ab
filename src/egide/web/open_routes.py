"""The routes that tell nothing about anybody: home, health, metadata, keys, tokens."""

from datetime import datetime
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import parse_qs

import msgspec

from egide import access, db
from egide.access import (
    ASSERTION_TYPE,
    PERSON_SCOPES,
    Authenticator,
    Authority,
    Caller,
    CertifiedRequest,
    Issuer,
    Nonces,
    Pass,
    Scope,
    TokenRequest,
)
from egide.access.token import TOKEN_SECONDS
from egide.accesslog import api as log
from egide.checks import last_check
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response
from egide.edge.processes import read_processes
from egide.edge.route import Route
from egide.vault import KeyRing
from egide.web.readiness import find_readiness

_JSON = b"application/json"
_HOME = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>Égide</title></head>
<body><main><h1>Égide</h1>
<p>La plateforme ouverte du tiers payant. Ce serveur répond aux logiciels des professionnels.</p>
<ul>
<li><a href="/fhir/metadata">Ce que ce serveur sait faire (FHIR R4)</a></li>
<li><a href="/.well-known/oauth-authorization-server">Où demander un jeton</a></li>
<li><a href="/.well-known/jwks.json">Les clés qui signent jetons et engagements</a></li>
<li><a href="/status">État du service</a></li>
<li><a href="/portal">Le portail</a> et <a href="/portal/counter">le comptoir</a></li>
</ul></main></body></html>
"""


def home() -> Response:
    """Return the home page."""
    return Response(200, _HOME.encode(), b"text/html; charset=utf-8")


async def health(pool: db.Pool, data: Path) -> Response:
    """Answer whether all is well: the database, the processes beside the counter, what the laws' last check broke."""
    async with db.statement(pool) as tx:
        last = await last_check(tx)
    processes = read_processes(data)
    is_well = all(one.is_up for one in processes) and not (last and last.broken)
    said = {
        "status": "ok" if is_well else "degraded",
        "laws": last,
        "processes": {
            one.name: {"up": one.is_up, "restarts": one.restarts} for one in processes
        },
    }
    return Response(200, msgspec.json.encode(said), _JSON)


def live() -> Response:
    """Answer that this process answers, whatever else does."""
    return Response(200, b'{"status":"ok"}', _JSON)


async def ready(pool: db.Pool, data: Path, now: datetime) -> Response:
    """Answer what a call needs to be served, each with its threshold; 503 where one of them lacks."""
    findings = await find_readiness(pool, data, now)
    is_ready = all(one.is_well for one in findings if one.is_needed)
    said = {
        "status": "ok" if is_ready else "unavailable",
        "checks": {one.name: one.said() for one in findings},
    }
    return Response(
        200 if is_ready else 503,
        msgspec.json.encode(said),
        _JSON,
        () if is_ready else ((b"retry-after", b"5"),),
    )


def jwks(ring: KeyRing) -> Response:
    """Return the public keys that verify tokens and engagements (RFC 7517)."""
    keys = [ring.tokens.public_jwk(), ring.engagements.public_jwk()]
    return Response(200, msgspec.json.encode({"keys": keys}), _JSON)


def server_metadata(origin: str) -> Response:
    """Return where and how to ask for a token (RFC 8414)."""
    body = {
        "issuer": origin,
        "token_endpoint": f"{origin}/oauth/token",
        "jwks_uri": f"{origin}/.well-known/jwks.json",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": [
            "private_key_jwt",
            "self_signed_tls_client_auth",
        ],
        "tls_client_certificate_bound_access_tokens": True,
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "EdDSA"],
        "dpop_signing_alg_values_supported": ["ES256", "EdDSA"],
        "scopes_supported": sorted(frozenset(Scope) - PERSON_SCOPES),
    }
    return Response(200, msgspec.json.encode(body), _JSON)


class _Desk(Protocol):
    """What these endpoints need of the server."""

    origin: str
    pool: db.Pool
    issuer: Issuer
    nonces: Nonces
    authority: Authority
    authenticator: Authenticator


async def give_token(desk: _Desk, request: Request, nonce: tuple[bytes, bytes]) -> Response:
    """Answer a token request; Refusal ``caller-unknown``, ``proof-invalid``, ``nonce-needed``, ``body-invalid``.

    Args:
        nonce: the header that gives the next proof's.
    """
    media = request.headers.get(b"content-type", b"").partition(b";")[0].strip()
    if media != b"application/x-www-form-urlencoded":
        hint = "Un formulaire : application/x-www-form-urlencoded."
        raise Refusal(RefusalCode.MEDIA_TYPE_UNSUPPORTED, where="Content-Type", hint=hint)
    try:
        form = parse_qs(request.body.decode("ascii"), strict_parsing=True, max_num_fields=10)
    except ValueError:
        raise Refusal(RefusalCode.BODY_INVALID) from None
    field = {name: values[0] for name, values in form.items() if len(values) == 1}
    if field.get("grant_type") != "client_credentials":
        hint = "grant_type=client_credentials, une fois."
        raise Refusal(RefusalCode.VALUE_INVALID, where="grant_type", hint=hint)
    caller = await _caller(desk, request, field)
    async with db.statement(desk.pool) as tx:
        if await access.is_off(tx, caller, "token"):
            raise Refusal(RefusalCode.CONTAINED)
    body = {
        "access_token": desk.issuer.issue(caller, request.now),
        "token_type": "Bearer" if caller.certificate else "DPoP",
        "expires_in": TOKEN_SECONDS,
        "scope": " ".join(sorted(caller.scopes)),
    }
    return Response(200, msgspec.json.encode(body), _JSON, (nonce,))


async def _caller(desk: _Desk, request: Request, field: dict[str, str]) -> Caller:
    """Return who asks for a token: by an assertion and a proof, or by the certificate of its connection."""
    certificate = desk.authenticator.certificate(
        request.headers, request.connection, request.now
    )
    attestation = request.headers.get(b"oauth-client-attestation", b"").decode("latin-1")
    if certificate is not None and "client_assertion" not in field:
        proved = CertifiedRequest(
            certificate=certificate,
            client_id=field.get("client_id", ""),
            scope=field.get("scope", ""),
            attestation=attestation,
        )
        return await access.admit_certificate(desk.pool, proved, request.now)
    if field.get("client_assertion_type") != ASSERTION_TYPE:
        hint = f"client_assertion_type={ASSERTION_TYPE}, une fois ; ou le certificat de la connexion."
        raise Refusal(RefusalCode.VALUE_INVALID, where="client_assertion_type", hint=hint)
    asked = TokenRequest(
        assertion=field.get("client_assertion", ""),
        proof=request.headers.get(b"dpop", b"").decode("latin-1"),
        scope=field.get("scope", ""),
        token_url=f"{desk.origin}/oauth/token",
        issuer=desk.origin,
        attestation=attestation,
    )
    return await access.admit_caller(desk.pool, asked, desk.nonces, request.now)


async def certify(desk: _Desk, request: Request, admitted: Pass) -> Response:
    """Give a certificate of the caller's own key, for connections that prove it, and the authority's."""
    async with db.statement(desk.pool) as tx:
        jwk = await access.public_jwk(tx, admitted.caller.thumbprint)
    if jwk is None:
        raise Refusal(RefusalCode.TOKEN_INVALID)
    body = {
        "certificate": desk.authority.certify(jwk, request.now).decode(),
        "authority": desk.authority.pem.decode(),
    }
    return Response(200, msgspec.json.encode(body), _JSON)


async def declare_software(desk: _Desk, request: Request) -> Response:
    """Register the build that its vendor's key declares, and give its number; Refusal ``attestation-invalid``."""
    async with db.statement(desk.pool) as tx:
        build = await access.declare_build(
            tx, request.body.decode("latin-1"), origin=desk.origin, now=request.now
        )
    return Response(200, msgspec.json.encode({"software": build}), _JSON)


async def show_checkpoint(pool: db.Pool, _: Request) -> Response:
    """Show what the access log is now, signed and cosigned (C2SP tlog-checkpoint); Refusal ``route-unknown`` before."""
    async with db.statement(pool) as tx:
        note = await log.checkpoint(tx)
    if note is None:
        raise Refusal(RefusalCode.ROUTE_UNKNOWN)
    return Response(200, note.encode(), b"text/plain; charset=utf-8")


async def show_tile(pool: db.Pool, request: Request) -> Response:
    """Show a tile of hashes, or a bundle of leaves (C2SP tlog-tiles); Refusal ``route-unknown``."""
    async with db.statement(pool) as tx:
        body = await log.tile(tx, str(request.values["path"]).lstrip("/"))
    if body is None:
        raise Refusal(RefusalCode.ROUTE_UNKNOWN)
    return Response(200, body, b"application/octet-stream")


# Called with a pool; of salted hashes: they tell nothing.
LOG_ROUTES: Final = (
    Route("GET", "/log/checkpoint", None, show_checkpoint),
    Route("GET", "/log/tile/{path*}", None, show_tile),
)
