"""What waits: movements disposed of, again with what is known later, and by two persons who say the same."""

from egide.treasury.waiting.dispose_all import (
    Found,
    decide,
    dispose_again,
    load,
    move_on,
)
from egide.treasury.waiting.say import reject_all, say
from egide.treasury.waiting.sql import cause_of
from egide.treasury.waiting.unmatched import Unmatched, release_hold, unmatched

__all__ = [
    "Found",
    "Unmatched",
    "cause_of",
    "decide",
    "dispose_again",
    "load",
    "move_on",
    "reject_all",
    "release_hold",
    "say",
    "unmatched",
]
