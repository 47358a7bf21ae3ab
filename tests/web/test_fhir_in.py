"""What real software sends: references, Bundles, periods, forms of JSON; each is honoured or refused by name."""

import json
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from conftest import Running, now, run
from egide.client.messages import CLAIM_PATH, RIGHTS_PATH, by_nir, by_numbers, claim, item
from egide.doubles.wire import Reply, write_request
from egide.drills import Person
from egide.drills.shows import by_card

DAY = now().date().isoformat()
_NO = "Droit non affiché, demandez la carte."


def _person(server: Running, number: int) -> Person:
    every = [one for one in server.place.france.persons if one.covered and one.card]
    return every[100 + number]


def _numbers(person: Person) -> dict[str, Any]:
    return by_numbers(amc=person.amc, member=person.member, birth=person.birth, rank=1)


def _question(named: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["validation"],
        "patient": {"display": "x"},
        "created": DAY,
        "insurer": {"display": "x"},
        "servicedDate": DAY,
        **named,
        **changed,
    }


def _send(
    server: Running, path: str, body: object, *, method: str = "POST", **headers: str
) -> tuple[int, dict[str, Any]]:
    reply = _reply(server, path, body, method=method, **headers)
    return reply.status, json.loads(reply.body) if reply.body else {}


def _reply(
    server: Running, path: str, body: object, *, method: str = "POST", **headers: str
) -> Reply:
    async def work() -> Reply:
        wire, software = server.wire(), server.software(server.shops("pharmacy")[1])
        await software.ready(wire, now())
        sent = {
            "Content-Type": "application/fhir+json",
            "Authorization": f"DPoP {software.token}",
            "DPoP": software.proof(method, path.partition("?")[0], now(), token=software.token),
        }
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await wire.send(write_request(method, path, sent | named, raw))

    return run(work())


def _fault(said: dict[str, Any]) -> tuple[str, str]:
    issue = said["issue"][0]
    return issue["details"]["coding"][0]["code"], issue.get("expression", [""])[0]


def _shows(said: dict[str, Any]) -> bool:
    return said.get("disposition") != _NO and "insurance" in said


