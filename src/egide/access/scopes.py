"""The table of routes: which scope each one asks for. A route that is not here does not exist.

Software has the scopes of its token, persons those of their role (``role.py``). No scope is of both.
"""

from enum import StrEnum


class Scope(StrEnum):
    """What a token may be used for."""

    RIGHTS_ASK = "rights.ask"
    CLAIM_SUBMIT = "claim.submit"
    PAYMENT_READ = "payment.read"
    CERTIFICATE_ASK = "certificate.ask"  # of one's own key, for connections bound to it
    SELF = "self"  # one's own passkeys and sessions
    KEYS_READ = "keys.read"  # the keys of one's establishment's software
    KEYS_CHANGE = "keys.change"
    ACCESSES_READ = "accesses.read"  # who learned something about oneself
    HOUSE_READ = "house.read"  # what is in force in one's establishment, and changes under way
    HOUSE_ASK = "house.ask"
    HOUSE_DECIDE = "house.decide"  # approve what another asked; stop what anybody asked
    STATEMENTS_READ = "statements.read"  # one's insurer's calls for funds
    EXPORTS = "exports"  # files of one's insurer's claims, by two persons
    TICKETS = "tickets"  # help on one's house's invoices; to an operator, those asked for
    TICKET_OPEN = "ticket.open"
    SUPPORT_VIEW = "support.view"
    TRAIL_READ = "trail.read"  # who asked and approved what
    APPLY = "apply"  # for a house of one's own
    APPLICATIONS = "applications"  # of others, to decide on
    STAFF_CHANGE = "staff.change"  # whom one's house lets in
    RECOVERY_ASK = "recovery.ask"  # for another person whose passkeys are lost
    SEGMENTS_READ = "segments.read"  # what is contained
    SEGMENTS_CHANGE = "segments.change"


