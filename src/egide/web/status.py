"""What works now, for anybody: a page without a script, and the same as JSON; nobody and no reason is in it."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

import msgspec

from egide import db
from egide.core.period import PARIS
from egide.edge.http import Request, Response
from egide.web import errors
from egide.web.sql import FlowStands, flow_status

_FLOWS: Final = {
    "rights": "Droits des patients",
    "preauth": "Prises en charge et devis",
    "claim": "Factures",
    "payments": "Virements et bordereaux",
    "portal": "Portail des personnes",
}
_MODES: Final = {
    "open": "répond",
    "card-only": "répond à qui montre sa carte",
    "off": "arrêté",
}
_STYLE: Final = """
body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:0 auto;padding:1rem 1.5rem;color-scheme:light dark}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #8888}
.no{font-weight:700}
"""
_CACHE: Final = (b"cache-control", b"public, max-age=15")


async def _stands(pool: db.Pool) -> list[FlowStands] | None:
    """Return how flows stand, None where the database is away."""
    try:
        async with db.statement(pool) as tx:
            return await flow_status(tx)
    except db.FAULTS as error:
        errors.log_trouble("status", error)
        return None


def _now(found: Sequence[FlowStands]) -> dict[str, FlowStands]:
    return {one.flow: one for one in found if one.is_now}


async def show_json(pool: db.Pool, request: Request) -> Response:
    """Answer how each flow stands, and what changed in ninety days; 503 where the database is away."""
    found = await _stands(pool)
    if found is None:
        said: dict[str, Any] = {"status": "unavailable", "at": request.now}
        return _json(503, said)
    held = _now(found)
    said = {
        "status": "degraded" if held else "ok",
        "at": request.now,
        "flows": {
            flow: {
                "mode": held[flow].mode if flow in held else "open",
                "since": held[flow].at if flow in held else None,
                "until": held[flow].until if flow in held else None,
            }
            for flow in _FLOWS
        },
        "changes": [
            {"at": one.at, "flow": one.flow, "mode": one.mode, "until": one.until}
            for one in found
            if not one.is_now
        ],
    }
    return _json(200, said)


def _json(status: int, said: dict[str, Any]) -> Response:
    again = () if status == 200 else ((b"retry-after", b"30"),)
    return Response(status, msgspec.json.encode(said), b"application/json", (_CACHE, *again))


async def show_page(pool: db.Pool, request: Request) -> Response:
    """Show the same to whoever comes, in French, without a script."""
    found = await _stands(pool)
    nonce = secrets.token_urlsafe(16)
    body = _page(found, request.now, nonce)
    rules = (
        b"content-security-policy",
        f"default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'none'".encode(),
    )
    status = 503 if found is None else 200
    return Response(status, body.encode(), b"text/html; charset=utf-8", (rules, _CACHE))


def _page(found: Sequence[FlowStands] | None, now: datetime, nonce: str) -> str:
    if found is None:
        main = "<p class='no'>Le service ne répond pas en ce moment ; les factures peuvent attendre chez vous.</p>"
    else:
        held = _now(found)
        rows = "".join(_row(name, held.get(flow)) for flow, name in _FLOWS.items())
        past = "".join(_change(one) for one in found if not one.is_now)
        main = (
            f"<p>{'Tout répond.' if not held else 'Une partie est restreinte : ce qui suit le dit.'}</p>"
            '<table><thead><tr><th scope="col">Service</th><th scope="col">Maintenant</th></tr></thead>'
            f"<tbody>{rows}</tbody></table>"
            + (f"<h2>Depuis quatre-vingt-dix jours</h2><ul>{past}</ul>" if past else "")
        )
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>État du service – Égide</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="60">'
        f'<style nonce="{nonce}">{_STYLE}</style></head><body><main><h1>État du service</h1>{main}'
        f"<p>À {_said(now)}. Le même pour une machine : /status.json.</p></main></body></html>"
    )


def _row(name: str, held: FlowStands | None) -> str:
    if held is None:
        return f"<tr><td>{name}</td><td>{_MODES['open']}</td></tr>"
    mode = escape(_MODES.get(held.mode, held.mode))
    until = f"depuis {_said(held.at)}, jusqu'à {_said(held.until)} au plus tard"
    return f"<tr><td>{name}</td><td class='no'>{mode}, {until}</td></tr>"


def _change(one: FlowStands) -> str:
    name = escape(_FLOWS.get(one.flow, one.flow))
    mode = "rouvert" if one.mode == "open" else escape(_MODES.get(one.mode, one.mode))
    return f"<li>{_said(one.at)} : {name}, {mode}</li>"


def _said(at: datetime) -> str:
    return f"{at.astimezone(PARIS):%d/%m/%Y %H h %M}"
