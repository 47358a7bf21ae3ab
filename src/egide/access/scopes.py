"""The scopes: what a token or a session may be used for. Each route names its own, beside its endpoint.

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
    COVER_READ = "cover.read"  # one's own cover and invoices, and what exposed them
    ESTABLISHMENT_READ = (
        "establishment.read"  # what is in force in one's establishment, and changes under way
    )
    ESTABLISHMENT_ASK = "establishment.ask"
    ESTABLISHMENT_DECIDE = (
        "establishment.decide"  # approve what another asked; stop what anybody asked
    )
    STATEMENTS_READ = "statements.read"  # one's insurer's calls for funds
    EXPORTS = "exports"  # files of one's insurer's claims, by two persons
    PREAUTH_READ = "preauth.read"  # demands that wait for one's insurer
    PREAUTH_ANSWER = "preauth.answer"
    DISPUTES_READ = "disputes.read"  # what establishments contest of one's insurer's decisions
    DISPUTES_ANSWER = "disputes.answer"
    TICKETS = (
        "tickets"  # help on one's establishment's invoices; to an operator, those asked for
    )
    TICKET_OPEN = "ticket.open"
    SUPPORT_VIEW = "support.view"
    TRAIL_READ = "trail.read"  # who asked and approved what
    APPLY = "apply"  # for an establishment of one's own
    APPLICATIONS = "applications"  # of others, to decide on
    STAFF_CHANGE = "staff.change"  # whom one's establishment lets in
    RECOVERY_ASK = "recovery.ask"  # for another person whose passkeys are lost
    SEGMENTS_READ = "segments.read"  # what is contained
    SEGMENTS_CHANGE = "segments.change"


# What a scope of software's is contained by (GATE, section 6): its own flow, and what each flow is shut with.
FLOWS = {
    Scope.RIGHTS_ASK: "rights",
    Scope.CLAIM_SUBMIT: "claim",
    Scope.PAYMENT_READ: "payments",
    Scope.CERTIFICATE_ASK: "certificate",
}
PERSON_SCOPES = frozenset(
    {
        Scope.SELF,
        Scope.KEYS_READ,
        Scope.KEYS_CHANGE,
        Scope.ACCESSES_READ,
        Scope.COVER_READ,
        Scope.ESTABLISHMENT_READ,
        Scope.ESTABLISHMENT_ASK,
        Scope.ESTABLISHMENT_DECIDE,
        Scope.RECOVERY_ASK,
        Scope.APPLY,
        Scope.APPLICATIONS,
        Scope.STAFF_CHANGE,
        Scope.STATEMENTS_READ,
        Scope.EXPORTS,
        Scope.PREAUTH_READ,
        Scope.PREAUTH_ANSWER,
        Scope.DISPUTES_READ,
        Scope.DISPUTES_ANSWER,
        Scope.TICKETS,
        Scope.TICKET_OPEN,
        Scope.SUPPORT_VIEW,
        Scope.TRAIL_READ,
        Scope.SEGMENTS_READ,
        Scope.SEGMENTS_CHANGE,
    }
)
DEFAULT_SCOPES = frozenset(Scope) - PERSON_SCOPES
