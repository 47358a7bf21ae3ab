"""Claims: received once, controlled, priced, booked; and the answer kept for ever."""

from egide.claims.adjudicate import ClaimsDesk
from egide.claims.api import show_claim, submit_claim
from egide.claims.controls import CONTROLS, Control
from egide.claims.decide import Books

__all__ = ["CONTROLS", "Books", "ClaimsDesk", "Control", "show_claim", "submit_claim"]
