"""Persons who act: invited, in by passkey, by sessions that are worth nothing in another browser."""

from egide.people.api import Portal, page
from egide.people.changes import (
    approve_change,
    ask_administrator,
    ask_contact,
    ask_iban,
    ask_recovery,
    cancel_change,
    show_changes,
)
from egide.people.insured import issue_codes, write_codes
from egide.people.invite import Invitation, Invited, close, invite, invite_again
from egide.people.notices import Mailbox, send_notices
from egide.people.passkeys import RelyingParty
from egide.people.psc import Psc, PscSettings
from egide.people.sessions import Call, Person, admit_person
from egide.people.software_keys import enrol_key, revoke_key, show_keys
from egide.people.sql import close_dormant, forget_ceremonies
from egide.people.sql_changes import apply_changes
from egide.people.sql_entrances import forget_left

__all__ = [
    "Call",
    "Invitation",
    "Invited",
    "Mailbox",
    "Person",
    "Portal",
    "Psc",
    "PscSettings",
    "RelyingParty",
    "admit_person",
    "apply_changes",
    "approve_change",
    "ask_administrator",
    "ask_contact",
    "ask_iban",
    "ask_recovery",
    "cancel_change",
    "close",
    "close_dormant",
    "enrol_key",
    "forget_ceremonies",
    "forget_left",
    "invite",
    "invite_again",
    "issue_codes",
    "page",
    "revoke_key",
    "send_notices",
    "show_changes",
    "show_keys",
    "write_codes",
]
