"""Persons who act: invited, in by passkey, by sessions that are worth nothing in another browser."""

from egide.people.api import Portal, page
from egide.people.insured import issue_codes, write_codes
from egide.people.invite import Invitation, Invited, close, invite, invite_again
from egide.people.passkeys import RelyingParty
from egide.people.psc import Psc, PscSettings
from egide.people.sessions import Call, Person, admit_person
from egide.people.sql import close_dormant, forget_ceremonies
from egide.people.sql_entrances import forget_left

__all__ = [
    "Call",
    "Invitation",
    "Invited",
    "Person",
    "Portal",
    "Psc",
    "PscSettings",
    "RelyingParty",
    "admit_person",
    "close",
    "close_dormant",
    "forget_ceremonies",
    "forget_left",
    "invite",
    "invite_again",
    "issue_codes",
    "page",
    "write_codes",
]
