"""What an invoice's answer says once it is cancelled: the same document, ended."""

from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from egide.adjudication.asked import REASONS
from egide.adjudication.controls import CONTROLS, Control, Rejection
from egide.adjudication.response import fault
from egide.core.ids import made_at
from egide.core.money import euros
from egide.edge import fhir


class _Stored(Protocol):
    @property
    def claim_id(self) -> UUID: ...
    @property
    def state(self) -> str: ...
    @property
    def amc_cents(self) -> int: ...
    @property
    def response(self) -> bytes: ...
    @property
    def held_back_by(self) -> str | None: ...
    @property
    def replaced_by(self) -> str | None: ...
    @property
    def refused_for(self) -> str | None: ...
    @property
    def accepted_by(self) -> date | None: ...


CANCELLED: Final = "cancelled"
REVERSED: Final = "reversed"
_OF_TODAY: Final = timedelta(hours=24)
ENDED: Final = frozenset({CANCELLED, REVERSED})


def as_it_stands(claim: _Stored) -> bytes:
    """Return an invoice's answer: as it left when it was decided, or saying what became of it since."""
    if claim.state not in ENDED and claim.accepted_by is None:
        return claim.response
    if claim.state not in ENDED and claim.accepted_by is not None:
        return awaiting(claim.response, claim.accepted_by)
    answer: dict[str, Any] = fhir.decode(claim.response)
    if claim.refused_for is None:
        answer["status"] = "cancelled"
        answer["disposition"] = _said(claim)
    else:
        _refuse(answer, claim.refused_for)
        answer.pop("item", None)
        answer.pop("total", None)
    answer.pop("payment", None)
    answer.pop("preAuthRef", None)
    return fhir.encode(answer)


def awaiting(response: bytes, answer_by: date) -> bytes:
    """Return an invoice's answer while its insurer is still to accept it: no day is promised for its payment."""
    answer: dict[str, Any] = fhir.decode(response)
    said = f"L'assureur l'accepte ou la refuse d'ici le {answer_by:%d/%m/%Y}."
    answer["disposition"] = f"{answer['disposition']} {said}"
    answer.pop("payment", None)
    return fhir.encode(answer)


def _refuse(answer: dict[str, Any], reason: str) -> None:
    """Say that an insurer refused an invoice within its delay: nothing of it was paid."""
    why = REASONS.get(reason, "Il n'a pas répondu dans le délai de son contrat.")
    rejection = Rejection(Control.INSURER_REFUSES, 0, why)
    meaning = CONTROLS[Control.INSURER_REFUSES]
    answer["outcome"] = "error"
    answer["disposition"] = f"Refusée par l'assureur : {why}"
    answer["error"] = [fault(rejection)]
    answer["extension"] = [
        {"url": fhir.ACTOR, "valueCode": meaning.actor.value},
        {"url": fhir.RESUBMIT, "valueBoolean": meaning.resubmit},
    ]


def read_again(claim: _Stored, now: datetime) -> bytes:
    """Return an invoice's answer to who reads it by its number alone: after a day, without what would open rights."""
    if now - made_at(claim.claim_id) < _OF_TODAY:
        return as_it_stands(claim)
    answer: dict[str, Any] = fhir.decode(as_it_stands(claim))
    answer.pop("preAuthRef", None)
    return fhir.encode(answer)


def _said(claim: _Stored) -> str:
    by = f"Remplacée par la facture {claim.replaced_by}. " if claim.replaced_by else ""
    return by + _ended(claim)


def _ended(claim: _Stored) -> str:
    if claim.state == REVERSED:
        held = euros(claim.amc_cents)
        if claim.held_back_by is not None:
            return f"Annulée après son règlement : {held} ont été retenus sur le virement {claim.held_back_by}."
        return f"Annulée après son règlement : {held} seront retenus, en entier, sur un prochain virement."
    return "Annulée : plus rien n'est dû, et ce qu'elle avait consommé est rendu."
