"""The patient of a request, as typed: birth date and NIR.

Source: FHIR R4 Patient; the NIR under the systems of FR Core.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from egide.core.identifiers import BirthDate
from egide.core.nir import Nir
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import fhir
from egide.edge.elements import Place

PATIENT: Final = "Patient"
_PARTIAL: Final = re.compile(r"[0-9]{4}(-[0-9]{2})?")
# Where an extension of ours is read of a person.
PERSON_OURS: Final = (Place("Patient.extension", frozenset({fhir.BIRTH_TEXT})),)
Parsed = TypeVar("Parsed")


class Patient(msgspec.Struct):
    """The patient as typed: NIR and birth date."""

    identifier: list[fhir.Identifier] = []
    birthDate: str = ""
    extension: list[fhir.Extension] = []
    active: bool = True


read_patient: Final = msgspec.json.Decoder(Patient)


def birth_of(patient: Patient, where: str) -> BirthDate:
    """Return the birth date, said as a date or as the card prints it; Refusal ``value-invalid`` where both differ.

    Beside the one that the card prints, a year, or a year and a month (FHIR R4, date), may be another's no more.
    """
    printed = [
        parsed(f"{where}.extension[{index}].valueString", BirthDate.parse, one.valueString)
        for index, one in enumerate(patient.extension)
        if one.url == fhir.BIRTH_TEXT
    ]
    said = patient.birthDate
    if not printed:
        if not said:
            hint = "La date de naissance : Patient.birthDate, AAAA-MM-JJ."
            raise Refusal(RefusalCode.VALUE_MISSING, where=f"{where}.birthDate", hint=hint)
        return parsed(f"{where}.birthDate", BirthDate.parse, said)
    texts = {one.text for one in printed}
    if _PARTIAL.fullmatch(said):
        differs = any(not text.startswith(said.replace("-", "")) for text in texts)
    else:
        whole = parsed(f"{where}.birthDate", BirthDate.parse, said) if said else printed[0]
        differs = texts != {whole.text}
    if differs:
        hint = "Deux dates de naissance différentes : n'en garder qu'une."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.birthDate", hint=hint)
    return printed[0]


def nir_of(patient: Patient, where: str) -> Nir | None:
    """Return the NIR in use of a patient, under whichever of its systems; Refusal for two that differ."""
    found: Nir | None = None
    for position, identifier in enumerate(patient.identifier):
        if identifier.system not in fhir.NIRS or identifier.use == "old":
            continue
        place = f"{where}.identifier[{position}].value"
        read = parsed(place, Nir.parse, identifier.value)
        if found is not None and read.body != found.body:
            hint = "Deux NIR différents : marquer l'ancien (use = old)."
            raise Refusal(RefusalCode.VALUE_INVALID, where=place, hint=hint)
        found = read
    return found


def parsed(where: str, parse: Callable[[str], Parsed], text: str) -> Parsed:
    """Return what a parser reads; its Refusal, at a place."""
    try:
        return parse(text)
    except Refusal as refusal:
        raise Refusal(refusal.code, where=where) from None


def not_in_use(where: str) -> Refusal:
    """Return the refusal of what its sender says to be out of use."""
    hint = "Ce qui n'est plus en usage n'est pas lu : envoyer ce qui l'est."
    return Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
