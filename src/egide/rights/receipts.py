"""The proof of an answer, to the establishment that received it: told by a process that may not ask the gate."""

from typing import Final

from egide import db
from egide.access import Pass, Scope, log_reads
from egide.accesslog.receipts import receipt
from egide.core.ids import from_code
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer
from egide.edge.route import Route
from egide.rights import sql


async def show_receipt(pool: db.Pool, request: Request, admitted: Pass) -> Response:
    """Answer what proves an answer to the establishment that received it: leaf, inclusion, witnessed checkpoint.

    Raises Refusal: ``engagement-unknown``, also for another establishment's number; ``busy`` until its
    entry is in the tree, a few seconds after the answer.
    """
    number = from_code(request.values["number"])
    establishment_id = admitted.caller.establishment_id
    if number is None:
        raise Refusal(RefusalCode.ENGAGEMENT_UNKNOWN)
    async with db.statement(pool) as tx:
        [read] = await log_reads(tx, admitted.caller, [number], request.now)
        if await sql.engagement(tx, establishment_id, read) is None:
            raise Refusal(RefusalCode.ENGAGEMENT_UNKNOWN)
        found = await receipt(tx, establishment_id, number)
    if found is None:
        raise Refusal(RefusalCode.BUSY)
    return json_answer(found)


# Called with the portal's pool.
ROUTES: Final = (Route("GET", "/engagements/{number}/receipt", Scope.RIGHTS_ASK, show_receipt),)
