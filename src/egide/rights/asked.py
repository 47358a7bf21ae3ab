"""What an insurer that answers by itself says of a person's rights, once the gate has shown them to the asker.

The gate stands before it: who is asked about was charged and is in the log, so that what it says tells no more than
the log has. Its no leaves as every other no.

Source: FHIR R4 CoverageEligibilityRequest and CoverageEligibilityResponse.
"""

from datetime import date, datetime
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

from egide import db
from egide.core.ids import to_code
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import fhir
from egide.insurers import Asked, Call, Insurers, OnSilence
from egide.rights import sql
from egide.rights.question import Answer, Basis, Question

_PATH: Final = "/CoverageEligibilityRequest/$submit"
PERSON: Final = "urn:egide:person"


class Asks(Protocol):
    """What asks insurers."""

    @property
    def pool(self) -> db.Pool: ...
    @property
    def services(self) -> Insurers | None: ...


class _Insurance(msgspec.Struct):
    inforce: bool | None = None


class _Said(msgspec.Struct):
    resourceType: str
    outcome: str
    insurance: list[_Insurance] = []


_read: Final = msgspec.json.Decoder(_Said)


async def check_insurer(desk: Asks, asked: Question, answer: Answer, now: datetime) -> None:
    """Ask the insurer of a person whether it is covered, where it answers by itself.

    Raises Refusal: ``rights-not-shown``: it is not, or its insurer is silent and its contract asks for the card.
    """
    insurers = desk.services
    if insurers is None or insurers.services.of(answer.insurer_id, Asked.RIGHTS) is None:
        return
    what = asked.care_on, asked.basis
    who = asked.establishment_id, now
    is_shown = await is_covered(insurers, answer, what, who)
    await count_shown(desk.pool, asked.basis, asked.establishment_id, is_shown=is_shown)
    if not is_shown:
        raise Refusal(RefusalCode.RIGHTS_NOT_SHOWN)


async def count_shown(
    pool: db.Pool, basis: Basis, establishment: UUID, *, is_shown: bool
) -> None:
    """Count for an establishment what it is shown of a person whose insurer answers by itself (GATE, I7)."""
    if basis.is_unproved:
        async with db.statement(pool) as tx:
            await sql.count_word(tx, establishment, is_shown=is_shown)


async def is_covered(
    insurers: Insurers,
    answer: Answer,
    what: tuple[date, Basis],
    who: tuple[UUID, datetime],
) -> bool:
    """Return whether the insurer of a person says that it is covered; its contract's word where it is silent.

    Args:
        what: the day of care, and by what the person was named.
        who: which establishment asks, and when.

    Raises Refusal: ``busy``.
    """
    care_on, basis = what
    service = insurers.services.of(answer.insurer_id, Asked.RIGHTS)
    if service is None:
        return True
    asker, now = who
    body = _question(answer, care_on, now)
    said = await insurers.ask(service, Call(Asked.RIGHTS, _PATH, body, asker, now))
    covered = None if said is None else _covered(said)
    if covered is not None:
        return covered
    return service.on_silence is OnSilence.GUARANTEE or not basis.is_unproved


def _question(answer: Answer, care_on: date, now: datetime) -> bytes:
    said: dict[str, Any] = {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["validation"],
        "patient": {"identifier": {"system": PERSON, "value": to_code(answer.person_id)}},
        "created": now.isoformat(timespec="milliseconds"),
        "insurer": {"display": "AMC interrogée"},
        "servicedDate": care_on.isoformat(),
    }
    return fhir.encode(said)


def _covered(said: bytes) -> bool | None:
    """Return what an answer says, None where it says nothing that can be used."""
    try:
        said.decode()
        read = _read.decode(said)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    if read.resourceType != "CoverageEligibilityResponse" or read.outcome != "complete":
        return None
    forces = [one.inforce for one in read.insurance]
    if False in forces:
        return False
    return True if forces and all(forces) else None
