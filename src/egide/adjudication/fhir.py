"""FHIR R4 Claim in: an invoice, a demand of prise en charge, a quote; or the cancelling of one.

Source: https://hl7.org/fhir/R4/claim.html
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from egide.adjudication.claim import ClaimUse
from egide.core.money import ZERO, Money
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import fhir
from egide.nomenclature import SITUATIONS, BilledLine
from egide.rights import Insurance, within_two_years

ROOT = "Claim"
SITUATION = "urn:egide:situation"
BASE = "urn:egide:base"
STAY = "urn:egide:stay"
PERFORMER = "urn:egide:performer"
PLANNED_DAYS: Final = 180  # a prise en charge is asked for care at most so many days ahead
_SIDES = frozenset({"left", "right"})
_TOOTH = re.compile(r"[1-4][1-8]|[5-8][1-5]")  # ISO 3950
_LABEL = re.compile(r"[0-9A-Za-z._-]{1,35}")
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z./_-]{0,34}")
_CODE = re.compile(r"[0-9A-Z][0-9A-Z+.]{0,14}|[a-z][a-z0-9-]{2,39}")
_MOST_LINES = 99
_MOST_ASKED = 40
_MOST_QUANTITY = 999
_MOST_FACTOR = 100
_LEAST_FACTOR = Decimal("0.000001")
_PRIOR = "prior"
_RELATIONS = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"


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


class Related(msgspec.Struct):
    """FHIR Claim.related: what this one stands in place of."""

    claim: fhir.Reference | None = None
    relationship: fhir.CodeableConcept | None = None


class Claim(msgspec.Struct):
    """The claim, as far as we read it; other elements are allowed and ignored."""

    resourceType: str
    identifier: list[fhir.Identifier]
    insurance: list[Insurance] = []
    item: list[Item] = []
    status: str = "active"
    use: str = "claim"
    related: list[Related] = []
    patient: fhir.Reference | None = None
    contained: list[msgspec.Raw] = []
    total: fhir.FhirMoney | None = None


decoder = msgspec.json.Decoder(Claim)


class Heading(NamedTuple):
    """What a Claim is, and of which number.

    Args:
        replaces: the establishment's number of the one that it stands in place of; empty for none.
        is_cancelled: it asks for nothing but the end of that number.
    """

    use: ClaimUse
    number: str
    replaces: str
    is_cancelled: bool


def heading(claim: Claim) -> Heading:
    """Check a claim's frame and return what it is.

    Raises Refusal: ``resource-unexpected``, ``value-invalid``, ``value-missing``.
    """
    if claim.resourceType != ROOT:
        raise Refusal(
            RefusalCode.RESOURCE_UNEXPECTED, where="resourceType", hint=f"Attendu : {ROOT}."
        )
    if claim.status not in {"active", "cancelled"}:
        hint = "Attendu : active, ou cancelled pour annuler."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{ROOT}.status", hint=hint)
    if claim.use not in set(ClaimUse):
        hint = f"Attendu : {', '.join(ClaimUse)}."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{ROOT}.use", hint=hint)
    use = ClaimUse(claim.use)
    return Heading(
        use, _own_number(claim, use), _replaced(claim, use), claim.status == "cancelled"
    )


def _own_number(claim: Claim, use: ClaimUse) -> str:
    """Return the establishment's number in use; Refusal for two that differ."""
    found = ""
    for index, identifier in enumerate(claim.identifier):
        if identifier.system != use.numbers or identifier.use == "old":
            continue
        where = f"{ROOT}.identifier[{index}].value"
        number = _number(identifier.value, where)
        if found and number != found:
            hint = "Deux numéros différents : marquer l'ancien (use = old)."
            raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
        found = number
    if not found:
        where, hint = f"{ROOT}.identifier", f"Système {use.numbers}."
        raise Refusal(RefusalCode.VALUE_MISSING, where=where, hint=hint)
    return found


def _number(text: str, where: str) -> str:
    if not _NUMBER.fullmatch(text):
        hint = "De 1 à 35 lettres, chiffres, points, tirets, barres."
        raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
    return text


def _replaced(claim: Claim, use: ClaimUse) -> str:
    """Return the number that a claim stands in place of (``related``, relationship ``prior``); empty for none."""
    if not claim.related:
        return ""
    where = f"{ROOT}.related"
    if use is ClaimUse.PREDETERMINATION:
        hint = "Un devis ne remplace rien."
        raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
    if len(claim.related) > 1:
        raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint="Au plus une.")
    related = claim.related[0]
    concept = related.relationship or fhir.CodeableConcept()
    if [one.code for one in concept.coding] != [_PRIOR]:
        hint = f"Attendu : {_PRIOR}, système {_RELATIONS}."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}[0].relationship", hint=hint)
    identifier = related.claim.identifier if related.claim else None
    if identifier is None or identifier.system != use.numbers:
        hint = f"Système {use.numbers}."
        raise Refusal(
            RefusalCode.VALUE_MISSING, where=f"{where}[0].claim.identifier", hint=hint
        )
    return _number(identifier.value, f"{where}[0].claim.identifier.value")


