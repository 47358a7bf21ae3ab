"""Who pays what: arithmetic only. The way in is ``price_claim``."""

from egide.pricing.act import (
    ELEMENTS,
    EQUIPMENT,
    FRAMES,
    LENS_LETTERS,
    Act,
    Deductible,
    Heaviness,
    Kind,
    Role,
)
from egide.pricing.amo_part import HEAVY
from egide.pricing.condition import ALWAYS, Case, Condition
from egide.pricing.draft import PARTICIPATION
from egide.pricing.formula import Amount, Bound, BoundKind, Choice, Formula, Purse, Sum
from egide.pricing.guarantee import (
    ALL_DAYS,
    NETWORK,
    Guarantee,
    GuaranteeLine,
    Layer,
    Stacking,
)
from egide.pricing.law import Law, OpticsRange, ResponsibleContract
from egide.pricing.limits import (
    CONTRACT,
    NO_LIMIT,
    RENEWAL,
    Counters,
    Limit,
    Span,
    Use,
    Window,
    merged,
    without,
)
from egide.pricing.price_claim import price_claim
from egide.pricing.reckoning import PricedClaim, PricedLine, Share, Step, StepCode

__all__ = [
    "ALL_DAYS",
    "ALWAYS",
    "CONTRACT",
    "ELEMENTS",
    "EQUIPMENT",
    "FRAMES",
    "HEAVY",
    "LENS_LETTERS",
    "NETWORK",
    "NO_LIMIT",
    "PARTICIPATION",
    "RENEWAL",
    "Act",
    "Amount",
    "Bound",
    "BoundKind",
    "Case",
    "Choice",
    "Condition",
    "Counters",
    "Deductible",
    "Formula",
    "Guarantee",
    "GuaranteeLine",
    "Heaviness",
    "Kind",
    "Law",
    "Layer",
    "Limit",
    "OpticsRange",
    "PricedClaim",
    "PricedLine",
    "Purse",
    "ResponsibleContract",
    "Role",
    "Share",
    "Span",
    "Stacking",
    "Step",
    "StepCode",
    "Sum",
    "Use",
    "Window",
    "merged",
    "price_claim",
    "without",
]
