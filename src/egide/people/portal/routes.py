"""The portal's routes: its page, who comes in, and what each person does there; each called with the ``Portal``."""

from collections.abc import Awaitable, Callable
from typing import Final

from egide.access import Scope
from egide.edge.http import Request, Response
from egide.edge.route import Route
from egide.people import entrances, own_accesses
from egide.people.api import Portal, page
from egide.people.house import applications, changes, software_keys, staff


def _file(name: str, media: bytes) -> Callable[[Portal, Request], Awaitable[Response]]:
    async def show(_: Portal, __: Request) -> Response:
        """Show the portal, which loads nothing but what it names itself."""
        return page(name, media)

    return show


_HTML: Final = _file("portal.html", b"text/html; charset=utf-8")
ROUTES: Final = (
    Route("GET", "/portal", None, _HTML),
    Route("GET", "/portal/psc", None, _HTML),
    Route("GET", "/portal/insurer/{amc}", None, _HTML),
    Route(
        "GET", "/portal/portal.js", None, _file("portal.js", b"text/javascript; charset=utf-8")
    ),
    Route("GET", "/portal/portal.css", None, _file("portal.css", b"text/css; charset=utf-8")),
    Route("POST", "/portal/enrol/begin", None, Portal.begin_enrolment),
    Route("POST", "/portal/enrol/finish", None, Portal.finish_enrolment),
    # By the browser itself, with its cookie and its machine's key.
    Route("POST", "/portal/device/bind", None, Portal.bind_device),
    Route("POST", "/portal/device/renew", None, Portal.renew_device),
    Route("POST", "/portal/login/begin", None, Portal.begin_login),
    Route("POST", "/portal/login/finish", None, Portal.finish_login),
    Route("GET", "/portal/me", Scope.SELF, Portal.me),
    Route("POST", "/portal/touch/begin", Scope.SELF, Portal.begin_touch),
    Route("POST", "/portal/touch/finish", Scope.SELF, Portal.finish_touch),
    Route("POST", "/portal/passkeys/begin", Scope.SELF, Portal.begin_adding, fresh=True),
    Route("POST", "/portal/passkeys/finish", Scope.SELF, Portal.finish_adding, fresh=True),
    Route("POST", "/portal/passkeys/revoke", Scope.SELF, Portal.revoke_passkey, fresh=True),
    Route("POST", "/portal/sessions/close", Scope.SELF, Portal.close_sessions),
    Route("POST", "/portal/recovery/stop", Scope.SELF, Portal.stop_recovery),
    *entrances.ROUTES,
    *own_accesses.ROUTES,
    *software_keys.ROUTES,
    *changes.ROUTES,
    *staff.ROUTES,
    *applications.ROUTES,
)
