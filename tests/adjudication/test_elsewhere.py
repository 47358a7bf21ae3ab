"""Which acts of another insurer a line meets: each once, the same first, whatever price or side a second bill has."""

from dataclasses import replace
from uuid import UUID

import pytest

from conftest import now
from egide.adjudication.elsewhere import PaidLine, paid_of

_SHOP, _ONE, _OTHER = (UUID(int=number) for number in (1, 2, 3))


def line(
    cents: int, paid: int = 0, *, quantity: int = 1, side: str = "", code: str = "ngap:G"
) -> PaidLine:
    return PaidLine(
        establishment_id=_SHOP,
        person_id=_ONE,
        care_on=now().date(),
        act_code=code,
        side=side,
        quantity=quantity,
        expense_cents=cents,
        paid_cents=paid,
    )


CASES = {
    "nothing like it": ([line(3000)], [], [line(3000, 900, code="ngap:CS")], [0]),
    "the same": ([line(3000)], [], [line(3000, 900)], [900]),
    "the same before one that is like it": (
        [line(8000), line(3000)],
        [],
        [line(3000, 900), line(8000, 3900)],
        [3900, 900],
    ),
    "another price": ([line(3100)], [], [line(3000, 900)], [900]),
    "a side that the first did not say": (
        [line(3000, side="left")],
        [],
        [line(3000, 900)],
        [900],
    ),
    "the other side": ([line(3000, side="left")], [], [line(3000, 900, side="right")], [0]),
    "met before": ([line(3000)], [line(3000)], [line(3000, 900)], [0]),
    "the second of two": (
        [line(3000)],
        [line(3000)],
        [line(3000, 900), line(3000, 700)],
        [700],
    ),
    "half of a quantity": ([line(3000)], [], [line(6000, 1801, quantity=2)], [901]),
    "the other half": ([line(3000)], [line(3000)], [line(6000, 1801, quantity=2)], [900]),
    "the whole price in another quantity": (
        [line(6000)],
        [],
        [line(6000, 1800, quantity=2)],
        [1800],
    ),
    "two in one line": (
        [line(6000, quantity=2)],
        [],
        [line(3000, 900), line(3000, 800), line(3000, 700)],
        [1700],
    ),
    "an act that was not paid": ([line(3000)], [], [line(3000), line(3000, 900)], [0]),
}


@pytest.mark.parametrize("name", list(CASES))
def test_each_act_counts_once(name: str) -> None:
    lines, before, theirs, paid = CASES[name]
    assert paid_of(lines, before, [replace(one, person_id=_OTHER) for one in theirs]) == paid
