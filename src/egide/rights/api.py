"""The FHIR face of the gate: read the question, ask, answer; a no is always the same no."""

import asyncio
import math
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from egide import db, directory
from egide.access import Pass, Scope, log_reads
from egide.core.ids import EntryId, from_code, uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer
from egide.edge.resources import read_resource
from egide.edge.route import ProofUse, Route
from egide.insurers import Insurers
from egide.plans import Catalogue
from egide.rights import fhir, sql
from egide.rights.asked import check_insurer
from egide.rights.engagement import Engagement, EngagementSigner
from egide.rights.gate import Gate
from egide.rights.naming.locate import Named, locate
from egide.rights.naming.patient import PERSON_OURS
from egide.rights.question import Answer, Purpose, Question
from egide.vault import Addresses

_PAD_SECONDS = 0.025  # a no leaves on the next such tick after its question arrived


@dataclass(slots=True, kw_only=True)
class RightsDesk:
    """All that a rights answer needs."""

    pool: db.Pool
    gate: Gate
    addresses: Addresses
    catalogue: Catalogue
    signer: EngagementSigner
    insurers: dict[UUID, tuple[str, str]]
    services: Insurers | None = None

    async def refresh(self) -> None:
        """Read insurers and grids again."""
        async with db.statement(self.pool) as tx:
            self.insurers = await directory.insurers(tx)
            await self.catalogue.refresh(tx)

    async def engagement(self, asked: Question, answer: Answer) -> Engagement:
        """Return the engagement of an answer, its insurer and its grid read if they are new."""
        grid = self.catalogue.on(answer.plan_code, asked.care_on)
        if grid is None or answer.insurer_id not in self.insurers:
            await self.refresh()
            grid = self.catalogue.on(answer.plan_code, asked.care_on)
        return Engagement(
            entry_id=asked.entry_id,
            establishment_id=asked.establishment_id,
            care_on=asked.care_on,
            amc=self.insurers[answer.insurer_id][0],
            plan_code=answer.plan_code,
            start_on=answer.start_on,
            end_on=answer.end_on,
            domains=grid.domains if grid else (),
        )


