"""Cancel an invoice for the establishment that sent it: what it used is given back, what it was paid is owed back."""

from datetime import datetime

from egide import db
from egide.access import Caller
from egide.adjudication import cancellation_values, lock_counters
from egide.adjudication.fhir import ROOT
from egide.claims import sql
from egide.claims.desk import ClaimsDesk
from egide.claims.response import ENDED
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode

_NUMBER = f"{ROOT}.identifier"


async def cancel(desk: ClaimsDesk, caller: Caller, invoice: str, now: datetime) -> None:
    """Cancel an invoice, in one transaction. Safe to repeat.

    Raises Refusal: ``claim-unknown``; ``claim-closed`` for one that was rejected.
    """
    establishment = caller.establishment_id
    async with db.transaction(desk.pool) as tx:
        claim = await sql.stored(tx, establishment, invoice)
        if claim is None:
            raise Refusal(RefusalCode.CLAIM_UNKNOWN, where=_NUMBER)
        if claim.state == "rejected":
            raise Refusal(RefusalCode.CLAIM_CLOSED, where=_NUMBER)
        attested = desk.attester.attest(*cancellation_values(establishment, claim.claim_id))
        if claim.state in ENDED and attested in await sql.attestations(tx, claim.claim_id):
            return
        # Nobody decides on this person meanwhile: what is given back is seen whole, or not at all. One that a thief
        # had ended already is ended by its establishment too.
        await lock_counters(tx, [claim.person_id], civil_day(now))
        await sql.cancel(tx, establishment, claim.claim_id, attested)
