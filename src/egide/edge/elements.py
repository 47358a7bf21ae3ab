"""The names of the elements of the resources that we read: another one is a mistake of whoever wrote it.

FHIR R4 is case-sensitive and knows no other elements (JSON representation, 2.6.2): « modifer » beside a price would
change what is paid without a word.

Source: FHIR R4 (4.0.1), Claim, CoverageEligibilityRequest, Coverage, Patient.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

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


def strangers(said: object, kind: str, place: str) -> Iterator[str]:
    """Yield the place of each part of a resource that has an element of no name of R4; never the name, which is sent.

    Args:
        kind: the resource, or the path of a part of one.
    """
    known = _KNOWN.get(kind)
    if isinstance(said, list):
        for index, one in enumerate(cast("list[object]", said)):
            yield from strangers(one, kind, f"{place}[{index}]")
    elif known is not None and isinstance(said, dict):
        for name, value in cast("dict[str, Any]", said).items():
            if name.removeprefix("_") not in known:
                yield place
            elif f"{kind}.{name}" in _KNOWN:
                yield from strangers(value, f"{kind}.{name}", f"{place}.{name}")