class TestReferences:
    def test_the_coverage_that_is_referred_to_is_the_one_asked(self, server: Running) -> None:
        one, other = _person(server, 0), _person(server, 1)
        named = _numbers(one)
        second = _numbers(other)["contained"]
        second[0]["id"], second[1]["id"] = "p2", "c2"
        second[1]["beneficiary"] = {"reference": "#p2"}
        named["contained"] += second
        for reference, person in (("#c", one), ("#c2", other)):
            named["insurance"] = [{"coverage": {"reference": reference}}]
            status, said = _send(server, RIGHTS_PATH, _question(named))
            assert status == 200 and _shows(said)
            assert said["insurer"]["identifier"]["value"] == person.amc

    @pytest.mark.parametrize("reference", ["#zz", "#p", "Coverage/9", ""])
    def test_what_names_nothing_or_several_is_refused(
        self, server: Running, reference: str
    ) -> None:
        named = _numbers(_person(server, 2))
        named["contained"].append(dict(named["contained"][1], id="c3"))
        named["insurance"] = [{"coverage": {"reference": reference, "display": "x"}}]
        status, said = _send(server, RIGHTS_PATH, _question(named))
        assert status == 422
        assert _fault(said)[1].startswith("CoverageEligibilityRequest.insurance[0].coverage")

    def test_two_resources_of_one_name_are_refused(self, server: Running) -> None:
        named = _numbers(_person(server, 2))
        named["contained"].append(named["contained"][1])
        assert _send(server, RIGHTS_PATH, _question(named))[0] == 422

    def test_the_beneficiary_is_the_patient_and_others_are_left_unread(
        self, server: Running
    ) -> None:
        named = _numbers(_person(server, 3))
        named["contained"] += [
            {"resourceType": "Patient", "id": "sub", "birthDate": "1958-01-01"},
            {"resourceType": "Organization", "id": "o", "name": "x"},
            {"resourceType": "Practitioner"},
        ]
        named["contained"][1]["subscriber"] = {"reference": "#sub"}
        assert _shows(_send(server, RIGHTS_PATH, _question(named))[1])
        mistaken = _question(named, patient={"reference": "#sub"})
        assert _fault(_send(server, RIGHTS_PATH, mistaken)[1]) == (
            "value-invalid",
            "CoverageEligibilityRequest.patient",
        )

    def test_the_basic_insurer_beside_the_complementary_is_left_aside(
        self, server: Running
    ) -> None:
        named = _numbers(_person(server, 4))
        basic = {
            "resourceType": "Coverage",
            "id": "amo",
            "status": "active",
            "beneficiary": {"reference": "#p"},
            "payor": [{"identifier": {"system": "urn:oid:1.2.250.1.213.1.4", "value": "01"}}],
        }
        named["contained"].append(basic)
        named["insurance"].insert(0, {"coverage": {"reference": "#amo"}, "focal": True})
        status, said = _send(server, RIGHTS_PATH, _question(named))
        assert (status, _shows(said)) == (200, True)

    def test_an_insurer_may_be_said_by_a_contained_organization(self, server: Running) -> None:
        person = _person(server, 11)
        named = _numbers(person)
        cover = named["contained"][1]
        cover["payor"] = [{"reference": "#amc"}]
        insurer = {"resourceType": "Organization", "id": "amc", "name": "x"}
        named["contained"].append(insurer)
        assert _fault(_send(server, RIGHTS_PATH, _question(named))[1])[0] == "value-missing"
        insurer["identifier"] = [{"system": "urn:egide:amc", "value": person.amc}]  # type: ignore[assignment]
        assert _shows(_send(server, RIGHTS_PATH, _question(named))[1])
        cover["payor"] = [{"reference": "#nobody"}]
        fault = _fault(_send(server, RIGHTS_PATH, _question(named))[1])
        assert fault == (
            "value-invalid",
            "CoverageEligibilityRequest.contained[1].payor[0].reference",
        )
        # Legal in R4, and no complementary insurer: one on another server, the patient who pays.
        cover["payor"] = [{"reference": "Organization/cpam-75"}, {"reference": "#p"}]
        cover["payor"].append({"identifier": {"system": "urn:egide:amc", "value": person.amc}})
        assert _shows(_send(server, RIGHTS_PATH, _question(named))[1])

    def test_the_insurer_named_beside_a_nir_is_the_one_asked(self, server: Running) -> None:
        person = _person(server, 12)
        named = by_nir(person.nir, person.birth)
        payor = {"identifier": {"system": "urn:egide:amc", "value": person.amc}}
        cover: dict[str, Any] = {"resourceType": "Coverage", "id": "c", "payor": [payor]}
        named["contained"].append(cover)
        assert _shows(_send(server, RIGHTS_PATH, _question(named))[1])
        other = next(amc for amc in ("775671993", "784301475") if amc != person.amc)
        payor["identifier"] = {"system": "urn:egide:amc", "value": other}
        status, said = _send(server, RIGHTS_PATH, _question(named))
        assert (status, _shows(said)) == (200, False)
        cover["payor"].append({"identifier": {"system": "urn:egide:amc", "value": person.amc}})
        assert _send(server, RIGHTS_PATH, _question(named))[0] == 422

    @pytest.mark.parametrize("kind", ["Bundle", "Parameters"])
    def test_a_bundle_or_parameters_are_taken(self, server: Running, kind: str) -> None:
        person = _person(server, 5)
        named = _numbers(person)
        patient, cover = named.pop("contained")
        if kind == "Bundle":
            cover["beneficiary"] = {"reference": "urn:uuid:0001"}
            named["insurance"] = [{"coverage": {"reference": "Coverage/c"}}]
            sent: dict[str, Any] = {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [
                    {"resource": _question(named)},
                    {"fullUrl": "urn:uuid:0001", "resource": patient},
                    {"fullUrl": "urn:uuid:0002", "resource": cover},
                ],
            }
        else:
            asked = _question({**named, "contained": [patient, cover]})
            sent = {
                "resourceType": kind,
                "parameter": [{"name": "resource", "resource": asked}],
            }
        status, said = _send(server, RIGHTS_PATH, sent)
        assert (status, _shows(said)) == (200, True), said

    @pytest.mark.parametrize("kind", ["Bundle", "Parameters", "Patient"])
    def test_what_holds_no_question_is_refused_by_name(
        self, server: Running, kind: str
    ) -> None:
        status, said = _send(server, RIGHTS_PATH, {"resourceType": kind})
        assert (status, _fault(said)[0]) == (422, "resource-unexpected") or status == 400


