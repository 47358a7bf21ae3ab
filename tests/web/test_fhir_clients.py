"""Other people's FHIR clients: fhirclient and fhirpy send questions and claims, and read the answers."""

from typing import Any

import pytest
import requests
from fhirclient.models.claim import Claim
from fhirclient.models.claimresponse import ClaimResponse
from fhirclient.models.coverageeligibilityrequest import CoverageEligibilityRequest
from fhirclient.models.coverageeligibilityresponse import CoverageEligibilityResponse
from fhirclient.models.operationoutcome import OperationOutcome
from fhirclient.models.paymentreconciliation import PaymentReconciliation
from fhirclient.server import FHIRServer
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome as FhirpyOutcome

from conftest import Running, now, run
from egide.core.identifiers import Iban
from egide.doubles.software import Software
from egide.drills import Person
from egide.payments import Debtor, close_settlement, unwritten, write_settlement
from egide.vault import Attester, KeyRing, Sealer

DAY = now().date().isoformat()
_DEBTOR = Debtor("Test", Iban.parse("FR7630006000011234567890189"))


class _Signed(requests.auth.AuthBase):
    """Signs each call of a third-party client with a fresh proof."""

    def __init__(self, software: Software) -> None:
        self._software = software

    def __call__(self, call: requests.PreparedRequest) -> requests.PreparedRequest:
        path = str(call.url).removeprefix(self._software.origin)
        proof = self._software.proof(str(call.method), path, now(), token=self._software.token)
        call.headers.update({"Authorization": f"DPoP {self._software.token}", "DPoP": proof})
        return call


def _signed(server: Running, profession: str) -> _Signed:
    software = server.software(server.shops(profession)[0])
    run(software.ready(server.wire(), now()))
    return _Signed(software)


def _fhirclient(server: Running, profession: str) -> FHIRServer:
    client = FHIRServer(None, f"{server.origin}/fhir")
    client.session.auth = _signed(server, profession)
    return client


def _person(server: Running, number: int) -> Person:
    people = [p for p in server.place.france.persons if p.covered and p.card]
    return people[number]


def _insurance(person: Person, sequence: int | None = None) -> dict[str, Any]:
    card = {"system": "urn:egide:card", "value": person.card}
    insurance: dict[str, Any] = {"focal": True, "coverage": {"identifier": card}}
    return insurance if sequence is None else insurance | {"sequence": sequence}


def _question(person: Person) -> CoverageEligibilityRequest:
    return CoverageEligibilityRequest(
        {
            "resourceType": "CoverageEligibilityRequest",
            "status": "active",
            "purpose": ["benefits", "validation"],
            "patient": {"display": "Au comptoir"},
            "servicedDate": DAY,
            "created": DAY,
            "insurer": {"display": "AMC"},
            "insurance": [_insurance(person)],
        }
    )


def _claim(person: Person, invoice: str) -> Claim:
    coding = {"system": "urn:egide:act:grouping", "code": "PH7"}
    return Claim(
        {
            "resourceType": "Claim",
            "identifier": [{"system": "urn:egide:invoice", "value": invoice}],
            "status": "active",
            "type": {"coding": [{"code": "pharmacy"}]},
            "use": "claim",
            "patient": {"display": "Au comptoir"},
            "created": DAY,
            "provider": {"display": "La pharmacie"},
            "priority": {"coding": [{"code": "normal"}]},
            "insurance": [_insurance(person, 1)],
            "item": [
                {
                    "sequence": 1,
                    "productOrService": {"coding": [coding]},
                    "servicedDate": DAY,
                    "unitPrice": {"value": 12.34, "currency": "EUR"},
                    "quantity": {"value": 2},
                    "net": {"value": 24.68, "currency": "EUR"},
                }
            ],
            "total": {"value": 24.68, "currency": "EUR"},
        }
    )


def test_fhirclient_reads_what_the_server_says_it_does(server: Running) -> None:
    statement = FHIRServer(None, f"{server.origin}/fhir").capabilityStatement
    assert statement.fhirVersion == "4.0.1"
    operations = {
        r.type: {operation.name for operation in r.operation}
        for r in statement.rest[0].resource
        if r.operation
    }
    assert operations == {
        "Claim": {"submit", "inquire"},
        "CoverageEligibilityRequest": {"submit"},
    }


def test_fhirclient_asks_rights_bills_and_is_told_what_a_transfer_pays(server: Running) -> None:
    client = _fhirclient(server, "pharmacy")
    person = _person(server, 90)
    question = _question(person).as_json()
    shown = client.post_json("CoverageEligibilityRequest/$submit", question)
    rights = CoverageEligibilityResponse(shown.json())
    assert rights.insurance[0].inforce is True
    sent = client.post_json("Claim/$submit", _claim(person, "FC-1").as_json())
    answer = ClaimResponse(sent.json())
    assert answer.outcome == "complete"
    again = ClaimResponse(client.request_json(f"ClaimResponse/{answer.id}"))
    assert again.as_json() == answer.as_json()

    async def pay() -> None:
        place = server.place
        async with place.store.pool("payer") as pool:
            await close_settlement(
                pool,
                execute_on=now().date(),
                attester=Attester(KeyRing.open(place.keys)),
                sealer=Sealer(KeyRing.open(place.keys)),
                now=now(),
            )
            for settlement in await unwritten(pool):
                folder = place.settings.data / "clients"
                folder.mkdir(exist_ok=True)
                sealer = Sealer(KeyRing.open(place.keys))
                await write_settlement(
                    pool, settlement, folder, debtor=_DEBTOR, sealer=sealer, now=now()
                )

    run(pay())
    paid = _transfer(server, answer.id)
    reconciliation = PaymentReconciliation(client.request_json(f"PaymentReconciliation/{paid}"))
    references = {detail.response.reference for detail in reconciliation.detail}
    assert f"ClaimResponse/{answer.id}" in references
    total = sum(round(detail.amount.value * 100) for detail in reconciliation.detail)
    assert total == round(reconciliation.paymentAmount.value * 100)


def _transfer(server: Running, claim: str) -> str:
    for file in (server.place.settings.data / "clients").glob("*/remittances/*.json"):
        if claim in file.read_text():
            return file.stem
    raise AssertionError


def test_fhirpy_asks_bills_and_understands_a_refusal(server: Running) -> None:
    config = {"auth": _signed(server, "pharmacy")}
    client = SyncFHIRClient(f"{server.origin}/fhir", requests_config=config)
    person = _person(server, 91)
    rights = client.execute(
        "CoverageEligibilityRequest/$submit", data=_question(person).as_json()
    )
    assert rights["preAuthRef"] == rights["id"]
    answer = client.execute("Claim/$submit", data=_claim(person, "FP-1").as_json())
    assert answer["outcome"] == "complete"
    read = client.get("ClaimResponse", answer["id"])
    assert read == answer
    wrong = _claim(person, "FP-2").as_json() | {"use": "quote"}
    with pytest.raises(FhirpyOutcome) as refused:
        client.execute("Claim/$submit", data=wrong)
    outcome = OperationOutcome(refused.value.resource)
    assert outcome.issue[0].expression == ["Claim.use"]
