"""The gate: may this establishment learn this, about whom, today."""

from egide.rights.api import (
    ROUTES,
    RightsDesk,
    pad,
)
from egide.rights.asked import PERSON, count_shown, is_covered
from egide.rights.engagement import Engagement, EngagementSigner
from egide.rights.gate import Gate, ask_gate, intend, told
from egide.rights.naming.locate import Insurance, Located, Named, locate
from egide.rights.naming.patient import PERSON_OURS
from egide.rights.own_accesses import ROUTES as OWN_ROUTES
from egide.rights.own_accesses import OwnAccesses
from egide.rights.own_space import open_space
from egide.rights.question import Answer, Basis, Purpose, Question, within_two_years
from egide.rights.receipts import ROUTES as RECEIPT_ROUTES

__all__ = [
    "OWN_ROUTES",
    "PERSON",
    "PERSON_OURS",
    "RECEIPT_ROUTES",
    "ROUTES",
    "Answer",
    "Basis",
    "Engagement",
    "EngagementSigner",
    "Gate",
    "Insurance",
    "Located",
    "Named",
    "OwnAccesses",
    "Purpose",
    "Question",
    "RightsDesk",
    "ask_gate",
    "count_shown",
    "intend",
    "is_covered",
    "locate",
    "open_space",
    "pad",
    "told",
    "within_two_years",
]
