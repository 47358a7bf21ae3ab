"""What an insurer's convention says of its prises en charge: days and a threshold, dated.

No public text gives validity, tolerance or delays of the field's networks: where a convention says nothing, ours hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of an insurer.

    Args:
        valid_days: care must be given within so many days of the agreement.
        tolerance_days: and invoiced within so many more.
        answer_days: its desk answers within so many days.
        piece_days: a piece is given within so many days.
        above_cents: a demand that would cost the insurer more than this waits for its desk; None: the grid decides.
    """

    valid_days: int = 60
    tolerance_days: int = 15
    answer_days: int = 5
    piece_days: int = 30
    above_cents: int | None = None

    def decided_on(self, day: date) -> "Days":
        """Return the days of an agreement given on a day."""
        valid = day + timedelta(days=self.valid_days)
        return Days(None, valid, valid + timedelta(days=self.tolerance_days))

    def pended_on(self, day: date) -> "Days":
        """Return the days of a demand that waits for the insurer from a day on: it holds as if granted on the last."""
        answer = day + timedelta(days=self.answer_days)
        granted = self.decided_on(answer)
        return Days(answer, granted.valid_until, granted.invoice_until)


@dataclass(frozen=True, slots=True)
class Days:
    """By when somebody must act, the last day of care, and the last day to invoice."""

    act_by: date | None
    valid_until: date
    invoice_until: date

    def for_care_on(self, day: date, terms: Terms) -> "Days":
        """Return the same, for care that is planned: it is promised until its day at least."""
        valid = max(self.valid_until, day)
        last = max(self.invoice_until, valid + timedelta(days=terms.tolerance_days))
        return Days(self.act_by, valid, last)

    def until(self, last: date) -> "Days":
        """Return the same, none of it after a day."""
        return Days(self.act_by, min(self.valid_until, last), min(self.invoice_until, last))


OURS: Final = Terms()


def terms_of(known: Mapping[UUID, Terms], insurer_id: UUID) -> Terms:
    """Return an insurer's terms; ours where its convention says nothing."""
    return known.get(insurer_id, OURS)
