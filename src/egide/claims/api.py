"""The FHIR face of claims: read the request, adjudicate, answer."""

import asyncio
from typing import Final

from egide import db
from egide.access import Pass, Scope, log_reads
from egide.claims import fhir, sql
from egide.claims.adjudicate import ClaimsDesk
from egide.claims.claim import SubmittedClaim
from egide.core.ids import ClaimId, EntryId, from_code, uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response
from egide.edge.resources import read_resource
from egide.edge.route import ProofUse, Route
from egide.rights import Named, locate, pad


async def submit_claim(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Answer ``Claim/$submit`` with its ClaimResponse.

    Safe to repeat: the same invoice gets the same decision, byte for byte. The same invoice with
    other content is refused (``invoice-reused``). Raises Refusal: also those of the shape and the gate.
    """
    started = asyncio.get_running_loop().time()
    sent, resources = read_resource(request, fhir.decoder, root=fhir.ROOT)
    named = Named(
        root=fhir.ROOT, insurance=sent.insurance, patient=sent.patient, resources=resources
    )
    claim = SubmittedClaim(
        claim_id=ClaimId(uuid7(request.now)),
        entry_id=EntryId(uuid7(request.now)),
        admitted=admitted,
        invoice=fhir.invoice_number(sent),
        located=locate(named, desk.addresses),
        lines=fhir.billed_lines(sent, request.now),
        received_at=request.now,
    )
    try:
        response = await desk.adjudicate(claim)
    except Refusal as refusal:
        if refusal.code is RefusalCode.RIGHTS_NOT_SHOWN:
            admitted.confirm()
            await pad(started)
        raise
    admitted.confirm()
    return Response(200, response)


async def show_claim(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Answer a stored ClaimResponse again to the establishment that sent the claim.

    Raises Refusal: ``claim-unknown``, also for another establishment's claim.
    """
    number = from_code(request.values["claim"])
    if number is None:
        raise Refusal(RefusalCode.CLAIM_UNKNOWN)
    async with db.statement(desk.pool) as tx:
        stored = await sql.response(tx, admitted.caller.establishment_id, number)
        if stored is None:
            raise Refusal(RefusalCode.CLAIM_UNKNOWN)
        await log_reads(tx, admitted.caller, [stored[0]], request.now)
    return Response(200, stored[1])


# Called with a ``ClaimsDesk``.
ROUTES: Final = (
    Route(
        "POST",
        "/fhir/Claim/$submit",
        Scope.CLAIM_SUBMIT,
        submit_claim,
        proof=ProofUse.GATE,
        body=fhir.Claim,
    ),
    Route("GET", "/fhir/ClaimResponse/{claim}", Scope.CLAIM_SUBMIT, show_claim),
)
