"""The gate: may this establishment learn this, about whom, today."""

from egide.rights.api import (
    ROUTES,
    RightsDesk,
    pad,
)
from egide.rights.engagement import Engagement, EngagementSigner
from egide.rights.gate import Gate, ask_gate
from egide.rights.locate import Contained, Insurance, Located, locate, within_two_years
from egide.rights.question import Answer, Basis, Purpose, Question
from egide.rights.segments import (
    LONGEST_HOURS,
    Segment,
    SegmentKind,
    check_segment,
)
from egide.rights.segments import ROUTES as SEGMENT_ROUTES

__all__ = [
    "LONGEST_HOURS",
    "ROUTES",
    "SEGMENT_ROUTES",
    "Answer",
    "Basis",
    "Contained",
    "Engagement",
    "EngagementSigner",
    "Gate",
    "Insurance",
    "Located",
    "Purpose",
    "Question",
    "RightsDesk",
    "Segment",
    "SegmentKind",
    "ask_gate",
    "check_segment",
    "locate",
    "pad",
    "within_two_years",
]
