"""What an invoice's answer says once it is cancelled: the same document, ended."""

from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

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


CANCELLED: Final = "cancelled"
REVERSED: Final = "reversed"
_OF_TODAY: Final = timedelta(hours=24)
ENDED: Final = frozenset({CANCELLED, REVERSED})


def as_it_stands(claim: _Stored) -> bytes:
    """Return an invoice's answer: as it left when it was decided, or saying that it was cancelled since."""
    if claim.state not in ENDED:
        return claim.response
    answer: dict[str, Any] = fhir.decode(claim.response)
    answer["status"] = "cancelled"
    answer["disposition"] = _said(claim)
    answer.pop("payment", None)
    answer.pop("preAuthRef", None)
    return fhir.encode(answer)


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
