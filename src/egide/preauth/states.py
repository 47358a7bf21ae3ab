"""The life of a prise en charge: its states, its moves, who acts next. One table, one function.

What has ended by its days is told by comparing them: no job ends anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

from egide.core.refusal import Actor, Refusal, RefusalCode


class State(StrEnum):
    """Where a prise en charge stands; public and permanent."""

    RATED = "rated"  # a quote: a price, nothing promised and nothing held
    PENDED_PAYER = "pended-payer"
    PENDED_PIECES = "pended-pieces"
    GRANTED = "granted"
    PARTLY_GRANTED = "partly-granted"
    REFUSED = "refused"
    USED_PART = "used-part"
    USED = "used"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"  # by its next revision
    EXPIRED = "expired"  # never stored


class Move(StrEnum):
    """What is done to one."""

    ANSWER = "answer"  # by its insurer
    GIVE_PIECE = "give-piece"
    USE = "use"  # by an invoice
    EXTEND = "extend"
    CANCEL = "cancel"


_S: Final = State
_OPEN: Final = frozenset({_S.GRANTED, _S.PARTLY_GRANTED})
_MOVES: Final[Mapping[Move, frozenset[State]]] = {
    Move.ANSWER: frozenset({_S.PENDED_PAYER}),
    Move.GIVE_PIECE: frozenset({_S.PENDED_PIECES}),
    Move.USE: _OPEN | {_S.USED_PART},
    Move.EXTEND: _OPEN | {_S.PENDED_PAYER, _S.PENDED_PIECES, _S.REFUSED},
    Move.CANCEL: _OPEN | {_S.RATED, _S.PENDED_PAYER, _S.PENDED_PIECES, _S.REFUSED, _S.EXPIRED},
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a state says to who reads it: in French, and who acts next."""

    french: str
    actor: Actor
    outcome: str  # FHIR ClaimResponse.outcome


STANDINGS: Final[Mapping[State, Standing]] = {
    _S.RATED: Standing(
        "Devis chiffré, sans engagement : rien n'est réservé", Actor.NOBODY, "complete"
    ),
    _S.PENDED_PAYER: Standing("En attente de la réponse de l'assureur", Actor.AMC, "queued"),
    _S.PENDED_PIECES: Standing("L'assureur demande une pièce", Actor.PROVIDER, "queued"),
    _S.GRANTED: Standing("Accordée", Actor.PROVIDER, "complete"),
    _S.PARTLY_GRANTED: Standing("Accordée en partie", Actor.PROVIDER, "partial"),
    _S.REFUSED: Standing("Refusée", Actor.PROVIDER, "error"),
    _S.USED_PART: Standing("Facturée en partie", Actor.PROVIDER, "complete"),
    _S.USED: Standing("Facturée", Actor.NOBODY, "complete"),
    _S.CANCELLED: Standing(
        "Annulée : ce qu'elle réservait est rendu", Actor.NOBODY, "complete"
    ),
    _S.SUPERSEDED: Standing("Remplacée par une demande plus récente", Actor.NOBODY, "complete"),
    _S.EXPIRED: Standing("Échue : ce qu'elle réservait est rendu", Actor.PROVIDER, "complete"),
}


def on_day(state: State, act_by: date | None, invoice_until: date | None, today: date) -> State:
    """Return the state that a stored one is in on a day.

    Args:
        act_by: the last day to give a piece that is asked.
        invoice_until: the last day to invoice, or for an insurer to answer at all: what is held is held so long.
    """
    held = _MOVES[Move.USE] | {State.PENDED_PAYER}
    ends = {State.PENDED_PIECES: act_by, **dict.fromkeys(held, invoice_until)}
    last = ends.get(state)
    return State.EXPIRED if last is not None and today > last else state


class _Dated(Protocol):
    @property
    def state(self) -> str: ...
    @property
    def act_by(self) -> date | None: ...
    @property
    def invoice_until(self) -> date | None: ...


def state_of(one: _Dated, today: date) -> State:
    """Return the state that a prise en charge, as it is kept, is in on a day."""
    return on_day(State(one.state), one.act_by, one.invoice_until, today)


def check_move(state: State, move: Move, where: str = "") -> None:
    """Stop a move that a state does not allow; Refusal ``preauth-closed``, which says where it stands and who acts."""
    if state not in _MOVES[move]:
        raise Refusal(
            RefusalCode.PREAUTH_CLOSED, where=where, hint=f"{STANDINGS[state].french}."
        )
