"""The lines of a Claim: each act with its day, price, side and what changes its rate."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from egide.adjudication.claim import ClaimUse
from egide.adjudication.fhir.counted import is_counted
from egide.adjudication.fhir.shapes import (
    BASE,
    PERFORMER,
    ROOT,
    SITUATION,
    STAY,
    Claim,
    Extension,
    Item,
)
from egide.core.money import ZERO, Money
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import fhir
from egide.edge.http import decoded
from egide.nomenclature import SITUATIONS, BilledLine
from egide.rights import within_two_years

PLANNED_DAYS: Final = 180  # a prise en charge is asked for care at most so many days ahead
_SIDES = frozenset({"left", "right"})
_TOOTH = re.compile(r"[1-4][1-8]|[5-8][1-5]")  # ISO 3950
_LABEL = re.compile(r"[0-9A-Za-z._-]{1,35}")
_CODE = re.compile(r"[0-9A-Z][0-9A-Z+.]{0,14}|[a-z][a-z0-9-]{2,39}")
_MOST_LINES = 99
_MOST_ASKED = 40
_MOST_QUANTITY = 999
_MOST_FACTOR = 100
_TEETH: Final = frozenset(
    {
        "",
        "urn:iso:std:iso:3950",
        "http://terminology.hl7.org/CodeSystem/ex-tooth",
        "http://hl7.org/fhir/ex-tooth",
        "urn:egide:side",
    }
)
_LEAST_FACTOR = Decimal("0.000001")
_LARGEST_SEQUENCE = 32_767
_read_money: Final = msgspec.json.Decoder(fhir.FhirMoney)
_read_text: Final = msgspec.json.Decoder(str)


def billed_lines(
    claim: Claim, now: datetime, use: ClaimUse = ClaimUse.CLAIM
) -> tuple[BilledLine, ...]:
    """Check every item and return the lines; the total, if sent, must be theirs.

    An invoice is of care that was given; anything else may be of care of the next 180 days.

    Raises Refusal: the code of the element at fault, named by its path.
    """
    most = _MOST_LINES if use is ClaimUse.CLAIM else _MOST_ASKED
    if not claim.item:
        hint = f"De 1 à {most} lignes."
        raise Refusal(RefusalCode.VALUE_MISSING, where=f"{ROOT}.item", hint=hint)
    if len(claim.item) > most:
        raise Refusal(
            RefusalCode.VALUE_INVALID, where=f"{ROOT}.item", hint=f"De 1 à {most} lignes."
        )
    today = civil_day(now)
    last = today if use is ClaimUse.CLAIM else today + timedelta(days=PLANNED_DAYS)
    lines = tuple(
        _line(item, f"{ROOT}.item[{index}]", last) for index, item in enumerate(claim.item)
    )
    _check_sequences(claim.item)
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


def _check_sequences(items: list[Item]) -> None:
    """Refuse numbers of lines that do not tell them apart; without any, their places do."""
    known: set[int] = set()
    for index, item in enumerate(items):
        number, where = item.sequence, f"{ROOT}.item[{index}].sequence"
        if (number is None) != (items[0].sequence is None):
            hint = "Chaque ligne a son numéro, ou aucune."
            raise Refusal(RefusalCode.VALUE_MISSING, where=where, hint=hint)
        if number is None:
            continue
        if not 1 <= number <= _LARGEST_SEQUENCE or number in known:
            hint = f"De 1 à {_LARGEST_SEQUENCE}, une fois chacun."
            raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
        known.add(number)


def _line(item: Item, where: str, last: date) -> BilledLine:
    system, code = _act_code(item.productOrService, f"{where}.productOrService")
    quantity = _quantity(item.quantity, f"{where}.quantity")
    serviced = fhir.serviced_day(item.servicedDate, item.servicedPeriod, where)
    element = f"{where}.servicedPeriod" if item.servicedPeriod else f"{where}.servicedDate"
    if serviced is None:
        raise Refusal(RefusalCode.VALUE_MISSING, where=element)
    day = within_two_years(serviced, last, element)
    _check_undone(item, where)
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
        sequence=item.sequence or 0,
    )


def _check_undone(item: Item, where: str) -> None:
    """Refuse what a line says and nobody would read: acts within an act, a place told beside no place."""
    if item.detail:
        hint = "Un acte par ligne : ce qui est sous une ligne n'est pas lu."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.detail", hint=hint)
    if item.subSite and item.bodySite is None:
        hint = "La place se dit dans bodySite."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.subSite", hint=hint)


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
    if sent is not None and sent.comparator:
        hint = "Une quantité est exacte : sans comparateur."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.comparator", hint=hint)
    for name in ("code", "unit"):
        said = "" if sent is None else str(getattr(sent, name))
        if said and not is_counted(said):
            hint = "Une quantité compte des actes, des boîtes ou des jours : une boîte vaut 1. Sinon, sans unité."
            raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.{name}", hint=hint)
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
        if one.system in _TEETH and (one.code in _SIDES or _TOOTH.fullmatch(one.code))
    ]
    if not known and (concept is not None and (concept.text or any(one.code for one in every))):
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
        if not concept.coding:
            hint = f"Sans code, rien n'est lu : système {SITUATION}."
            place = f"{where}[{index}].{'text' if concept.text else 'coding'}"
            raise Refusal(RefusalCode.VALUE_INVALID, where=place, hint=hint)
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
    if not bytes(found.valueMoney):
        raise Refusal(RefusalCode.VALUE_MISSING, where=place)
    return fhir.to_money(decoded(bytes(found.valueMoney), _read_money, root=place), place)


def _label(extensions: list[Extension], url: str, where: str) -> str:
    index, found = _only(extensions, url, where)
    if found is None:
        return ""
    place = f"{where}[{index}].valueString"
    sent = bytes(found.valueString)
    text = decoded(sent, _read_text, root=place) if sent else ""
    if not _LABEL.fullmatch(text):
        hint = "De 1 à 35 lettres, chiffres, points ou tirets."
        raise Refusal(RefusalCode.VALUE_INVALID, where=place, hint=hint)
    return text


def _only(extensions: list[Extension], url: str, where: str) -> tuple[int, Extension | None]:
    """Return the extension of a URL and where it stands; Refusal for two of one URL."""
    every = [(index, one) for index, one in enumerate(extensions) if one.url == url]
    if len(every) > 1:
        hint = f"Une seule fois : {url}."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}[{every[1][0]}]", hint=hint)
    return every[0] if every else (0, None)