class TestSaidTwice:
    """What says two things of one is refused where the second stands; what says one thing twice is taken."""

    def _line(self, **changed: Any) -> dict[str, Any]:
        return item(1, "grouping:PH7", 2000, DAY) | changed

    @pytest.mark.parametrize(
        ("changed", "where"),
        [
            (
                {"bodySite": {"coding": [{"code": "left"}, {"code": "right"}]}},
                "bodySite.coding[1].code",
            ),
            (
                {"extension": [{"url": "urn:egide:stay", "valueString": one} for one in "AB"]},
                "extension[1]",
            ),
            (
                {
                    "productOrService": {
                        "coding": [
                            {"system": "urn:egide:act:grouping", "code": "PH7"},
                            {"system": "urn:egide:act:ngap", "code": "G"},
                        ]
                    }
                },
                "productOrService.coding[1].code",
            ),
            ({"net": {"value": "20.00", "currency": "EUR"}}, "net.value"),
            ({"quantity": {"value": "1_000"}}, "quantity.value"),
            ({"unitPrice": {"value": 20, "currency": "EUR"}, "factor": "1"}, "factor"),
        ],
    )
    def test_of_a_line(self, server: Running, changed: dict[str, Any], where: str) -> None:
        sent = claim(by_card(_person(server, 13)), "TWICE-1", DAY, [self._line(**changed)])
        assert _fault(_send(server, CLAIM_PATH, sent)[1]) == (
            "value-invalid",
            f"Claim.item[0].{where}",
        )

    def test_of_an_invoice(self, server: Running) -> None:
        sent = json.loads(claim(by_card(_person(server, 13)), "TWICE-2", DAY, [self._line()]))
        numbers = sent["identifier"]
        numbers.append({"system": "urn:egide:invoice", "value": "TWICE-3"})
        assert _fault(_send(server, CLAIM_PATH, sent)[1])[1] == "Claim.identifier[1].value"
        sent["insurance"][0]["preAuthRef"] = ["0" * 26, "1" * 26]
        numbers[1]["use"] = "old"
        fault = _fault(_send(server, CLAIM_PATH, sent)[1])
        assert fault[1] == "Claim.insurance[0].preAuthRef[1]"
        del sent["insurance"][0]["preAuthRef"]
        place = {"coding": [{"system": "urn:other", "code": "9"}, {"code": "left"}]}
        sent["item"][0]["bodySite"] = place
        assert _send(server, CLAIM_PATH, sent)[0] == 200


