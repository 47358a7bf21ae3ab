"""Controls that the server's own tests cannot reach without waiting a year."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from conftest import GRID
from egide.adjudication.controls import Control, Cover, Rejection, control
from egide.core.money import Money
from egide.core.period import Period
from egide.nomenclature import BilledLine, load_nomenclature
from egide.plans import Catalogue, read_grid


def _line(day: date) -> BilledLine:
    return BilledLine(
        system="nabm",
        code="1104",
        care_on=day,
        quantity=1,
        expense=Money(702),
        side="",
        situation=frozenset(),
    )


@pytest.mark.parametrize(
    ("days", "at_fault"),
    [
        ([date(2026, 3, 1), date(2026, 3, 9)], 0),
        ([date(2026, 3, 9), date(2026, 3, 10)], 2),
        ([date(2026, 2, 28), date(2026, 3, 2)], 1),
    ],
    ids=["both inside", "the last day is over", "the first day is before"],
)
def test_every_line_must_be_of_a_covered_day(days: list[date], at_fault: int) -> None:
    claim: Any = SimpleNamespace(lines=tuple(_line(day) for day in days), number=str(uuid4()))
    verdict = control(
        claim,
        profession="laboratory",
        plan=Catalogue([read_grid(GRID.read_text("utf-8"))]).on("PROPRETE-ART9", days[0]),
        nomenclature=load_nomenclature(),
        cover=Cover(Period(date(2026, 3, 1), date(2026, 3, 10)), 1980),
    )
    if at_fault:
        assert verdict == Rejection(Control.DAY_NOT_COVERED, at_fault)
    else:
        assert isinstance(verdict, list) and len(verdict) == 2


@pytest.mark.parametrize(
    ("profession", "domains", "fires"),
    [
        ("laboratory", set[str](), Control.DOMAIN_CLOSED),
        ("optician", {"OPTI"}, Control.ACT_NOT_THEIRS),
    ],
)
def test_a_control_is_lifted_by_its_own_name_alone(
    profession: str, domains: set[str], fires: Control
) -> None:
    day = date(2026, 3, 1)
    plan = Catalogue([read_grid(GRID.read_text("utf-8"))]).on("PROPRETE-ART9", day)
    assert plan is not None
    claim: Any = SimpleNamespace(lines=(_line(day),), number="1")
    for waived in Control:
        verdict = control(
            claim,
            profession=profession,
            plan=replace(plan, domains=frozenset(domains)),
            nomenclature=load_nomenclature(),
            cover=Cover(Period(day, None), 1980),
            waived=waived.value,
        )
        assert isinstance(verdict, list) == (waived is fires)
        assert isinstance(verdict, list) or verdict.control is fires
