"""What an establishment has billed already of the persons in hand: the same care, the same act."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from egide import db
from egide.claims import sql
from egide.claims.claim import SubmittedClaim, act_hash
from egide.claims.controls import Control, Rejection
from egide.core.ids import PersonId

REPEATED: Final = "repeated"  # the situation that says an act was done again on the same day


@dataclass(slots=True)
class Billed:
    """The treatments and the acts that accepted claims have billed, those of the batch in hand included."""

    treatments: set[tuple[UUID, bytes]]
    acts: set[tuple[UUID, UUID]]

    @classmethod
    async def load(cls, tx: db.Tx, asked: Iterable[tuple[SubmittedClaim, PersonId]]) -> Self:
        """Read what could stand in the way of some claims; their persons must be locked."""
        pairs = list(asked)
        treatments = [(claim.key[0], claim.care_hash(person)) for claim, person in pairs]
        acts = [
            (claim.key[0], line.care_on, act_hash(person, line))
            for claim, person in pairs
            for line in claim.lines
        ]
        return cls(await sql.same_care(tx, treatments), await sql.same_acts(tx, acts))

    def copy(self) -> Self:
        """Return the same, apart: what is added to one is not in the other."""
        return type(self)(set(self.treatments), set(self.acts))

    def control(self, claim: SubmittedClaim, person: PersonId) -> Rejection | None:
        """Return the rejection of a claim billed before, whole or in part; None if it was not."""
        establishment = claim.key[0]
        if (establishment, claim.care_hash(person)) in self.treatments:
            return Rejection(Control.SAME_CARE)
        for number, line in enumerate(claim.lines, start=1):
            is_known = (establishment, act_hash(person, line)) in self.acts
            if is_known and REPEATED not in line.situation:
                return Rejection(Control.SAME_ACT, number)
        return None

    def add(self, claim: SubmittedClaim, person: PersonId) -> None:
        """Note a claim that has just been accepted."""
        establishment = claim.key[0]
        self.treatments.add((establishment, claim.care_hash(person)))
        self.acts |= {(establishment, act_hash(person, line)) for line in claim.lines}