class TestChoices:
    def test_a_period_of_another_year_is_not_answered_for_today(self, server: Running) -> None:
        asked = _question(by_card(_person(server, 6)))
        del asked["servicedDate"]
        asked["servicedPeriod"] = {"start": "2020-01-01", "end": "2020-01-31"}
        assert _fault(_send(server, RIGHTS_PATH, asked)[1])[1].endswith("servicedPeriod")
        asked["servicedPeriod"] = {"start": "2020-01-01", "end": "2020-01-01"}
        assert _fault(_send(server, RIGHTS_PATH, asked)[1])[0] == "care-date-too-old"
        asked["servicedPeriod"] = {"start": DAY, "end": DAY}
        assert _shows(_send(server, RIGHTS_PATH, asked)[1])
        asked["servicedDate"] = DAY
        assert _send(server, RIGHTS_PATH, asked)[0] == 422

    @pytest.mark.parametrize("purpose", [["benefits"], ["discovery", "auth-requirements"], []])
    def test_a_purpose_that_is_not_done_is_refused(
        self, server: Running, purpose: list[str]
    ) -> None:
        asked = _question(by_card(_person(server, 6)), purpose=purpose)
        assert _fault(_send(server, RIGHTS_PATH, asked)[1])[1].endswith("purpose")
        both = _question(by_card(_person(server, 6)), purpose=["benefits", "validation"])
        assert _send(server, RIGHTS_PATH, both)[1]["purpose"] == ["validation"]

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"modifierExtension": [{"url": "u", "valueBoolean": True}]}, "modifierExtension"),
            ({"implicitRules": "http://example.org/rules"}, "implicitRules"),
        ],
    )
    def test_what_changes_the_meaning_is_refused_wherever_it_stands(
        self, server: Running, change: dict[str, Any], where: str
    ) -> None:
        asked = _question(by_card(_person(server, 6)), **change)
        assert _fault(_send(server, RIGHTS_PATH, asked)[1])[1].endswith(where)
        line = item(1, "grouping:PH7", 2000, DAY) | change
        sent = claim(by_card(_person(server, 6)), "MEANING", DAY, [line])
        assert _fault(_send(server, CLAIM_PATH, sent)[1])[1] == f"Claim.item[0].{where}"

    @pytest.mark.parametrize(
        ("unit", "factor", "net", "paid"),
        [(10, 2, 20, 20), (10, 2, None, 20), (10, 1.5, 15, 15), (10, 2, 10, None), (10, 0, 0, None), (None, 2, 20, None)],
    )  # fmt: skip
    def test_a_factor_is_part_of_the_price(
        self,
        server: Running,
        unit: float | None,
        factor: float,
        net: float | None,
        paid: float | None,
    ) -> None:
        line = item(1, "grouping:PH7", 2000, DAY)
        del line["net"]
        line["factor"] = factor
        if unit is not None:
            line["unitPrice"] = {"value": unit, "currency": "EUR"}
        if net is not None:
            line["net"] = {"value": net, "currency": "EUR"}
        line["bodySite"] = {"coding": [{"code": "left" if net else "right"}]}
        number = f"FACTOR-{unit}-{factor}-{net}".replace("None", "X")
        status, said = _send(
            server,
            CLAIM_PATH,
            claim(by_card(_person(server, 20 + int(factor * 10))), number, DAY, [line]),
        )
        if paid is None:
            assert status == 422
        else:
            [total] = [
                one["amount"]["value"]
                for one in said["total"]
                if one["category"]["coding"][0]["code"] == "submitted"
            ]
            assert (status, total) == (200, paid)

    @pytest.mark.parametrize("arc", [8, 13, 14])
    def test_a_nir_is_known_by_each_of_its_systems(self, server: Running, arc: int) -> None:
        person = _person(server, 8)
        named = by_nir(person.nir, person.birth)
        numbers = named["contained"][0]["identifier"]
        numbers[0]["system"] = f"urn:oid:1.2.250.1.213.1.4.{arc}"
        assert _shows(_send(server, RIGHTS_PATH, _question(named))[1])
        other = _person(server, 9)
        old = {"system": numbers[0]["system"], "value": other.nir, "use": "old"}
        numbers.insert(0, old)
        assert _shows(_send(server, RIGHTS_PATH, _question(named))[1])
        del old["use"]
        assert _send(server, RIGHTS_PATH, _question(named))[0] == 422


