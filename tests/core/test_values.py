"""Money, rates, days and codes."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import utc_now as now
from egide.core.ids import from_code, to_code, uuid7
from egide.core.meanings import MEANINGS
from egide.core.money import Money, Rate
from egide.core.period import add_months, civil_day, full_years
from egide.core.refusal import InvariantError, RefusalCode


@given(st.integers(0, 10**9), st.integers(0, 50_000))
def test_a_rate_rounds_half_a_cent_up(cents: int, points: int) -> None:
    got = Rate(points).of(Money(cents)).cents
    assert abs(got * 10_000 - cents * points) <= 5_000
    if (cents * points) % 10_000 == 5_000:
        assert got == (cents * points) // 10_000 + 1


def test_a_rate_of_a_debt_is_a_defect() -> None:
    with pytest.raises(InvariantError):
        Rate(100).of(Money(-1))


def test_money_prints_as_the_french_write_it() -> None:
    assert str(Money(123_456_789)) == "1 234 567,89 €"
    assert str(Money(-5)) == "-0,05 €"


@given(st.uuids())
def test_a_code_reads_back_however_it_is_typed(value: UUID) -> None:
    code = to_code(value)
    assert from_code(code) == value
    assert from_code(code.lower()) == value
    assert from_code(code.replace("0", "O").replace("1", "l")) == value


@given(st.text(max_size=30))
def test_what_is_no_code_is_none(text: str) -> None:
    value = from_code(text)
    assert value is None or from_code(to_code(value)) == value


@pytest.mark.parametrize("text", ["U" * 26, "Z" * 26, "0" * 25, "+" + "0" * 25, "0_" * 13])
def test_near_codes_are_none(text: str) -> None:
    assert from_code(text) is None


def test_identifiers_are_in_the_order_of_their_instants() -> None:
    first, second = uuid7(now().replace(microsecond=0)), uuid7(now().replace(year=2030))
    assert first < second
    assert first.version == 7


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.integers(0, 60))
def test_months_later_is_the_same_day_or_the_last_of_its_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and add_months(later, 0).day >= 28)


def test_an_age_turns_on_the_birthday() -> None:
    assert full_years(date(2000, 5, 2), date(2016, 5, 1)) == 15
    assert full_years(date(2000, 5, 2), date(2016, 5, 2)) == 16


def test_midnight_is_that_of_paris() -> None:
    assert civil_day(now().replace(2026, 7, 1, 22, 30)) == date(2026, 7, 2)


def test_every_refusal_says_what_happened_and_what_to_do() -> None:
    assert set(MEANINGS) == set(RefusalCode)
    for meaning in MEANINGS.values():
        assert meaning.french.endswith(".") and meaning.remedy.endswith(".")
        assert 400 <= meaning.status < 600
