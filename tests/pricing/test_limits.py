"""The windows of counters, day by day: the last day inside and the first one outside of each."""

from datetime import date

import pytest

from egide.pricing import Act, Use
from egide.pricing.limits import Limit, Span, Window, carried_left, units_left, used_in
from pricing.builders import DAY, act

SINCE = date(2024, 5, 10)
LAST_YEARS = ("2024-12-31 1", "2025-01-01 2", "2026-12-31 4", "2027-01-01 8")


def uses(*written: str) -> list[Use]:
    """Return uses written ``day units``; each unit spends ten cents."""
    parsed = [one.split() for one in written]
    return [Use("c", date.fromisoformat(day), int(n), int(n) * 10) for day, n in parsed]


def visit(day: str, *, since: date | None = SINCE) -> Act:
    return act("ngap:OSTEO", 5_000, on=date.fromisoformat(day), since=since)


@pytest.mark.parametrize(
    ("window", "day", "written", "units"),
    [
        (Window(Span.WHOLE), "2026-03-02", ("1990-01-01 1", "2040-01-01 2"), 3),
        (Window(Span.EQUIPMENT), "2026-03-02", ("2026-02-28 1", "2026-03-01 2"), 2),
        (Window(Span.CIVIL_YEARS), "2026-03-02", LAST_YEARS, 4),
        # Two years in a row hold 2026: 2025-2026 and 2026-2027. The fullest counts.
        (Window(Span.CIVIL_YEARS, 2), "2026-03-02", LAST_YEARS, 12),
        (Window(Span.CIVIL_YEARS, 2), "2025-03-02", LAST_YEARS, 6),
        (Window(Span.CIVIL_YEARS, 2), "2023-03-02", LAST_YEARS, 1),
        (Window(Span.CIVIL_YEARS, 2), "2022-03-02", LAST_YEARS, 0),
        (Window(Span.CIVIL_YEARS, 2), "2029-03-02", LAST_YEARS, 0),
        (Window(Span.CIVIL_YEARS, 3), "2027-03-02", LAST_YEARS, 14),
        # The cover began on 10 May: the year of membership runs to 9 May.
        (
            Window(Span.MEMBERSHIP_YEAR),
            "2026-03-02",
            ("2025-05-09 1", "2025-05-10 2", "2026-05-09 4", "2026-05-10 8"),
            6,
        ),
        (Window(Span.MEMBERSHIP_YEAR), "2026-05-10", ("2026-05-09 1", "2026-05-10 2"), 2),
        # Twelve months wherever they begin: a use on the same day a year later is outside.
        (Window(Span.MONTHS, 12), "2026-03-02", ("2025-03-02 1",), 0),
        (Window(Span.MONTHS, 12), "2026-03-02", ("2025-03-03 1",), 1),
        (Window(Span.MONTHS, 12), "2026-03-02", ("2026-03-02 1",), 1),
        (Window(Span.MONTHS, 12), "2026-03-02", ("2027-03-01 1",), 1),
        (Window(Span.MONTHS, 12), "2026-03-02", ("2027-03-02 1",), 0),
        (Window(Span.MONTHS, 12), "2026-03-02", ("2025-09-01 1", "2026-09-02 2"), 2),
        (Window(Span.MONTHS, 12), "2026-03-02", ("2025-09-03 1", "2026-09-02 2"), 3),
        # Anchored: the first use opens two years, the next one after them opens the next two.
        (Window(Span.ANCHORED, 24), "2026-03-01", ("2024-03-02 1",), 1),
        (Window(Span.ANCHORED, 24), "2026-03-02", ("2024-03-02 1",), 0),
        (Window(Span.ANCHORED, 24), "2026-03-02", ("2024-03-02 1", "2026-03-02 2"), 2),
        (
            Window(Span.ANCHORED, 24),
            "2027-01-01",
            ("2024-03-02 1", "2026-03-01 2", "2026-05-01 4"),
            4,
        ),
        (Window(Span.ANCHORED, 24), "2024-01-01", ("2024-03-02 1",), 1),
        (Window(Span.ANCHORED, 24), "2024-05-01", ("2024-03-02 1", "2026-03-02 2"), 1),
        (Window(Span.ANCHORED, 24), "2026-05-01", ("2024-03-02 1", "2026-03-02 2"), 2),
    ],
)
def test_what_a_window_holds(
    window: Window, day: str, written: tuple[str, ...], units: int
) -> None:
    used = used_in(uses(*written), window, visit(day), date(2026, 3, 1))
    assert used == (units, units * 10)


