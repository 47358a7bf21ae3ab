"""What a third party's clients and validators found: numbers of lines, modifiers, envelopes, negotiation, definitions."""

import json
from typing import Any

import pytest
from fhir.resources.R4B.structuredefinition import StructureDefinition

from conftest import Running
from egide.client.messages import CLAIM_PATH, RIGHTS_PATH, claim, item, saying_more
from egide.drills.shows import by_card
from web.test_fhir_in import DAY, _fault, _numbers, _person, _question, _reply, _send, _shows


def _invoice(
    server: Running, number: str, person: int, *items: dict[str, Any]
) -> dict[str, Any]:
    lines = items or (item(1, "grouping:PH7", 590, DAY),)
    whole: dict[str, Any] = json.loads(
        claim(by_card(_person(server, person)), number, DAY, list(lines))
    )
    return whole


class TestNumbersOfLines:
    def test_an_answer_bears_the_numbers_that_were_sent(self, server: Running) -> None:
        drugs = item(20, "grouping:PH7", 590, DAY), item(3, "grouping:PH4", 310, DAY)
        status, said = _send(server, CLAIM_PATH, _invoice(server, "TP-SEQ", 30, *drugs))
        assert status == 200 and said["outcome"] == "complete", said
        billed = {
            one["itemSequence"]: one["adjudication"][0]["amount"]["value"]
            for one in said["item"]
        }
        assert billed == {20: 5.90, 3: 3.10}

    def test_the_line_at_fault_is_named_by_its_number(self, server: Running) -> None:
        drugs = item(7, "grouping:PH7", 590, DAY), item(4, "ngap:NOWHERE", 310, DAY)
        _, said = _send(server, CLAIM_PATH, _invoice(server, "TP-SEQ2", 31, *drugs))
        assert said["error"][0]["itemSequence"] == 4

    @pytest.mark.parametrize("numbers", [(1, 1), (0, 1), (-3, 1), (1, 40_000)])
    def test_numbers_that_tell_no_line_apart_are_refused(
        self, server: Running, numbers: tuple[int, int]
    ) -> None:
        lines = [item(number, "grouping:PH7", 590, DAY) for number in numbers]
        status, said = _send(server, CLAIM_PATH, _invoice(server, "TP-SEQ3", 32, *lines))
        assert (status, _fault(said)[0]) == (422, "value-invalid")
        assert ".sequence" in _fault(said)[1]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"payee": {"type": {"coding": [{"code": "subscriber"}]}}}, "Claim.payee.type"),
        ({"accident": {"date": DAY}}, "Claim.accident"),
        (
            {
                "type": {
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/claim-type",
                            "code": "nope",
                        }
                    ]
                }
            },
            "Claim.type.coding[0].code",
        ),
        ({"patient": {"reference": "#nope"}}, "Claim.patient.reference"),
        (
            {
                "related": [
                    {
                        "claim": {"identifier": {"system": "urn:egide:invoice", "value": "X"}},
                        "relationship": {"coding": [{"system": "http://x", "code": "prior"}]},
                    }
                ]
            },
            "Claim.related[0].relationship",
        ),
    ],
)
def test_what_changes_who_is_paid_or_meant_is_refused(
    server: Running, changed: dict[str, Any], where: str
) -> None:
    status, said = _send(server, CLAIM_PATH, _invoice(server, "TP-MOD", 33) | changed)
    assert (status, _fault(said)) == (422, ("value-invalid", where))


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"quantity": {"value": 1, "comparator": "<"}}, "Claim.item[0].quantity.comparator"),
        ({"modifier": [{"text": "ald"}]}, "Claim.item[0].modifier[0].text"),
        ({"bodySite": {"text": "gauche"}}, "Claim.item[0].bodySite.coding[0].code"),
    ],
)
def test_what_of_a_line_is_not_exact_is_refused(
    server: Running, changed: dict[str, Any], where: str
) -> None:
    line = item(1, "grouping:PH7", 590, DAY) | changed
    status, said = _send(server, CLAIM_PATH, _invoice(server, "TP-MOD2", 34, line))
    assert (status, _fault(said)) == (422, ("value-invalid", where))


@pytest.mark.parametrize("status_of_it", ["cancelled", "draft", "entered-in-error"])
def test_a_coverage_that_is_not_valid_is_not_asked_of(
    server: Running, status_of_it: str
) -> None:
    named = _numbers(_person(server, 35))
    next(one for one in named["contained"] if one["resourceType"] == "Coverage")["status"] = (
        status_of_it
    )
    status, said = _send(server, RIGHTS_PATH, _question(named))
    assert status == 422 and _fault(said)[1].endswith(".status")


def test_a_card_that_is_old_and_a_patient_that_is_not_active_are_refused(
    server: Running,
) -> None:
    old = by_card(_person(server, 36))
    old["insurance"][0]["coverage"]["identifier"]["use"] = "old"
    status, said = _send(server, RIGHTS_PATH, _question(old))
    assert status == 422 and _fault(said)[1].endswith("identifier.use")
    named = _numbers(_person(server, 36))
    next(one for one in named["contained"] if one["resourceType"] == "Patient")["active"] = (
        False
    )
    status, said = _send(server, RIGHTS_PATH, _question(named))
    assert status == 422 and _fault(said)[1].endswith(".active")


