"""What is refused is answered word for word as the insurer reads it: place, reason, remedy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from egide.plans import GridError, read_grid
from egide.plans.language import AmoMode, FormulaError, Setting, YearKind, read_formula
from egide.plans.language.conditions import read_condition
from egide.plans.language.limits import read_limit

_CASES: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "cases/refusals.yaml").read_text("utf-8")
)
_FULL = Setting(AmoMode.INCLUDED, YearKind.CIVIL)
_READERS: dict[str, Callable[[str], object]] = {
    "formulas": lambda text: read_formula(text, _FULL),
    "formulas of a bare header": lambda text: read_formula(text, Setting(None, None)),
    "limits": lambda text: read_limit(text, None),
    "conditions": read_condition,
}


def _whole(said: str) -> str:
    for name, remedy in _CASES["remedies"].items():
        said = said.replace(f"{{{name}}}", remedy)
    return said


def _grid(case: dict[str, Any]) -> str:
    if "file" in case:
        return case["file"]
    lines = enumerate(_CASES["base"].splitlines(), 1)
    changed = (case["change"].get(number, line) for number, line in lines)
    return "".join(f"{line}\n" for line in changed if line is not None)


@pytest.mark.parametrize(
    ("reader", "text", "said"),
    [(name, text, said) for name in _READERS for text, said in _CASES[name].items()],
)
def test_what_cannot_be_read_is_answered_with_its_reason_and_remedy(
    reader: str, text: str, said: str
) -> None:
    with pytest.raises(FormulaError) as refused:
        _READERS[reader](text)
    assert f"{refused.value} {refused.value.remedy}" == _whole(said)


@pytest.mark.parametrize("case", _CASES["grids"], ids=lambda case: case["says"][0][:40])
def test_a_grid_with_mistakes_is_answered_with_all_of_them(case: dict[str, Any]) -> None:
    with pytest.raises(GridError) as refused:
        read_grid(_grid(case))
    assert str(refused.value).splitlines() == [_whole(said) for said in case["says"]]


def test_the_grid_that_the_cases_change_has_no_mistake() -> None:
    assert read_grid(_CASES["base"]).code == "TEST"
