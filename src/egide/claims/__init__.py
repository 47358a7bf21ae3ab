"""Claims: received once, controlled, priced, booked; and the answer kept for ever."""

from egide.claims.adjudicate import ClaimsDesk
from egide.claims.api import ROUTES
from egide.claims.attested import AttestedClaim, attested_values
from egide.claims.controls import CONTROLS, Control
from egide.claims.reference_data import ReferenceData
from egide.claims.reprice import Changed, Repricing, Span, Tally
from egide.claims.sql import count_decided

__all__ = [
    "CONTROLS",
    "ROUTES",
    "AttestedClaim",
    "Changed",
    "ClaimsDesk",
    "Control",
    "ReferenceData",
    "Repricing",
    "Span",
    "Tally",
    "attested_values",
    "count_decided",
]
