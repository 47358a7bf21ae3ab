"""Claims pass the gate like any question, in a transaction of their own, before any is decided."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from egide import access, db
from egide.adjudication.claim import SubmittedClaim
from egide.core.refusal import Refusal, RefusalCode
from egide.rights import Answer, Question, ask_gate, intend, told


@dataclass(slots=True)
class Passed:
    """What the gate said of a batch, by position.

    Args:
        asked: what waits for its answer.
        again: numbers that were there before (-1), or that an earlier position of the batch sends.
    """

    shown: dict[int, Answer] = field(default_factory=dict[int, Answer])
    refused: dict[int, Refusal] = field(default_factory=dict[int, Refusal])
    again: dict[int, int] = field(default_factory=dict[int, int])
    asked: dict[int, Question] = field(default_factory=dict[int, Question])


async def pass_gate(
    tx: db.Tx, batch: Sequence[SubmittedClaim], known: Collection[tuple[UUID, str]]
) -> Passed:
    """Ask the gate about the new claims of a batch; every one uses its proof once.

    Args:
        known: the natural keys that are there already.
    """
    passed = Passed()
    first: dict[tuple[UUID, str], int] = dict.fromkeys(known, -1)
    fresh: list[int] = []
    for index, claim in enumerate(batch):
        if claim.key in first:
            passed.again[index] = first[claim.key]
        else:
            first[claim.key] = index
            fresh.append(index)
    passed.asked = {index: _question(batch[index]) for index in fresh}
    if fresh:
        await ask_gate(tx, list(passed.asked.values()))
    for index in list(passed.again):
        if not await access.use_proof(tx, batch[index].admitted.proof):
            passed.refused[index] = Refusal(RefusalCode.PROOF_REPLAYED)
            del passed.again[index]
        elif await access.is_off(tx, batch[index].admitted.caller, batch[index].flow):
            # An invoice sent again reads its answer again: who is shut out reads nothing.
            passed.refused[index] = Refusal(RefusalCode.CONTAINED)
            del passed.again[index]
    return passed


async def say(
    tx: db.Tx, batch: Sequence[SubmittedClaim], known: Collection[tuple[UUID, str]]
) -> None:
    """Say what the new claims of a batch will ask without a proof: committed before ``pass_gate`` begins."""
    fresh = {claim.key: claim for claim in reversed(batch) if claim.key not in known}
    await intend(tx, [_question(claim) for claim in batch if fresh.get(claim.key) is claim])


async def learn(tx: db.Tx, passed: Passed) -> None:
    """Add what the gate answered, once what it charged and logged is committed."""
    answers = await told(tx, list(passed.asked.values())) if passed.asked else []
    for index, answer in zip(passed.asked, answers, strict=True):
        if isinstance(answer, Refusal):
            passed.refused[index] = answer
        else:
            passed.shown[index] = answer


def _question(claim: SubmittedClaim) -> Question:
    caller = claim.admitted.caller
    return Question(
        entry_id=claim.entry_id,
        establishment_id=caller.establishment_id,
        software_id=caller.software_id,
        proof=claim.admitted.proof,
        purpose=claim.purpose,
        basis=claim.located.basis,
        address=claim.located.address,
        care_on=claim.care_on,
        key=caller.thumbprint,
        method=caller.method,
        amc=claim.located.amc,
    )
