"""What a new claim meets: what prises en charge hold, and which claims count whatever the database says."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from egide.pricing import Use


class Hold(NamedTuple):
    """A renewal that a prise en charge holds.

    Args:
        until: the last day on which it may be invoiced.
        seat: which of those that a contract gives, from 0.
    """

    use: Use
    preauth_id: UUID
    until: date
    seat: int = 0


class Among(NamedTuple):
    """Among which claims a new one is decided.

    Args:
        left_out: claims and prises en charge that it replaces or uses: they do not count.
        standing: claims whose cancelling no process of ours took: they count, and whoever pays will undo it.
    """

    left_out: tuple[UUID, ...] = ()
    standing: tuple[UUID, ...] = ()