# None: open to all, since it tells nothing about anybody.
ROUTES: dict[tuple[str, str], Scope | None] = {
    ("GET", "/"): None,
    ("GET", "/health"): None,
    ("GET", "/fhir/metadata"): None,
    ("GET", "/.well-known/jwks.json"): None,
    ("GET", "/log/checkpoint"): None,  # of salted hashes: they tell nothing
    ("GET", "/log/tile/{path*}"): None,
    ("GET", "/.well-known/oauth-authorization-server"): None,
    ("POST", "/oauth/token"): None,
    ("POST", "/fhir/CoverageEligibilityRequest/$submit"): Scope.RIGHTS_ASK,
    ("GET", "/engagements/{number}"): Scope.RIGHTS_ASK,
    ("GET", "/engagements/{number}/receipt"): Scope.RIGHTS_ASK,
    ("GET", "/standing"): Scope.RIGHTS_ASK,
    ("POST", "/fhir/Claim/$submit"): Scope.CLAIM_SUBMIT,
    ("GET", "/fhir/ClaimResponse/{claim}"): Scope.CLAIM_SUBMIT,
    ("GET", "/fhir/PaymentReconciliation/{transfer}"): Scope.PAYMENT_READ,
    ("GET", "/remittances/{transfer}"): Scope.PAYMENT_READ,
    ("POST", "/software"): None,  # signed by its maker's registered key
    ("POST", "/certificate"): Scope.CERTIFICATE_ASK,
    ("GET", "/portal"): None,
    ("GET", "/portal/portal.js"): None,
    ("GET", "/portal/portal.css"): None,
    ("POST", "/portal/enrol/begin"): None,
    ("POST", "/portal/enrol/finish"): None,
    ("GET", "/portal/psc"): None,
    ("GET", "/portal/entrances"): None,
    ("POST", "/portal/psc/begin"): None,
    ("POST", "/portal/psc/finish"): None,
    ("GET", "/portal/insurer/{amc}"): None,
    ("POST", "/portal/insurer/begin"): None,
    ("POST", "/portal/insurer/finish"): None,
    # by the browser itself, with its cookie and its machine's key
    ("POST", "/portal/device/bind"): None,
    ("POST", "/portal/device/renew"): None,
    ("POST", "/portal/login/begin"): None,
    ("POST", "/portal/login/finish"): None,
    ("GET", "/portal/me"): Scope.SELF,
    ("POST", "/portal/touch/begin"): Scope.SELF,
    ("POST", "/portal/touch/finish"): Scope.SELF,
    ("POST", "/portal/passkeys/begin"): Scope.SELF,
    ("POST", "/portal/passkeys/finish"): Scope.SELF,
    ("POST", "/portal/passkeys/revoke"): Scope.SELF,
    ("POST", "/portal/sessions/close"): Scope.SELF,
    ("POST", "/portal/recovery/stop"): Scope.SELF,
    ("GET", "/portal/keys"): Scope.KEYS_READ,
    ("POST", "/portal/keys/enrol"): Scope.KEYS_CHANGE,
    ("POST", "/portal/keys/revoke"): Scope.KEYS_CHANGE,
    ("POST", "/portal/accesses"): Scope.ACCESSES_READ,
    ("POST", "/portal/accesses/proof"): Scope.ACCESSES_READ,
    ("POST", "/portal/accesses/confirm"): Scope.ACCESSES_READ,
    ("POST", "/portal/presence"): Scope.ACCESSES_READ,
    ("GET", "/portal/changes"): Scope.HOUSE_READ,
    ("POST", "/portal/changes/iban"): Scope.HOUSE_ASK,
    ("POST", "/portal/changes/contact"): Scope.HOUSE_ASK,
    ("POST", "/portal/changes/administrator"): Scope.HOUSE_ASK,
    ("POST", "/portal/changes/recovery"): Scope.RECOVERY_ASK,
    ("POST", "/portal/changes/approve"): Scope.HOUSE_DECIDE,
    ("POST", "/portal/changes/cancel"): Scope.HOUSE_DECIDE,
    ("POST", "/portal/staff/invite"): Scope.STAFF_CHANGE,
    ("POST", "/portal/staff/close"): Scope.STAFF_CHANGE,
    ("GET", "/portal/application"): Scope.APPLY,
    ("POST", "/portal/application/begin"): Scope.APPLY,
    ("POST", "/portal/application/sign"): Scope.APPLY,
    ("GET", "/portal/applications"): Scope.APPLICATIONS,
    ("POST", "/portal/applications/decide"): Scope.APPLICATIONS,
    ("GET", "/portal/statements"): Scope.STATEMENTS_READ,
    ("POST", "/portal/statements/accept"): Scope.EXPORTS,
    ("POST", "/portal/exports/ask"): Scope.EXPORTS,
    ("POST", "/portal/exports/approve"): Scope.EXPORTS,
    ("POST", "/portal/exports/take"): Scope.EXPORTS,
    ("GET", "/portal/tickets"): Scope.TICKETS,
    ("POST", "/portal/tickets/open"): Scope.TICKET_OPEN,
    ("POST", "/portal/tickets/view"): Scope.SUPPORT_VIEW,
    ("POST", "/portal/tickets/close"): Scope.TICKETS,
    ("POST", "/portal/trail"): Scope.TRAIL_READ,
    ("GET", "/portal/segments"): Scope.SEGMENTS_READ,
    ("POST", "/portal/segments/set"): Scope.SEGMENTS_CHANGE,
}
PERSON_SCOPES = frozenset(
    {
        Scope.SELF,
        Scope.KEYS_READ,
        Scope.KEYS_CHANGE,
        Scope.ACCESSES_READ,
        Scope.HOUSE_READ,
        Scope.HOUSE_ASK,
        Scope.HOUSE_DECIDE,
        Scope.RECOVERY_ASK,
        Scope.APPLY,
        Scope.APPLICATIONS,
        Scope.STAFF_CHANGE,
        Scope.STATEMENTS_READ,
        Scope.EXPORTS,
        Scope.TICKETS,
        Scope.TICKET_OPEN,
        Scope.SUPPORT_VIEW,
        Scope.TRAIL_READ,
        Scope.SEGMENTS_READ,
        Scope.SEGMENTS_CHANGE,
    }
)
DEFAULT_SCOPES = frozenset(Scope) - PERSON_SCOPES
# What a thief of an open session would want: a touch of the passkey in the last five minutes.
FRESH = frozenset(
    {
        ("POST", "/portal/passkeys/begin"),
        ("POST", "/portal/passkeys/finish"),
        ("POST", "/portal/passkeys/revoke"),
        ("POST", "/portal/keys/enrol"),
        ("POST", "/portal/keys/revoke"),
        ("POST", "/portal/changes/iban"),
        ("POST", "/portal/changes/contact"),
        ("POST", "/portal/changes/administrator"),
        ("POST", "/portal/changes/recovery"),
        ("POST", "/portal/changes/approve"),
        ("POST", "/portal/changes/cancel"),
        ("POST", "/portal/staff/invite"),
        ("POST", "/portal/staff/close"),
        ("POST", "/portal/application/begin"),
        ("POST", "/portal/application/sign"),
        ("POST", "/portal/applications/decide"),
        ("POST", "/portal/statements/accept"),
        ("POST", "/portal/exports/ask"),
        ("POST", "/portal/exports/approve"),
        ("POST", "/portal/exports/take"),
        ("POST", "/portal/tickets/view"),
        ("POST", "/portal/segments/set"),
    }
)
