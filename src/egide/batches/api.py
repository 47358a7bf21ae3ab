"""The face of batches: a page in, what became of each line out; how far a batch is; its returns."""

import asyncio
from typing import Any, Final

from egide import db
from egide.access import Pass, Scope, log_reads, try_number
from egide.batches import sql
from egide.batches.read import check_batch, check_first, read_page
from egide.batches.take import take_page
from egide.claims import ClaimsDesk
from egide.core.ids import to_code
from egide.core.money import Money
from egide.core.refusal import Refusal, RefusalCode
from egide.core.spreadsheet import MEDIA_TYPE, spreadsheet
from egide.edge.http import Request, Response, json_answer
from egide.edge.route import Route
from egide.rights import pad

_NDJSON: Final = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_CSV: Final = "text/csv"
_RETURNED: Final = 5_000
_NOT_SHOWN: Final = RefusalCode.RIGHTS_NOT_SHOWN.value
_COLUMNS: Final = ("line", "number", "outcome", "code", "place", "claim", "amc", "said")


async def take_batch(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Take a page of a batch, NDJSON or CSV; answer what became of each line.

    Raises Refusal: ``media-type-unsupported``, ``body-invalid``, ``value-invalid``: nothing of the page is taken.
    """
    said = (
        request.headers.get(b"content-type", b"")
        .decode("latin-1")
        .partition(";")[0]
        .strip()
        .lower()
    )
    if said not in _NDJSON and said != _CSV:
        hint = "application/x-ndjson ou text/csv."
        raise Refusal(RefusalCode.MEDIA_TYPE_UNSUPPORTED, where="Content-Type", hint=hint)
    started = asyncio.get_running_loop().time()
    page = read_page(request.body, is_csv=said == _CSV)
    outcomes = await take_page(desk, admitted, page, request.now)
    if any(one.code == _NOT_SHOWN for one in outcomes):
        await pad(started)
    lines = [_shown(one) for one in outcomes]
    async with db.statement(desk.pool) as tx:
        totals = await sql.totals(tx, admitted.caller.establishment_id, page.batch)
    return json_answer({"batch": page.batch, "totals": totals, "lines": lines})


def _shown(row: sql.LineRow) -> dict[str, Any]:
    return {
        "line": row.line,
        "number": row.number,
        "outcome": row.outcome,
        "code": row.code,
        "place": row.place,
        "claim": None if row.claim_id is None else to_code(row.claim_id),
        "amc_cents": row.amc_cents,
        "said": row.said,
    }


async def show_batch(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Answer how far a batch is: which line comes next, and what came of those before."""
    batch = check_batch(request.values["batch"])
    async with db.statement(desk.pool) as tx:
        totals = await sql.totals(tx, admitted.caller.establishment_id, batch)
    return json_answer({"batch": batch, "totals": totals})


async def show_returns(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Answer what became of the lines of a batch as CSV, five thousand at once; the next from ``?from=``."""
    batch = check_batch(request.values["batch"])
    first = check_first(request.query.get("from", "1"))
    establishment = admitted.caller.establishment_id
    async with db.transaction(desk.pool) as tx:
        rows = await sql.known(tx, establishment, batch, first, _RETURNED)
        if not rows and first == 1:
            await try_number(tx, admitted.caller)
        claims = [row.claim_id for row in rows if row.claim_id is not None]
        entries = await sql.entries(tx, establishment, claims)
        await log_reads(tx, admitted.caller, entries, request.now, is_bounded=False)
    said = [_shown(row) for row in rows]
    table = (
        [
            *(shown[name] for name in _COLUMNS[:6]),
            None if shown["amc_cents"] is None else Money(shown["amc_cents"]),
            shown["said"],
        ]
        for shown in said
    )
    return Response(200, spreadsheet(_COLUMNS, table), MEDIA_TYPE)


# Called with a ``ClaimsDesk``.
ROUTES: Final = (
    Route("POST", "/batches", Scope.CLAIM_SUBMIT, take_batch),
    Route("GET", "/batches/{batch}", Scope.CLAIM_SUBMIT, show_batch),
    Route("GET", "/batches/{batch}/returns", Scope.CLAIM_SUBMIT, show_returns, query=("from",)),
)
