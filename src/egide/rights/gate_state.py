"""What the gate's model keeps: covers, questions, and of each establishment what its answers hang on."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

DAY: Final = timedelta(hours=24)
WINDOW: Final = timedelta(days=30)
SHORTEST_MONTH, LONGEST_MONTH = 60, 300
STREAK: Final = 8
OBJECTION: Final = timedelta(days=5)
STALE: Final = timedelta(days=10)
MEMORY: Final = timedelta(days=180)
STALE_AT_LEAST: Final = 12
KNOWN_AT_LEAST: Final = 40
KNOWN_SINCE: Final = timedelta(days=10)
LOWEST_RATE: Final = 6


class Cover(NamedTuple):
    """What one person has at one insurer; the canaries are persons who do not exist."""

    person: str
    insurer: str
    start_on: date
    end_on: date | None
    is_canary: bool = False


class Asked(NamedTuple):
    """One question: on its basis, ``address`` is a card, typed numbers, an alias, a page's code or an engagement."""

    establishment: str
    basis: str
    address: str
    care_on: date
    proof: str
    entry: str


class UnprovedQuery(NamedTuple):
    """A typed question that nothing justifies yet.

    Args:
        at: when it was last asked; ``first``, when first.
        person: who that is, once it was shown, or held.
        is_unmet: whether the establishment had never met whom it asked about.
        is_held: whether the first-contact rate let nothing be shown.
    """

    at: datetime
    first: datetime
    person: str | None
    is_unmet: bool
    is_held: bool


@dataclass(slots=True)
class Establishment:
    """What the gate keeps of an establishment."""

    is_proved: bool
    month_limit: int
    adapted_in: int | None = None
    misses: int = 0
    card_only_until: datetime | None = None
    is_off: bool = False
    rate: int | None = None
    first_contact_on: date | None = None
    unproved: dict[str, UnprovedQuery] = field(default_factory=dict[str, UnprovedQuery])
    relations_asked: dict[str, datetime] = field(default_factory=dict[str, datetime])
    # whom it met, by a card or a settled claim, and since when
    met: dict[str, datetime] = field(default_factory=dict[str, datetime])
    # by period and person: the day it was typed, if the establishment had not met it then
    justified: dict[tuple[int, str], date | None] = field(
        default_factory=dict[tuple[int, str], date | None]
    )
    engagements: dict[str, tuple[Cover, date]] = field(
        default_factory=dict[str, tuple[Cover, date]]
    )

    # by person: when its insurer accepted a claim, and when that justified something
    claimed: dict[str, tuple[datetime, datetime | None]] = field(
        default_factory=dict[str, tuple[datetime, datetime | None]]
    )
    objected: set[str] = field(default_factory=set[str])
    # who was shown by a card or a page, and when
    shown_proved: list[tuple[datetime, str]] = field(default_factory=list[tuple[datetime, str]])

    @property
    def day_limit(self) -> int:
        """Persons a day who may be asked about unproved."""
        return 100 if self.is_proved else 2


def newcomer() -> Establishment:
    """Return an establishment that has not shown what it is."""
    return Establishment(is_proved=False, month_limit=10)


def proved() -> Establishment:
    """Return an establishment that has."""
    return Establishment(is_proved=True, month_limit=SHORTEST_MONTH)


def period(at: datetime) -> int:
    """Return the thirty days that an instant is in."""
    return int(at.timestamp() // WINDOW.total_seconds())
