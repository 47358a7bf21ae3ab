"""How long care may be claimed: two years from the quarter after its own (CSS L332-1)."""

from datetime import date

import pytest

from egide.core.refusal import Refusal
from egide.rights import within_two_years


@pytest.mark.parametrize(
    ("care", "last"),
    [
        (date(2024, 10, 2), date(2026, 12, 31)),
        (date(2024, 12, 31), date(2026, 12, 31)),
        (date(2025, 1, 1), date(2027, 3, 31)),
        (date(2024, 2, 29), date(2026, 3, 31)),
        (date(2024, 6, 30), date(2026, 6, 30)),
        (date(2024, 7, 1), date(2026, 9, 30)),
    ],
)
def test_two_years_begin_with_the_quarter_after_the_care(care: date, last: date) -> None:
    assert within_two_years(care, last, "x") == care
    with pytest.raises(Refusal, match="care-date-too-old"):
        within_two_years(care, date.fromordinal(last.toordinal() + 1), "x")


def test_care_to_come_is_not_claimed() -> None:
    with pytest.raises(Refusal, match="care-date-future"):
        within_two_years(date(2026, 1, 2), date(2026, 1, 1), "x")
