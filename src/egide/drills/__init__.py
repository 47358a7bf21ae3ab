"""A synthetic France, its days, and the attackers who fail at it."""

from egide.drills.attack import Disclosed, guess_nirs, harvest, reuse_token
from egide.drills.day import DayPlan, DayReport, play_day
from egide.drills.france import France, Person, Shop, make_france

__all__ = [
    "DayPlan",
    "DayReport",
    "Disclosed",
    "France",
    "Person",
    "Shop",
    "guess_nirs",
    "harvest",
    "make_france",
    "play_day",
    "reuse_token",
]
