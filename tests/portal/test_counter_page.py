"""The acts that the counter's page proposes are those of the nomenclature, by their own names."""

import re

from conftest import ROOT
from egide.nomenclature import load_nomenclature

_OPTION = re.compile(r'<option value="([a-z]+):([^"]+)">([^<]+)</option>')


def test_each_act_that_is_proposed_is_known_by_that_name() -> None:
    page = (ROOT / "src/egide/portal/counter.html").read_text("utf-8")
    known = {(entry.system, entry.code): entry.label for entry in load_nomenclature().entries()}
    proposed = {(system, code): label for system, code, label in _OPTION.findall(page)}
    assert len(proposed) > 10
    assert {act: known.get(act) for act in proposed} == proposed
