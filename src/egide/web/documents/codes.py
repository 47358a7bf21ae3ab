"""Our own codes, each list whole (FHIR R4, CodeSystem): what a software may send, and what it may be answered."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any, Final

from egide.adjudication import fhir as claim
from egide.adjudication.controls import CONTROLS
from egide.adjudication.response import UNDUE
from egide.core.meanings import MEANINGS
from egide.edge import fhir
from egide.nomenclature import SITUATIONS, families
from egide.plans import DOMAINS
from egide.preauth.pieces import pieces_on
from egide.pricing import StepCode
from egide.web.documents.searchset import served_id

_DATE: Final = date(2026, 11, 28)
_SIDES: Final = (("left", "gauche"), ("right", "droite"))
_DOMAINS: Final = {
    "PHAR": "Pharmacie",
    "MED": "Médecins",
    "LABO": "Laboratoires",
    "RADL": "Radiologie",
    "AUXM": "Auxiliaires médicaux",
    "DENT": "Dentaire",
    "OPTI": "Optique",
    "AUDI": "Audioprothèse",
    "HOSP": "Hospitalisation",
    "TRAN": "Transport",
    "EXTE": "Centres et soins externes",
}


@cache
def code_systems() -> dict[str, dict[str, Any]]:
    """Return each list of codes by its URL."""
    return {
        url: _system(url, said, concepts)
        for url, said, concepts in (
            (
                fhir.DOMAIN,
                "Fields of care for which third-party payment is open.",
                [(code, _DOMAINS[code]) for code in DOMAINS],
            ),
            (
                claim.SITUATION,
                "What of a line changes rates or guarantees.",
                SITUATIONS.items(),
            ),
            (
                "urn:egide:refusal",
                "Why a call was refused, or shows nothing.",
                [(code.value, meaning.french) for code, meaning in MEANINGS.items()],
            ),
            (
                fhir.CONTROL,
                "Which control rejected a claim.",
                [(code.value, meaning.french) for code, meaning in CONTROLS.items()],
            ),
            (
                fhir.RULE,
                "The steps of a reckoning, and the amounts of a total.",
                [
                    *((code.value, code.meaning) for code in StepCode),
                    (UNDUE, "Facturé, dû par personne"),
                ],
            ),
            (
                "urn:egide:piece",
                "What an insurer may ask before it answers a prise en charge.",
                [(one.code, one.french) for one in pieces_on(_DATE).values()],
            ),
            ("urn:egide:side", "Which ear, eye or leg a line is for.", _SIDES),
            (
                "urn:egide:act:libre",
                "What no nomenclature holds, by the words of grids; a grid may have words of its own beside these.",
                [(word, one.label) for word, one in families().items() if one.is_refused],
            ),
        )
    }


def _system(url: str, said: str, concepts: Iterable[tuple[str, str]]) -> dict[str, Any]:
    listed = [{"code": code, "display": display} for code, display in concepts]
    return {
        "resourceType": "CodeSystem",
        "id": served_id(url),
        "url": url,
        "name": "".join(word.capitalize() for word in served_id(url).split("-")),
        "title": said.rstrip("."),
        "status": "active",
        "date": _DATE.isoformat(),
        "description": said,
        "caseSensitive": True,
        "content": "fragment" if url == "urn:egide:act:libre" else "complete",
        "count": len(listed),
        "concept": listed,
    }