class TestForms:
    @pytest.mark.parametrize(
        "said",
        [
            "application/fhir+json; charset=UTF-8; fhirVersion=4.0",
            "application/fhir+json;fhirVersion=4.0;charset=utf-8",
            'application/json; charset="utf-8"',
        ],
    )
    def test_parameters_come_in_any_order(self, server: Running, said: str) -> None:
        asked = _question(by_card(_person(server, 10)))
        assert _send(server, RIGHTS_PATH, asked, Content_Type=said)[0] == 200

    @pytest.mark.parametrize(
        ("said", "status"),
        [
            ("application/fhir+json; fhirVersion=5.0", 415),
            ("application/fhir+xml", 415),
            ("application/fhir+json; charset=latin-1", 415),
        ],
    )
    def test_what_is_not_read_is_said(self, server: Running, said: str, status: int) -> None:
        asked = _question(by_card(_person(server, 10)))
        assert _send(server, RIGHTS_PATH, asked, Content_Type=said)[0] == status

    @pytest.mark.parametrize(
        ("accept", "query", "status"),
        [
            ("application/fhir+xml", "", 406),
            ("application/fhir+json; fhirVersion=5.0", "", 406),
            ("text/html", "", 406),
            ("text/html, */*;q=0.5", "", 200),
            ("application/json", "", 200),
            ("*/*", "?_format=xml", 406),
            ("*/*", "?_format=json", 200),
        ],
    )
    def test_an_answer_is_json_or_refused(
        self, server: Running, accept: str, query: str, status: int
    ) -> None:
        path = f"/fhir/metadata{query}"
        assert _send(server, path, b"", method="GET", Accept=accept)[0] == status

    def test_a_mark_before_the_text_and_no_encoding_are_nothing(self, server: Running) -> None:
        asked = json.dumps(_question(by_card(_person(server, 10)))).encode()
        marked = b"\xef\xbb\xbf" + asked
        assert _send(server, RIGHTS_PATH, marked, Content_Encoding="identity")[0] == 200
        assert _send(server, RIGHTS_PATH, asked, Content_Encoding="gzip")[0] == 415

    def test_head_is_get_without_its_body_and_405_says_what_is_allowed(
        self, server: Running
    ) -> None:
        for path in ("/fhir/metadata", "/health"):
            with urlopen(Request(server.origin + path, method="HEAD")) as reply:
                assert (reply.status, reply.read()) == (200, b"")
                assert int(reply.headers["content-length"]) > 0
        for path, allowed in (
            ("/fhir/metadata", "GET, HEAD"),
            (RIGHTS_PATH, "POST"),
            ("/fhir/ClaimResponse/abc", "GET, HEAD"),
        ):
            with pytest.raises(HTTPError) as refused:
                urlopen(Request(server.origin + path, method="DELETE"))
            assert refused.value.code == 405, path
            assert refused.value.headers["allow"] == allowed


