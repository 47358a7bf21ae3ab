"""What was granted is the most that is paid: pure, of each line."""

from datetime import date
from uuid import uuid4

import pytest

from egide.adjudication.decide import Accepted, Used
from egide.preauth.agreement import hold_to, is_agreed
from egide.pricing import PricedClaim, PricedLine, Share, StepCode, Use
from pricing.builders import act

_DAY = date(2026, 11, 27)


def _accepted(expense: int, amo: int, amc: int) -> Accepted:
    share = Share(amo, amc, expense - amo - amc)
    line = PricedLine(act("grouping:M03", expense), share, (), (), 0)
    person = uuid4()
    uses = [
        Used(person, 1, Use("renewal:monture", _DAY, 1, 0)),
        Used(person, 1, Use("credit:x", _DAY, 0, amc)),
    ]
    return Accepted(PricedClaim((line,)), uses)


@pytest.mark.parametrize(
    ("agreed", "priced", "paid"), [(5000, 5000, 5000), (5000, 4000, 4000), (5000, 6000, 5000)]
)
def test_a_line_pays_what_it_is_worth_and_at_most_what_was_agreed(
    agreed: int, priced: int, paid: int
) -> None:
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
