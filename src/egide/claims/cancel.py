"""Cancel an invoice for the establishment that sent it: what it used is given back, what it was paid is owed back."""

from egide import access, db
from egide.access import Pass
from egide.adjudication import lock_counters
from egide.adjudication.fhir import ROOT
from egide.claims import sql
from egide.claims.attested import cancellation_values
from egide.claims.desk import ClaimsDesk
from egide.claims.response import ENDED
from egide.core.ids import ClaimId
from egide.core.refusal import Refusal, RefusalCode

_NUMBER = f"{ROOT}.identifier"


async def cancel(desk: ClaimsDesk, admitted: Pass, invoice: str) -> ClaimId:
    """Cancel an invoice, in one transaction; return the number that it was given. Safe to repeat.

    Raises Refusal: ``claim-unknown``; ``claim-closed`` for one that was rejected; ``proof-replayed``.
    """
    establishment = admitted.caller.establishment_id
    async with db.transaction(desk.pool) as tx:
        if not await access.use_proof(tx, admitted.proof):
            raise Refusal(RefusalCode.PROOF_REPLAYED)
        claim = await sql.stored(tx, establishment, invoice)
        if claim is None:
            raise Refusal(RefusalCode.CLAIM_UNKNOWN, where=_NUMBER)
        if claim.state == "rejected":
            raise Refusal(RefusalCode.CLAIM_CLOSED, where=_NUMBER)
        if claim.state not in ENDED:
            # Nobody decides on this person meanwhile: what is given back is seen whole, or not at all.
            await lock_counters(tx, [claim.person_id])
            attested = desk.attester.attest(*cancellation_values(establishment, claim.claim_id))
            await sql.cancel(tx, establishment, claim.claim_id, attested)
    return ClaimId(claim.claim_id)
