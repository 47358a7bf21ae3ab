"""What was promised is paid, and no more than it: pure, of each line."""

from datetime import date
from uuid import uuid4

import pytest

from egide.adjudication.decide import Accepted, Used
from egide.preauth.agreement import Agreed, hold_to, is_agreed
from egide.pricing import PricedClaim, PricedLine, Share, StepCode, Use
from pricing.builders import act

_DAY = date(2026, 11, 27)


def _accepted(expense: int, amo: int, amc: int) -> Accepted:
    line = PricedLine(
        act("grouping:M03", expense), Share(amo, amc, expense - amo - amc), (), (), 0
    )
    person = uuid4()
    uses = [
        Used(person, 1, Use("renewal:monture", _DAY, 1, 0)),
        Used(person, 1, Use("credit:x", _DAY, 0, amc)),
    ]
    return Accepted(PricedClaim((line,)), uses)


@pytest.mark.parametrize(
    ("agreed", "priced", "paid"),
    [
        (Agreed(5000, is_alike=True), 5000, 5000),
        (
            Agreed(5000, is_alike=True),
            4000,
            5000,
        ),  # the grid has changed since: what was promised is owed
        (Agreed(5000, is_alike=True), 6000, 5000),
        (Agreed(5000, is_alike=False), 6000, 5000),
        (Agreed(5000, is_alike=False), 4000, 4000),  # cheaper than was asked: what it is worth
        (Agreed(9000, is_alike=True), 4000, 8000),  # never more than AMO leaves
    ],
)
def test_a_line_pays_what_was_agreed(agreed: Agreed, priced: int, paid: int) -> None:
    held = hold_to(_accepted(10_000, 2000, priced), [agreed], "N")
    [line] = held.priced.lines
    assert line.share == Share(2000, paid, 8000 - paid)
    assert is_agreed(line) == (paid != priced)
    assert [used.use.cents for used in held.uses] == [0, paid]
    assert [used.use.units for used in held.uses] == [1, 0]
    if paid != priced:
        codes = [step.code for step in line.steps]
        assert codes == [StepCode.AGREED, StepCode.AMC, StepCode.PATIENT]
        assert [step.cents for step in line.steps] == [paid, paid, 8000 - paid]
