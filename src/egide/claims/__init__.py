"""Invoices: received once, controlled, priced, booked; corrected and cancelled; and the answer kept for ever."""

from egide.claims.api import ROUTES
from egide.claims.attested import AttestedClaim, attested_values
from egide.claims.cancel import cancel
from egide.claims.desk import ClaimsDesk
from egide.claims.reprice import Changed, Repricing, Span, Tally
from egide.claims.response import ENDED
from egide.claims.sql import cancel as end_claim
from egide.claims.sql import count_decided

__all__ = [
    "ENDED",
    "ROUTES",
    "AttestedClaim",
    "Changed",
    "ClaimsDesk",
    "Repricing",
    "Span",
    "Tally",
    "attested_values",
    "cancel",
    "count_decided",
    "end_claim",
]
