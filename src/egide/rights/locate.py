"""How a request names a person: card, engagement, or typed numbers; nothing else finds anybody.

Source: FHIR R4 Coverage and Patient, sent as contained resources.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from egide.core.identifiers import AmcNumber, BirthDate, MemberNumber
from egide.core.ids import from_code, from_short_code
from egide.core.nir import Nir
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import fhir
from egide.rights.question import Basis
from egide.vault import Addresses


class Patient(msgspec.Struct, tag="Patient", tag_field="resourceType"):
    """The patient as typed: NIR and birth date."""

    id: str = ""
    identifier: list[fhir.Identifier] = []
    birthDate: str = ""
    extension: list[fhir.Extension] = []


class Coverage(msgspec.Struct, tag="Coverage", tag_field="resourceType"):
    """The cover as the card prints it: insurer, member number, rank."""

    id: str = ""
    identifier: list[fhir.Identifier] = []
    subscriberId: str = ""
    dependent: str = ""
    payor: list[fhir.Reference] = []


class Insurance(msgspec.Struct):
    """FHIR ``insurance``, of a rights question or of a claim."""

    coverage: fhir.Reference
    preAuthRef: list[str] = []


Contained = Patient | Coverage
Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Located:
    """A person named, not yet looked up."""

    basis: Basis
    address: UUID


def locate(
    root: str, insurance: list[Insurance], contained: list[Contained], addresses: Addresses
) -> Located:
    """Return where to look a person up.

    Args:
        root: name of the resource, for the path of a refusal.

    Raises Refusal: ``value-missing`` or the code of the number at fault, with its element.
    """
    if len(insurance) != 1:
        raise Refusal(
            RefusalCode.VALUE_INVALID, where=f"{root}.insurance", hint="Exactement une."
        )
    where = f"{root}.insurance[0]"
    if insurance[0].preAuthRef:
        number = from_code(insurance[0].preAuthRef[0])
        if number is None:
            raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.preAuthRef[0]")
        return Located(Basis.ENGAGEMENT, number)
    named = insurance[0].coverage.identifier
    if named is not None and named.system in _PROOFS:
        found = _PROOFS[named.system](named.value, addresses)
        if found is None:
            raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.coverage.identifier.value")
        return found
    patients = [(i, one) for i, one in enumerate(contained) if isinstance(one, Patient)]
    if len(patients) != 1:
        hint = "Envoyer la carte (urn:egide:card), ou un Patient contenu avec sa date de naissance."
        raise Refusal(
            RefusalCode.VALUE_MISSING, where=f"{where}.coverage.identifier", hint=hint
        )
    index, patient = patients[0]
    birth = _birth(patient, f"{root}.contained[{index}]")
    covers = [(i, one) for i, one in enumerate(contained) if isinstance(one, Coverage)]
    rank = _rank(covers, root)
    for position, identifier in enumerate(patient.identifier):
        if identifier.system == fhir.NIR:
            place = f"{root}.contained[{index}].identifier[{position}].value"
            nir = _at(place, Nir.parse, identifier.value)
            return Located(Basis.TYPED, addresses.nir(nir, birth, rank))
    if not covers:
        hint = "Un Coverage contenu (subscriberId, payor), ou le NIR."
        raise Refusal(RefusalCode.VALUE_MISSING, where=f"{root}.contained", hint=hint)
    return Located(Basis.TYPED, _member(covers[0], birth, rank, root, addresses))


def _card(text: str, addresses: Addresses) -> Located | None:
    secret = from_code(text)
    return None if secret is None else Located(Basis.PRESENCE, addresses.card(secret))


def _presence(text: str, addresses: Addresses) -> Located | None:
    number = from_short_code(text.replace("-", "").replace(" ", ""))
    return None if number is None else Located(Basis.APP, addresses.presence(number))


def _relation(text: str, _: Addresses) -> Located | None:
    alias = from_code(text)
    return None if alias is None else Located(Basis.RELATION, alias)


_PROOFS: Final = {fhir.CARD: _card, fhir.PRESENCE: _presence, fhir.ALIAS: _relation}


def _at(where: str, parse: Callable[[str], Parsed], text: str) -> Parsed:
    try:
        return parse(text)
    except Refusal as refusal:
        raise Refusal(refusal.code, where=where) from None


def _member(
    found: tuple[int, Coverage], birth: BirthDate, rank: int, root: str, addresses: Addresses
) -> UUID:
    index, coverage = found
    where = f"{root}.contained[{index}]"
    payor = coverage.payor[0].identifier if coverage.payor else None
    if payor is None or payor.system != fhir.AMC:
        raise Refusal(RefusalCode.VALUE_MISSING, where=f"{where}.payor[0].identifier")
    amc = _at(f"{where}.payor[0].identifier.value", AmcNumber.parse, payor.value)
    member = _at(f"{where}.subscriberId", MemberNumber.parse, coverage.subscriberId)
    return addresses.member(amc, member, birth, rank)


def _rank(covers: list[tuple[int, Coverage]], root: str) -> int:
    text = covers[0][1].dependent if covers else ""
    if not text:
        return 1
    if text not in set("123456789"):
        raise Refusal(
            RefusalCode.VALUE_INVALID, where=f"{root}.contained[{covers[0][0]}].dependent"
        )
    return int(text)


def _birth(patient: Patient, where: str) -> BirthDate:
    for extension in patient.extension:
        if extension.url == fhir.BIRTH_TEXT:
            return _at(f"{where}.extension", BirthDate.parse, extension.valueString)
    return _at(f"{where}.birthDate", BirthDate.parse, patient.birthDate)


def within_two_years(day: date, today: date, where: str) -> date:
    """Return a day of care that is neither to come nor too old to be claimed.

    Two years are counted from the first day of the quarter after that of the care: what was given on 2 October 2024
    may be claimed until 31 December 2026.

    Source: CSS art. L332-1, first paragraph.
    """
    if day > today:
        raise Refusal(RefusalCode.CARE_DATE_FUTURE, where=where)
    quarter = (
        day.month - 1
    ) // 3 + 1  # the next one's number, from 0: 4 is the next year's first
    if today >= date(day.year + 2 + quarter // 4, quarter % 4 * 3 + 1, 1):
        raise Refusal(RefusalCode.CARE_DATE_TOO_OLD, where=where)
    return day
