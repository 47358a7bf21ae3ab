"""The face of remittances: what each line of a bank statement is made of."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from egide import db
from egide.access import Pass, Scope, log_reads
from egide.core.refusal import Refusal, RefusalCode
from egide.core.spreadsheet import MEDIA_TYPE
from egide.edge.http import FHIR_JSON, Request, Response, json_answer
from egide.edge.route import Route
from egide.payments import remittance, sql
from egide.payments.rows import PaidClaim, PaidTransfer

_SETTLEMENT = re.compile(r"S\d{8}-\d{2,6}", re.ASCII)
_PAGE: Final = 100
_SHOWN: Final = 4  # of the twelve drawn signs of a number
_TRANSFER = re.compile(r"S\d{8}-\d{2,6}-[0-9A-F]{6,12}", re.ASCII)


async def list_transfers(pool: db.Pool, request: Request, admitted: Pass) -> Response:
    """Answer one's own transfers, the newest first, a hundred at once; the next page before a settlement (``before``).

    Nobody is in it, and of a number its end: who stole a key alone learns no number by which a remittance is read, and
    whoever has the bank's line has it whole (GATE, A15).

    Raises Refusal: ``transfer-unknown``, for a place that is no settlement.
    """
    before = request.query.get("before", "")
    if before and not _SETTLEMENT.fullmatch(before):
        raise Refusal(RefusalCode.TRANSFER_UNKNOWN, where="before")
    async with db.statement(pool) as tx:
        found = await sql.own_transfers(tx, admitted.caller.establishment_id, before or "T")
    page = found[:_PAGE]
    shown = [
        {
            "ends_with": one.transfer_id[-_SHOWN:],
            "settlement": one.settlement_id,
            "amount_cents": one.amount_cents,
            "claims": one.claims,
            "execute_on": one.execute_on,
            "state": one.state,
            "booked_on": one.booked_on,
            "ended_on": one.ended_on,
            "reason": one.reason,
        }
        for one in page
    ]
    more = page[-1].settlement_id if len(found) > _PAGE else None
    return json_answer({"transfers": shown, "before": more})


async def show_reconciliation(pool: db.Pool, request: Request, admitted: Pass) -> Response:
    """Answer a transfer as a PaymentReconciliation; Refusal ``transfer-unknown``."""
    return await _show(pool, request, admitted, remittance.as_fhir, FHIR_JSON)


async def show_remittance(pool: db.Pool, request: Request, admitted: Pass) -> Response:
    """Answer a transfer as CSV; Refusal ``transfer-unknown``."""
    return await _show(pool, request, admitted, remittance.as_csv, MEDIA_TYPE)


async def _show(
    pool: db.Pool,
    request: Request,
    admitted: Pass,
    render: Callable[[PaidTransfer, Sequence[PaidClaim], Sequence[sql.Adjustment]], bytes],
    media_type: bytes,
) -> Response:
    establishment_id = admitted.caller.establishment_id
    if not _TRANSFER.fullmatch(request.values["transfer"]):
        raise Refusal(RefusalCode.TRANSFER_UNKNOWN)
    async with db.statement(pool) as tx:
        transfer = await sql.transfer(tx, establishment_id, request.values["transfer"])
        if transfer is None:
            raise Refusal(RefusalCode.TRANSFER_UNKNOWN)
        claims = await sql.claims_of(tx, establishment_id, transfer.transfer_id)
        adjustments = await sql.adjustments_of(tx, establishment_id, transfer.transfer_id)
        entries = [claim.entry_id for claim in claims]
        entries += [one.entry_id for one in adjustments]
        await log_reads(tx, admitted.caller, entries, request.now, is_bounded=False)
    return Response(200, render(transfer, claims, adjustments), media_type)


# Called with the counter's pool.
ROUTES: Final = (
    Route(
        "GET", "/fhir/PaymentReconciliation/{transfer}", Scope.PAYMENT_READ, show_reconciliation
    ),
    Route("GET", "/transfers", Scope.PAYMENT_READ, list_transfers, query=("before",)),
    Route("GET", "/remittances/{transfer}", Scope.PAYMENT_READ, show_remittance),
)
