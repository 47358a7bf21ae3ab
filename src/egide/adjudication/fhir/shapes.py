"""FHIR R4 Claim, as far as we read it.

Source: https://hl7.org/fhir/R4/claim.html
"""

from decimal import Decimal
from typing import Final

import msgspec

from egide.edge import fhir
from egide.edge.elements import Place
from egide.rights import PERSON_OURS, Insurance

ROOT = "Claim"
SITUATION = "urn:egide:situation"
BASE = "urn:egide:base"
STAY = "urn:egide:stay"
PERFORMER = "urn:egide:performer"
OURS: Final = (
    Place("Claim.item.extension", frozenset({BASE, STAY, PERFORMER})),
    Place("Claim.item.modifier", frozenset({SITUATION})),
    Place("Claim.item.productOrService", frozenset(fhir.ACT_SYSTEMS)),
    Place("Claim.item.bodySite", frozenset({"urn:egide:side"})),
    *PERSON_OURS,
)


class Extension(msgspec.Struct):
    """FHIR Extension, as far as we read it: the values of those that are not ours are left unread."""

    url: str
    valueMoney: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    valueString: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)


class Item(msgspec.Struct):
    """FHIR Claim.item, as far as we read it."""

    productOrService: fhir.CodeableConcept
    servicedDate: str = ""
    servicedPeriod: fhir.Period | None = None
    sequence: int | None = None
    quantity: fhir.Quantity | None = None
    unitPrice: fhir.FhirMoney | None = None
    factor: Decimal | None = None
    net: fhir.FhirMoney | None = None
    bodySite: fhir.CodeableConcept | None = None
    modifier: list[fhir.CodeableConcept] = []
    extension: list[Extension] = []
    detail: list[msgspec.Raw] = []
    subSite: list[msgspec.Raw] = []


class Related(msgspec.Struct):
    """FHIR Claim.related: what this one stands in place of."""

    claim: fhir.Reference | None = None
    relationship: fhir.CodeableConcept | None = None


class Payee(msgspec.Struct):
    """FHIR Claim.payee: who is to be paid."""

    type: fhir.CodeableConcept = msgspec.field(default_factory=fhir.CodeableConcept)
    party: fhir.Reference | None = None


class Claim(msgspec.Struct):
    """The claim, as far as we read it; other elements of R4 are left unread (docs/formats/fhir.md), others refused."""

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
    type: fhir.CodeableConcept | None = None
    payee: Payee | None = None
    accident: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)


decoder = msgspec.json.Decoder(Claim)
