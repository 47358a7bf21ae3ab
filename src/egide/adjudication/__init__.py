"""Deciding what each line of a demand is worth, whoever asks: an invoice, a prise en charge, a quote."""

from egide.adjudication.cancelled import cancellation_values, is_ours
from egide.adjudication.claim import SubmittedClaim
from egide.adjudication.controls import CONTROLS, Control
from egide.adjudication.reference_data import ReferenceData
from egide.adjudication.sql import lock_counters

__all__ = [
    "CONTROLS",
    "Control",
    "ReferenceData",
    "SubmittedClaim",
    "cancellation_values",
    "is_ours",
    "lock_counters",
]