def billed_lines(
    claim: Claim, now: datetime, use: ClaimUse = ClaimUse.CLAIM
) -> tuple[BilledLine, ...]:
    """Check every item and return the lines; the total, if sent, must be theirs.

    An invoice is of care that was given; anything else may be of care of the next 180 days.

    Raises Refusal: the code of the element at fault, named by its path.
    """
    most = _MOST_LINES if use is ClaimUse.CLAIM else _MOST_ASKED
    if not 0 < len(claim.item) <= most:
        raise Refusal(
            RefusalCode.VALUE_INVALID, where=f"{ROOT}.item", hint=f"De 1 à {most} lignes."
        )
    today = civil_day(now)
    last = today if use is ClaimUse.CLAIM else today + timedelta(days=PLANNED_DAYS)
    lines = tuple(
        _line(item, f"{ROOT}.item[{index}]", last) for index, item in enumerate(claim.item)
    )
    if use is not ClaimUse.CLAIM:
        for index, line in enumerate(lines):
            if line.care_on < today:
                hint = "Une prise en charge se demande avant les soins."
                where = f"{ROOT}.item[{index}].servicedDate"
                raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
    if claim.total is not None:
        total = fhir.to_money(claim.total, f"{ROOT}.total")
        if total.cents != sum(line.expense.cents for line in lines):
            raise Refusal(
                RefusalCode.AMOUNT_INVALID,
                where=f"{ROOT}.total",
                hint="Le total n'est pas la somme des lignes.",
            )
    return lines


def _line(item: Item, where: str, last: date) -> BilledLine:
    system, code = _act_code(item.productOrService, f"{where}.productOrService")
    quantity = _quantity(item.quantity, f"{where}.quantity")
    serviced = fhir.serviced_day(item.servicedDate, item.servicedPeriod, where)
    element = f"{where}.servicedPeriod" if item.servicedPeriod else f"{where}.servicedDate"
    if serviced is None:
        raise Refusal(RefusalCode.VALUE_MISSING, where=element)
    day = within_two_years(serviced, last, element)
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
    """Return the act of the only nomenclature of ours that a line is coded in; Refusal for two that differ."""
    found: tuple[str, str] | None = None
    for index, coding in enumerate(concept.coding):
        system = fhir.ACT_SYSTEMS.get(coding.system)
        if system is None:
            continue
        place = f"{where}.coding[{index}].code"
        if not _CODE.fullmatch(coding.code):
            raise Refusal(RefusalCode.VALUE_INVALID, where=place)
        if found is not None and found != (system, coding.code):
            hint = "Deux actes pour une ligne : une ligne par acte."
            raise Refusal(RefusalCode.VALUE_INVALID, where=place, hint=hint)
        found = system, coding.code
    if found is None:
        hint = f"Systèmes connus : {', '.join(fhir.ACT_SYSTEMS)}."
        raise Refusal(RefusalCode.ACT_UNKNOWN, where=f"{where}.coding", hint=hint)
    return found


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
    if cents > fhir.LARGEST.scaleb(2):
        hint = f"Une ligne vaut au plus {fhir.LARGEST} euros."
        raise Refusal(RefusalCode.AMOUNT_INVALID, where=f"{where}.unitPrice", hint=hint)
    if net is not None and net.cents != cents:
        hint = "net n'est pas quantité x prix x facteur."
        raise Refusal(RefusalCode.AMOUNT_INVALID, where=f"{where}.net", hint=hint)
    return Money(int(cents))


def _factor(sent: Decimal | None, where: str) -> Decimal:
    """Return by what a price is multiplied (FHIR Claim.item.factor), 1 if nothing is said."""
    if sent is None:
        return Decimal(1)
    if (
        not sent.is_finite()
        or not 0 < sent <= _MOST_FACTOR
        or sent != sent.quantize(_LEAST_FACTOR)
    ):
        hint = "Plus de 0, au plus 100, six décimales au plus."
        raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
    return sent


def _side(concept: fhir.CodeableConcept | None, where: str) -> str:
    """Return the side or the tooth of a line, among codings of other systems; Refusal for two that differ."""
    every = concept.coding if concept else []
    known = [
        (index, one.code)
        for index, one in enumerate(every)
        if one.code in _SIDES or _TOOTH.fullmatch(one.code)
    ]
    if not known and any(one.code for one in every):
        hint = "left, right, ou le numéro de la dent (ISO 3950)."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.coding[0].code", hint=hint)
    for index, code in known[1:]:
        if code != known[0][1]:
            hint = "Deux places pour une ligne : une ligne par place."
            place = f"{where}.coding[{index}].code"
            raise Refusal(RefusalCode.VALUE_INVALID, where=place, hint=hint)
    return known[0][1] if known else ""


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
    index, found = _only(extensions, BASE, where)
    if found is None:
        return None
    place = f"{where}[{index}].valueMoney"
    if found.valueMoney is None:
        raise Refusal(RefusalCode.VALUE_MISSING, where=place)
    return fhir.to_money(found.valueMoney, place)


def _label(extensions: list[Extension], url: str, where: str) -> str:
    index, found = _only(extensions, url, where)
    if found is None:
        return ""
    if found.valueString is None or not _LABEL.fullmatch(found.valueString):
        place, hint = (
            f"{where}[{index}].valueString",
            "De 1 à 35 lettres, chiffres, points ou tirets.",
        )
        raise Refusal(RefusalCode.VALUE_INVALID, where=place, hint=hint)
    return found.valueString


def _only(extensions: list[Extension], url: str, where: str) -> tuple[int, Extension | None]:
    """Return the extension of a URL and where it stands; Refusal for two of one URL."""
    every = [(index, one) for index, one in enumerate(extensions) if one.url == url]
    if len(every) > 1:
        hint = f"Une seule fois : {url}."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}[{every[1][0]}]", hint=hint)
    return every[0] if every else (0, None)
