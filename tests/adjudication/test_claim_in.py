"""A Claim's lines as they are read: what cannot be one is refused at its element, before anything is asked or kept."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from egide.adjudication import fhir
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import strict_text

_NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def _claim(**said: Any) -> fhir.Claim:
    item = {
        "productOrService": {"coding": [{"system": "urn:egide:act:ngap", "code": "G"}]},
        "servicedDate": "2026-11-27",
        "unitPrice": {"value": 30},
    }
    claim = {"resourceType": "Claim", "identifier": [], "item": [item | said]}
    return fhir.decoder.decode(json.dumps(claim))


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"servicedDate": "2026-W48-5"}, "servicedDate"),
        ({"servicedDate": "2026-1-27 "}, "servicedDate"),
        ({"servicedDate": "", "servicedPeriod": {"start": "2026-11-27xx", "end": "2026-11-27"}}, "servicedPeriod.start"),
        ({"servicedDate": "", "servicedPeriod": {"start": "2026-11-27", "end": "2026-11-27xx"}}, "servicedPeriod.end"),
        ({"unitPrice": {"value": 1_000_000}, "quantity": {"value": 2}}, "unitPrice"),
        ({"unitPrice": {"value": 20_000}, "factor": 51}, "unitPrice"),
        ({"factor": 0.0000001}, "factor"),
        ({"factor": 1e-300}, "factor"),
    ],
)  # fmt: skip
def test_what_is_no_line_is_refused_at_its_element(said: dict[str, Any], place: str) -> None:
    with pytest.raises(Refusal) as refused:
        fhir.billed_lines(_claim(**said), _NOW)
    assert refused.value.where == f"Claim.item[0].{place}"


def test_a_line_is_read_up_to_its_bounds() -> None:
    period = {"start": "2026-11-27T08:00:00+01:00", "end": "2026-11-27"}
    said = {"servicedDate": "", "servicedPeriod": period}
    dear = {"unitPrice": {"value": 10_000}, "quantity": {"value": 100}}
    [line] = fhir.billed_lines(_claim(**said, **dear), _NOW)
    assert (line.care_on, line.expense.cents) == (_NOW.date(), 100_000_000)


@pytest.mark.parametrize("depth", [1, 500, 900])
def test_a_nul_is_found_however_deep(depth: int) -> None:
    text = "[" * depth + '"\\u0000"' + "]" * depth
    with pytest.raises(Refusal) as refused:
        strict_text(text, root="Claim")
    assert refused.value.code is RefusalCode.VALUE_INVALID
