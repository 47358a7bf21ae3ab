"""What a third party sent that was answered otherwise than asked: names, units, places, contradictions, definitions."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from fhir.resources.R4B.codesystem import CodeSystem

from conftest import Running
from egide.client.messages import CLAIM_PATH, RIGHTS_PATH, by_engagement, claim, item
from egide.drills.shows import by_card
from web.test_fhir_in import DAY, _fault, _numbers, _person, _question, _send, _shows


def _invoice(server: Running, number: str, person: int, **line: Any) -> dict[str, Any]:
    drug = item(1, "grouping:PH7", 590, DAY) | line
    whole: dict[str, Any] = json.loads(
        claim(by_card(_person(server, person)), number, DAY, [drug])
    )
    return whole


class TestNames:
    @pytest.mark.parametrize(
        ("line", "whole", "where"),
        [
            ({"modifer": [{"coding": [{"code": "ald"}]}]}, {}, "Claim.item[0]"),
            ({"Modifier": []}, {}, "Claim.item[0]"),
            ({"bodysite": {}}, {}, "Claim.item[0]"),
            ({}, {"Total": {"value": 5.9}}, "Claim"),
            ({"modifier": [{}]}, {}, "Claim.item[0].modifier[0].coding"),
            ({"detail": [{"sequence": 1}]}, {}, "Claim.item[0].detail"),
            ({"subSite": [{"coding": [{"code": "right"}]}]}, {}, "Claim.item[0].subSite"),
            (
                {"bodySite": {"coding": [{"system": "http://snomed.info/sct", "code": "11"}]}},
                {},
                "Claim.item[0].bodySite.coding[0].code",
            ),
            (
                {"quantity": {"value": 3, "unit": "mL", "code": "mL"}},
                {},
                "Claim.item[0].quantity.code",
            ),
            ({"quantity": {"value": 3, "unit": "g"}}, {}, "Claim.item[0].quantity.unit"),
            ({}, {"type": {"text": "optique"}}, "Claim.type"),
            ({}, {"payee": {"type": {"text": "l'assuré"}}}, "Claim.payee.type"),
            (
                {},
                {
                    "payee": {
                        "type": {"coding": [{"code": "provider"}]},
                        "party": {"display": "x"},
                    }
                },
                "Claim.payee.type",
            ),
        ],
    )
    def test_what_would_be_left_unread_is_refused_at_its_place(
        self, server: Running, line: dict[str, Any], whole: dict[str, Any], where: str
    ) -> None:
        status, said = _send(
            server, CLAIM_PATH, _invoice(server, "ST-NAME", 50, **line) | whole
        )
        assert (status, _fault(said)) == (422, ("value-invalid", where)), said

    def test_what_r4_has_is_taken_read_or_not(self, server: Running) -> None:
        drug = {
            "_servicedDate": {"id": "d"},
            "quantity": {"value": 1, "unit": "boîte", "code": "{box}"},
            "programCode": [{"text": "x"}],
            "locationCodeableConcept": {"text": "x"},
        }
        sent = _invoice(server, "ST-TAKEN", 51, **drug) | {
            "meta": {"profile": ["urn:x"]},
            "language": "fr",
            "type": {"coding": [{"code": "pharmacy"}]},
            "supportingInfo": [{"sequence": 1, "category": {"text": "x"}}],
        }
        status, said = _send(server, CLAIM_PATH, sent)
        assert (status, said["outcome"]) == (200, "complete"), said
        assert said["type"]["coding"][0]["code"] == "pharmacy"


class TestDays:
    @pytest.mark.parametrize(
        ("start", "end", "day"),
        [
            (f"{DAY}T00:10:00+01:00", f"{DAY}T23:50:00+01:00", DAY),
            (DAY, DAY, DAY),
        ],
    )
    def test_a_period_is_of_the_day_of_paris(
        self, server: Running, start: str, end: str, day: str
    ) -> None:
        asked = _question(by_card(_person(server, 52)))
        del asked["servicedDate"]
        status, said = _send(
            server, RIGHTS_PATH, asked | {"servicedPeriod": {"start": start, "end": end}}
        )
        assert (status, said.get("servicedDate")) == (200, day)

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (f"{DAY}Tgarbage", DAY),
            (f"{DAY}T10:00:00", DAY),
            (f"{DAY}T", DAY),
            ("9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59-12:00"),
            ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
            (f"{DAY}T22:30:00Z", f"{DAY}T23:30:00-05:00"),
        ],
    )
    def test_an_instant_without_its_zone_or_of_another_day_is_refused(
        self, server: Running, start: str, end: str
    ) -> None:
        asked = _question(by_card(_person(server, 52)))
        del asked["servicedDate"]
        status, said = _send(
            server, RIGHTS_PATH, asked | {"servicedPeriod": {"start": start, "end": end}}
        )
        assert (status, _fault(said)[0]) == (422, "value-invalid")


class TestWhom:
    def test_a_card_beside_an_engagement_is_refused(self, server: Running) -> None:
        _, answer = _send(server, RIGHTS_PATH, _question(by_card(_person(server, 53))))
        number = answer["preAuthRef"]
        sent = _invoice(server, "ST-TWO", 54)
        sent["insurance"][0]["preAuthRef"] = [number]
        status, said = _send(server, CLAIM_PATH, sent)
        where = "Claim.insurance[0].coverage.identifier"
        assert (status, _fault(said)) == (422, ("value-invalid", where))
        sent["insurance"][0]["coverage"]["identifier"] = {"system": "urn:autre", "value": "x"}
        assert (
            _send(server, CLAIM_PATH, sent)[0] == 200
        )  # of another's system: it names nobody here
        named = by_engagement(number)
        _, again = _send(server, RIGHTS_PATH, _question(named))
        assert _shows(again)

    def test_a_card_is_read_in_the_coverage_that_is_referred_to(self, server: Running) -> None:
        card = by_card(_person(server, 55))["insurance"][0]["coverage"]["identifier"]
        cover = {
            "resourceType": "Coverage",
            "id": "c",
            "status": "active",
            "identifier": [{"system": "urn:autre", "value": "1"}, card],
        }
        named = {
            "contained": [cover],
            "insurance": [{"coverage": {"reference": "#c"}}],
        }
        _, said = _send(server, RIGHTS_PATH, _question(named))
        assert _shows(said)
        basic = {"coverage": {"display": "régime général"}}
        _, said = _send(
            server, RIGHTS_PATH, _question(named | {"insurance": [basic, *named["insurance"]]})
        )
        assert _shows(said)
        other = by_card(_person(server, 56))["insurance"][0]["coverage"]["identifier"]
        named["insurance"] = [{"coverage": {"reference": "#c", "identifier": other}}]
        status, said = _send(server, RIGHTS_PATH, _question(named))
        assert (status, _fault(said)[0]) == (422, "value-invalid")

    @pytest.mark.parametrize("broken", ["nowhere", "cancelled"])
    def test_a_coverage_beside_a_card_must_be_there_and_active(
        self, server: Running, broken: str
    ) -> None:
        named = _numbers(_person(server, 57))
        named["contained"][1]["status"] = "cancelled" if broken == "cancelled" else "active"
        card = by_card(_person(server, 57))["insurance"][0]["coverage"]
        reference = "#nowhere" if broken == "nowhere" else "#c"
        named["insurance"] = [{"coverage": card | {"reference": reference}}]
        status, said = _send(server, RIGHTS_PATH, _question(named))
        assert (status, _fault(said)[0]) == (422, "value-invalid")


class TestPlaces:
    def test_the_root_of_a_place_is_the_resource_asked_about(self, server: Running) -> None:
        wrong = _invoice(server, "ST-ROOT", 58, net={"value": "5.90", "currency": "EUR"})
        for envelope in (
            wrong,
            {
                "resourceType": "Parameters",
                "parameter": [{"name": "resource", "resource": wrong}],
            },
            {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": wrong}]},
        ):
            status, said = _send(server, CLAIM_PATH, envelope)
            assert (status, _fault(said)[1]) == (422, "Claim.item[0].net.value")

    def test_what_is_beside_it_is_named_from_the_envelope(self, server: Running) -> None:
        beside = {"resourceType": "Coverage", "id": "c", "implicitRules": "urn:x"}
        bundle = {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": _invoice(server, "ST-BESIDE", 58)}, {"resource": beside}],
        }
        _, said = _send(server, CLAIM_PATH, bundle)
        assert _fault(said)[1] == "Bundle.entry[1].resource.implicitRules"

    def test_a_header_is_a_location_and_no_expression(self, server: Running) -> None:
        asked = _question(by_card(_person(server, 58)))
        status, said = _send(server, RIGHTS_PATH, asked, Accept="application/fhir+xml")
        issue = said["issue"][0]
        assert (status, issue["location"]) == (406, ["http.Accept"])
        assert "expression" not in issue


class TestDefinitions:
    def test_each_list_of_codes_is_served_and_what_is_answered_is_in_it(
        self, server: Running
    ) -> None:
        _, whole = _send(server, "/fhir/CodeSystem", b"", method="GET")
        systems = {one["resource"]["url"]: one["resource"] for one in whole["entry"]}
        for definition in systems.values():
            CodeSystem.model_validate(definition)
            assert definition["count"] == len(definition["concept"]) > 0
        _, answer = _send(server, RIGHTS_PATH, _question(by_card(_person(server, 59))))
        _, decided = _send(server, CLAIM_PATH, _invoice(server, "ST-CODES", 59))
        _, refused = _send(server, CLAIM_PATH, {"resourceType": "Patient"})
        seen = set(_codings([answer, decided, refused]))
        ours = {(system, code) for system, code in seen if system in systems}
        assert {"urn:egide:domain", "urn:egide:rule", "urn:egide:refusal"} <= {
            s for s, _ in ours
        }
        known = {
            (url, concept["code"]) for url, one in systems.items() for concept in one["concept"]
        }
        assert ours <= known

    @pytest.mark.parametrize("kind", ["CodeSystem", "StructureDefinition"])
    def test_a_search_says_what_it_searched(self, server: Running, kind: str) -> None:
        path = f"/fhir/{kind}"
        _, whole = _send(server, path, b"", method="GET")
        assert whole["link"] == [{"relation": "self", "url": f"{server.origin}{path}"}]
        one, two = (entry["resource"] for entry in whole["entry"][:2])
        for query, total in (
            (f"url={one['url']}", 1),
            (f"url={one['url']},{two['url']}", 2),
            (f"_id={two['id']}", 1),
            (f"_id={two['id']}&url={one['url']}", 0),
            ("foo=bar", whole["total"]),
        ):
            status, found = _send(server, f"{path}?{query}", b"", method="GET")
            assert (status, found["total"]) == (200, total), query
        status, counted = _send(server, f"{path}?_summary=count", b"", method="GET")
        assert (counted["total"], "entry" in counted) == (whole["total"], False)
        for query in ("url:below=urn:egide", "url:missing=true"):
            assert _send(server, f"{path}?{query}", b"", method="GET")[0] == 422
        strict = _send(server, f"{path}?foo=bar", b"", method="GET", Prefer="handling=strict")
        assert strict[0] == 422

    def test_head_has_the_length_and_the_type_of_get(self, server: Running) -> None:
        for path in ("/fhir/CodeSystem/egide-domain", "/fhir/OperationDefinition/nope"):
            said = []
            for method in ("GET", "HEAD"):
                try:
                    with urlopen(Request(server.origin + path, method=method)) as reply:
                        said.append((reply.status, reply.headers, reply.read()))
                except HTTPError as refused:
                    said.append((refused.code, refused.headers, refused.read()))
            (status, whole, body), (again, head, none) = said
            assert (again, none) == (status, b"")
            assert head["content-type"] == whole["content-type"]
            assert int(head["content-length"]) == len(body)

    def test_nothing_is_said_to_be_created_that_cannot_be_read(self, server: Running) -> None:
        _, said = _send(server, "/fhir/metadata", b"", method="GET")
        codes = {
            one["code"]
            for resource in said["rest"][0]["resource"]
            for one in resource.get("interaction", [])
        }
        assert codes == {"read", "search-type"}


def _codings(said: object) -> list[tuple[str, str]]:
    if isinstance(said, dict):
        own = [(said["system"], said["code"])] if {"system", "code"} <= said.keys() else []
        return own + [one for value in said.values() for one in _codings(value)]
    if isinstance(said, list):
        return [one for each in said for one in _codings(each)]
    return []
