"""The portal's page and what it loads, under rules that let it load nothing else."""

import secrets
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Final

from egide.edge.http import Request, Response
from egide.edge.route import Route

_POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def _page(name: str, media: bytes) -> Response:
    """Return a file of the portal, under rules that let it load nothing but what it names itself, this once."""
    nonce = secrets.token_urlsafe(16)
    data = files("egide.portal").joinpath(name).read_bytes()
    if name.endswith(".html"):
        mark = f' nonce="{nonce}"'.encode()
        data = data.replace(b"<script", b"<script" + mark).replace(b"<link", b"<link" + mark)
    rules = (b"content-security-policy", _POLICY.format(nonce=nonce).encode())
    return Response(200, data, media, (rules,))


def _file(name: str, media: bytes) -> Callable[[object, Request], Awaitable[Response]]:
    async def show(_: object, __: Request) -> Response:
        """Show the portal, which loads nothing but what it names itself."""
        return _page(name, media)

    return show


_SCRIPT: Final = b"text/javascript; charset=utf-8"
_HTML: Final = _file("portal.html", b"text/html; charset=utf-8")
ROUTES: Final = (
    Route("GET", "/portal", None, _HTML),
    Route("GET", "/portal/psc", None, _HTML),
    Route("GET", "/portal/insurer/{amc}", None, _HTML),
    Route("GET", "/portal/portal.js", None, _file("portal.js", _SCRIPT)),
    Route("GET", "/portal/console.js", None, _file("console.js", _SCRIPT)),
    Route("GET", "/portal/own.js", None, _file("own.js", _SCRIPT)),
    Route("GET", "/portal/keys.js", None, _file("keys.js", _SCRIPT)),
    Route("GET", "/portal/counter", None, _file("counter.html", b"text/html; charset=utf-8")),
    Route("GET", "/portal/counter.js", None, _file("counter.js", _SCRIPT)),
    Route("GET", "/portal/portal.css", None, _file("portal.css", b"text/css; charset=utf-8")),
)
