"""Prises en charge and quotes: asked, rated, granted, held, used by an invoice; each state says who acts next."""

from egide.preauth.agreement import hold_to, is_agreed
from egide.preauth.answered import InsurerAnswer, InsurersAnswer, answer_of
from egide.preauth.api import ROUTES
from egide.preauth.desk import PreauthDesk
from egide.preauth.moves import Preauth, Use, cancel, cited, give_piece, use_of
from egide.preauth.persons.routes import ROUTES as PERSON_ROUTES
from egide.preauth.response import as_it_stands, asked_as, numbered, room_of
from egide.preauth.sql import Stored, current, existing, is_used_by, lines, mark_used, revision

__all__ = [
    "PERSON_ROUTES",
    "ROUTES",
    "InsurerAnswer",
    "InsurersAnswer",
    "Preauth",
    "PreauthDesk",
    "Stored",
    "Use",
    "answer_of",
    "as_it_stands",
    "asked_as",
    "cancel",
    "cited",
    "current",
    "existing",
    "give_piece",
    "hold_to",
    "is_agreed",
    "is_used_by",
    "lines",
    "mark_used",
    "numbered",
    "revision",
    "room_of",
    "use_of",
]
