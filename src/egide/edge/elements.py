"""The names of the elements of the resources that we read: another one is a mistake of whoever wrote it.

FHIR R4 is case-sensitive and knows no other elements (JSON representation, 2.6.2): « modifer » beside a price would
change what is paid without a word.

Source: FHIR R4 (4.0.1), Claim, CoverageEligibilityRequest, Coverage, Patient.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, NamedTuple, cast

_RESOURCE: Final = frozenset(
    {
        "resourceType",
        "id",
        "meta",
        "implicitRules",
        "language",
        "text",
        "contained",
        "extension",
        "modifierExtension",
    }
)
_PART: Final = frozenset({"id", "extension", "modifierExtension"})
_VALUE: Final = frozenset({"id", "extension"})
_EXTENSION: Final = frozenset({"id", "url", "extension", "_url"})


def _resource(names: str) -> frozenset[str]:
    return _RESOURCE | set(names.split())


def _part(names: str) -> frozenset[str]:
    return _PART | set(names.split())


# By resource, or by the path of a part of one; what is not here is not looked at.
_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    "Claim": _resource(
        "identifier status type subType use patient billablePeriod created enterer insurer provider priority "
        "fundsReserve related prescription originalPrescription payee referral facility careTeam supportingInfo "
        "diagnosis procedure insurance accident item total"
    ),
    "Claim.insurance": _part(
        "sequence focal identifier coverage businessArrangement preAuthRef claimResponse"
    ),
    "Claim.related": _part("claim relationship reference"),
    "Claim.payee": _part("type party"),
    "Claim.item": _part(
        "sequence careTeamSequence diagnosisSequence procedureSequence informationSequence revenue category "
        "productOrService modifier programCode servicedDate servicedPeriod locationCodeableConcept locationAddress "
        "locationReference quantity unitPrice factor net udi bodySite subSite encounter detail"
    ),
    "CoverageEligibilityRequest": _resource(
        "identifier status priority purpose patient servicedDate servicedPeriod created enterer provider insurer "
        "facility supportingInfo insurance item"
    ),
    # ``preAuthRef`` is of Claim.insurance: a question took it before it could quote an engagement otherwise.
    "CoverageEligibilityRequest.insurance": _part(
        "focal coverage businessArrangement preAuthRef"
    ),
    "Coverage": _resource(
        "identifier status type policyHolder subscriber subscriberId beneficiary dependent relationship period payor "
        "class order network costToBeneficiary subrogation contract"
    ),
    "Patient": _resource(
        "identifier active name telecom gender birthDate deceasedBoolean deceasedDateTime address maritalStatus "
        "multipleBirthBoolean multipleBirthInteger photo contact communication generalPractitioner "
        "managingOrganization link"
    ),
}


# By datatype; and which datatype an element of the resources above is of.
_TYPES: Final[Mapping[str, frozenset[str]]] = {
    "Money": _VALUE | {"value", "currency"},
    "Quantity": _VALUE | {"value", "comparator", "unit", "system", "code"},
    "CodeableConcept": _VALUE | {"coding", "text"},
    "Coding": _VALUE | {"system", "version", "code", "display", "userSelected"},
    "Identifier": _VALUE | {"use", "type", "system", "value", "period", "assigner"},
    "Reference": _VALUE | {"reference", "type", "identifier", "display"},
    "Period": _VALUE | {"start", "end"},
}
_TYPED: Final[Mapping[str, str]] = {
    name: kind
    for kind, names in {
        "Money": "net unitPrice total valueMoney",
        "Quantity": "quantity",
        "CodeableConcept": "productOrService bodySite subSite modifier relationship type subType category "
        "programCode revenue priority fundsReserve",
        "Coding": "coding",
        "Identifier": "identifier",
        "Reference": "patient coverage claim payor beneficiary subscriber policyHolder provider insurer enterer "
        "facility party assigner",
        "Period": "servicedPeriod period billablePeriod",
    }.items()
    for name in names.split()
}
# The names that the path of a refusal may say; another is the caller's own, and is not said again.
NAMES: Final[frozenset[str]] = frozenset[str]().union(
    *_KNOWN.values(), *_TYPES.values(), _TYPED
)
_OURS: Final = "urn:egide:"


class Place(NamedTuple):
    """Where an element of ours may stand: below which path, whatever the indexes, and under which URLs or systems."""

    path: str
    names: frozenset[str]


def strangers(
    said: object, kind: str, place: str, ours: Sequence[Place] = ()
) -> Iterator[tuple[str, str]]:
    """Yield the place of each part that has an element of no name of R4, and what to do; never the name, which is sent.

    Args:
        kind: the resource, or the path of a part of one.
        ours: where extensions and codes of ours are read; elsewhere they are strangers too.
    """
    if kind not in _KNOWN:
        return
    for index, one in _each(said):
        where = place if index is None else f"{place}[{index}]"
        for name, value in one.items():
            if name.removeprefix("_") not in _KNOWN[kind]:
                yield where, _closest(name, _KNOWN[kind], kind)
            elif name == "extension":
                yield from _extensions(value, f"{where}.extension", kind, ours)
            elif name.startswith("_"):
                for _, beside in _each(value):
                    held = beside.get("extension")
                    yield from _extensions(
                        held, f"{where}.{name}.extension", f"{kind}.{name}", ours
                    )
            elif f"{kind}.{name}" in _KNOWN:
                yield from strangers(value, f"{kind}.{name}", f"{where}.{name}", ours)
            elif name in _TYPED:
                yield from _in_type(value, f"{where}.{name}", f"{kind}.{name}", ours)


def _in_type(
    said: object, place: str, path: str, ours: Sequence[Place]
) -> Iterator[tuple[str, str]]:
    """Yield the strangers of a value of a datatype."""
    kind = _TYPED[path.rpartition(".")[2]]
    for index, one in _each(said):
        where = place if index is None else f"{place}[{index}]"
        for name, value in one.items():
            if name.removeprefix("_") not in _TYPES[kind]:
                yield where, _closest(name, _TYPES[kind], kind)
            elif name == "extension":
                yield from _extensions(value, f"{where}.extension", path, ours)
            elif name in _TYPED and name != "type":
                yield from _in_type(value, f"{where}.{name}", f"{path}.{name}", ours)
        if kind == "Coding" and not _is_read(one.get("system"), path, ours):
            hint = "Ce code se dit ailleurs : « situation » dans item.modifier."
            yield f"{where}.system", hint


def _extensions(
    said: object, place: str, path: str, ours: Sequence[Place]
) -> Iterator[tuple[str, str]]:
    """Yield extensions of ours that nobody reads where they stand, and those of several values."""
    for index, one in _each(said):
        where = place if index is None else f"{place}[{index}]"
        values = [name for name in one if name.removeprefix("_").startswith("value")]
        others = [name for name in one if name not in values and name not in _EXTENSION]
        if others:
            yield where, _closest(others[0], _EXTENSION | {"valueString"}, "Extension")
        if len({name.removeprefix("_") for name in values}) > 1:
            yield where, "Une extension a une seule valeur."
        if not _is_read(one.get("url"), f"{path}.extension", ours):
            known = sorted(
                name for spot in ours if spot.path.endswith(".extension") for name in spot.names
            )
            hint = "Cette extension n'est pas lue ici."
            if known:
                hint = f"Extensions lues, dans {ours[0].path.removesuffix('.extension')} : {', '.join(known)}."
            yield f"{where}.url", hint
        for value in values:
            typed = value.removeprefix("value")
            inner = f"{path}.extension.{value}"
            if typed in _TYPES:
                yield from _in_type_named(one[value], typed, f"{where}.{value}", inner)


def _in_type_named(said: object, kind: str, place: str, path: str) -> Iterator[tuple[str, str]]:
    for _, one in _each(said):
        for name, value in one.items():
            if name.removeprefix("_") not in _TYPES[kind]:
                yield place, _closest(name, _TYPES[kind], kind)
            elif name in _TYPED and name != "type":
                yield from _in_type_named(value, _TYPED[name], f"{place}.{name}", path)


def _is_read(name: object, path: str, ours: Sequence[Place]) -> bool:
    """Tell whether a name is none of ours, or one that is read at a path; a code is ours by its system."""
    if not isinstance(name, str) or not name.startswith(_OURS):
        return True
    return any(
        name in spot.names and path in {spot.path, f"{spot.path}.coding"} for spot in ours
    )


def _each(said: object) -> Iterator[tuple[int | None, dict[str, Any]]]:
    """Yield what is an object, or each object of a list with its index."""
    if isinstance(said, dict):
        yield None, cast("dict[str, Any]", said)
    elif isinstance(said, list):
        for index, one in enumerate(cast("list[object]", said)):
            if isinstance(one, dict):
                yield index, cast("dict[str, Any]", one)


def _closest(name: str, known: Iterable[str], kind: str) -> str:
    """Return what to do about a name that is none: the nearest of those that are."""
    lower = {one.lower(): one for one in sorted(known)}
    near = get_close_matches(name.removeprefix("_").lower(), list(lower), 1, 0.6)
    said = f"Un élément n'existe pas dans {kind} de FHIR R4 (les majuscules comptent)"
    return f"{said} ; le plus proche : « {lower[near[0]]} »." if near else f"{said}."
