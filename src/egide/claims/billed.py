"""What an establishment has billed already of the persons in hand: the same care, the same act, to another insurer."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple, Self
from uuid import UUID

from egide import db
from egide.claims import sql
from egide.claims.claim import SubmittedClaim, act_hash
from egide.claims.controls import Control, Rejection
from egide.core.ids import PersonId
from egide.nomenclature import BilledLine
from egide.pricing import PricedClaim
from egide.rights import Answer

REPEATED: Final = "repeated"  # the situation that says an act was done again on the same day


class _Done(NamedTuple):
    """An act that an insurer has paid, whatever its price: of whom, where, when, on which side."""

    establishment_id: UUID
    person_id: UUID
    care_on: date
    act_code: str
    side: str


class _Paid(NamedTuple):
    """How many of an act an insurer has paid, and how much in all, in cents."""

    units: int = 0
    cents: int = 0


@dataclass(slots=True)
class Billed:
    """The treatments and the acts that accepted claims have billed, those of the batch in hand included.

    Args:
        paid: what insurers have paid of acts, of the persons that another insurer knows too.
    """

    treatments: set[tuple[UUID, bytes]]
    acts: set[tuple[UUID, UUID]]
    paid: dict[_Done, _Paid]

    @classmethod
    async def load(cls, tx: db.Tx, work: Collection[tuple[SubmittedClaim, Answer]]) -> Self:
        """Read what could stand in the way of some claims; their persons must be locked."""
        pairs = [(claim, answer.person_id) for claim, answer in work]
        treatments = [(claim.key[0], claim.care_hash(person)) for claim, person in pairs]
        acts = [
            (claim.key[0], line.care_on, act_hash(person, line))
            for claim, person in pairs
            for line in claim.lines
        ]
        return cls(
            await sql.same_care(tx, treatments),
            await sql.same_acts(tx, acts),
            await cls._load_paid(tx, work),
        )

    @staticmethod
    async def _load_paid(
        tx: db.Tx, work: Iterable[tuple[SubmittedClaim, Answer]]
    ) -> dict[_Done, _Paid]:
        asked = {
            (claim.key[0], person, line.care_on)
            for claim, answer in work
            for person in answer.elsewhere
            for line in claim.lines
        }
        if not asked:
            return {}
        rows = await sql.paid_elsewhere(tx, sorted(asked))
        return {
            _Done(
                row.establishment_id, row.person_id, row.care_on, row.act_code, row.side
            ): _Paid(row.units, row.cents)
            for row in rows
        }

    def copy(self) -> Self:
        """Return the same, apart: what is added to one is not in the other."""
        return type(self)(set(self.treatments), set(self.acts), dict(self.paid))

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

    def paid_elsewhere(self, claim: SubmittedClaim, answer: Answer) -> list[int]:
        """Return what other insurers of the same person have paid of each line, in cents; empty for nothing.

        A line has its share by quantity, to the cent above: whoever billed first has been paid in full.
        """
        if not answer.elsewhere:
            return []
        left = dict(self.paid)
        return [
            sum(_take(left, _done(claim, person, line), line) for person in answer.elsewhere)
            for line in claim.lines
        ]

    def add(self, claim: SubmittedClaim, person: PersonId, priced: PricedClaim) -> None:
        """Note a claim that has just been accepted, and what its insurer pays of it."""
        for line, price in zip(claim.lines, priced.lines, strict=True):
            done = _done(claim, person, line)
            units, cents = self.paid.get(done, _Paid())
            if price.share.amc_cents:
                self.paid[done] = _Paid(units + line.quantity, cents + price.share.amc_cents)
        establishment = claim.key[0]
        self.treatments.add((establishment, claim.care_hash(person)))
        self.acts |= {(establishment, act_hash(person, line)) for line in claim.lines}


def _done(claim: SubmittedClaim, person: PersonId, line: BilledLine) -> _Done:
    return _Done(claim.key[0], person, line.care_on, f"{line.system}:{line.code}", line.side)


def _take(left: dict[_Done, _Paid], done: _Done, line: BilledLine) -> int:
    """Take a line's share of what was paid of its act, and leave the rest for those like it."""
    units, cents = left.get(done, _Paid())
    if not units:
        return 0
    taken = min(-(-cents * line.quantity // units), cents)
    left[done] = _Paid(max(units - line.quantity, 0), cents - taken)
    return taken
