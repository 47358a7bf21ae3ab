"""The working days of a French convention (*jours ouvrés*): Monday to Friday, but for the holidays of the law.

Source: code du travail, L3133-1 (the eleven holidays), by the ``holidays`` library. They are not TARGET's days
(``core.bank``): banks settle on 8 May, and do not on Good Friday.
"""

from datetime import date, timedelta
from functools import cache
from typing import Final

from holidays import country_holidays

_SATURDAY: Final = 5


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(country_holidays("FR", years=year))


def is_working_day(day: date) -> bool:
    """Tell whether offices work on a day."""
    return day.weekday() < _SATURDAY and day not in _holidays(day.year)


def working_days_after(day: date, count: int) -> date:
    """Return the last of so many working days after a day, which is not counted itself."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