class TestWhatNobodyWouldRead:
    """What would change a price, and stands where nobody reads it, is refused: paid otherwise without a word."""

    @staticmethod
    def _claim(server: Running, change: Callable[[dict[str, Any]], object]) -> tuple[str, str]:
        drug = item(1, "grouping:PH7", 2_000, DAY)
        body = json.loads(
            claim(by_card(_person(server, 31)), f"NOBODY-{uuid4()}"[:30], DAY, [drug])
        )
        change(body)
        status, said = _send(server, CLAIM_PATH, body)
        return ("", "") if status == 200 else _fault(said)

    _BASE: ClassVar = {"url": "urn:egide:base", "valueMoney": {"value": 5, "currency": "EUR"}}
    _ALD: ClassVar = {"coding": [{"system": "urn:egide:situation", "code": "ald"}]}

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            (lambda b, x: b.update(extension=[x._BASE]), "Claim.extension[0].url"),
            (
                lambda b, x: b["item"][0]["productOrService"].update(extension=[x._BASE]),
                "Claim.item[0].productOrService.extension[0].url",
            ),
            (
                lambda b, x: b["item"][0].update(
                    extension=[x._BASE | {"url": "urn:egide:bases"}]
                ),
                "Claim.item[0].extension[0].url",
            ),
            (
                lambda b, x: b["item"][0].update(_servicedDate={"extension": [x._BASE]}),
                "Claim.item[0]._servicedDate.extension[0].url",
            ),
            (
                lambda b, x: b["item"][0].update(extension=[x._BASE | {"valueString": "x"}]),
                "Claim.item[0].extension[0]",
            ),
            (
                lambda b, _: b["item"][0].update(
                    extension=[
                        {"url": "urn:egide:base", "valueMoney": {"value": 5, "Currency": "USD"}}
                    ]
                ),
                "Claim.item[0].extension[0].valueMoney",
            ),
            (lambda b, _: b["item"][0]["net"].update(curency="USD"), "Claim.item[0].net"),
            (
                lambda b, _: b["item"][0]["quantity"].update(Comparator="<"),
                "Claim.item[0].quantity",
            ),
            (
                lambda b, _: b["item"][0].update(bodySite={"codings": [{"code": "left"}]}),
                "Claim.item[0].bodySite",
            ),
            (
                lambda b, _: b["item"][0]["productOrService"]["coding"][0].update(Code="PH1"),
                "Claim.item[0].productOrService.coding[0]",
            ),
            (
                lambda b, x: b["item"][0].update(programCode=[x._ALD]),
                "Claim.item[0].programCode[0].coding[0].system",
            ),
            (
                lambda b, x: b["item"][0].update(category=x._ALD),
                "Claim.item[0].category.coding[0].system",
            ),
            *(
                (
                    lambda b, _, unit=unit: b["item"][0].update(quantity={"value": 30} | unit),
                    f"Claim.item[0].quantity.{next(iter(unit))}",
                )
                for unit in (
                    {"code": "{tbl}", "system": "http://unitsofmeasure.org"},
                    {"unit": "comprimés"},
                    {"code": "732936001", "system": "http://snomed.info/sct"},
                    {"unit": "mL"},
                )
            ),
        ],
    )
    def test_it_is_refused_where_it_stands(
        self, server: Running, change: Callable[[dict[str, Any], Any], object], where: str
    ) -> None:
        said = self._claim(server, lambda body: change(body, self))
        assert said == ("value-invalid", where)

    @pytest.mark.parametrize(
        "change",
        [
            lambda b, _: b["item"][0].update(quantity={"value": 1, "unit": "boîtes"}),
            lambda b, _: b["item"][0].update(quantity={"value": 1, "code": "{Box}"}),
            lambda b, x: b["item"][0].update(
                extension=[x._BASE, {"url": "http://x", "valueCode": "y"}]
            ),
            lambda b, x: b["item"][0].update(modifier=[x._ALD]),
            lambda b, _: b["item"][0].update(
                category={"coding": [{"system": "http://x", "code": "y", "userSelected": True}]}
            ),
            lambda b, _: b["item"][0]["net"].update(
                id="a", extension=[{"url": "http://x", "valueInteger": 1}]
            ),
        ],
    )
    def test_what_r4_allows_is_taken(
        self, server: Running, change: Callable[[dict[str, Any], Any], object]
    ) -> None:
        assert self._claim(server, lambda body: change(body, self)) == ("", "")

    def test_two_birth_dates_that_differ_are_refused(self, server: Running) -> None:
        named = _numbers(_person(server, 32))
        patient = next(one for one in named["contained"] if one["resourceType"] == "Patient")
        text = {"url": "urn:egide:fhir:birth-date-text", "valueString": "19700101"}
        patient["birthDate"], patient["extension"] = "1970-01-02", [text]
        assert _fault(_send(server, RIGHTS_PATH, _question(named))[1])[1].endswith(".birthDate")

    def test_a_version_may_be_named_and_what_is_deleted_is_not_read(
        self, server: Running
    ) -> None:
        named = _numbers(_person(server, 33))
        patient, cover = named.pop("contained")
        patient, cover = dict(patient, id="p9"), dict(cover, id="c9")
        cover["beneficiary"] = {"reference": "Patient/p9/_history/1"}
        named["insurance"] = [{"coverage": {"reference": "Coverage/c9/_history/2"}}]
        entries: list[dict[str, Any]] = [
            {"resource": _question(named)},
            {"resource": patient},
            {"resource": cover},
        ]
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        assert _shows(_send(server, RIGHTS_PATH, bundle)[1])
        entries[1]["request"] = {"method": "DELETE", "url": "Patient/p9"}
        fault = _fault(_send(server, RIGHTS_PATH, bundle)[1])
        assert fault == ("value-invalid", "Bundle.entry[1].request.method")

    def test_two_of_a_kind_are_named_by_the_envelope(self, server: Running) -> None:
        asked = {"resource": _question(_numbers(_person(server, 33)))}
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [asked, asked]}
        assert _fault(_send(server, RIGHTS_PATH, bundle)[1])[1] == "Bundle.entry"
