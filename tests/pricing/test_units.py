"""A line of several units is paid what as many lines of one are, whatever spends an amount or bounds it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egide.pricing import Act, Guarantee, price_claim
from pricing.builders import LAW, act, grid

_LINES = (
    "prothese-dentaire | 125 % BR dans la limite de 300 € par an",
    "prothese-dentaire | 300 % BR | plafond: dentaire",
    "prothese-dentaire | 350 % BR, dans la limite de 800 € par an, au-delà 100 % BR",
    "prothese-dentaire | crédit de 400 € par an",
    "prothese-dentaire | 200 € par acte | limite: 3 par an | plafond: dentaire",
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
