"""Persons who act: invited, in by passkey, by sessions that are worth nothing in another browser."""

from egide.people.api import Portal
from egide.people.device import Tickets
from egide.people.house.notices import Mailbox, send_notices
from egide.people.house.payee import Bank, BankSettings, NoBank, Payee, PayeeCheck
from egide.people.house.sql_changes import apply_changes
from egide.people.insured import issue_codes, write_codes
from egide.people.insurers import Insurers, read_insurers
from egide.people.invite import Invitation, Invited, close, invite, invite_again
from egide.people.passkeys import RelyingParty
from egide.people.portal.routes import ROUTES
from egide.people.psc import Psc, PscSettings
from egide.people.sessions import Call, Person, admit_person
from egide.people.sql import close_dormant, forget_ceremonies
from egide.people.sql_entrances import forget_left

__all__ = [
    "ROUTES",
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
    "close",
    "close_dormant",
    "forget_ceremonies",
    "forget_left",
    "invite",
    "invite_again",
    "issue_codes",
    "read_insurers",
    "send_notices",
    "write_codes",
]