@pytest.mark.parametrize(
    ("day", "units"), [("2025-12-31", 1), ("2026-01-01", 6), ("2026-12-31", 6)]
)
def test_the_year_of_membership_is_the_civil_one_where_nobody_knows_when_it_began(
    day: str, units: int
) -> None:
    written = uses("2025-12-31 1", "2026-01-01 2", "2026-12-31 4")
    one = visit(day, since=None)
    assert used_in(written, Window(Span.MEMBERSHIP_YEAR), one, DAY)[0] == units


def test_a_period_that_other_counters_begin() -> None:
    limit = Limit(
        counter="lens", units=2, window=Window(Span.ANCHORED, 24), anchors=("frame", "lens")
    )
    counters = {
        "frame": [Use("frame", date(2024, 3, 2), 1, 0)],
        "lens": [Use("lens", date(2026, 3, 1), 2, 0)],
    }
    assert units_left(limit, visit("2026-03-01"), counters, DAY) == 0
    assert units_left(limit, visit("2026-03-02"), counters, DAY) == 2
    later = counters | {"lens": [Use("lens", date(2026, 3, 2), 2, 0)]}
    assert units_left(limit, visit("2024-05-01"), later, DAY) == 2
    alone = {"lens": counters["lens"]}
    assert units_left(limit, visit("2026-03-02"), alone, DAY) == 0


def test_a_limit_by_stay_is_found_again_in_the_next_claim_of_the_stay() -> None:
    window = Window(Span.WHOLE)
    limit = Limit(counter="room", units=2, window=window, by_stay=True)
    counters = {"room:S1": [Use("room:S1", DAY, 2, 0)]}
    room = act("grouping:SHO", 9_000, stay="S1")
    assert units_left(limit, room, counters, DAY) == 0
    assert units_left(limit, room._replace(stay="S2"), counters, DAY) == 2
    anywhere = Limit(counter="room", units=2, window=window)
    assert units_left(anywhere, room, {"room": [Use("room", DAY, 1, 0)]}, DAY) == 1


def test_a_limit_by_pair_counts_from_the_day_the_pair_was_begun() -> None:
    limit = Limit(counter="frame", units=1, window=Window(Span.EQUIPMENT))
    counters = {"frame": [Use("frame", date(2026, 3, 1), 1, 0)]}
    assert units_left(limit, visit("2026-03-02"), counters, date(2026, 3, 1)) == 0
    assert units_left(limit, visit("2026-03-02"), counters, date(2026, 3, 2)) == 1


@pytest.mark.parametrize(
    ("since", "day", "written", "left"),
    [
        # Nothing before the cover began; then what is carried is spent first.
        ("2026-01-01", "2026-03-02", (), 100),
        ("2025-01-01", "2026-03-02", (), 200),
        ("2020-01-01", "2026-03-02", (), 200),
        ("2025-01-01", "2026-03-02", ("2025-06-01 4",), 160),
        ("2025-01-01", "2026-03-02", ("2026-01-01 12",), 80),
        ("2025-01-01", "2026-03-02", ("2026-01-01 4", "2026-02-01 5"), 110),
        # 2025 spends what 2024 left, and keeps its own for 2026.
        ("2024-01-01", "2026-03-02", ("2025-06-01 10",), 200),
        ("2024-01-01", "2026-03-02", ("2025-06-01 15",), 150),
        ("2024-01-01", "2027-03-02", ("2025-06-01 15", "2026-06-01 3"), 200),
        ("2024-01-01", "2026-03-02", ("2024-06-01 7", "2025-06-01 9"), 140),
        ("2030-01-01", "2026-03-02", (), 100),
    ],
)
def test_a_credit_carried_over_one_year(
    since: str, day: str, written: tuple[str, ...], left: int
) -> None:
    one = visit(day, since=date.fromisoformat(since))
    assert carried_left(uses(*written), 100, one, 1) == left
