"""FHIR R4 Claim in, ClaimResponse out, with the reckoning as adjudications.

Source: https://hl7.org/fhir/R4/claim.html, https://hl7.org/fhir/R4/claimresponse.html
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from egide.claims.claim import SubmittedClaim, due_day
from egide.claims.controls import CONTROLS, Rejection
from egide.core.ids import to_code
from egide.core.money import ZERO, Money, euros
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import fhir
from egide.nomenclature import SITUATIONS, BilledLine
from egide.pricing import PricedClaim, PricedLine, Step, StepCode
from egide.rights import Insurance, within_two_years

ROOT = "Claim"
SITUATION = "urn:egide:situation"
BASE = "urn:egide:base"
STAY = "urn:egide:stay"
PERFORMER = "urn:egide:performer"
_SIDES = frozenset({"left", "right"})
_TOOTH = re.compile(r"[1-4][1-8]|[5-8][1-5]")  # ISO 3950
_LABEL = re.compile(r"[0-9A-Za-z._-]{1,35}")
_INVOICE = re.compile(r"[0-9A-Za-z][0-9A-Za-z./_-]{0,34}")
_CODE = re.compile(r"[0-9A-Z][0-9A-Z+.]{0,14}|[a-z][a-z0-9-]{2,39}")
_MOST_LINES = 99
_MOST_QUANTITY = 999
_MOST_FACTOR = 100
_ADJUDICATION = "http://terminology.hl7.org/CodeSystem/adjudication"
_STANDARD: dict[StepCode, str] = {
    StepCode.EXPENSE: "submitted",
    StepCode.BASE: "eligible",
    StepCode.AMC: "benefit",
    StepCode.FLAT_DEDUCTION: "deductible",
}


class Extension(msgspec.Struct):
    """FHIR Extension, as far as we read it: others are allowed and ignored."""

    url: str
    valueMoney: fhir.FhirMoney | None = None
    valueString: str | None = None


class Item(msgspec.Struct):
    """FHIR Claim.item, as far as we read it."""

    productOrService: fhir.CodeableConcept
    servicedDate: str = ""
    servicedPeriod: fhir.Period | None = None
    sequence: int = 0
    quantity: fhir.Quantity | None = None
    unitPrice: fhir.FhirMoney | None = None
    factor: Decimal | None = None
    net: fhir.FhirMoney | None = None
    bodySite: fhir.CodeableConcept | None = None
    modifier: list[fhir.CodeableConcept] = []
    extension: list[Extension] = []


class Claim(msgspec.Struct):
    """The claim, as far as we read it; other elements are allowed and ignored."""

    resourceType: str
    identifier: list[fhir.Identifier]
    insurance: list[Insurance]
    item: list[Item]
    status: str = "active"
    use: str = "claim"
    patient: fhir.Reference | None = None
    contained: list[msgspec.Raw] = []
    total: fhir.FhirMoney | None = None


decoder = msgspec.json.Decoder(Claim)


def invoice_number(claim: Claim) -> str:
    """Check a claim's frame and return its invoice number.

    Raises Refusal: ``resource-unexpected``, ``value-invalid``, ``value-missing``.
    """
    if claim.resourceType != ROOT:
        raise Refusal(
            RefusalCode.RESOURCE_UNEXPECTED, where="resourceType", hint=f"Attendu : {ROOT}."
        )
    if claim.status != "active":
        raise Refusal(
            RefusalCode.VALUE_INVALID, where=f"{ROOT}.status", hint="Attendu : active."
        )
    if claim.use != "claim":
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{ROOT}.use", hint="Attendu : claim.")
    for index, identifier in enumerate(claim.identifier):
        if identifier.system == fhir.INVOICE:
            if not _INVOICE.fullmatch(identifier.value):
                raise Refusal(
                    RefusalCode.VALUE_INVALID, where=f"{ROOT}.identifier[{index}].value"
                )
            return identifier.value
    raise Refusal(
        RefusalCode.VALUE_MISSING, where=f"{ROOT}.identifier", hint=f"Système {fhir.INVOICE}."
    )


def billed_lines(claim: Claim, now: datetime) -> tuple[BilledLine, ...]:
    """Check every item and return the lines; the total, if sent, must be theirs.

    Raises Refusal: the code of the element at fault, named by its path.
    """
    if not 0 < len(claim.item) <= _MOST_LINES:
        raise Refusal(
            RefusalCode.VALUE_INVALID,
            where=f"{ROOT}.item",
            hint=f"De 1 à {_MOST_LINES} lignes.",
        )
    today = civil_day(now)
    lines = tuple(
        _line(item, f"{ROOT}.item[{index}]", today) for index, item in enumerate(claim.item)
    )
    if claim.total is not None:
        total = fhir.to_money(claim.total, f"{ROOT}.total")
        if total.cents != sum(line.expense.cents for line in lines):
            raise Refusal(
                RefusalCode.AMOUNT_INVALID,
                where=f"{ROOT}.total",
                hint="Le total n'est pas la somme des lignes.",
            )
    return lines


def _line(item: Item, where: str, today: date) -> BilledLine:
    system, code = _act_code(item.productOrService, f"{where}.productOrService")
    quantity = _quantity(item.quantity, f"{where}.quantity")
    serviced = fhir.serviced_day(item.servicedDate, item.servicedPeriod, where)
    element = f"{where}.servicedPeriod" if item.servicedPeriod else f"{where}.servicedDate"
    if serviced is None:
        raise Refusal(RefusalCode.VALUE_MISSING, where=element)
    day = within_two_years(serviced, today, element)
    return BilledLine(
        system=system,
        code=code,
        care_on=day,
        quantity=quantity,
        expense=_expense(item, quantity, where),
        side=_side(item.bodySite, f"{where}.bodySite"),
        situation=_situation(item.modifier, f"{where}.modifier"),
        base=_base(item.extension, f"{where}.extension"),
        performer=_label(item.extension, PERFORMER, f"{where}.extension"),
        stay=_label(item.extension, STAY, f"{where}.extension"),
    )


def _act_code(concept: fhir.CodeableConcept, where: str) -> tuple[str, str]:
    for index, coding in enumerate(concept.coding):
        system = fhir.ACT_SYSTEMS.get(coding.system)
        if system is not None:
            if not _CODE.fullmatch(coding.code):
                raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.coding[{index}].code")
            return system, coding.code
    hint = f"Systèmes connus : {', '.join(fhir.ACT_SYSTEMS)}."
    raise Refusal(RefusalCode.ACT_UNKNOWN, where=f"{where}.coding", hint=hint)


def _quantity(sent: fhir.Quantity | None, where: str) -> int:
    value = Decimal(1) if sent is None else sent.value
    if (
        not value.is_finite()
        or value != value.to_integral_value()
        or not 1 <= value <= _MOST_QUANTITY
    ):
        raise Refusal(
            RefusalCode.VALUE_INVALID, where=f"{where}.value", hint="Un entier de 1 à 999."
        )
    return int(value)


def _expense(item: Item, quantity: int, where: str) -> Money:
    unit = (
        None if item.unitPrice is None else fhir.to_money(item.unitPrice, f"{where}.unitPrice")
    )
    net = None if item.net is None else fhir.to_money(item.net, f"{where}.net")
    if unit is None and net is None:
        raise Refusal(RefusalCode.VALUE_MISSING, where=f"{where}.net", hint="net ou unitPrice.")
    if unit is None:
        if item.factor is not None:
            hint = "Un facteur demande unitPrice."
            raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.factor", hint=hint)
        return net or ZERO
    cents = unit.times(quantity).cents * _factor(item.factor, f"{where}.factor")
    if cents != cents.to_integral_value():
        hint = "quantité x prix x facteur fait des parties de centime."
        raise Refusal(RefusalCode.AMOUNT_INVALID, where=f"{where}.factor", hint=hint)
    if net is not None and net.cents != cents:
        hint = "net n'est pas quantité x prix x facteur."
        raise Refusal(RefusalCode.AMOUNT_INVALID, where=f"{where}.net", hint=hint)
    return Money(int(cents))


def _factor(sent: Decimal | None, where: str) -> Decimal:
    """Return by what a price is multiplied (FHIR Claim.item.factor), 1 if nothing is said."""
    if sent is None:
        return Decimal(1)
    if not sent.is_finite() or not 0 < sent <= _MOST_FACTOR:
        raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint="Plus de 0, au plus 100.")
    return sent


def _side(concept: fhir.CodeableConcept | None, where: str) -> str:
    code = concept.coding[0].code if concept and concept.coding else ""
    if code and code not in _SIDES and not _TOOTH.fullmatch(code):
        raise Refusal(
            RefusalCode.VALUE_INVALID,
            where=f"{where}.coding[0].code",
            hint="left, right, ou le numéro de la dent (ISO 3950).",
        )
    return code


def _situation(concepts: list[fhir.CodeableConcept], where: str) -> frozenset[str]:
    words: set[str] = set()
    for index, concept in enumerate(concepts):
        for coding in concept.coding:
            if coding.system != SITUATION or coding.code not in SITUATIONS:
                hint = f"Système {SITUATION}, parmi : {', '.join(sorted(SITUATIONS))}."
                raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}[{index}]", hint=hint)
            words.add(coding.code)
    return frozenset(words)


def _base(extensions: list[Extension], where: str) -> Money | None:
    """Return the tariff base that the software sends where no tariff says it."""
    for index, one in enumerate(extensions):
        if one.url == BASE:
            if one.valueMoney is None:
                raise Refusal(RefusalCode.VALUE_MISSING, where=f"{where}[{index}].valueMoney")
            return fhir.to_money(one.valueMoney, f"{where}[{index}].valueMoney")
    return None


def _label(extensions: list[Extension], url: str, where: str) -> str:
    for index, one in enumerate(extensions):
        if one.url == url:
            if one.valueString is None or not _LABEL.fullmatch(one.valueString):
                raise Refusal(
                    RefusalCode.VALUE_INVALID,
                    where=f"{where}[{index}].valueString",
                    hint="De 1 à 35 lettres, chiffres, points ou tirets.",
                )
            return one.valueString
    return ""


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
        "request": {"identifier": {"system": fhir.INVOICE, "value": claim.invoice}},
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
