"""What banks ask of what is sent to them: the letters of a name, the days on which they settle.

Source: EPC217-08 (SEPA Latin character set): the characters, « + » for « & », no « / » at either end, no « // »;
ISO 11649 (creditor reference); TARGET's closing days, by the holidays library.
"""

import re
from datetime import date, timedelta
from typing import Final

from anyascii import anyascii
from holidays import financial_holidays
from stdnum.iso7064 import mod_97_10

NAME_LENGTH: Final = 70
_REFERENCE_LENGTH: Final = 21
_OTHERS: Final = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]+")
_SLASHES: Final = re.compile(r"/{2,}")
_SPACES: Final = re.compile(r" {2,}")
_SATURDAY: Final = 5


def sepa_text(text: str, length: int) -> str:
    """Return a text in the characters that every SEPA bank takes, letter for letter, cut to a length."""
    plain = _OTHERS.sub(" ", anyascii(text.replace("&", "+")))
    plain = _SPACES.sub(" ", _SLASHES.sub("/", plain))
    return plain[:length].strip(" /") or "-"


def bank_name(name: str) -> str:
    """Return a name as the bank of its holder will read it, and verify it."""
    return sepa_text(name, NAME_LENGTH)


def creditor_reference(text: str) -> str:
    """Return a text as the reference that banks carry whole and check; empty where it does not fit (ISO 11649)."""
    plain = "".join(one for one in text.upper() if one.isascii() and one.isalnum())
    if not 0 < len(plain) <= _REFERENCE_LENGTH:
        return ""
    return f"RF{mod_97_10.calc_check_digits(f'{plain}RF')}{plain}"


def is_target_day(day: date) -> bool:
    """Tell whether TARGET settles on a day."""
    return day.weekday() < _SATURDAY and day not in financial_holidays("ECB", years=day.year)


def next_target_day(day: date) -> date:
    """Return the first day after one on which TARGET settles."""
    day += timedelta(days=1)
    while not is_target_day(day):
        day += timedelta(days=1)
    return day


def target_days_before(day: date, count: int) -> date:
    """Return the day that is so many days of TARGET before one."""
    while count:
        day -= timedelta(days=1)
        count -= is_target_day(day)
    return day
