"""Worked examples, one YAML each, with source and date: an actuary can read and add them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import GRID
from egide.core.money import Money
from egide.plans import read_grid
from egide.pricing import price_claim
from pricing.builders import NOMENCLATURE, act, grid

_CASES = sorted(Path(__file__).with_name("cases").glob("*.yaml"))


def _cents(euros: str) -> int:
    return round(float(euros) * 100)


@pytest.mark.parametrize("path", _CASES, ids=lambda path: path.stem)
def test_the_amounts_are_those_of_the_source(path: Path) -> None:
    for case in yaml.safe_load(path.read_text("utf-8")):
        _check(case)


def _check(case: dict[str, Any]) -> None:
    assert case["source"]
    acts = [
        act(
            one["act"],
            _cents(one["price"]),
            quantity=one.get("quantity", 1),
            situation=tuple(one.get("situation", ())),
            on=case["day"],
            age=case.get("age", 40),
            side=one.get("side", ""),
        )
        for one in case["acts"]
    ]
    guarantee = grid("transport | TM")
    if case.get("plan") == "PROPRETE-ART9":
        guarantee = read_grid(GRID.read_text("utf-8")).guarantee
    priced = price_claim(acts, guarantee, NOMENCLATURE.law_on(case["day"]), {})
    got = priced.total
    if "amo_after_deduction" in case:
        kept = sum(one.flat_deduction.cents for one in acts)
        assert got.amo.cents - kept == _cents(case["amo_after_deduction"]), case["name"]
    for name in ("amo", "amc", "patient"):
        if name in case:
            assert getattr(got, name) == Money(_cents(case[name])), (case["name"], name, got)
