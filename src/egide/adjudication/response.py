"""ClaimResponse out, with the reckoning as adjudications.

Source: https://hl7.org/fhir/R4/claimresponse.html
"""

from dataclasses import dataclass
from typing import Any, Final

from egide.adjudication.claim import SubmittedClaim, due_day
from egide.adjudication.controls import CONTROLS, Rejection
from egide.core.ids import to_code
from egide.core.money import Money, euros
from egide.core.period import civil_day
from egide.edge import fhir
from egide.pricing import PricedClaim, PricedLine, Step, StepCode

_ADJUDICATION: Final = "http://terminology.hl7.org/CodeSystem/adjudication"
_STANDARD: Final[dict[StepCode, str]] = {
    StepCode.EXPENSE: "submitted",
    StepCode.BASE: "eligible",
    StepCode.AMC: "benefit",
    StepCode.FLAT_DEDUCTION: "deductible",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every ClaimResponse needs beside its decision."""

    claim: SubmittedClaim
    amc: str
    insurer: str


def _frame(frame: Frame) -> dict[str, Any]:
    claim = frame.claim
    return {
        "resourceType": "ClaimResponse",
        "id": to_code(claim.claim_id),
        "identifier": [{"system": fhir.CLAIM, "value": to_code(claim.claim_id)}],
        "status": "active",
        "type": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/claim-type",
                    "code": "professional",
                }
            ]
        },
        "use": "claim",
        "patient": {"display": "Personne nommée par la facture"},
        "created": claim.received_at.isoformat(timespec="milliseconds"),
        "insurer": {
            "identifier": {"system": fhir.AMC, "value": frame.amc},
            "display": frame.insurer,
        },
        "request": {"identifier": {"system": fhir.INVOICE, "value": claim.number}},
    }


def accepted(frame: Frame, priced: PricedClaim) -> bytes:
    """Return the answer to a claim that was priced: each amount with the rule that made it."""
    total = priced.total
    submitted = sum(line.expense.cents for line in frame.claim.lines)
    other = priced.other_amc_cents
    undue = submitted - sum(total) - other
    answer = _frame(frame) | {
        "outcome": "complete",
        "disposition": f"Acceptée : {euros(total.amc_cents)} à votre profit.",
        "preAuthRef": to_code(frame.claim.engagement),
        "item": [_item(number, line) for number, line in enumerate(priced.lines, start=1)],
        "total": [
            _total("submitted", "", Money(submitted)),
            _total("", "amo", total.amo),
            _total("benefit", "amc", total.amc),
            *([_total("", "other-amc", Money(other))] if other else []),
            _total("", "patient", total.patient),
            *([_total("", "undue", Money(undue))] if undue else []),
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
    said = " ".join(filter(None, [meaning.french, rejection.detail]))
    again = "Refacturation possible." if meaning.resubmit else "Ne pas refacturer."
    error: dict[str, Any] = {
        "code": {
            "coding": [{"system": fhir.CONTROL, "code": rejection.control.value}],
            "text": f"{said} {meaning.remedy}",
        }
    }
    if rejection.line:
        error["itemSequence"] = rejection.line
    answer = _frame(frame) | {
        "outcome": "error",
        "disposition": f"Rejetée, contrôle {rejection.control.value} : {said} {again}",
        "error": [error],
        "processNote": [
            {"number": 1, "type": "display", "text": f"who must act: {meaning.actor.value}"},
            {
                "number": 2,
                "type": "display",
                "text": f"resubmit: {'yes' if meaning.resubmit else 'no'}",
            },
        ],
    }
    return fhir.encode(answer)


def _category(standard: str, ours: str) -> dict[str, Any]:
    codings: list[dict[str, str]] = []
    if standard:
        codings.append({"system": _ADJUDICATION, "code": standard})
    if ours:
        codings.append({"system": fhir.RULE, "code": ours})
    return {"coding": codings}


def _total(standard: str, ours: str, amount: Money) -> dict[str, Any]:
    return {"category": _category(standard, ours), "amount": fhir.money_element(amount)}


def _item(number: int, line: PricedLine) -> dict[str, Any]:
    return {
        "itemSequence": number,
        "adjudication": [_adjudication(step) for step in line.steps],
    }


def _adjudication(step: Step) -> dict[str, Any]:
    return {
        "category": _category(_STANDARD.get(step.code, ""), step.code.value),
        "reason": {
            "coding": [{"system": fhir.RULE, "code": step.code.value, "display": step.source}],
            "text": step.french,
        },
        "amount": fhir.money_element(step.amount),
    }
