"""The gate: may this establishment learn this, about whom, today."""

from egide.rights.api import (
    RightsDesk,
    ask_rights,
    pad,
    show_engagement,
    show_receipt,
    show_standing,
)
from egide.rights.engagement import Engagement, Notary
from egide.rights.gate import Gate, ask_gate
from egide.rights.locate import Contained, Insurance, Located, locate, within_two_years
from egide.rights.question import Answer, Basis, Purpose, Question
from egide.rights.segments import (
    LONGEST_HOURS,
    Segment,
    SegmentKind,
    check_segment,
    set_segment,
    show_segments,
)

__all__ = [
    "LONGEST_HOURS",
    "Answer",
    "Basis",
    "Contained",
    "Engagement",
    "Gate",
    "Insurance",
    "Located",
    "Notary",
    "Purpose",
    "Question",
    "RightsDesk",
    "Segment",
    "SegmentKind",
    "ask_gate",
    "ask_rights",
    "check_segment",
    "locate",
    "pad",
    "set_segment",
    "show_engagement",
    "show_receipt",
    "show_segments",
    "show_standing",
    "within_two_years",
]
