"""Who a person is to an establishment, an insurer, the operator or itself, and what that lets them do."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from egide.access.scopes import Scope


class Role(StrEnum):
    """The role of an account."""

    PROFESSIONAL = "professional"
    ADMINISTRATOR = "administrator"
    ASSISTANT = "assistant"
    INSURER = "insurer"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    INSURED = "insured"
    APPLICANT = "applicant"


_SELF: Final = frozenset({Scope.SELF})
_ESTABLISHMENT: Final = _SELF | {Scope.ESTABLISHMENT_READ, Scope.TICKETS, Scope.TICKET_OPEN}
ROLE_SCOPES: Final[Mapping[Role, frozenset[Scope]]] = {
    Role.PROFESSIONAL: _ESTABLISHMENT | {Scope.KEYS_READ},
    Role.ADMINISTRATOR: _ESTABLISHMENT
    | {Scope.KEYS_READ, Scope.KEYS_CHANGE}
    | {
        Scope.ESTABLISHMENT_ASK,
        Scope.ESTABLISHMENT_DECIDE,
        Scope.RECOVERY_ASK,
        Scope.STAFF_CHANGE,
    },
    Role.ASSISTANT: _ESTABLISHMENT,
    Role.INSURER: _SELF
    | {Scope.STATEMENTS_READ, Scope.EXPORTS, Scope.PREAUTH_READ, Scope.PREAUTH_ANSWER}
    | {Scope.DISPUTES_READ, Scope.DISPUTES_ANSWER},
    Role.OPERATOR: _SELF
    | {Scope.ESTABLISHMENT_READ, Scope.ESTABLISHMENT_DECIDE, Scope.RECOVERY_ASK}
    | {Scope.TICKETS, Scope.SUPPORT_VIEW, Scope.APPLICATIONS}
    | {Scope.SEGMENTS_READ, Scope.SEGMENTS_CHANGE},
    Role.AUDITOR: _SELF | {Scope.TRAIL_READ, Scope.SEGMENTS_READ},
    Role.APPLICANT: _SELF | {Scope.APPLY},
    Role.INSURED: _SELF | {Scope.ACCESSES_READ, Scope.COVER_READ},
}
