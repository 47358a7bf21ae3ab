"""A line of several units is paid what as many lines of one are, whatever spends an amount or bounds it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egide.pricing import Act, Guarantee, Use, price_claim
from egide.pricing.units import shares_of
from pricing.builders import LAW, act, grid

_LINES = (
    "prothese-dentaire | 125 % BR dans la limite de 300 € par an",
    "prothese-dentaire | 300 % BR | plafond: dentaire",
    "prothese-dentaire | 350 % BR, dans la limite de 800 € par an, au-delà 100 % BR",
    "prothese-dentaire | crédit de 400 € par an",
    "prothese-dentaire | 200 € par acte | limite: 3 par an | plafond: dentaire",
    "prothese-dentaire | 300 % BR | limite: 2 par an",
    "prothese-dentaire | 100 % FR | limite: [2 par an, 1 par 6 mois]",
    "prothese-dentaire | 50 € par an, au-delà TM",
)


def _guarantee(line: str) -> Guarantee:
    return grid(line, head="plafonds: {dentaire: 1 000 € par an}\n")


def _crowns(count: int, cents: int, base: int) -> Act:
    return act("grouping:PFC", cents * count, base=base * count, quantity=count)


@pytest.mark.parametrize("line", _LINES)
@given(count=st.integers(2, 9), cents=st.integers(12_000, 90_000), base=st.integers(1, 600))
def test_one_line_of_many_is_many_lines_of_one(
    line: str, count: int, cents: int, base: int
) -> None:
    guarantee = _guarantee(line)
    base *= 20  # whatever the rate, no cent is rounded
    together = price_claim([_crowns(count, cents, base)], guarantee, LAW, {})
    apart = price_claim([_crowns(1, cents, base)] * count, guarantee, LAW, {})
    assert together.total == apart.total
    assert _used(together.lines[0].uses) == _used(
        [use for one in apart.lines for use in one.uses]
    )


def _used(uses: object) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for use in uses:  # type: ignore[attr-defined]
        units, cents = found.get(use.counter, (0, 0))
        found[use.counter] = (units + use.units, cents + use.cents)
    return {name: both for name, both in found.items() if any(both)}


@given(
    count=st.integers(2, 40),
    expense=st.integers(0, 9_999),
    base=st.integers(0, 9_999),
    rate=st.sampled_from([0, 3_000, 6_500, 10_000]),
)
def test_a_line_in_units_loses_no_cent_and_no_payer_is_below_nothing(
    count: int, expense: int, base: int, rate: int
) -> None:
    one = act("grouping:PFC", expense, base=base, quantity=count)._replace(rate_bp=rate)
    [line] = price_claim([one], _guarantee(_LINES[0]), LAW, {}).lines
    assert sum(line.share) == expense
    whole = price_claim([one], _guarantee("verre | TM"), LAW, {})
    assert line.share.amo_cents == whole.lines[0].share.amo_cents
    alone = [step.code for step in line.steps]
    assert len(alone) == len(set(alone)) or alone.count("promise") == 1


def test_more_is_never_paid_less() -> None:
    """A stranger's rows: a crown at 500 € for 120, « 125 % BR, 300 € par an », comprise."""
    guarantee = _guarantee(_LINES[0])
    paid = [
        price_claim([_crowns(count, 50_000, 12_000)], guarantee, LAW, {}).total.amc_cents
        for count in range(1, 6)
    ]
    assert paid == sorted(paid)
    assert paid[0] == 15_000 - 7_200  # 125 % of 120 €, less 60 % of it
    assert paid[1:] == [2 * 7_800 + beyond * 4_800 for beyond in range(4)]  # then the TM, owed


def test_what_bounds_the_copayment_bounds_no_part_of_the_amo() -> None:
    """« TM, limité à 100 € par an » of twelve sessions: 84.86 € are under it, whatever the AMO paid."""
    guarantee = _guarantee("auxiliaire | TM, limité à 100 € par an")
    paid = [
        price_claim(
            [act("ngap:AMK8", 1_768 * count, quantity=count)], guarantee, LAW, {}
        ).lines[0]
        for count in (5, 12, 20)
    ]
    left = [one.act.base_cents - one.share.amo_cents for one in paid]
    assert [one.share.amc_cents for one in paid] == left  # a responsible contract owes it whole
    step = next(one for one in paid[0].steps if one.code == "promise-added")
    assert step.cents == left[0]
    assert all(one.code != "grid-ceiling" for one in paid[1].steps)


def test_the_reckoning_of_a_line_in_units_says_each_amount_once() -> None:
    guarantee = _guarantee(_LINES[2])
    [line] = price_claim([_crowns(4, 50_000, 12_000)], guarantee, LAW, {}).lines
    said = {step.code: step.cents for step in line.steps}
    assert len(said) == len(line.steps)
    assert said["expense"] == 200_000 and said["base"] == 48_000
    assert said["amo"] == line.share.amo_cents and said["amc"] == line.share.amc_cents
    assert said["promise"] == 4 * 42_000
    assert said["grid-ceiling"] == line.share.amo_cents + line.share.amc_cents


