"""Persons who act: invited, in by passkey, by sessions that are worth nothing in another browser."""

from egide.people.api import Portal, page
from egide.people.device import Tickets
from egide.people.entrances import (
    back_from_insurer,
    back_from_psc,
    leave_for_insurer,
    leave_for_psc,
    show_entrances,
)
from egide.people.house.applications import (
    begin_application,
    decide_application,
    show_application,
    show_applications,
    sign_application,
)
from egide.people.house.changes import (
    approve_change,
    ask_administrator,
    ask_contact,
    ask_iban,
    ask_recovery,
    cancel_change,
    show_changes,
)
from egide.people.house.notices import Mailbox, send_notices
from egide.people.house.payee import Bank, BankSettings, NoBank, Payee, PayeeCheck
from egide.people.house.software_keys import enrol_key, revoke_key, show_keys
from egide.people.house.sql_changes import apply_changes
from egide.people.house.staff import invite_staff, shut_out_staff
from egide.people.insured import issue_codes, write_codes
from egide.people.insurers import Insurers, read_insurers
from egide.people.invite import Invitation, Invited, close, invite, invite_again
from egide.people.own_accesses import (
    confirm_access,
    give_presence,
    prove_access,
    show_accesses,
)
from egide.people.passkeys import RelyingParty
from egide.people.psc import Psc, PscSettings
from egide.people.sessions import Call, Person, admit_person
from egide.people.sql import close_dormant, forget_ceremonies
from egide.people.sql_entrances import forget_left

__all__ = [
    "Bank",
    "BankSettings",
    "Call",
    "Insurers",
    "Invitation",
    "Invited",
    "Mailbox",
    "NoBank",
    "Payee",
    "PayeeCheck",
    "Person",
    "Portal",
    "Psc",
    "PscSettings",
    "RelyingParty",
    "Tickets",
    "admit_person",
    "apply_changes",
    "approve_change",
    "ask_administrator",
    "ask_contact",
    "ask_iban",
    "ask_recovery",
    "back_from_insurer",
    "back_from_psc",
    "begin_application",
    "cancel_change",
    "close",
    "close_dormant",
    "confirm_access",
    "decide_application",
    "enrol_key",
    "forget_ceremonies",
    "forget_left",
    "give_presence",
    "invite",
    "invite_again",
    "invite_staff",
    "issue_codes",
    "leave_for_insurer",
    "leave_for_psc",
    "page",
    "prove_access",
    "read_insurers",
    "revoke_key",
    "send_notices",
    "show_accesses",
    "show_application",
    "show_applications",
    "show_changes",
    "show_entrances",
    "show_keys",
    "shut_out_staff",
    "sign_application",
    "write_codes",
]
