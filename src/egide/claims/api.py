"""The FHIR face of claims: read the request, adjudicate, answer."""

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import access, db, preauth
from egide.access import Pass, Scope, counting_numbers, log_reads
from egide.adjudication import SubmittedClaim, fhir
from egide.adjudication.claim import ClaimUse
from egide.claims import sql
from egide.claims.cancel import cancel
from egide.claims.desk import ClaimsDesk
from egide.claims.response import read_again
from egide.core.ids import ClaimId, EntryId, uuid7
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response
from egide.edge.resources import read_resource
from egide.edge.route import ProofUse, Route
from egide.rights import Named, locate, pad

_NUMBER: Final = f"{fhir.ROOT}.identifier"


async def submit_claim(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Answer ``Claim/$submit`` with its ClaimResponse.

    Safe to repeat: the same invoice gets the same decision, byte for byte. The same invoice with
    other content is refused (``invoice-reused``). With the status ``cancelled``, the invoice is cancelled.
    Raises Refusal: also those of the shape and the gate.
    """
    started = asyncio.get_running_loop().time()
    sent, resources = read_resource(request, fhir.decoder, root=fhir.ROOT, ours=fhir.OURS)
    heading = fhir.heading(sent)
    if heading.is_cancelled:
        return await _cancel(desk, request, admitted, heading)
    named = Named(
        root=fhir.ROOT, insurance=sent.insurance, patient=sent.patient, resources=resources
    )
    claim = SubmittedClaim(
        claim_id=ClaimId(uuid7(request.now)),
        entry_id=EntryId(uuid7(request.now)),
        admitted=admitted,
        number=heading.number,
        located=locate(named, desk.addresses),
        lines=fhir.billed_lines(sent, request.now, heading.use),
        received_at=request.now,
        replaces=heading.replaces,
        use=heading.use,
        kind=heading.kind,
    )
    try:
        answer = desk.adjudicate if claim.use is ClaimUse.CLAIM else desk.preauth.answer
        async with counting_numbers(desk.pool, admitted.caller, is_tried=bool(claim.replaces)):
            response = await answer(claim)
    except Refusal as refusal:
        if refusal.code is RefusalCode.RIGHTS_NOT_SHOWN:
            admitted.confirm()
            await pad(started)
        raise
    admitted.confirm()
    return Response(200, response)


async def _cancel(
    desk: ClaimsDesk, request: Request, admitted: Pass, heading: fhir.Heading
) -> Response:
    """End an invoice, a prise en charge or a quote, and show it as it stands then."""
    caller = admitted.caller
    # Of a transaction of its own: what is refused after it has used the proof all the same.
    async with db.transaction(desk.pool) as tx:
        if not await access.use_proof(tx, admitted.proof):
            raise Refusal(RefusalCode.PROOF_REPLAYED)
        flow = "claim" if heading.use is ClaimUse.CLAIM else "preauth"
        is_off = await access.is_off(tx, caller, flow)
    if is_off:
        raise Refusal(RefusalCode.CONTAINED)
    async with counting_numbers(desk.pool, caller):
        if heading.use is ClaimUse.CLAIM:
            await cancel(desk, caller, heading.number, request.now)
        else:
            await _cancel_preauth(desk, caller.establishment_id, heading, request.now)
    admitted.confirm()
    return await _show(desk, request, admitted, heading, is_bounded=False)


async def _cancel_preauth(
    desk: ClaimsDesk, establishment: UUID, heading: fhir.Heading, now: datetime
) -> None:
    async with db.transaction(desk.pool) as tx:
        one = await _asked_before(tx, establishment, heading)
        await preauth.cancel(tx, one, civil_day(now), _NUMBER)


async def _asked_before(
    tx: db.Tx, establishment: UUID, heading: fhir.Heading
) -> preauth.Stored:
    """Return a demand or a quote by its number; Refusal ``preauth-unknown``, also for the number of the other use."""
    key = (establishment, heading.number)
    one = (await preauth.existing(tx, [key])).get(key)
    if one is None:
        raise Refusal(RefusalCode.PREAUTH_UNKNOWN, where=_NUMBER)
    use = preauth.asked_as(one)
    if use != heading.use.value:
        hint = f"Ce numéro est celui d'une demande de use « {use} »."
        raise Refusal(RefusalCode.PREAUTH_UNKNOWN, where=f"{fhir.ROOT}.use", hint=hint)
    return one


async def inquire_claim(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Answer ``Claim/$inquire``: what became of an invoice, a demand or a quote, by one's own number of it.

    Raises Refusal: ``claim-unknown``, ``preauth-unknown``.
    """
    sent, _ = read_resource(request, fhir.decoder, root=fhir.ROOT, ours=fhir.OURS)
    async with counting_numbers(desk.pool, admitted.caller):
        return await _show(desk, request, admitted, fhir.heading(sent))


async def _show(
    desk: ClaimsDesk,
    request: Request,
    admitted: Pass,
    heading: fhir.Heading,
    *,
    is_bounded: bool = True,
) -> Response:
    establishment = admitted.caller.establishment_id
    async with db.statement(desk.pool) as tx:
        if heading.use is ClaimUse.CLAIM:
            claim = await sql.stored(tx, establishment, heading.number)
            if claim is None:
                raise Refusal(RefusalCode.CLAIM_UNKNOWN, where=_NUMBER)
            entry, answer = claim.entry_id, read_again(claim, request.now)
        else:
            await _check_flow(tx, admitted)
            one = await _asked_before(tx, establishment, heading)
            entry, answer = one.entry_id, preauth.as_it_stands(one, civil_day(request.now))
        await log_reads(tx, admitted.caller, [entry], request.now, is_bounded=is_bounded)
    return Response(200, answer)


async def _check_flow(tx: db.Tx, admitted: Pass) -> None:
    """Stop what reads prises en charge while their flow is off: the route's own is that of invoices."""
    if await access.is_off(tx, admitted.caller, "preauth"):
        raise Refusal(RefusalCode.CONTAINED)


async def show_claim(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Answer a ClaimResponse again, as it stands, to the establishment that sent the claim or the demand.

    A revision of a prise en charge after its first is named by the number of both and its own rank: ``…-2``.

    Raises Refusal: ``claim-unknown``, also for another establishment's.
    """
    numbered = preauth.numbered(request.values["claim"])
    if numbered is None:
        raise Refusal(RefusalCode.CLAIM_UNKNOWN)
    number, revision = numbered
    establishment = admitted.caller.establishment_id
    async with db.statement(desk.pool) as tx:
        claim = await sql.shown(tx, establishment, number) if revision == 1 else None
        one = None
        if claim is None:
            one = await preauth.revision(tx, establishment, number, revision)
        if claim is not None:
            entry, answer = claim.entry_id, read_again(claim, request.now)
        elif one is not None:
            await _check_flow(tx, admitted)
            entry, answer = one.entry_id, preauth.as_it_stands(one, civil_day(request.now))
        else:
            raise Refusal(RefusalCode.CLAIM_UNKNOWN)
        await log_reads(tx, admitted.caller, [entry], request.now)
    return Response(200, answer)


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
    Route("POST", "/fhir/Claim/$inquire", Scope.CLAIM_SUBMIT, inquire_claim, body=fhir.Claim),
    Route("GET", "/fhir/ClaimResponse/{claim}", Scope.CLAIM_SUBMIT, show_claim),
)