async def ask_rights(desk: RightsDesk, request: Request, admitted: Pass) -> Response:
    """Answer ``CoverageEligibilityRequest/$submit``.

    Raises Refusal: a code of the request's shape, ``proof-replayed``, ``busy``; never for a no,
    which is an answer like another.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    sent, resources = read_resource(request, fhir.decoder, root=fhir.ROOT, ours=PERSON_OURS)
    care_on = fhir.care_day(sent, request.now)
    named = Named(
        root=fhir.ROOT, insurance=sent.insurance, patient=sent.patient, resources=resources
    )
    located = locate(named, desk.addresses)
    asked = Question(
        entry_id=EntryId(uuid7(request.now)),
        establishment_id=admitted.caller.establishment_id,
        software_id=admitted.caller.software_id,
        proof=admitted.proof,
        purpose=Purpose.RIGHTS,
        basis=located.basis,
        address=located.address,
        care_on=care_on,
        key=admitted.caller.thumbprint,
        method=admitted.caller.method,
        amc=located.amc,
    )
    try:
        answer = await desk.gate.ask(asked)
        await check_insurer(desk, asked, answer, request.now)
    except Refusal as refusal:
        if refusal.code is not RefusalCode.RIGHTS_NOT_SHOWN:
            raise
        admitted.confirm()
        await pad(started)
        return Response(200, fhir.not_shown(request.now))
    admitted.confirm()
    engagement = await desk.engagement(asked, answer)
    jws = desk.signer.certify(engagement)
    insurer = desk.insurers[answer.insurer_id][1]
    body = fhir.shown(engagement, insurer=insurer, jws=jws, alias=answer.alias, now=request.now)
    return Response(200, body)


async def pad(started: float) -> None:
    """Wait until the next tick counted from ``started``, so that a no tells nothing by its time."""
    spent = asyncio.get_running_loop().time() - started
    ticks = math.ceil(spent / _PAD_SECONDS)
    await asyncio.sleep(max(ticks, 1) * _PAD_SECONDS - spent)


async def show_engagement(desk: RightsDesk, request: Request, admitted: Pass) -> Response:
    """Answer an engagement again, the same JWS, to the establishment that received it.

    Raises Refusal: ``engagement-unknown``, also for another establishment's number.
    """
    number = from_code(request.values["number"])
    establishment_id = admitted.caller.establishment_id
    if number is None:
        raise Refusal(RefusalCode.ENGAGEMENT_UNKNOWN)
    async with db.statement(desk.pool) as tx:
        [read] = await log_reads(tx, admitted.caller, [number], request.now)
        row = await sql.engagement(tx, establishment_id, read)
    if row is None:
        raise Refusal(RefusalCode.ENGAGEMENT_UNKNOWN)
    if row.insurer_id not in desk.insurers:
        await desk.refresh()
    grid = desk.catalogue.on(row.plan_code, row.care_on)
    engagement = Engagement(
        entry_id=EntryId(number),
        establishment_id=establishment_id,
        care_on=row.care_on,
        amc=desk.insurers[row.insurer_id][0],
        plan_code=row.plan_code,
        start_on=row.start_on,
        end_on=row.end_on,
        domains=grid.domains if grid else (),
    )
    body = msgspec.json.encode(
        {"engagement": engagement.number, "jws": desk.signer.certify(engagement)}
    )
    return Response(200, body, b"application/json")


async def show_standing(desk: RightsDesk, _: Request, admitted: Pass) -> Response:
    """Answer how many persons may still be asked about without a proof, and whether only a card serves now."""
    caller = admitted.caller
    async with db.statement(desk.pool) as tx:
        row = await sql.standing(
            tx, caller.establishment_id, caller.software_id, caller.thumbprint, caller.method
        )
    if row is None:
        raise Refusal(RefusalCode.CALLER_UNKNOWN)
    return json_answer(
        {
            "unproved": {
                "day": {"limit": row.day_limit, "used": row.day_used},
                "thirty_days": {"limit": row.month_limit, "used": row.month_used},
            },
            # How many are left of these is not said: it would tell a known patient's number from a stranger's.
            "unmet": None
            if row.first_contact_limit is None
            else {"day": {"limit": row.first_contact_limit}},
            "relations": {"day": {"limit": row.relation_limit, "used": row.relation_used}},
            "card_only": row.is_card_only,
            "said": _said(row),
        }
    )


def _said(row: sql.Standing) -> str:
    """Return why the card is asked, or what is left before it is."""
    if row.is_card_only:
        return "Seule la carte ou le code du patient ouvre une réponse pour l'instant : votre accès est protégé."
    left = min(row.day_limit - row.day_used, row.month_limit - row.month_used)
    if left <= 0:
        return (
            "La limite des questions sans carte est atteinte : demandez la carte, "
            "qui solde aussi ce qui a été tapé pour le même patient."
        )
    said = f"Encore {left} personnes nouvelles sans carte"
    if row.first_contact_limit is not None:
        said += f", dont {row.first_contact_limit} par jour qui ne sont jamais venues chez vous"
    return f"{said} ; la carte ou le code du patient n'est jamais compté."


# Called with a ``RightsDesk``.
ROUTES: Final = (
    Route(
        "POST",
        "/fhir/CoverageEligibilityRequest/$submit",
        Scope.RIGHTS_ASK,
        ask_rights,
        proof=ProofUse.GATE,
        body=fhir.EligibilityRequest,
    ),
    Route("GET", "/engagements/{number}", Scope.RIGHTS_ASK, show_engagement),
    Route("GET", "/standing", Scope.RIGHTS_ASK, show_standing),
)
