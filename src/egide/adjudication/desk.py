"""The desk: takes what software sends in batches, through the gate, then decides each, once for its number.

The gate's charge and its log entry are committed first; what is decided follows in one transaction, together or not
at all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from egide import db
from egide.access import log_reads
from egide.adjudication.asked import ToAsk, Word, question, word_of
from egide.adjudication.claim import SubmittedClaim
from egide.adjudication.decide import Again, Work
from egide.adjudication.pass_gate import Passed, learn, pass_gate, say
from egide.core.refusal import InvariantError, Refusal, RefusalCode
from egide.insurers import Asked, Call, Insurers
from egide.rights import Answer, count_shown, is_covered

Outcome = bytes | Exception | ToAsk
Words = Mapping[int, Word]
Key = tuple[UUID, str]
NO_WORDS: Final[Words] = {}
_TRIES: Final = 4


def replay(claim: SubmittedClaim, stored: Again) -> Outcome:
    """Return the stored answer to the same content, or the refusal of another content."""
    if stored.content == claim.content_hash():
        return stored.response
    return Refusal(RefusalCode.INVOICE_REUSED, where="Claim.identifier[0].value")


@dataclass(slots=True, kw_only=True)
class Desk:
    """Decides what software sends, a batch at a time.

    Args:
        existing: finds, by natural key, content and answer of those that are there.
        decide: decides and records what passed the gate, in the caller's transaction; given what their insurers said
            of some. One whose insurer is to be asked first comes back as ``ToAsk``, and nothing of it is kept.
        alone: which of a batch are decided each in a transaction of its own: what they stand in place of is taken
            out of what the others meet.
        entries: finds, by natural key, by which entry of the access log each that is there was answered.
    """

    pool: db.Pool
    existing: Callable[[db.Tx, Sequence[Key]], Awaitable[Mapping[Key, tuple[bytes, bytes]]]]
    insurers: Callable[[], Insurers | None]
    decide: Callable[[db.Tx, Work, Words], Awaitable[dict[int, Outcome]]]
    alone: Callable[[db.Tx, Work], Awaitable[set[int]]]
    entries: Callable[[db.Tx, Sequence[Key]], Awaitable[Mapping[Key, UUID]]]
    asking: dict[UUID, asyncio.Task[Outcome]] = field(
        default_factory=dict[UUID, "asyncio.Task[Outcome]"]
    )
    lane: db.Lane[SubmittedClaim, Outcome] = field(init=False)

    def __post_init__(self) -> None:
        """Open the lane."""
        self.lane = db.Lane(self._serve, lambda claim: claim.admitted.caller.establishment_id)

    async def ask(self, claim: SubmittedClaim) -> bytes:
        """Return the stored answer of a claim, decided now or before.

        Idempotent by establishment and number. Raises Refusal: ``invoice-reused``, ``rights-not-shown``,
        ``proof-replayed``, ``busy``, and those of its own kind.
        """
        outcome = await self.lane.ask(claim)
        if isinstance(outcome, ToAsk):
            outcome = await self._asked_once(outcome)
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, ToAsk):
            raise InvariantError("an insurer that was asked is asked again")
        return outcome

    async def _asked_once(self, asked: ToAsk) -> Outcome:
        """Ask an insurer about a claim once, however often it is sent meanwhile; who leaves ends nothing."""
        key = asked.claim.question
        task = self.asking.get(key)
        if task is None:
            task = self.asking[key] = asyncio.create_task(self._asked(asked))
            task.add_done_callback(lambda _: self.asking.pop(key, None))
        return await asyncio.shield(task)

    async def _asked(self, asked: ToAsk) -> Outcome:
        """Ask an insurer, beside the lane: who is slow delays its own; then decide, by what it said.

        The gate's entry is committed: that the insurer was asked is told by it.
        """
        claim = asked.claim
        insurers, now = self.insurers(), claim.received_at
        if insurers is None:
            raise InvariantError("who decides for insurers that answer can ask them")
        if asked.asked is Asked.RIGHTS:
            what = claim.care_on, claim.located.basis
            is_shown = await is_covered(insurers, asked.answer, what, (claim.key[0], now))
            await self._count(asked, is_shown=is_shown)
            if not is_shown:
                return Refusal(RefusalCode.RIGHTS_NOT_SHOWN)
            word = Word(service=asked.service, amounts={}, is_by_grid=True)
        else:
            call = Call(asked.asked, "/Claim/$submit", question(asked), claim.key[0], now)
            word = word_of(asked, await insurers.ask(asked.service, call))
            await self._count(asked, is_shown=True)
        return await self._decide_alone(0, (claim, asked.answer), {0: word})

    async def _count(self, asked: ToAsk, *, is_shown: bool) -> None:
        """Count what is shown of a person whose insurer has the last word on its rights."""
        if Asked.RIGHTS in asked.service.asked:
            basis, establishment = asked.claim.located.basis, asked.claim.key[0]
            await count_shown(self.pool, basis, establishment, is_shown=is_shown)

    async def _serve(self, batch: Sequence[SubmittedClaim]) -> Sequence[Outcome]:
        # What the gate charged and logged is committed before anything is decided: whatever fails
        # after it, nobody learns of a person what is not in the log (GATE I1).
        if any(claim.located.basis.is_unproved for claim in batch):
            async with db.statement(self.pool) as tx:
                known = await self.existing(tx, [claim.key for claim in batch])
                await say(tx, batch, known)
        async with db.transaction(self.pool) as tx:
            known = await self.existing(tx, [claim.key for claim in batch])
            passed = await pass_gate(tx, batch, known)
        async with db.statement(self.pool) as tx:
            await learn(tx, passed)
            work = {i: (batch[i], passed.shown[i]) for i in passed.shown}
            alone = await self.alone(tx, work) if work else set[int]()
        outcomes: dict[int, Outcome] = dict(passed.refused)
        outcomes |= await self._decide({i: one for i, one in work.items() if i not in alone})
        for index in sorted(alone):
            outcomes[index] = await self._decide_alone(index, work[index])
        outcomes |= await self._repeat(batch, passed, outcomes)
        return [outcomes[index] for index in range(len(batch))]

    async def _decide(self, work: Work) -> dict[int, Outcome]:
        """Decide claims together, or one by one where together fails."""
        if not work:
            return {}
        try:
            async with db.transaction(self.pool) as tx:
                return await self.decide(tx, work, {})
        except Exception:  # noqa: BLE001 - each claim is tried again below, and keeps its own error
            return {index: await self._decide_alone(index, one) for index, one in work.items()}

    async def _decide_alone(
        self, index: int, one: tuple[SubmittedClaim, Answer], words: Words = NO_WORDS
    ) -> Outcome:
        """Decide one claim, again if a neighbour's row came first; its error if that was not why."""
        tries = 0
        while True:
            tries += 1
            try:
                async with db.transaction(self.pool) as tx:
                    return (await self.decide(tx, {index: one}, words))[index]
            except db.DatabaseError as error:
                if tries == _TRIES:
                    return error
            except Exception as error:  # noqa: BLE001 - a defect is its own claim's, never its neighbours'
                return error

    async def _repeat(
        self, batch: Sequence[SubmittedClaim], passed: Passed, outcomes: dict[int, Outcome]
    ) -> dict[int, Outcome]:
        """Answer the numbers that were there before, or that come twice in one batch."""
        if not passed.again:
            return {}
        async with db.statement(self.pool) as tx:
            known = await self.existing(tx, [batch[index].key for index in passed.again])
        answered: dict[int, Outcome] = {}
        for index, first in passed.again.items():
            claim = batch[index]
            if claim.key in known:
                answered[index] = replay(claim, Again(*known[claim.key]))
            elif claim.content_hash() == batch[first].content_hash():
                answered[index] = outcomes[first]
            else:  # the number is not taken, since its first sending was refused: send again
                answered[index] = Refusal(RefusalCode.BUSY)
        again = [batch[index] for index, said in answered.items() if isinstance(said, bytes)]
        await self._log_again(again)
        return answered

    async def _log_again(self, claims: Sequence[SubmittedClaim]) -> None:
        """Write, before it is told, that what was answered is read again (GATE I1)."""
        if not claims:
            return
        async with db.transaction(self.pool) as tx:
            entries = await self.entries(tx, [claim.key for claim in claims])
            for claim in claims:
                if claim.key in entries:
                    read = [entries[claim.key]]
                    caller, at = claim.admitted.caller, claim.received_at
                    # Who sends it again knows what it says.
                    await log_reads(tx, caller, read, at, is_bounded=False)
