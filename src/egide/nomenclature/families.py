"""The words in which grids name acts, and what the law calls each of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import msgspec

from egide.nomenclature.exact_yaml import load_data
from egide.pricing import Heaviness, Kind, Role


class _Row(msgspec.Struct, frozen=True, rename={"part_of": "in"}):
    word: str
    label: str
    part_of: str = ""
    beside: str = ""
    role: Role | None = None
    doctor: bool | None = None
    pathway: bool | None = None
    optional: bool | None = None
    heavy: Heaviness | None = None
    refused: bool | None = None
    lens: str | None = None
    limited: bool | None = None
    refused_as: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """A word of the plan language.

    Args:
        section: the part of a printed table that it belongs to.
        is_refused: what the AMO refuses, or does not know.
        billed_by: the professions that may bill it by its word, where no nomenclature has it.
        official_billers: those that may bill the acts of it that official files hold.
    """

    kind: Kind
    label: str
    section: str
    is_refused: bool
    billed_by: frozenset[str]
    official_billers: frozenset[str]


_BILLED_BY: Final[Mapping[str, frozenset[str]]] = {
    "Hospitalisation": frozenset({"hospital"}),
    "Soins courants": frozenset({"doctor", "laboratory", "midwife", "auxiliary"}),
    "Pharmacie": frozenset({"pharmacy"}),
    "Appareillage": frozenset({"pharmacy"}),
    "Médecines douces": frozenset({"auxiliary", "doctor", "psychologist"}),
    "Dentaire": frozenset({"dentist"}),
    "Optique": frozenset({"optician"}),
    "Audition": frozenset({"audiologist"}),
}

_OFFICIAL_BILLERS: Final[Mapping[str, frozenset[str]]] = {
    "Hospitalisation": frozenset({"hospital"}),
    "Soins courants": frozenset({"doctor", "hospital", "midwife"}),
    "Pharmacie": frozenset({"pharmacy", "hospital"}),
    "Appareillage": frozenset({"pharmacy", "hospital"}),
    "Dentaire": frozenset({"dentist", "doctor", "hospital"}),
    "Optique": frozenset({"optician"}),
    "Audition": frozenset({"audiologist"}),
}
_LABORATORY: Final = frozenset({"laboratory", "hospital"})
_AUXILIARIES: Final = frozenset({"auxiliary", "hospital"})


@cache
def families() -> Mapping[str, Family]:
    """Return every family by its word, in the order of the vocabulary."""
    known: dict[str, Family] = {}
    refused: dict[str, str] = {}
    for section, rows in load_data("families.yaml", dict[str, list[_Row]]).items():
        for row in rows:
            family = _family(row, known.get(row.part_of), section)
            known[row.word] = _beside(family, known[row.beside]) if row.beside else family
            refused[row.word] = row.refused_as or refused.get(row.part_of, "")
    return {word: _refused_as(one, known.get(refused[word])) for word, one in known.items()}


def _beside(family: Family, other: Family) -> Family:
    """Return a family whose acts are billed beside those of another: a grid that names these pays them alike."""
    own, shared = family.kind.lineage, other.kind.lineage
    lineage = (*(one for one in own if one not in shared), *shared)
    return replace(family, kind=replace(family.kind, lineage=lineage))


def _refused_as(family: Family, other: Family | None) -> Family:
    """Return a family that knows where grids print its acts when the AMO refuses them."""
    if other is None or family.is_refused:
        return family
    return replace(family, kind=replace(family.kind, refused_lineage=other.kind.lineage))


def _family(row: _Row, wider: Family | None, section: str) -> Family:
    above = Kind(family="", lineage=()) if wider is None else wider.kind
    kind = Kind(
        family=row.word,
        lineage=(row.word, *above.lineage),
        role=above.role if row.role is None else row.role,
        is_doctor=above.is_doctor if row.doctor is None else row.doctor,
        in_pathway=above.in_pathway if row.pathway is None else row.pathway,
        copayment_optional=above.copayment_optional if row.optional is None else row.optional,
        heaviness=above.heaviness if row.heavy is None else row.heavy,
        lens=above.lens if row.lens is None else row.lens,
        is_limited=above.is_limited if row.limited is None else row.limited,
    )
    is_refused = wider is not None and wider.is_refused if row.refused is None else row.refused
    billed_by = _BILLED_BY.get(section, frozenset()) if is_refused else frozenset[str]()
    return Family(kind, row.label, section, is_refused, billed_by, _official(kind, section))


def _official(kind: Kind, section: str) -> frozenset[str]:
    if "biologie" in kind.lineage:
        return _LABORATORY
    if "auxiliaire" in kind.lineage:
        return _AUXILIARIES
    return _OFFICIAL_BILLERS.get(section, frozenset())


@cache
def grouped_families() -> Mapping[str, Family]:
    """Return the family of the acts that carry each grouping code of the official files."""
    known = families()
    return {
        code: known[word] for code, word in load_data("groupings.yaml", dict[str, str]).items()
    }


# What an act of a doctor is called while it is done in a stay: grids print those fees under hospital care.
_IN_STAY: Final[Mapping[str, str]] = {
    "acte-chirurgie": "chirurgie-hospitaliere",
    "acte-anesthesie": "anesthesie-hospitaliere",
    "acte-obstetrique": "obstetrique-hospitaliere",
    "imagerie": "imagerie-hospitaliere",
    "acte-technique": "acte-technique-hospitalier",
    "consultation": "consultation-hospitaliere",
    "anatomopathologie": "honoraires-hospitaliers",
}


@cache
def in_stay(kind: Kind) -> Kind:
    """Return the kind of an act when it is done in a stay: hospital fees first, then what it is in town.

    A grid that has no line for hospital fees pays them as it pays the act. The care pathway has no say in a stay.
    """
    word = next((_IN_STAY[one] for one in kind.lineage if one in _IN_STAY), None)
    if word is None:
        return kind
    fees = families()[word].kind
    return replace(
        kind, family=fees.family, lineage=(*fees.lineage, *kind.lineage), in_pathway=False
    )


def other_kind(word: str) -> Kind:
    """Return the kind of an act that no family knows: a grid names it ``libre:…`` by itself."""
    return Kind(family=word, lineage=(word,))
