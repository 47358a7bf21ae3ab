"""Who a person is: passkeys, sessions bound to a browser and to its machine, Pro Santé Connect, insurers' own login."""

from egide.identity.api import ROUTES, SignIn, shown
from egide.identity.device import Tickets
from egide.identity.insurers import Insurers, InsurerSettings, read_insurers
from egide.identity.invitation import code_hash, give_code, new_code
from egide.identity.oidc import Returned
from egide.identity.passkeys import (
    Asking,
    Credential,
    RelyingParty,
    begin_enrolment,
    begin_first,
    begin_signing,
    challenge_of,
    finish_login,
)
from egide.identity.psc import Professional, Psc, PscSettings
from egide.identity.sessions import COOKIE, Call, Person, admit_person, asking_of
from egide.identity.sql import forget_ceremonies, forget_left, let_nothing_in

__all__ = [
    "COOKIE",
    "ROUTES",
    "Asking",
    "Call",
    "Credential",
    "InsurerSettings",
    "Insurers",
    "Person",
    "Professional",
    "Psc",
    "PscSettings",
    "RelyingParty",
    "Returned",
    "SignIn",
    "Tickets",
    "admit_person",
    "asking_of",
    "begin_enrolment",
    "begin_first",
    "begin_signing",
    "challenge_of",
    "code_hash",
    "finish_login",
    "forget_ceremonies",
    "forget_left",
    "give_code",
    "let_nothing_in",
    "new_code",
    "read_insurers",
    "shown",
]
