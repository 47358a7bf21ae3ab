"""Days of cover and of care: half-open periods of dates, and the French civil day."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from egide.core.refusal import Refusal, RefusalCode

PARIS = ZoneInfo("Europe/Paris")
_FIRST_YEAR, _LAST_YEAR = 1970, 9000


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``start`` included to ``end`` excluded; ``end`` None means still open."""

    start: date
    end: date | None

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


def on_page(before: datetime | None, now: datetime, where: str) -> datetime:
    """Return the instant that a page of the past ends at, now if none is said; Refusal ``value-invalid``."""
    if before is None:
        return now
    if not _FIRST_YEAR <= before.year <= _LAST_YEAR:
        raise Refusal(RefusalCode.VALUE_INVALID, where=where)
    return before


def civil_day(instant: datetime) -> date:
    """Return the day it is in Paris at ``instant`` (an aware time)."""
    return instant.astimezone(PARIS).date()


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later, or the last day of that month where it has none."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(day)


def full_years(birth: date, on: date) -> int:
    """Return the age in full years on a day."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
