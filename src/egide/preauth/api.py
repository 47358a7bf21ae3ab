"""The FHIR face of what an establishment answers about a prise en charge of its own."""

from typing import Final

import msgspec

from egide import db
from egide.access import Pass, Scope, is_off, log_reads
from egide.core.ids import from_code
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.fhir import ENGAGEMENT, CodeableConcept, Reference
from egide.edge.http import Request, Response
from egide.edge.resources import read_resource
from egide.edge.route import Route
from egide.preauth import sql
from egide.preauth.desk import PreauthDesk
from egide.preauth.moves import give_piece
from egide.preauth.response import PIECE, as_it_stands


class _Payload(msgspec.Struct):
    contentString: str = ""


class Communication(msgspec.Struct):
    """FHIR Communication, as far as we read it: the answer to a piece that the insurer asks."""

    resourceType: str
    status: str = "completed"
    about: list[Reference] = []
    reasonCode: list[CodeableConcept] = []
    payload: list[_Payload] = []


_SENT: Final = ("completed", "in-progress")
_read_communication: Final = msgspec.json.Decoder(Communication)


async def answer_piece(desk: PreauthDesk, request: Request, admitted: Pass) -> Response:
    """Answer a piece that the insurer asks of a prise en charge; return its ClaimResponse, pended again.

    Raises Refusal: ``preauth-unknown``, ``preauth-closed``, ``piece-unexpected``.
    """
    sent, _ = read_resource(request, _read_communication, root="Communication")
    if sent.status not in _SENT:
        hint = f"Attendu : {' ou '.join(_SENT)}."
        raise Refusal(RefusalCode.VALUE_INVALID, where="Communication.status", hint=hint)
    about = [
        one.identifier.value
        for one in sent.about
        if one.identifier is not None and one.identifier.system == ENGAGEMENT
    ]
    if not about:
        where, hint = "Communication.about", f"Système {ENGAGEMENT}."
        raise Refusal(RefusalCode.VALUE_MISSING, where=where, hint=hint)
    number = from_code(about[0]) if len(about) == 1 else None
    if number is None:
        raise Refusal(RefusalCode.PREAUTH_UNKNOWN, where="Communication.about")
    codes = [one.code for each in sent.reasonCode for one in each.coding if one.system == PIECE]
    if len(codes) != 1:
        raise Refusal(RefusalCode.PIECE_UNEXPECTED, where="Communication.reasonCode")
    if len(sent.payload) != 1:
        raise Refusal(RefusalCode.PIECE_UNEXPECTED, where="Communication.payload")
    key = (admitted.caller.establishment_id, number)
    today = civil_day(request.now)
    async with db.transaction(desk.pool) as tx:
        if await is_off(tx, admitted.caller, "preauth"):
            raise Refusal(RefusalCode.CONTAINED)
        one = (await sql.current(tx, [key])).get(key)
        if one is None:
            raise Refusal(RefusalCode.PREAUTH_UNKNOWN, where="Communication.about")
        one = await give_piece(tx, one, codes[0], sent.payload[0].contentString, today)
        await log_reads(tx, admitted.caller, [one.entry_id], request.now)
    return Response(200, as_it_stands(one, today))


# Called with a ``PreauthDesk``.
ROUTES: Final = (
    Route("POST", "/fhir/Communication", Scope.CLAIM_SUBMIT, answer_piece, body=Communication),
)