class TestCounted:
    """What a count leaves out is owed its copayment, and bounds what is of it alone: a stranger's rows."""

    def test_the_copayment_of_the_units_left_out_is_owed(self) -> None:
        guarantee = grid("kinesitherapie | 150 % BR | limite: 10 par année civile")
        twelve = act("ngap:AMK8", 36_000, quantity=12)
        [line] = price_claim([twelve], guarantee, LAW, {}).lines
        # Ten sessions at 26.52 and two at 17.68, less what the AMO pays of the line, rounded once.
        assert line.share.amc_cents == 10 * 2_652 + 2 * 1_768 - line.share.amo_cents
        codes = {step.code: step for step in line.steps}
        assert codes["partly"].words[1:] == (10, 12) and "limit" not in codes

    def test_a_ceiling_of_the_law_is_that_of_each_unit(self) -> None:
        guarantee = grid("consultation | 300 % BR | limite: 2 par an")
        three = act("ngap:CSC", 45_000, quantity=3, situation=("not-optam",))
        assert price_claim([three], guarantee, LAW, {}).total.amc_cents == 13_262

    def test_a_second_aid_of_one_ear_takes_nothing_of_the_firsts(self) -> None:
        guarantee = grid(
            "aide-auditive | RSS + 80 % du reste à charge | limite: 1 par 4 ans et par oreille"
        )
        aids = act("lpp:2392530", 600_000, quantity=2, side="left")
        together = price_claim([aids], guarantee, LAW, {}).total
        one = act("lpp:2392530", 300_000, side="left")
        assert together == price_claim([one, one], guarantee, LAW, {}).total


@given(
    count=st.integers(2, 9),
    each=st.integers(0, 40_000),
    cents=st.integers(20_000, 60_000),
    line=st.sampled_from(_LINES),
)
def test_what_another_insurer_paid_of_a_line_is_of_each_unit_alike(
    count: int, each: int, cents: int, line: str
) -> None:
    guarantee, base = _guarantee(line), 12_000
    each = min(each, cents - 7_200)
    whole = price_claim(
        [_crowns(count, cents, base)], guarantee, LAW, {}, other_amc=[each * count]
    )
    apart = price_claim(
        [_crowns(1, cents, base)] * count, guarantee, LAW, {}, other_amc=[each] * count
    )
    assert whole.total == apart.total
    assert whole.lines[0].other_amc_cents == sum(one.other_amc_cents for one in apart.lines)


@given(st.integers(0, 5_000), st.lists(st.integers(0, 900), min_size=1, max_size=12))
def test_an_amount_is_shared_out_to_the_cent_within_what_each_has_room_for(
    cents: int, rooms: list[int]
) -> None:
    found = shares_of(cents, rooms)
    assert sum(found) == min(cents, sum(rooms))
    assert all(0 <= one <= room for one, room in zip(found, rooms, strict=True))


def test_a_ceiling_that_does_not_bind_takes_nothing() -> None:
    room = act("grouping:SHO", 50_000, quantity=5)
    for line in (
        "chambre-particuliere | 40 € par jour",
        "chambre-particuliere | 40 € par jour | plafond: dentaire",
    ):
        total = price_claim([room], _guarantee(line), LAW, {}, other_amc=[25_000]).total
        assert total.amc_cents == 20_000


def test_what_another_paid_of_a_frame_leaves_the_floor_of_the_pair() -> None:
    guarantee = grid("consultation | 100 % BR")
    pair = [
        act("grouping:M01", 2_000),
        act("grouping:VM4", 3_000),
        act("grouping:VU4", 8_000),
    ]
    alone = price_claim(pair, guarantee, LAW, {}).total
    paid = price_claim(pair, guarantee, LAW, {}, other_amc=[1_454, 0, 0])
    assert alone.patient_cents == 0
    assert paid.total.amc_cents == alone.amc_cents - 1_454 and paid.total.patient_cents == 0


@pytest.mark.parametrize("years", [(2025, 2026), (2026, 2025)])
def test_a_credit_carried_over_is_spent_once_whatever_comes_first(
    years: tuple[int, int],
) -> None:
    guarantee = grid("osteopathie | crédit de 100 € par année civile, reporté 1 an")
    care = {2025: (date(2025, 11, 3), 10_000), 2026: (date(2026, 2, 3), 20_000)}
    counters: dict[str, tuple[Use, ...]] = {}
    paid = 0
    for year in years:
        on, cents = care[year]
        one = act("libre:osteopathie", cents, on=on, since=date(2025, 1, 1))
        [line] = price_claim([one], guarantee, LAW, counters).lines
        paid += line.share.amc_cents
        for use in line.uses:
            counters[use.counter] = (*counters.get(use.counter, ()), use)
    assert paid == 20_000


def test_a_promise_of_what_was_left_is_told_once() -> None:
    guarantee = grid("osteopathie | 150 € par an")
    [line] = price_claim(
        [act("libre:osteopathie", 24_000, quantity=4)], guarantee, LAW, {}
    ).lines
    told = next(step.cents for step in line.steps if step.code == "promise")
    assert line.share.amc_cents == told == 15_000


def test_a_surgeons_bill_of_a_stay_bears_no_participation_of_its_own() -> None:
    guarantee = grid("honoraires-hospitaliers | 100 % BR", "sejour | 100 % BR")
    alone = act("grouping:ADC", 20_000, base=20_000, stay="S")
    assert price_claim([alone], guarantee, LAW, {}).total.amo_cents == 20_000
    in_town = act("grouping:ADC", 20_000, base=20_000)
    assert (
        price_claim([in_town], guarantee, LAW, {}).total.amo_cents == 20_000 - LAW.heavy_cents
    )


def test_a_heavy_act_in_units_is_bounded_as_each_of_them() -> None:
    guarantee = grid("imagerie | 50 € par année civile, au-delà TM")
    said = ("not-optam", "out-of-pathway")
    one = act("grouping:ADI", 26_000, base=24_000, situation=said)
    two = act("grouping:ADI", 52_000, base=48_000, quantity=2, situation=said)
    apart = price_claim([one, one], guarantee, LAW, {}).total
    assert price_claim([two], guarantee, LAW, {}).total == apart
