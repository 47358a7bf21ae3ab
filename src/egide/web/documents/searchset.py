"""Definitions that are served and searched: by id, by URL, all of them (FHIR R4, search, 3.1.1)."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response

SEARCHED: Final = ("url", "_id", "_summary", "_count", "_offset", "_format")
_LONGEST: Final = 6


def served_id(url: str) -> str:
    """Return the id of a definition of ours: its URN in the letters of an id."""
    return url.removeprefix("urn:").replace(":", "-")


def one_of(every: Mapping[str, dict[str, Any]], number: str) -> Response:
    """Return a definition by its id; Refusal ``route-unknown``."""
    for url, definition in every.items():
        if served_id(url) == number:
            return Response(200, msgspec.json.encode(definition))
    raise Refusal(RefusalCode.ROUTE_UNKNOWN)


def searchset(
    origin: str, kind: str, every: Mapping[str, dict[str, Any]], request: Request
) -> Response:
    """Return the definitions of a kind that a search names: by ``url`` or ``_id``, several apart by commas; or all.

    Raises Refusal: ``value-invalid`` for a modifier, which none is (3.1.1.5), for a ``_summary`` that is not done, and
        for an unknown parameter where the caller asks that none is left unread (``Prefer: handling=strict``).
    """
    asked = request.query
    strict = b"handling=strict" in request.headers.get(b"prefer", b"").replace(b" ", b"")
    for name in asked:
        if ":" in name or (strict and name not in SEARCHED):
            hint = f"Paramètres : {', '.join(SEARCHED)}, sans modificateur."
            raise Refusal(RefusalCode.VALUE_INVALID, where=kind, hint=hint)
    summary = asked.get("_summary", "false")
    if summary not in {"count", "false"}:
        hint = "Attendu : count, ou false."
        raise Refusal(RefusalCode.VALUE_INVALID, where="_summary", hint=hint)
    found = dict(every)
    if "url" in asked:
        found = {url: found[url] for url in asked["url"].split(",") if url in found}
    if "_id" in asked:
        ids = set(asked["_id"].split(","))
        found = {url: one for url, one in found.items() if served_id(url) in ids}
    first, count = _number(asked, "_offset", 0), _number(asked, "_count", len(found))
    if not count:
        summary = "count"
    kept = ("url", "_id", "_summary", "_count", "_offset")
    known = {name: asked[name] for name in kept if name in asked}
    links = [{"relation": "self", "url": _url(origin, kind, known)}]
    if summary != "count" and first + count < len(found):
        following = known | {"_offset": str(first + count)}
        links.append({"relation": "next", "url": _url(origin, kind, following)})
    page = list(found.items())[first : first + count]
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "link": links,
    }
    if page and summary != "count":
        bundle["entry"] = [
            {
                "fullUrl": f"{origin}/fhir/{kind}/{served_id(url)}",
                "resource": definition,
                "search": {"mode": "match"},
            }
            for url, definition in page
        ]
    return Response(200, msgspec.json.encode(bundle))


def _number(asked: Mapping[str, str], name: str, default: int) -> int:
    said = asked.get(name, str(default))
    if not (said.isascii() and said.isdecimal() and len(said) <= _LONGEST):
        raise Refusal(RefusalCode.VALUE_INVALID, where=name, hint="Un entier, 0 ou plus.")
    return int(said)


def _url(origin: str, kind: str, known: Mapping[str, str]) -> str:
    return f"{origin}/fhir/{kind}" + (f"?{urlencode(known)}" if known else "")
