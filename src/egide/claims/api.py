"""The FHIR face of claims: read the request, adjudicate, answer."""

import asyncio
from typing import Final
from uuid import UUID

from egide import db
from egide.access import Pass, Scope, log_reads
from egide.adjudication import SubmittedClaim, fhir
from egide.claims import sql
from egide.claims.cancel import cancel
from egide.claims.desk import ClaimsDesk
from egide.claims.response import as_it_stands
from egide.core.ids import ClaimId, EntryId, from_code, uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response
from egide.edge.resources import read_resource
from egide.edge.route import ProofUse, Route
from egide.rights import Named, locate, pad


async def submit_claim(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Answer ``Claim/$submit`` with its ClaimResponse.

    Safe to repeat: the same invoice gets the same decision, byte for byte. The same invoice with
    other content is refused (``invoice-reused``). With the status ``cancelled``, the invoice is cancelled.
    Raises Refusal: also those of the shape and the gate.
    """
    started = asyncio.get_running_loop().time()
    sent, resources = read_resource(request, fhir.decoder, root=fhir.ROOT)
    heading = fhir.heading(sent)
    if heading.is_cancelled:
        claim_id = await cancel(desk, admitted, heading.number)
        admitted.confirm()
        return await _show(desk, request, admitted, claim_id)
    named = Named(
        root=fhir.ROOT, insurance=sent.insurance, patient=sent.patient, resources=resources
    )
    claim = SubmittedClaim(
        claim_id=ClaimId(uuid7(request.now)),
        entry_id=EntryId(uuid7(request.now)),
        admitted=admitted,
        number=heading.number,
        located=locate(named, desk.addresses),
        lines=fhir.billed_lines(sent, request.now),
        received_at=request.now,
        replaces=heading.replaces,
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
    """Answer a stored ClaimResponse again, as it stands, to the establishment that sent the claim.

    Raises Refusal: ``claim-unknown``, also for another establishment's claim.
    """
    number = from_code(request.values["claim"])
    if number is None:
        raise Refusal(RefusalCode.CLAIM_UNKNOWN)
    return await _show(desk, request, admitted, number)


async def _show(desk: ClaimsDesk, request: Request, admitted: Pass, claim_id: UUID) -> Response:
    async with db.statement(desk.pool) as tx:
        claim = await sql.shown(tx, admitted.caller.establishment_id, claim_id)
        if claim is None:
            raise Refusal(RefusalCode.CLAIM_UNKNOWN)
        await log_reads(tx, admitted.caller, [claim.entry_id], request.now)
    return Response(200, as_it_stands(claim))


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
