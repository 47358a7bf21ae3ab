"""What an insurer that answers by itself says of a person's rights, once the gate has shown them to the asker.

The gate stands before it: who is asked about was charged and is in the log, so that what it says tells no more than
the log has. Its no leaves as every other no.

Source: FHIR R4 CoverageEligibilityRequest and CoverageEligibilityResponse.
"""

from datetime import datetime
from typing import Any, Final

import msgspec

from egide.core.ids import to_code
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import fhir
from egide.insurers import Asked, Insurers, OnSilence
from egide.rights.question import Answer, Basis, Question

_PATH: Final = "/CoverageEligibilityRequest/$submit"
PERSON: Final = "urn:egide:person"


class _Insurance(msgspec.Struct):
    inforce: bool | None = None


class _Said(msgspec.Struct):
    resourceType: str
    outcome: str
    insurance: list[_Insurance] = []


_read: Final = msgspec.json.Decoder(_Said)


async def check_insurer(
    insurers: Insurers | None, asked: Question, answer: Answer, now: datetime
) -> None:
    """Ask the insurer of a person whether it is covered, where it answers by itself.

    Raises Refusal: ``rights-not-shown``: it is not, or its insurer is silent and its contract asks for the card.
    """
    service = (
        None if insurers is None else insurers.services.of(answer.insurer_id, Asked.RIGHTS)
    )
    if insurers is None or service is None:
        return
    said = await insurers.ask(service, Asked.RIGHTS, _PATH, _question(asked, answer, now), now)
    covered = None if said is None else _covered(said)
    if covered is None:
        by_card = asked.basis is Basis.PRESENCE
        covered = by_card or service.on_silence is OnSilence.GUARANTEE
    if not covered:
        raise Refusal(RefusalCode.RIGHTS_NOT_SHOWN)


def _question(asked: Question, answer: Answer, now: datetime) -> bytes:
    said: dict[str, Any] = {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["validation"],
        "patient": {"identifier": {"system": PERSON, "value": to_code(answer.person_id)}},
        "created": now.isoformat(timespec="milliseconds"),
        "insurer": {"display": "AMC interrogée"},
        "servicedDate": asked.care_on.isoformat(),
    }
    return fhir.encode(said)


def _covered(said: bytes) -> bool | None:
    """Return what an answer says, None where it says nothing that can be used."""
    try:
        read = _read.decode(said)
    except (msgspec.DecodeError, ValueError):
        return None
    if read.resourceType != "CoverageEligibilityResponse" or read.outcome != "complete":
        return None
    forces = {one.inforce for one in read.insurance}
    return forces.pop() if len(forces) == 1 else None
