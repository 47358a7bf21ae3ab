"""A line of a batch as a claim: read by the same rules as one that comes alone."""

import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from msgspec import Raw

from egide.access import Pass
from egide.adjudication import SubmittedClaim, fhir
from egide.batches.read import Act, Line, Who
from egide.core.identifiers import AmcNumber, BirthDate, MemberNumber
from egide.core.ids import ClaimId, EntryId, from_code, uuid7
from egide.core.money import decimal_euros
from egide.core.nir import Nir
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.fhir import (
    INVOICE,
    CodeableConcept,
    Coding,
    FhirMoney,
    Identifier,
    Quantity,
    Reference,
    encode,
)
from egide.rights import Basis, Located
from egide.vault import Addresses

_PRIOR: Final = CodeableConcept([Coding(code="prior")])


def to_claim(
    line: Line, admitted: Pass, addresses: Addresses, now: datetime, proof: UUID
) -> SubmittedClaim:
    """Return what a line asks, to be adjudicated under a proof of its own; raises Refusal, as one that comes alone."""
    sent = _as_fhir(line)
    heading = fhir.heading(sent)
    return SubmittedClaim(
        claim_id=ClaimId(uuid7(now)),
        entry_id=EntryId(uuid7(now)),
        admitted=replace(admitted, proof=proof),
        number=heading.number,
        located=_located(line.who or Who(), addresses),
        lines=fhir.billed_lines(sent, now),
        received_at=now,
        replaces=heading.replaces,
    )


def in_line(refusal: Refusal, line: Line) -> Refusal:
    """Return a refusal of a Claim, or of its cancelling, at the element of the line that says it."""
    where = refusal.where
    for theirs, ours in (
        ("Claim.identifier", "cancel" if line.cancel else "invoice"),
        ("Claim.related", "replaces"),
    ):
        if where.startswith(theirs):
            where = ours
    where = re.sub(r"^Claim\.item\b", "items", where)
    return Refusal(refusal.code, where=where, hint=refusal.hint)


def _as_fhir(line: Line) -> fhir.Claim:
    related = [fhir.Related(Reference(identifier=Identifier(line.replaces, INVOICE)), _PRIOR)]
    return fhir.Claim(
        resourceType=fhir.ROOT,
        identifier=[Identifier(line.invoice, INVOICE)],
        item=[_item(act) for act in line.items],
        related=related if line.replaces else [],
    )


def _item(act: Act) -> fhir.Item:
    system, _, code = act.act.partition(":")
    labels = ((fhir.STAY, act.stay), (fhir.PERFORMER, act.performer))
    extensions = [
        fhir.Extension(url, valueString=Raw(encode(text))) for url, text in labels if text
    ]
    if act.base is not None:
        extensions.append(fhir.Extension(fhir.BASE, valueMoney=Raw(encode(_money(act.base)))))
    return fhir.Item(
        productOrService=CodeableConcept([Coding(f"urn:egide:act:{system}", code)]),
        servicedDate=act.on,
        quantity=Quantity(Decimal(act.quantity)),
        net=_money(act.cents),
        bodySite=CodeableConcept([Coding(code=act.side)]) if act.side else None,
        modifier=[CodeableConcept([Coding(fhir.SITUATION, word)]) for word in act.situation],
        extension=extensions,
    )


def _money(cents: int) -> FhirMoney:
    return FhirMoney(decimal_euros(cents))


def _located(who: Who, addresses: Addresses) -> Located:
    """Return where to look a person up; Refusal: the code of the number at fault, with its place."""
    if sum(map(bool, (who.card, who.engagement, who.alias, who.member, who.nir))) > 1:
        hint = "Une seule façon de dire qui : card, engagement, alias, member ou nir."
        raise Refusal(RefusalCode.VALUE_INVALID, where="who", hint=hint)
    if who.card:
        return Located(Basis.PRESENCE, addresses.card(_code(who.card, "who.card")))
    if who.engagement:
        return Located(Basis.ENGAGEMENT, _code(who.engagement, "who.engagement"))
    if who.alias:
        return Located(Basis.RELATION, _code(who.alias, "who.alias"))
    if not 1 <= who.rank <= 9:
        raise Refusal(RefusalCode.VALUE_INVALID, where="who.rank", hint="De 1 à 9.")
    try:
        birth = BirthDate.parse(who.birth)
        if who.member:
            amc, member = AmcNumber.parse(who.amc), MemberNumber.parse(who.member)
            return Located(Basis.TYPED, addresses.member(amc, member, birth, who.rank))
        if who.nir:
            amc = AmcNumber.parse(who.amc).text if who.amc else None
            nir = addresses.nir(Nir.parse(who.nir), birth, who.rank)
            return Located(Basis.TYPED, nir, amc)
    except Refusal as refusal:
        raise Refusal(refusal.code, where="who") from None
    hint = "card, engagement, alias, ou amc, member et birth, ou nir et birth."
    raise Refusal(RefusalCode.VALUE_MISSING, where="who", hint=hint)


def _code(text: str, where: str) -> UUID:
    number = from_code(text)
    if number is None:
        raise Refusal(RefusalCode.VALUE_INVALID, where=where)
    return number
