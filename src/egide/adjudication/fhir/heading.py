"""What a Claim is, of which number, and what it stands in place of."""

import re
from typing import NamedTuple

from egide.adjudication.claim import ClaimUse
from egide.adjudication.fhir.shapes import ROOT, SITUATION, Claim
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import fhir

_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z./_-]{0,34}")
_PRIOR = "prior"
_RELATIONS = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"
_PROVIDER = "provider"
_TYPES = "http://terminology.hl7.org/CodeSystem/claim-type"
_KINDS = frozenset({"institutional", "oral", "pharmacy", "professional", "vision"})


class Heading(NamedTuple):
    """What a Claim is, and of which number.

    Args:
        replaces: the establishment's number of the one that it stands in place of; empty for none.
        is_cancelled: it asks for nothing but the end of that number.
        kind: its type, of HL7's.
    """

    use: ClaimUse
    number: str
    replaces: str
    is_cancelled: bool
    kind: str


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
    _check_payee(claim)
    return Heading(
        use,
        _own_number(claim, use),
        _replaced(claim, use),
        claim.status == "cancelled",
        _kind(claim.type),
    )


def _check_payee(claim: Claim) -> None:
    """Refuse what changes who is paid, or who pays first, and is not done here."""
    payee = claim.payee
    if payee is not None and (
        {one.code for one in payee.type.coding} != {_PROVIDER} or payee.party is not None
    ):
        hint = f"En tiers payant, seul l'établissement est payé : {_PROVIDER}, ou rien."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{ROOT}.payee.type", hint=hint)
    if bytes(claim.accident) not in {b"", b"null"}:
        hint = f"Un accident du travail se dit par ligne : modifier, système {SITUATION}, code accident."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{ROOT}.accident", hint=hint)


def _kind(concept: fhir.CodeableConcept | None) -> str:
    """Return the type of a claim among HL7's; ``professional`` where it says nothing."""
    for index, one in enumerate(concept.coding if concept else []):
        if one.system == _TYPES:
            if one.code not in _KINDS:
                hint = f"Attendu : {', '.join(sorted(_KINDS))}."
                place = f"{ROOT}.type.coding[{index}].code"
                raise Refusal(RefusalCode.VALUE_INVALID, where=place, hint=hint)
            return one.code
        if not one.system and one.code in _KINDS:
            return one.code
    if concept is not None:
        hint = f"Un code du système {_TYPES} : {', '.join(sorted(_KINDS))}."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{ROOT}.type", hint=hint)
    return "professional"


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
    if [(one.system or _RELATIONS, one.code) for one in concept.coding] != [
        (_RELATIONS, _PRIOR)
    ]:
        hint = f"Attendu : {_PRIOR}, système {_RELATIONS}."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}[0].relationship", hint=hint)
    identifier = related.claim.identifier if related.claim else None
    if identifier is None or identifier.system != use.numbers:
        hint = f"Système {use.numbers}."
        raise Refusal(
            RefusalCode.VALUE_MISSING, where=f"{where}[0].claim.identifier", hint=hint
        )
    return _number(identifier.value, f"{where}[0].claim.identifier.value")
