"""Our own extensions, each by its definition (FHIR R4, StructureDefinition): what a validator looks for by URL."""

from functools import cache
from typing import Any, Final, NamedTuple

from egide.adjudication import fhir as claim
from egide.edge import fhir
from egide.web.documents.searchset import served_id

_DATE: Final = "2026-11-27"
_BASE: Final = "http://hl7.org/fhir/StructureDefinition/Extension"


class _Extension(NamedTuple):
    value: str  # the type of its value
    contexts: tuple[str, ...]  # the elements that may bear it
    said: str


EXTENSIONS: Final[dict[str, _Extension]] = {
    fhir.BIRTH_TEXT: _Extension(
        "string",
        ("Patient",),
        "The birth date as the card prints it, YYYYMMDD, where its month or day is none of the calendar's.",
    ),
    fhir.ALIAS: _Extension(
        "string",
        ("CoverageEligibilityResponse",),
        "26 characters by which this establishment may ask for the same person again; worth nothing to another.",
    ),
    fhir.ENGAGEMENT_JWS: _Extension(
        "string",
        ("CoverageEligibilityResponse",),
        "The engagement that is numbered in preAuthRef, signed (JWS, RFC 7515), key in /.well-known/jwks.json.",
    ),
    fhir.ACTOR: _Extension(
        "code",
        ("ClaimResponse",),
        "Who acts next: provider, amc, operator, nobody; processNote says it in a text.",
    ),
    fhir.ACT_BY: _Extension("date", ("ClaimResponse",), "The day by which it is to be done."),
    fhir.RESUBMIT: _Extension(
        "boolean", ("ClaimResponse",), "Whether a rejected invoice may be sent again, mended."
    ),
    fhir.SOURCE: _Extension(
        "string",
        ("ClaimResponse.item.adjudication.reason", "ClaimResponse.addItem.adjudication.reason"),
        "The article, the tariff or the line of the grid that made the amount.",
    ),
    fhir.STANDING: _Extension(
        "code", ("ClaimResponse",), "Where a prise en charge stands: granted, pended-payer…"
    ),
    claim.BASE: _Extension(
        "Money",
        ("Claim.item",),
        "The tariff base of the line's whole quantity, in euros, where no tariff says it.",
    ),
    claim.STAY: _Extension(
        "string", ("Claim.item",), "The stay that the line is part of, by one's own name of it."
    ),
    claim.PERFORMER: _Extension(
        "string",
        ("Claim.item",),
        "Who did it, where several of the establishment may, by one's own name of them.",
    ),
}


@cache
def structure_definitions() -> dict[str, dict[str, Any]]:
    """Return what each extension of ours is, by its URL."""
    return {url: _definition(url) for url in EXTENSIONS}


def _definition(url: str) -> dict[str, Any]:
    extension = EXTENSIONS[url]
    name = "".join(word.capitalize() for word in served_id(url).split("-"))
    return {
        "resourceType": "StructureDefinition",
        "id": served_id(url),
        "url": url,
        "name": name,
        "status": "active",
        "date": _DATE,
        "description": extension.said,
        "fhirVersion": "4.0.1",
        "kind": "complex-type",
        "abstract": False,
        "context": [{"type": "element", "expression": one} for one in extension.contexts],
        "type": "Extension",
        "baseDefinition": _BASE,
        "derivation": "constraint",
        "differential": {
            "element": [
                {"id": "Extension", "path": "Extension", "short": extension.said, "max": "1"},
                {"id": "Extension.extension", "path": "Extension.extension", "max": "0"},
                {"id": "Extension.url", "path": "Extension.url", "fixedUri": url},
                {
                    "id": "Extension.value[x]",
                    "path": "Extension.value[x]",
                    "min": 1,
                    "type": [{"code": extension.value}],
                },
            ]
        },
    }
