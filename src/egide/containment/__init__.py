"""What is contained: segments asked of only by card, or shut (GATE, section 6)."""

from egide.containment.segments import (
    LONGEST_HOURS,
    ROUTES,
    Segment,
    SegmentKind,
    check_segment,
    contained_now,
    with_number,
)

__all__ = [
    "LONGEST_HOURS",
    "ROUTES",
    "Segment",
    "SegmentKind",
    "check_segment",
    "contained_now",
    "with_number",
]
