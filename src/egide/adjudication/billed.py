"""What an establishment has billed already of the persons in hand: the same care, the same act, to another insurer."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final, Self
from uuid import UUID

from egide import db
from egide.adjudication import sql
from egide.adjudication.claim import SubmittedClaim, act_hash
from egide.adjudication.controls import Control, Rejection
from egide.adjudication.elsewhere import PaidLine, paid_of
from egide.adjudication.met import Among
from egide.core.ids import PersonId
from egide.pricing import PricedClaim
from egide.rights import Answer

REPEATED: Final = "repeated"  # the situation that says an act was done again on the same day


@dataclass(slots=True)
class Billed:
    """The treatments and the acts that accepted claims have billed, those of the batch in hand included.

    Args:
        paid: the acts of the persons that another insurer knows too, by establishment and person, in their order.
    """

    treatments: set[tuple[UUID, bytes]]
    acts: set[tuple[UUID, UUID]]
    paid: dict[tuple[UUID, UUID], list[PaidLine]]

    @classmethod
    async def load(
        cls,
        tx: db.Tx,
        work: Collection[tuple[SubmittedClaim, Answer]],
        among: Among,
    ) -> Self:
        """Read what could stand in the way of some claims; their persons must be locked."""
        pairs = [(claim, answer.person_id) for claim, answer in work]
        treatments = [(claim.key[0], claim.care_hash(person)) for claim, person in pairs]
        acts = [
            (claim.key[0], line.care_on, act_hash(person, line))
            for claim, person in pairs
            for line in claim.lines
        ]
        return cls(
            await sql.same_care(tx, treatments, among),
            await sql.same_acts(tx, acts, among),
            await cls._load_paid(tx, work, among),
        )

    @staticmethod
    async def _load_paid(
        tx: db.Tx, work: Iterable[tuple[SubmittedClaim, Answer]], among: Among
    ) -> dict[tuple[UUID, UUID], list[PaidLine]]:
        asked = {
            (claim.key[0], person, line.care_on)
            for claim, answer in work
            if answer.elsewhere
            for person in (answer.person_id, *answer.elsewhere)
            for line in claim.lines
        }
        paid: dict[tuple[UUID, UUID], list[PaidLine]] = {}
        for line in await sql.paid_lines(tx, sorted(asked), among) if asked else ():
            paid.setdefault((line.establishment_id, line.person_id), []).append(line)
        return paid

    def copy(self) -> Self:
        """Return the same, apart: what is added to one is not in the other."""
        return type(self)(
            set(self.treatments),
            set(self.acts),
            {key: list(lines) for key, lines in self.paid.items()},
        )

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

    def paid_elsewhere(self, claim: SubmittedClaim, answer: Answer) -> list[tuple[int, ...]]:
        """Return what AMO and each other insurer of the same person have paid of each line, in cents."""
        if not answer.elsewhere:
            return []
        establishment, person = claim.key[0], answer.person_id
        lines = [PaidLine.of(establishment, person, line) for line in claim.lines]
        before = self.paid.get((establishment, person), [])
        others = [
            paid_of(lines, before, self.paid.get((establishment, other), []))
            for other in answer.elsewhere
        ]
        return list(zip(*others, strict=True))

    def add(self, claim: SubmittedClaim, answer: Answer, priced: PricedClaim) -> None:
        """Note a claim that has just been accepted, and what its insurer pays of it."""
        establishment, person = claim.key[0], answer.person_id
        if answer.elsewhere:
            self.paid.setdefault((establishment, person), []).extend(
                replace(
                    PaidLine.of(establishment, person, line),
                    paid_cents=price.share.amo_cents + price.share.amc_cents,
                    amo_cents=price.share.amo_cents,
                    other_cents=price.other_amc_cents,
                )
                for line, price in zip(claim.lines, priced.lines, strict=True)
            )
        self.treatments.add((establishment, claim.care_hash(person)))
        self.acts |= {(establishment, act_hash(person, line)) for line in claim.lines}
