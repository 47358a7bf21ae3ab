"""FHIR R4 CoverageEligibilityRequest in, CoverageEligibilityResponse out; echo-free.

Source: https://hl7.org/fhir/R4/coverageeligibilityresponse.html
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from egide.core.ids import to_code
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import fhir
from egide.rights.engagement import Engagement
from egide.rights.naming.locate import Insurance
from egide.rights.question import within_two_years

ROOT = "CoverageEligibilityRequest"
NOT_SHOWN = "Droit non affiché, demandez la carte."
_PURPOSE = "validation"  # whether a person is covered: all that is told, as the answer's own purpose says


class EligibilityRequest(msgspec.Struct):
    """The question, as far as we read it; other elements of R4 are left unread, others refused."""

    resourceType: str
    insurance: list[Insurance]
    status: str = "active"
    purpose: list[str] = msgspec.field(default_factory=lambda: ["validation"])
    servicedDate: str = ""
    servicedPeriod: fhir.Period | None = None
    patient: fhir.Reference | None = None
    contained: list[msgspec.Raw] = []


decoder = msgspec.json.Decoder(EligibilityRequest)


def care_day(request: EligibilityRequest, now: datetime) -> date:
    """Check a question's frame and return its day of care, today if it names none.

    Raises Refusal: ``resource-unexpected``, ``value-invalid``, ``care-date-future``, ``care-date-too-old``.
    """
    if request.resourceType != ROOT:
        raise Refusal(
            RefusalCode.RESOURCE_UNEXPECTED, where="resourceType", hint=f"Attendu : {ROOT}."
        )
    if request.status != "active":
        raise Refusal(
            RefusalCode.VALUE_INVALID, where=f"{ROOT}.status", hint="Attendu : active."
        )
    if _PURPOSE not in request.purpose:
        hint = f"Attendu : {_PURPOSE} ; rien d'autre n'est répondu ici."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{ROOT}.purpose", hint=hint)
    today = civil_day(now)
    day = fhir.serviced_day(request.servicedDate, request.servicedPeriod, ROOT)
    if day is None:
        return today
    element = "servicedDate" if request.servicedDate else "servicedPeriod"
    return within_two_years(day, today, f"{ROOT}.{element}")


def _frame(day: str) -> dict[str, Any]:
    return {
        "resourceType": "CoverageEligibilityResponse",
        "status": "active",
        "purpose": ["validation"],
        "patient": {"display": "Personne nommée par la demande"},
        "created": day,
        "request": {"display": "Demande à laquelle ceci répond"},
        "outcome": "complete",
    }


def not_shown(now: datetime) -> bytes:
    """Return the one negative answer: the same bytes all day long, whatever the cause."""
    answer = _frame(civil_day(now).isoformat())
    coding = {"system": "urn:egide:refusal", "code": RefusalCode.RIGHTS_NOT_SHOWN.value}
    answer |= {
        "disposition": NOT_SHOWN,
        "insurer": {"display": "Non affiché"},
        "error": [{"code": {"coding": [coding], "text": NOT_SHOWN}}],
    }
    return msgspec.json.encode(answer)


def shown(
    engagement: Engagement, *, insurer: str, jws: str, alias: UUID | None, now: datetime
) -> bytes:
    """Return a positive answer: period, insurer's route, domains open, engagement, alias of a person met."""
    period = {"start": engagement.start_on.isoformat(), "end": engagement.last_on.isoformat()}
    cover = {
        "coverage": {"identifier": {"system": fhir.ENGAGEMENT, "value": engagement.number}},
        "inforce": True,
        "benefitPeriod": period,
        "item": [
            {"category": {"coding": [{"system": fhir.DOMAIN, "code": domain}]}}
            for domain in engagement.domains
        ],
    }
    extensions = [{"url": fhir.ENGAGEMENT_JWS, "valueString": jws}]
    if alias is not None:
        extensions.append({"url": fhir.ALIAS, "valueString": to_code(alias)})
    answer = _frame(now.isoformat(timespec="milliseconds"))
    answer |= {
        "id": engagement.number,
        "extension": extensions,
        "servicedDate": engagement.care_on.isoformat(),
        "disposition": "Droits ouverts.",
        "insurer": {
            "identifier": {"system": fhir.AMC, "value": engagement.amc},
            "display": insurer,
        },
        "insurance": [cover],
        "preAuthRef": engagement.number,
    }
    return msgspec.json.encode(answer)
