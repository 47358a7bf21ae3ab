"""Which endpoint answers each route of the table: those open to all, those of software, those of persons."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from egide import claims, db, payments, people, rights
from egide.access import Authenticator, Authority, Issuer, Nonces, Pass
from egide.claims import ClaimsDesk
from egide.core.refusal import Refusal
from egide.edge.http import Request, Response
from egide.people import Person, Portal
from egide.rights import RightsDesk
from egide.vault import KeyRing
from egide.web import errors, open_routes


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
    portal: Portal


_Open = Callable[[Server, Request], Awaitable[Response]]
_Guarded = Callable[[Server, Request, Pass], Awaitable[Response]]


async def _home(_: Server, __: Request) -> Response:
    return open_routes.home()


async def _health(server: Server, _: Request) -> Response:
    return await open_routes.health(server.pool)


async def _metadata(server: Server, _: Request) -> Response:
    return open_routes.capability_statement(server.origin)


async def _jwks(server: Server, _: Request) -> Response:
    return open_routes.jwks(server.ring)


async def _server_metadata(server: Server, _: Request) -> Response:
    return open_routes.server_metadata(server.origin)


async def _declare(server: Server, request: Request) -> Response:
    return await open_routes.declare_software(server, request)


async def _token(server: Server, request: Request) -> Response:
    nonce = (b"dpop-nonce", server.nonces.current(request.now).encode())
    try:
        return await open_routes.give_token(server, request, nonce)
    except Refusal as refusal:
        return errors.render_oauth_refusal(refusal, nonce)


def _page(name: str, media: bytes) -> _Open:
    async def show(_: Server, __: Request) -> Response:
        return people.page(name, media)

    return show


OPEN: dict[tuple[str, str], _Open] = {
    ("GET", "/"): _home,
    ("GET", "/health"): _health,
    ("GET", "/fhir/metadata"): _metadata,
    ("GET", "/.well-known/jwks.json"): _jwks,
    ("GET", "/.well-known/oauth-authorization-server"): _server_metadata,
    ("GET", "/log/checkpoint"): lambda s, r: open_routes.show_checkpoint(s.portal.pool, r),
    ("GET", "/log/tile/{path*}"): lambda s, r: open_routes.show_tile(s.portal.pool, r),
    ("POST", "/oauth/token"): _token,
    ("POST", "/software"): _declare,
    ("GET", "/portal"): _page("portal.html", b"text/html; charset=utf-8"),
    ("GET", "/portal/portal.js"): _page("portal.js", b"text/javascript; charset=utf-8"),
    ("GET", "/portal/portal.css"): _page("portal.css", b"text/css; charset=utf-8"),
    ("POST", "/portal/enrol/begin"): lambda s, r: s.portal.begin_enrolment(r),
    ("POST", "/portal/enrol/finish"): lambda s, r: s.portal.finish_enrolment(r),
    ("GET", "/portal/psc"): _page("portal.html", b"text/html; charset=utf-8"),
    ("GET", "/portal/insurer/{amc}"): _page("portal.html", b"text/html; charset=utf-8"),
    ("GET", "/portal/entrances"): lambda s, r: people.show_entrances(s.portal, r),
    ("POST", "/portal/psc/begin"): lambda s, r: people.leave_for_psc(s.portal, r),
    ("POST", "/portal/psc/finish"): lambda s, r: people.back_from_psc(s.portal, r),
    ("POST", "/portal/insurer/begin"): lambda s, r: people.leave_for_insurer(s.portal, r),
    ("POST", "/portal/insurer/finish"): lambda s, r: people.back_from_insurer(s.portal, r),
    ("POST", "/portal/device/bind"): lambda s, r: s.portal.bind_device(r),
    ("POST", "/portal/device/renew"): lambda s, r: s.portal.renew_device(r),
    ("POST", "/portal/login/begin"): lambda s, r: s.portal.begin_login(r),
    ("POST", "/portal/login/finish"): lambda s, r: s.portal.finish_login(r),
}
GUARDED: dict[tuple[str, str], _Guarded] = {
    ("POST", "/fhir/CoverageEligibilityRequest/$submit"): lambda s, r, p: rights.ask_rights(
        s.rights, r, p
    ),
    ("GET", "/engagements/{number}"): lambda s, r, p: rights.show_engagement(s.rights, r, p),
    ("GET", "/engagements/{number}/receipt"): lambda s, r, p: rights.show_receipt(
        s.rights, r, p
    ),
    ("GET", "/standing"): lambda s, r, p: rights.show_standing(s.rights, r, p),
    ("POST", "/fhir/Claim/$submit"): lambda s, r, p: claims.submit_claim(s.claims, r, p),
    ("GET", "/fhir/ClaimResponse/{claim}"): lambda s, r, p: claims.show_claim(s.claims, r, p),
    ("GET", "/fhir/PaymentReconciliation/{transfer}"): lambda s, r, p: (
        payments.show_reconciliation(s.pool, r, p)
    ),
    ("POST", "/certificate"): open_routes.certify,
    ("GET", "/remittances/{transfer}"): lambda s, r, p: payments.show_remittance(s.pool, r, p),
}
_PersonRoute = Callable[[Portal, Request, Person], Awaitable[Response]]
PEOPLE: dict[tuple[str, str], _PersonRoute] = {
    ("GET", "/portal/me"): Portal.me,
    ("POST", "/portal/touch/begin"): Portal.begin_touch,
    ("POST", "/portal/touch/finish"): Portal.finish_touch,
    ("POST", "/portal/passkeys/begin"): Portal.begin_adding,
    ("POST", "/portal/passkeys/finish"): Portal.finish_adding,
    ("POST", "/portal/passkeys/revoke"): Portal.revoke_passkey,
    ("POST", "/portal/sessions/close"): Portal.close_sessions,
    ("POST", "/portal/recovery/stop"): Portal.stop_recovery,
    ("GET", "/portal/keys"): people.show_keys,
    ("POST", "/portal/keys/enrol"): people.enrol_key,
    ("POST", "/portal/keys/revoke"): people.revoke_key,
    ("POST", "/portal/accesses"): people.show_accesses,
    ("POST", "/portal/accesses/proof"): people.prove_access,
    ("POST", "/portal/accesses/confirm"): people.confirm_access,
    ("POST", "/portal/presence"): people.give_presence,
    ("GET", "/portal/changes"): people.show_changes,
    ("POST", "/portal/changes/iban"): people.ask_iban,
    ("POST", "/portal/changes/contact"): people.ask_contact,
    ("POST", "/portal/changes/administrator"): people.ask_administrator,
    ("POST", "/portal/changes/recovery"): people.ask_recovery,
    ("POST", "/portal/changes/approve"): people.approve_change,
    ("POST", "/portal/changes/cancel"): people.cancel_change,
    ("POST", "/portal/staff/invite"): people.invite_staff,
    ("POST", "/portal/staff/close"): people.shut_out_staff,
    ("GET", "/portal/application"): people.show_application,
    ("POST", "/portal/application/begin"): people.begin_application,
    ("POST", "/portal/application/sign"): people.sign_application,
    ("GET", "/portal/applications"): people.show_applications,
    ("POST", "/portal/applications/decide"): people.decide_application,
    ("GET", "/portal/statements"): payments.show_statements,
    ("POST", "/portal/statements/accept"): payments.accept_call,
    ("POST", "/portal/exports/ask"): payments.ask_export,
    ("POST", "/portal/exports/approve"): payments.approve_export,
    ("POST", "/portal/exports/take"): payments.take_export,
    ("GET", "/portal/tickets"): payments.show_tickets,
    ("POST", "/portal/tickets/open"): payments.open_ticket,
    ("POST", "/portal/tickets/view"): payments.view_ticket,
    ("POST", "/portal/tickets/close"): payments.close_ticket,
    ("POST", "/portal/trail"): payments.show_trail,
    ("GET", "/portal/segments"): rights.show_segments,
    ("POST", "/portal/segments/set"): rights.set_segment,
}