def test_the_coverage_of_an_answer_names_its_person_and_a_basic_insurer_elsewhere_is_left(
    server: Running,
) -> None:
    person = _person(server, 37)
    status, said = _send(server, RIGHTS_PATH, _question(by_card(person)))
    assert status == 200
    coverage = said["insurance"][0]["coverage"]
    basic = {"sequence": 1, "focal": False, "coverage": {"reference": "Coverage/amo"}}
    ours = {"sequence": 2, "focal": True, "coverage": coverage}
    sent = _invoice(server, "TP-ENG", 37) | {"insurance": [basic, ours]}
    status, said = _send(server, CLAIM_PATH, sent)
    assert status == 200 and said["outcome"] == "complete", said
    # Two that name nobody by themselves are not told apart by guessing.
    status, said = _send(server, RIGHTS_PATH, _question({"insurance": [basic, basic]}))
    assert status == 422


def test_a_bundle_within_parameters_is_read(server: Running) -> None:
    question = _question(by_card(_person(server, 38)))
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": question}]}
    held = {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": bundle}],
    }
    status, said = _send(server, RIGHTS_PATH, held)
    assert status == 200 and _shows(said)


def test_an_unknown_extension_is_left_unread_whatever_it_holds(server: Running) -> None:
    line = item(1, "grouping:PH7", 590, DAY)
    line["extension"] = [{"url": "http://x/w", "valueMoney": {"currency": "USD"}}]
    status, said = _send(server, CLAIM_PATH, _invoice(server, "TP-EXT", 39, line))
    assert status == 200 and said["outcome"] == "complete"


def test_a_no_is_read_by_a_machine_and_is_the_same_each_time(server: Running) -> None:
    sent = by_card(_person(server, 40))
    sent["insurance"][0]["coverage"]["identifier"]["value"] = "0" * 25 + "8"
    first, second = (_reply(server, RIGHTS_PATH, _question(sent)).body for _ in range(2))
    assert first == second
    assert b'"rights-not-shown"' in first and b"inforce" not in first


def test_a_type_is_echoed(server: Running) -> None:
    coding = {
        "system": "http://terminology.hl7.org/CodeSystem/claim-type",
        "code": "pharmacy",
    }
    sent = _invoice(server, "TP-TYPE", 41) | {"type": {"coding": [coding]}}
    _, said = _send(server, CLAIM_PATH, sent)
    assert said["type"]["coding"][0]["code"] == "pharmacy"


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        ("?_format=json", "application/fhir+xml", 200),
        ("?_format=application/fhir+json", "application/fhir+json", 200),
        ("?_format=xml", "application/fhir+json", 406),
        ("", "application/fhir+xml", 406),
    ],
)
def test_the_format_asked_stands_in_place_of_the_header(
    server: Running, query: str, accept: str, expected: int
) -> None:
    reply = _reply(server, f"/fhir/metadata{query}", b"", method="GET", Accept=accept)
    assert reply.status == expected


def test_every_operation_that_is_stated_is_defined_here(server: Running) -> None:
    _, said = _send(server, "/fhir/metadata", b"", method="GET")
    operations = [
        one for resource in said["rest"][0]["resource"] for one in resource.get("operation", [])
    ]
    assert {one["name"] for one in operations} == {"submit", "inquire"}
    for one in operations:
        path = one["definition"].removeprefix(server.origin)
        assert path.startswith("/fhir/OperationDefinition/")
        status, definition = _send(server, path, b"", method="GET")
        assert (status, definition["url"]) == (200, one["definition"])
    status, _ = _send(server, "/fhir/OperationDefinition/nope", b"", method="GET")
    assert status == 404


def test_every_extension_of_ours_is_defined_here(server: Running) -> None:
    status, whole = _send(server, "/fhir/StructureDefinition", b"", method="GET")
    defined = {one["resource"]["url"]: one["resource"] for one in whole["entry"]}
    assert (status, whole["total"]) == (200, len(defined))
    _, answer = _send(server, RIGHTS_PATH, _question(by_card(_person(server, 40))))
    drug = saying_more(item(1, "grouping:PH7", 590, DAY), stay="S", performer="P", base=590)
    billed = _invoice(server, "TP-EXT", 41, drug)
    said = [(one, "CoverageEligibilityResponse") for one in answer["extension"]]
    said += [(one, "Claim.item") for line in billed["item"] for one in line["extension"]]
    assert len(said) >= 4
    for extension, where in said:
        definition = defined[extension["url"]]
        (value,) = (key for key in extension if key != "url")
        (kind,) = definition["differential"]["element"][-1]["type"]
        assert value.lower() == f"value{kind['code']}".lower()
        assert {"type": "element", "expression": where} in definition["context"]
    for url, definition in defined.items():
        StructureDefinition.model_validate(definition)
        _, found = _send(server, f"/fhir/StructureDefinition?url={url}", b"", method="GET")
        assert [one["resource"] for one in found["entry"]] == [definition]
        path = found["entry"][0]["fullUrl"].removeprefix(server.origin)
        assert _send(server, path, b"", method="GET") == (200, definition)
    _, none = _send(server, "/fhir/StructureDefinition?url=urn:nobody", b"", method="GET")
    assert (none["total"], "entry" in none) == (0, False)
    assert _send(server, "/fhir/StructureDefinition/nope", b"", method="GET")[0] == 404
