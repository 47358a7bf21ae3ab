"""ClaimResponse out, with the reckoning as adjudications.

Source: https://hl7.org/fhir/R4/claimresponse.html
"""

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from egide.adjudication.claim import ClaimUse, SubmittedClaim, due_day
from egide.adjudication.controls import CONTROLS, Rejection
from egide.core.ids import to_code
from egide.core.money import Money, euros
from egide.core.period import civil_day
from egide.edge import fhir
from egide.pricing import PricedClaim, PricedLine, Step, StepCode

ADJUDICATION: Final = "http://terminology.hl7.org/CodeSystem/adjudication"
UNDUE: Final = "undue"  # of a total: billed, and owed by nobody
_STANDARD: Final[dict[StepCode, str]] = {
    StepCode.EXPENSE: "submitted",
    StepCode.BASE: "eligible",
    StepCode.AMC: "benefit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every ClaimResponse needs beside its decision."""

    claim: SubmittedClaim
    amc: str
    insurer: str


def document(frame: Frame, number: UUID) -> dict[str, Any]:
    """Return what every ClaimResponse begins with; ``number`` is the one it is given."""
    claim = frame.claim
    system = fhir.CLAIM if claim.use is ClaimUse.CLAIM else fhir.ENGAGEMENT
    return {
        "resourceType": "ClaimResponse",
        "id": to_code(number),
        "identifier": [{"system": system, "value": to_code(number)}],
        "status": "active",
        "type": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/claim-type",
                    "code": claim.kind,
                }
            ]
        },
        "use": claim.use.value,
        "patient": {"display": "Personne nommée par la demande"},
        "created": claim.received_at.isoformat(timespec="milliseconds"),
        "insurer": {
            "identifier": {"system": fhir.AMC, "value": frame.amc},
            "display": frame.insurer,
        },
        "request": {"identifier": {"system": claim.use.numbers, "value": claim.number}},
    }


def accepted(frame: Frame, priced: PricedClaim) -> bytes:
    """Return the answer to a claim that was priced: each amount with the rule that made it."""
    total = priced.total
    submitted = sum(line.expense.cents for line in frame.claim.lines)
    other = priced.other_amc_cents
    undue = submitted - sum(total) - other
    answer = document(frame, frame.claim.claim_id) | {
        "outcome": "complete",
        "disposition": f"Acceptée : {euros(total.amc_cents)} à votre profit.",
        "preAuthRef": to_code(frame.claim.engagement),
        "item": [
            reckoning(number, line)
            for number, line in zip(frame.claim.numbers, priced.lines, strict=True)
        ],
        "total": [
            sum_of("submitted", "", Money(submitted)),
            sum_of("", "amo", total.amo),
            sum_of("benefit", "amc", total.amc),
            *([sum_of("", "other-amc", Money(other))] if other else []),
            sum_of("", "patient", total.patient),
            *([sum_of("", UNDUE, Money(undue))] if undue else []),
        ],
    }
    if total.amc_cents:
        answer["payment"] = {
            "type": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/ex-paymenttype",
                        "code": "complete",
                    }
                ]
            },
            "date": due_day(civil_day(frame.claim.received_at)).isoformat(),
            "amount": fhir.money_element(total.amc),
        }
    return fhir.encode(answer)


def rejected(frame: Frame, rejection: Rejection) -> bytes:
    """Return the answer to a claim that a control rejected: which, why, who acts, whether to resubmit."""
    meaning = CONTROLS[rejection.control]
    said = sentences(meaning.french, rejection.detail)
    again = "Refacturation possible." if meaning.resubmit else "Ne pas refacturer."
    if rejection.line:
        rejection = replace(rejection, line=frame.claim.numbers[rejection.line - 1])
    answer = document(frame, frame.claim.claim_id) | {
        "outcome": "error",
        "disposition": f"Rejetée, contrôle {rejection.control.value} : {said} {again}",
        "error": [fault(rejection)],
        "extension": [
            {"url": fhir.ACTOR, "valueCode": meaning.actor.value},
            {"url": fhir.RESUBMIT, "valueBoolean": meaning.resubmit},
        ],
        "processNote": notes(
            f"who must act: {meaning.actor.value}",
            f"resubmit: {'yes' if meaning.resubmit else 'no'}",
        ),
    }
    return fhir.encode(answer)


def fault(rejection: Rejection) -> dict[str, Any]:
    """Return the element of ``error`` of a control that fired: which, on what line, why, what to do.

    Args:
        rejection: its line by the number that its software gives it.
    """
    meaning = CONTROLS[rejection.control]
    said = sentences(meaning.french, rejection.detail)
    error: dict[str, Any] = {
        "code": {
            "coding": [{"system": fhir.CONTROL, "code": rejection.control.value}],
            "text": f"{said} {meaning.remedy}",
        }
    }
    if rejection.line:
        error["itemSequence"] = rejection.line
    return error


def sentences(*texts: str) -> str:
    """Return texts as sentences, one after another: each begins with a capital and ends with a stop."""
    whole = (text.strip() for text in texts if text.strip())
    return " ".join(
        one[0].upper() + one[1:] + ("" if one[-1] in ".!?…" else ".") for one in whole
    )


def notes(*texts: str) -> list[dict[str, Any]]:
    """Return sentences as ``processNote``."""
    return [
        {"number": number, "type": "display", "text": text}
        for number, text in enumerate(texts, start=1)
    ]


def _category(standard: str, ours: str) -> dict[str, Any]:
    codings: list[dict[str, str]] = []
    if standard:
        codings.append({"system": ADJUDICATION, "code": standard})
    if ours:
        codings.append({"system": fhir.RULE, "code": ours})
    return {"coding": codings}


def sum_of(standard: str, ours: str, amount: Money) -> dict[str, Any]:
    """Return an element of ``total``, under the standard's category and ours; either may be empty."""
    return {"category": _category(standard, ours), "amount": fhir.money_element(amount)}


def reckoning(number: int, line: PricedLine) -> dict[str, Any]:
    """Return the element of a line: each amount with the rule that made it."""
    return {
        "itemSequence": number,
        "adjudication": [_adjudication(step) for step in line.steps],
    }


def _adjudication(step: Step) -> dict[str, Any]:
    return {
        "category": _category(_STANDARD.get(step.code, ""), step.code.value),
        "reason": {
            "coding": [
                {"system": fhir.RULE, "code": step.code.value, "display": step.code.meaning}
            ],
            "text": step.french,
            **(
                {"extension": [{"url": fhir.SOURCE, "valueString": step.source}]}
                if step.source
                else {}
            ),
        },
        "amount": fhir.money_element(step.amount),
    }
