"""What an invoice stands on beside itself: the one that it replaces, the prise en charge that it uses."""

from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from egide import db, preauth
from egide.adjudication import SubmittedClaim, cancellation_values
from egide.adjudication.controls import Control, Rejection
from egide.adjudication.decide import Accepted, Again, Decision, Work
from egide.adjudication.fhir import ROOT
from egide.claims import sql
from egide.claims.response import ENDED
from egide.core.ids import to_code
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import clock
from egide.rights import Answer, Basis
from egide.vault import Attester

_REPLACED: Final = f"{ROOT}.related[0].claim.identifier"


@dataclass(frozen=True, slots=True)
class Ground:
    """What one invoice replaces, what it uses, and the control lifted for its care; nothing for most."""

    prior: sql.Stored | None = None
    cited: preauth.Stored | None = None
    waived: str = ""

    @property
    def left_out(self) -> list[UUID]:
        """Return those whose uses do not count for it."""
        prior = [] if self.prior is None else [self.prior.claim_id]
        return prior if self.cited is None else [*prior, self.cited.preauth_id]


NO_GROUND: Final = Ground()


class Standing(NamedTuple):
    """An invoice, of whom it is, and what was decided of it alone."""

    claim: SubmittedClaim
    answer: Answer
    decision: Decision


async def cited_by(tx: db.Tx, work: Work) -> dict[int, preauth.Stored]:
    """Return the prises en charge that some invoices cite, by position."""
    citing = {
        index: preauth.cited(claim)
        for index, (claim, _) in work.items()
        if claim.located.basis is Basis.ENGAGEMENT
    }
    known = await preauth.current(tx, list(citing.values())) if citing else {}
    return {index: known[one] for index, one in citing.items() if one in known}


async def read_ground(tx: db.Tx, work: Work) -> Ground:
    """Return what the only invoice of a batch stands on; Refusal ``claim-unknown``, ``claim-closed``."""
    [(index, (claim, answer))] = work.items()
    prior, waived = None, ""
    if claim.replaces:
        prior = await sql.stored(tx, claim.key[0], claim.replaces)
        if await sql.stored(tx, *claim.key) is not None:
            return NO_GROUND  # it was decided meanwhile, and has replaced what it replaces
        if prior is None:
            raise Refusal(RefusalCode.CLAIM_UNKNOWN, where=_REPLACED)
        if prior.state in ENDED:
            raise Refusal(RefusalCode.CLAIM_CLOSED, where=_REPLACED)
        waived = await sql.waived(tx, prior.claim_id, claim.care_hash(answer.person_id))
    return Ground(prior, (await cited_by(tx, work)).get(index), waived)


async def settle_ground(
    tx: db.Tx, attester: Attester, ground: Ground, standing: Standing
) -> Decision:
    """Return an invoice's decision on its ground; accepted, it ends what it replaces and uses what it cites."""
    claim, answer, decision = standing
    prior = ground.prior
    if isinstance(decision, Again):
        return decision
    if prior is not None and prior.person_id not in {answer.person_id, *answer.elsewhere}:
        return Rejection(Control.ANOTHER_PERSON)
    if not isinstance(decision, Accepted):
        return decision
    use = None
    if (
        ground.cited is None
        and prior is not None
        and await preauth.is_used_by(tx, prior.claim_id)
    ):
        return Rejection(Control.PREAUTH_NOT_CITED)
    if ground.cited is not None:
        use = await _use(tx, claim, ground.cited, prior)
        if isinstance(use, Rejection):
            return use
        # What an insurer promised by itself is what it owes, whatever its grid gives.
        is_word = use.preauth.said_by != "grid"
        number = to_code(use.preauth.preauth_id)
        decision = preauth.hold_to(decision, use.agreed, number, is_word=is_word)
    if prior is not None and prior.state != "rejected":
        attested = attester.attest(*cancellation_values(claim.key[0], prior.claim_id))
        ended = await sql.cancel(
            tx, claim.key[0], prior.claim_id, attested, replaced_by=claim.claim_id
        )
        if ended is None:
            raise Refusal(RefusalCode.CLAIM_CLOSED, where=_REPLACED)
    if use is not None:
        await preauth.mark_used(tx, use.preauth, use.numbers, claim.claim_id)
    return decision


async def _use(
    tx: db.Tx, claim: SubmittedClaim, cited: preauth.Stored, prior: sql.Stored | None
) -> preauth.Use | Rejection:
    """Return how an invoice uses what it cites; behind the lock of the person, nobody else uses or ends it."""
    one = (await preauth.current(tx, [preauth.cited(claim)])).get(preauth.cited(claim), cited)
    lines = await preauth.lines(tx, one)
    freed = None if prior is None else prior.claim_id
    return preauth.use_of(claim, preauth.Preauth(one, lines, freed), civil_day(clock()))
