"""FHIR R4's common shapes, the systems of our identifiers, and the OperationOutcome.

Source: FHIR R4 (4.0.1), datatypes and OperationOutcome.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from egide.core.ids import to_code, uuid7
from egide.core.meanings import MEANINGS
from egide.core.money import Money, decimal_euros
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode

CARD = "urn:egide:card"  # 26 characters: the card's 128 random bits
ALIAS = (
    "urn:egide:alias"  # 26 characters: a person this establishment met; worth nothing elsewhere
)
PRESENCE = (
    "urn:egide:presence"  # 12 characters of the person's page: one establishment, a minute
)
AMC = "urn:egide:amc"  # number of the complementary insurer
MEMBER = "urn:egide:member"  # member number given by that insurer
ENGAGEMENT = "urn:egide:engagement"
INVOICE = "urn:egide:invoice"
CLAIM = "urn:egide:claim"
PREAUTH_REQUEST = "urn:egide:preauth-request"  # the establishment's own number of its demand
TRANSFER = "urn:egide:transfer"
DOMAIN = "urn:egide:domain"
CONTROL = "urn:egide:control"
RULE = "urn:egide:rule"
NIR = "urn:oid:1.2.250.1.213.1.4.8"
# The NIR, the NIA that stands for it until it is certified, and the social security number of FR Core.
NIRS = frozenset({NIR, *(f"urn:oid:1.2.250.1.213.1.4.{arc}" for arc in (9, 13, 14))})
BIRTH_TEXT = "urn:egide:fhir:birth-date-text"
ENGAGEMENT_JWS = "urn:egide:fhir:engagement-jws"
ACTOR = "urn:egide:answer:actor"  # who acts next
ACT_BY = "urn:egide:answer:act-by"
RESUBMIT = "urn:egide:answer:resubmit"
SOURCE = "urn:egide:answer:source"  # of an amount: the article, the tariff or the grid's line that made it
STANDING = "urn:egide:answer:state"  # where a prise en charge stands
ACT_SYSTEMS: dict[str, str] = {
    "urn:egide:act:ngap": "ngap",
    "urn:egide:act:ccam": "ccam",
    "urn:egide:act:nabm": "nabm",
    "urn:egide:act:lpp": "lpp",
    "urn:egide:act:cip": "cip",
    "urn:egide:act:grouping": "grouping",
    "urn:egide:act:libre": "libre",  # what no nomenclature holds, by the words of the plan language
}
CURRENCY = "EUR"
_ENDS: Final = (".", "!", "?", "…")
_CENTS = Decimal("0.01")
# What is no element of a resource but of the call: FHIR R4, OperationOutcome.issue.location.
_OF_HTTP: Final = ("Accept", "Content-", "_format", "DPoP", "Client-Cert")
LARGEST: Final = Decimal(1_000_000)  # euros: no act and no line is dearer
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    _DAY.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)


# Amounts leave as JSON numbers, exactly, never through a float.
encode = msgspec.json.Encoder(decimal_format="number").encode
# What we stored is read again as exactly.
decode = msgspec.json.Decoder(float_hook=Decimal).decode


class Identifier(msgspec.Struct, omit_defaults=True):
    """FHIR Identifier."""

    value: str = ""
    system: str = ""
    use: str = ""


class Coding(msgspec.Struct, omit_defaults=True):
    """FHIR Coding."""

    system: str = ""
    code: str = ""
    display: str = ""


class CodeableConcept(msgspec.Struct, omit_defaults=True):
    """FHIR CodeableConcept."""

    coding: list[Coding] = []
    text: str = ""


class Reference(msgspec.Struct, omit_defaults=True):
    """FHIR Reference."""

    reference: str = ""
    type: str = ""
    identifier: Identifier | None = None
    display: str = ""


class FhirMoney(msgspec.Struct, omit_defaults=True):
    """FHIR Money; the value is read exactly, never through a float."""

    value: Decimal
    currency: str = CURRENCY


class Quantity(msgspec.Struct, omit_defaults=True):
    """FHIR Quantity."""

    value: Decimal
    comparator: str = ""
    unit: str = ""
    code: str = ""


class Extension(msgspec.Struct, omit_defaults=True):
    """FHIR Extension holding text."""

    url: str
    valueString: str = ""


class Period(msgspec.Struct, omit_defaults=True):
    """FHIR Period."""

    start: str = ""
    end: str = ""


def serviced_day(day: str, period: Period | None, where: str) -> date | None:
    """Return the day of care of ``serviced[x]``, None if neither choice is there.

    Raises Refusal: ``value-invalid`` for both, or for a period of several days: a right and a price are of one day.
    """
    if period is None:
        return to_day(day, f"{where}.servicedDate") if day else None
    if day:
        hint = "servicedDate ou servicedPeriod, pas les deux."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.servicedPeriod", hint=hint)
    start = _to_civil_day(period.start, f"{where}.servicedPeriod.start")
    end = period.end
    if not end or _to_civil_day(end, f"{where}.servicedPeriod.end") != start:
        hint = "Un seul jour : servicedDate, ou une ligne par jour."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.servicedPeriod", hint=hint)
    return start


def money_element(amount: Money) -> dict[str, Any]:
    """Return an amount as FHIR writes it."""
    return {"value": decimal_euros(amount.cents), "currency": CURRENCY}


def cents_of(stored: Mapping[str, Any]) -> int:
    """Return the cents of an element that has an ``amount``, in an answer of ours that ``decode`` has read."""
    return int(Decimal(stored["amount"]["value"]).scaleb(2))


def to_money(sent: FhirMoney, where: str) -> Money:
    """Read an amount; Refusal ``amount-invalid`` if negative, absurd, in parts of a cent or not euros."""
    value = sent.value
    if sent.currency != CURRENCY:
        raise Refusal(RefusalCode.AMOUNT_INVALID, where=f"{where}.currency")
    if not value.is_finite() or not 0 <= value <= LARGEST or value != value.quantize(_CENTS):
        raise Refusal(RefusalCode.AMOUNT_INVALID, where=f"{where}.value")
    return Money(int(value.scaleb(2)))


def to_day(text: str, where: str) -> date:
    """Read a FHIR date that names a day; Refusal ``value-invalid`` otherwise."""
    try:
        if not _DAY.fullmatch(text):  # Python also reads days of a week: 2026-W48-5
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(
            RefusalCode.VALUE_INVALID, where=where, hint="Forme attendue : AAAA-MM-JJ."
        ) from None


def _to_civil_day(text: str, where: str) -> date:
    """Read a FHIR dateTime as a day of Paris: a day, or an instant, whose time has its zone (FHIR R4, dateTime)."""
    if "T" not in text:
        return to_day(text, where)
    try:
        if not _INSTANT.fullmatch(text):
            raise ValueError
        return civil_day(datetime.fromisoformat(text))
    except (
        ValueError,
        OverflowError,
    ):  # the last hours of the year 9999 are of no day of Paris
        hint = "Un jour, AAAA-MM-JJ, ou un instant avec son fuseau : AAAA-MM-JJThh:mm:ss+01:00."
        raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint) from None


def said_of(refusal: Refusal) -> str:
    """Return what a refusal says, in French: what happened, what to do."""
    meaning = MEANINGS[refusal.code]
    said = filter(None, [meaning.french, refusal.hint, meaning.remedy])
    return " ".join(one if one.endswith(_ENDS) else f"{one}." for one in said)


def operation_outcome(refusal: Refusal) -> dict[str, Any]:
    """Return a refusal as an OperationOutcome: its code, the element, what happened, what to do."""
    meaning = MEANINGS[refusal.code]
    issue: dict[str, Any] = {
        "severity": "error",
        "code": meaning.issue,
        "details": {
            "coding": [{"system": "urn:egide:refusal", "code": refusal.code.value}],
            "text": said_of(refusal),
        },
        "diagnostics": f"who must act: {meaning.actor.value}",
    }
    if refusal.where.startswith(_OF_HTTP):
        issue["location"] = [f"http.{refusal.where}"]
    elif refusal.where:
        issue["expression"] = [refusal.where]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def defect_outcome(now: datetime) -> tuple[str, dict[str, Any]]:
    """Return a reference number and the outcome that shows it: no detail ever leaves."""
    number = to_code(uuid7(now))
    issue = {
        "severity": "fatal",
        "code": "exception",
        "details": {
            "text": f"Erreur interne, référence {number}. Recommencer, ou donner cette référence."
        },
    }
    return number, {"resourceType": "OperationOutcome", "issue": [issue]}
