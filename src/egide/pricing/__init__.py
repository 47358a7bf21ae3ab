"""Who pays what: arithmetic only. The way in is ``price_claim``."""

from egide.pricing.price_claim import PricedClaim, PricedLine, price_claim
from egide.pricing.promise import EQUIPMENT_COUNTER
from egide.pricing.reckoning import Step, StepCode
from egide.pricing.terms import (
    RENEWED_AS,
    Act,
    Ceiling,
    CeilingKind,
    Condition,
    Counters,
    Family,
    Formula,
    Guarantee,
    GuaranteeLine,
    Law,
    Limit,
    OpticsRange,
    Per,
    Share,
    Term,
    TermKind,
    Use,
    Window,
)

__all__ = [
    "EQUIPMENT_COUNTER",
    "RENEWED_AS",
    "Act",
    "Ceiling",
    "CeilingKind",
    "Condition",
    "Counters",
    "Family",
    "Formula",
    "Guarantee",
    "GuaranteeLine",
    "Law",
    "Limit",
    "OpticsRange",
    "Per",
    "PricedClaim",
    "PricedLine",
    "Share",
    "Step",
    "StepCode",
    "Term",
    "TermKind",
    "Use",
    "Window",
    "price_claim",
]
