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


def document(origin: str, routes: Iterable[Route]) -> Response:
    """Return the document of every route (OpenAPI 3.1)."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(_VALUE.sub(r"{\1}", route.path), {})[route.method.lower()] = (
            _operation(route)
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
        "components": {"securitySchemes": _SECURITY},
    }
    return Response(200, msgspec.json.encode(body), b"application/json")


def _operation(route: Route) -> dict[str, Any]:
    fault = {"description": "A refusal: its code, where, and what to do (docs/refusals.md)."}
    said: dict[str, Any] = {
        "summary": route.summary,
        "operationId": _name(route),
        "responses": {"200": {"description": "Done."}, "4XX": fault, "5XX": fault},
    }
    if names := _VALUE.findall(route.path):
        said["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in names
        ]
    if route.method == "POST":
        said["requestBody"] = {
            "required": True,
            "description": f"At most {BODY_LIMIT} bytes.",
            "content": {_media(route.path): {"schema": {}}},
        }
    if route.scope is not None:
        who = "person" if route.scope in PERSON_SCOPES else "software"
        said["security"] = [{who: [route.scope.value]}]
        said["x-egide-fresh"] = route.fresh
    return said


def _media(path: str) -> str:
    if path == "/oauth/token":
        return _FORM
    return _FHIR if path.startswith("/fhir/") else _JSON


def _name(route: Route) -> str:
    return (
        re.sub(r"\W+", "-", f"{route.method.lower()}{route.path}").strip("-")
        if route.path != "/"
        else "get-home"
    )
