"""What is promised of each attacker: its hard bounds, and what is aimed at with detection on (GATE, section 8)."""

from dataclasses import dataclass
from typing import Final

from egide.drills.campaign.abusers import flood, key_only, self_dealing, server_taken
from egide.drills.campaign.thieves import (
    POISONED,
    Move,
    adaptive,
    as_newcomer,
    burst,
    colluding,
    guess,
    low_and_slow,
    malicious_update,
    poison,
    rejects,
    through_claims,
    white_box,
)

_CAP: Final = 1000  # of a segment, at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is promised of an attacker.

    Args:
        day, month: the hard bound of persons newly exposed by one establishment in 24 hours and in 30 days.
        goal: the p95 of all its disclosed aimed at, with detection on; None: its hard bounds alone are promised.
        is_goal_monthly: the goal is for its worst 30 days.
        crowd: the hard bound of what all its establishments expose in a civil day: the cap of the segment they share.
        lasts: days that its theft takes.
    """

    name: str
    style: str
    move: Move
    day: int = 100
    month: int = 300
    goal: int | None
    is_goal_monthly: bool = False
    establishments: int = 1
    crowd: int | None = None
    lasts: int = 1
    is_newcomer: bool = False


PROFILES: Final = (
    Profile(name="A2", style="rafale depuis le vrai comptoir", move=burst, goal=15),
    Profile(name="A3", style="lent et discret, sans rien savoir", move=low_and_slow, goal=60),
    Profile(name="A3w", style="lent et discret, connaît les limites", move=white_box, goal=60),
    Profile(name="A3a", style="lent et discret, tâtonne", move=adaptive, goal=60),
    Profile(name="A3p", style="empoisonneur", move=poison, goal=60, lasts=POISONED + 1),
    Profile(name="A4", style="NIR devinés", move=guess, goal=1),
    Profile(name="A5", style="liste volée, canaris compris", move=burst, goal=20),
    Profile(
        name="A6",
        style="200 comptes complices",
        move=colluding,
        goal=1500,
        establishments=200,
        crowd=_CAP,
    ),
    Profile(
        name="A7", style="par les factures, accords et devis", move=through_claims, goal=10
    ),
    Profile(
        name="A8", style="rejets de lots de factures", move=rejects, day=0, month=0, goal=0
    ),
    Profile(
        name="A9",
        style="mise à jour malveillante",
        move=malicious_update,
        goal=2000,
        establishments=40,
        crowd=_CAP,
    ),
    Profile(
        name="A10",
        style="faux établissement",
        move=as_newcomer,
        day=2,
        month=10,
        goal=4,
        is_newcomer=True,
    ),
    Profile(
        name="A12",
        style="serveur pris : le compte du guichet, pour tous les établissements",
        move=server_taken,
        goal=None,
        establishments=60,
        crowd=_CAP,
    ),
    Profile(
        name="A13",
        style="se paie ses propres factures",
        move=self_dealing,
        goal=60,
        is_goal_monthly=True,
    ),
    Profile(
        name="A14", style="inonde les plafonds communs", move=flood, day=0, month=0, goal=0
    ),
    Profile(
        name="A15", style="une clé, sans aucune liste", move=key_only, day=0, month=0, goal=0
    ),
)
