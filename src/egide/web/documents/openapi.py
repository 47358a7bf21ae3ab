"""The whole API in OpenAPI's words, made of the routes themselves: nothing is declared twice."""

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from egide import __version__
from egide.access import PERSON_SCOPES
from egide.edge.http import BODY_LIMIT, Response
from egide.edge.route import Route
from egide.identity import COOKIE

_VALUE: Final = re.compile(r"\{(\w+)\*?\}")
_FHIR, _JSON, _FORM = (
    "application/fhir+json",
    "application/json",
    "application/x-www-form-urlencoded",
)
_SECURITY: Final[dict[str, Any]] = {
    "software": {
        "type": "http",
        "scheme": "DPoP",
        "description": "A token of POST /oauth/token, bound to the caller's key, and a proof on each call (RFC 9449).",
    },
    "person": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "A session opened by passkey, and a proof by the browser's own key on each call.",
    },
}

_PROOF: Final[dict[str, Any]] = {
    "name": "DPoP",
    "in": "header",
    "required": True,
    "description": "A proof of the caller's key, for this call alone (RFC 9449).",
    "schema": {"type": "string", "pattern": r"^[\w-]+\.[\w-]+\.[\w-]+$"},
}
_TEXT: Final[dict[str, Any]] = {"type": "string"}
_RESOURCE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": _TEXT},
    "externalDocs": {"url": "https://hl7.org/fhir/R4/"},
}
_OUTCOME: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {"type": "array", "minItems": 1, "items": {"type": "object"}},
    },
}
# The bodies that are no JSON of one shape: a form, a signed text, a request for a certificate.
_OTHERWISE: Final[dict[str, dict[str, Any]]] = {
    "/oauth/token": {
        "type": "object",
        "required": ["grant_type"],
        "properties": {
            "grant_type": {"const": "client_credentials"},
            "client_assertion_type": _TEXT,
            "client_assertion": _TEXT,
            "scope": _TEXT,
            "client_id": _TEXT,
        },
    },
    "/software": _TEXT,
    "/batches": _TEXT | {"description": "docs/formats/batch.md"},
    "/certificate": _TEXT,
}


def document(origin: str, routes: Iterable[Route]) -> Response:
    """Return the document of every route (OpenAPI 3.1)."""
    held = list(routes)
    bodies = [route.body for route in held if route.body is not None]
    shapes, schemas = msgspec.json.schema_components(
        bodies, ref_template="#/components/schemas/{name}"
    )
    shape_of = dict(zip(bodies, shapes, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in held:
        shape = None if route.body is None else shape_of[route.body]
        paths.setdefault(_VALUE.sub(r"{\1}", route.path), {})[route.method.lower()] = (
            _operation(route, shape)
        )
    body = {
        "openapi": "3.1.0",
        "info": {
            "title": "Égide",
            "version": __version__,
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": origin}],
        "paths": paths,
        "components": {"securitySchemes": _SECURITY, "schemas": schemas},
    }
    return Response(200, msgspec.json.encode(body), b"application/json")


def _operation(route: Route, shape: dict[str, Any] | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "summary": route.summary,
        "operationId": _name(route),
        "responses": _responses(route),
    }
    said["parameters"] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _VALUE.findall(route.path)
    ]
    said["parameters"] += [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
        for name in route.query
    ]
    if route.scope is not None:
        said["parameters"].append(_PROOF)
    if route.method == "POST" and (schema := shape or _OTHERWISE.get(route.path)):
        said["requestBody"] = {
            "required": True,
            "description": f"At most {BODY_LIMIT} bytes.",
            "content": {media: {"schema": schema} for media in _media(route.path)},
        }
    if route.scope is not None:
        who = "person" if route.scope in PERSON_SCOPES else "software"
        said["security"] = [{who: [route.scope.value]}]
        said["x-egide-fresh"] = route.fresh
    return said


def _responses(route: Route) -> dict[str, Any]:
    """Return what a route answers: a resource, where it is one of FHIR; a refusal is an OperationOutcome."""
    good: dict[str, Any] = {"description": "Done."}
    if route.path.startswith("/fhir/"):
        good["content"] = {_FHIR: {"schema": _RESOURCE}}
    fault: dict[str, Any] = {
        "description": "A refusal: its code, where, and what to do (docs/refusals.md)."
    }
    if route.scope is not None:
        fault["content"] = {_FHIR: {"schema": _OUTCOME}}
    return {"200": good, "4XX": fault, "5XX": fault}


def _media(path: str) -> tuple[str, ...]:
    if path == "/oauth/token":
        return (_FORM,)
    if path == "/batches":
        return ("application/x-ndjson", "text/csv")
    return (_FHIR,) if path.startswith("/fhir/") else (_JSON,)


def _name(route: Route) -> str:
    return (
        re.sub(r"\W+", "-", f"{route.method.lower()}{route.path}").strip("-")
        if route.path != "/"
        else "get-home"
    )
