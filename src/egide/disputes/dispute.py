"""A dispute: an establishment contests what was decided of an invoice, and its insurer answers within ten working days.

Two readings: the second begins when the establishment asks for it, or by itself when the first has not come in time;
it is by another person of the insurer than any who read it first. What is late is told by comparing days: no job
moves anything.

No public text fixes these days; they are ours until a convention says others (docs/formats/dispute.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

from egide.adjudication.controls import Control
from egide.core.refusal import Actor
from egide.core.working_days import working_days_after

ANSWER_DAYS: Final = 10  # working days to answer, at each reading, and to ask for the second


class Ground(StrEnum):
    """What is contested; public and permanent."""

    REJECTION = "rejection"
    AMOUNT = "amount"


class Stored(StrEnum):
    """Where a dispute was left."""

    OPEN = "open"
    MAINTAINED = "maintained"
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"


class State(StrEnum):
    """Where a dispute stands on a day; public and permanent."""

    FIRST = "first-reading"
    SECOND = "second-reading"
    UNANSWERED = "unanswered"  # neither reading has come in time
    MAINTAINED = "maintained"  # and a second reading may be asked
    FINAL = "final"
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    """What is done to one."""

    ANSWER = "answer"  # by its insurer
    RAISE = "raise"
    WITHDRAW = "withdraw"


_WAITING: Final = frozenset({State.FIRST, State.SECOND, State.UNANSWERED})
MOVES: Final[Mapping[Move, frozenset[State]]] = {
    Move.ANSWER: _WAITING,
    Move.RAISE: frozenset({State.MAINTAINED}),
    Move.WITHDRAW: _WAITING | {State.MAINTAINED},
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a state says to who reads it: in French, who acts next, and what to do."""

    french: str
    actor: Actor
    remedy: str


STANDINGS: Final[Mapping[State, Standing]] = {
    State.FIRST: Standing(
        "L'assureur lit la contestation",
        Actor.AMC,
        "Attendre : sans réponse à temps, elle passe d'elle-même en seconde lecture.",
    ),
    State.SECOND: Standing(
        "L'assureur la lit en seconde lecture : une autre personne, si l'une l'a déjà lue",
        Actor.AMC,
        "Attendre sa réponse.",
    ),
    State.UNANSWERED: Standing(
        "L'assureur n'a pas répondu à temps",
        Actor.AMC,
        "L'opérateur le relance, et ce silence est compté dans la statistique publiée ; il peut encore répondre.",
    ),
    State.MAINTAINED: Standing(
        "L'assureur maintient sa décision",
        Actor.PROVIDER,
        "Demander la lecture d'une seconde personne avant cette date, ou s'en tenir là.",
    ),
    State.FINAL: Standing(
        "L'assureur maintient sa décision : la contestation est close",
        Actor.NOBODY,
        "Voir avec l'assureur, au numéro de la convention.",
    ),
    State.UPHELD: Standing(
        "L'assureur vous donne raison",
        Actor.PROVIDER,
        "Renvoyer ces soins sous un nouveau numéro, en citant cette facture (related, prior) : ils sont redécidés.",
    ),
    State.WITHDRAWN: Standing(
        "Contestation retirée", Actor.NOBODY, "Rien : la décision reste comme elle est."
    ),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an insurer answers as it does."""

    upholds: bool
    french: str


REASONS: Final[Mapping[str, Reason]] = {
    "control-waived": Reason(True, "Le contrôle n'avait pas lieu d'être : il est levé."),
    "rights-corrected": Reason(True, "Les droits de la personne ont été corrigés."),
    "grid-corrected": Reason(True, "La grille de garanties a été corrigée."),
    "as-the-contract": Reason(False, "C'est ce que le contrat garantit."),
    "rights-closed": Reason(False, "Les droits étaient fermés à cette date."),
    "paid-already": Reason(False, "Ces soins ont déjà été pris en charge."),
    "other": Reason(False, "Voir avec l'assureur, au numéro de la convention."),
}
WAIVABLE: Final = frozenset({Control.DOMAIN_CLOSED, Control.ACT_NOT_THEIRS})
"""The controls that an insurer may lift for one invoice: its own choice of domains and professions, never the law's."""


class Dated(Protocol):
    """A dispute as it is kept."""

    @property
    def state(self) -> str:
        """Return where it was left."""
        ...

    @property
    def is_second(self) -> bool:
        """Tell whether its second reading was asked for."""
        ...

    @property
    def answer_by(self) -> date:
        """Return the last day of its first reading."""
        ...

    @property
    def second_by(self) -> date:
        """Return the last day of its second reading."""
        ...

    @property
    def raise_by(self) -> date | None:
        """Return the last day to ask for a second reading; None until the first has come."""
        ...


def state_on(one: Dated, today: date) -> State:
    """Return where a dispute stands on a day."""
    match Stored(one.state):
        case Stored.OPEN if today > one.second_by:
            return State.UNANSWERED
        case Stored.OPEN:
            is_second = one.is_second or today > one.answer_by
            return State.SECOND if is_second else State.FIRST
        case Stored.MAINTAINED:
            can_raise = one.raise_by is not None and today <= one.raise_by
            return State.MAINTAINED if can_raise else State.FINAL
        case Stored.UPHELD:
            return State.UPHELD
        case Stored.WITHDRAWN:
            return State.WITHDRAWN


def act_by(one: Dated, state: State) -> date | None:
    """Return the day by which somebody is to act; None where nobody is to, or nothing is to be lost."""
    return {
        State.FIRST: one.answer_by,
        State.SECOND: one.second_by,
        State.UNANSWERED: one.second_by,
        State.MAINTAINED: one.raise_by,
    }.get(state)


def days_of_reading(today: date) -> tuple[date, date]:
    """Return the last days of the first and of the second reading of a dispute that is opened on a day."""
    first = working_days_after(today, ANSWER_DAYS)
    return first, working_days_after(first, ANSWER_DAYS)
