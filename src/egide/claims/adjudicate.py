"""Adjudicate claims, a batch at a time: through the gate, then decided and booked.

The gate's charge and its log entry are committed first; the decision, its lines, its counters and
its ledger entry follow in one transaction, together or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from egide import db
from egide.claims import sql
from egide.claims.claim import SubmittedClaim
from egide.claims.decide import Again, Work
from egide.claims.decide_batch import Outcome, decide_batch, replay
from egide.claims.pass_gate import Passed, learn, pass_gate
from egide.claims.reference_data import ReferenceData
from egide.core.refusal import Refusal, RefusalCode
from egide.rights import Answer
from egide.vault import Addresses, Attester

_TRIES = 4


@dataclass(slots=True)
class ClaimsDesk:
    """All that adjudicating needs, and the lane that groups claims."""

    pool: db.Pool
    addresses: Addresses
    reference: ReferenceData
    attester: Attester
    lane: db.Lane[SubmittedClaim, Outcome] = field(init=False)

    def __post_init__(self) -> None:
        """Open the lane."""
        self.lane = db.Lane(self._serve, lambda claim: claim.admitted.caller.establishment_id)

    async def _serve(self, batch: Sequence[SubmittedClaim]) -> Sequence[Outcome]:
        # What the gate charged and logged is committed before anything is decided: whatever fails
        # after it, nobody learns of a person what is not in the log (GATE I1).
        async with db.transaction(self.pool) as tx:
            passed = await pass_gate(tx, batch)
        async with db.statement(self.pool) as tx:
            await learn(tx, passed)
        outcomes: dict[int, Outcome] = dict(passed.refused)
        outcomes |= await self._decide({i: (batch[i], passed.shown[i]) for i in passed.shown})
        outcomes |= await self._repeat(batch, passed, outcomes)
        return [outcomes[index] for index in range(len(batch))]

    async def _decide(self, work: Work) -> dict[int, Outcome]:
        """Decide claims together, or one by one where together fails."""
        try:
            async with db.transaction(self.pool) as tx:
                return await decide_batch(tx, self.reference, self.attester, work)
        except Exception:  # noqa: BLE001 - each claim is tried again below, and keeps its own error
            return {index: await self._decide_alone(index, one) for index, one in work.items()}

    async def _decide_alone(self, index: int, one: tuple[SubmittedClaim, Answer]) -> Outcome:
        """Decide one claim, again if a neighbour's row came first; its error if that was not why."""
        tries = 0
        while True:
            tries += 1
            try:
                async with db.transaction(self.pool) as tx:
                    return (
                        await decide_batch(tx, self.reference, self.attester, {index: one})
                    )[index]
            except db.DatabaseError as error:
                if tries == _TRIES:
                    return error
            except Exception as error:  # noqa: BLE001 - a defect is its own claim's, never its neighbours'
                return error

    async def _repeat(
        self, batch: Sequence[SubmittedClaim], passed: Passed, outcomes: dict[int, Outcome]
    ) -> dict[int, Outcome]:
        """Answer the invoices that were there before, or that come twice in one batch."""
        if not passed.again:
            return {}
        async with db.statement(self.pool) as tx:
            known = await sql.existing(tx, [batch[index].key for index in passed.again])
        answered: dict[int, Outcome] = {}
        for index, first in passed.again.items():
            claim = batch[index]
            if claim.key in known:
                answered[index] = replay(claim, Again(*known[claim.key]))
            elif claim.content_hash() == batch[first].content_hash():
                answered[index] = outcomes[first]
            else:  # the number is not taken, since its first sending was refused: send again
                answered[index] = Refusal(RefusalCode.BUSY)
        return answered

    async def adjudicate(self, claim: SubmittedClaim) -> bytes:
        """Return the stored answer of a claim, decided now or before.

        Idempotent by establishment and invoice. Raises Refusal: ``invoice-reused``,
        ``rights-not-shown``, ``proof-replayed``, ``busy``.
        """
        outcome = await self.lane.ask(claim)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome
