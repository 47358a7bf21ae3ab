"""Worked examples, one YAML each, with source and date: an actuary can read and add them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import ROOT
from egide.plans import Catalogue, read_grid
from egide.pricing import Guarantee, price_claim
from pricing.builders import NOMENCLATURE, act, grid

_FILES = sorted(Path(__file__).with_name("cases").glob("*.yaml"))
_CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in _FILES
    for case in yaml.safe_load(path.read_text("utf-8"))
]
_GRIDS = Catalogue(
    read_grid(path.read_text("utf-8"))
    for path in sorted((ROOT / "src/egide/plans/grids").glob("*.yaml"))
)
_FIELDS = {"name", "source", "day", "acts", "plan", "age", "amo", "amc", "patient", "deducted", "amo_after_deduction", "contradicts"}  # fmt: skip


def _cents(euros: str) -> int:
    return int(Decimal(euros) * 100)


def _guarantee(case: dict[str, Any]) -> Guarantee:
    if "plan" not in case:
        return grid("transport | TM")
    plan = _GRIDS.on(case["plan"], case["day"])
    assert plan is not None, case["plan"]
    return plan.guarantee


@pytest.mark.parametrize("case", _CASES)
def test_the_amounts_are_those_of_the_source(case: dict[str, Any]) -> None:
    assert case["source"] and not case.keys() - _FIELDS
    acts = [
        act(
            one["act"],
            _cents(one["price"]),
            quantity=one.get("quantity", 1),
            situation=tuple(one.get("situation", ())),
            on=one.get("day", case["day"]),
            age=case.get("age", 40),
            base=_cents(one["base"]) if "base" in one else None,
            side=one.get("side", ""),
            stay=one.get("stay", ""),
            performer=one.get("performer", ""),
        )
        for one in case["acts"]
    ]
    priced = price_claim(acts, _guarantee(case), NOMENCLATURE.law_on(case["day"]), {})
    total = priced.total
    deducted = sum(line.deducted_cents for line in priced.lines)
    got = {
        "amo": total.amo_cents,
        "amc": total.amc_cents,
        "patient": total.patient_cents,
        "deducted": deducted,
        "amo_after_deduction": total.amo_cents - deducted,
    }
    said = {name: _cents(case[name]) for name in got if name in case}
    assert said
    assert {name: got[name] for name in said} == said
