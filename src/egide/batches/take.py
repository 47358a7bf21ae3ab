"""Take a page of a batch: each line through the gate and decided, as if it came alone; what became of each is kept."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from egide import db
from egide.access import Pass
from egide.batches import sql
from egide.batches.demand import to_claim
from egide.batches.read import MOST_LINES, Page, Read
from egide.claims import ClaimsDesk, cancel
from egide.core.ids import from_code
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import fhir

_AT_ONCE: Final = 256  # below what one asker may have waiting in the lane
# What is to be sent again is not kept: the line is as if it had not come.
_PASSING: Final = frozenset({RefusalCode.BUSY, RefusalCode.UNAVAILABLE})


async def take_page(
    desk: ClaimsDesk, admitted: Pass, page: Page, now: datetime
) -> list[sql.LineRow | Refusal]:
    """Take the lines of a page; return what became of each, in order.

    Safe to repeat: a line that was decided has its answer, and an invoice of that number is decided once however it
    comes. A line that was refused may be sent again, mended.
    """
    establishment = admitted.caller.establishment_id
    async with db.statement(desk.pool) as tx:
        rows = await sql.known(tx, establishment, page.batch, page.first, MOST_LINES)
    known = {row.line: row for row in rows}
    outcomes: list[sql.LineRow | Refusal] = []
    for at in range(0, len(page.lines), _AT_ONCE):
        some = page.lines[at : at + _AT_ONCE]
        outcomes += await asyncio.gather(
            *(_take(desk, admitted, line, known.get(line.number), now) for line in some)
        )
    decided = {number for number, row in known.items() if row.outcome != "refused"}
    kept = [one for one in outcomes if isinstance(one, sql.LineRow) and one.line not in decided]
    async with db.transaction(desk.pool) as tx:
        await sql.record(tx, establishment, page.batch, kept, now)
    return outcomes


async def _take(
    desk: ClaimsDesk, admitted: Pass, read: Read, known: sql.LineRow | None, now: datetime
) -> sql.LineRow | Refusal:
    if known is not None and known.outcome != "refused":
        if known.digest == read.digest:
            return known
        return _row(read, Refusal(RefusalCode.INVOICE_REUSED, where="ligne"))
    if isinstance(read.said, Refusal):
        return _row(read, read.said)
    try:
        if read.said.cancel:
            await cancel(desk, admitted.caller, read.said.cancel, now)
            return _row(read, "cancelled")
        claim = to_claim(read.said, admitted, desk.addresses, now, _proof(admitted, read))
        return _decided(read, await desk.adjudicate(claim))
    except Refusal as refusal:
        return refusal if refusal.code in _PASSING else _row(read, refusal)


def _proof(admitted: Pass, read: Read) -> UUID:
    """Return a proof of a line's own, from that of its page: it serves once, as that one did."""
    text = admitted.proof.bytes + read.number.to_bytes(4, "big")
    return UUID(bytes=hashlib.sha256(text).digest()[:16])


def _row(read: Read, said: Refusal | str) -> sql.LineRow:
    refusal = said if isinstance(said, Refusal) else None
    return sql.LineRow(
        line=read.number,
        digest=read.digest,
        number=read.invoice,
        outcome="refused" if isinstance(said, Refusal) else said,
        code=None if refusal is None else refusal.code.value,
        place=(refusal.where or None) if refusal else None,
        claim_id=None,
        amc_cents=None,
    )


def _decided(read: Read, response: bytes) -> sql.LineRow:
    answer: dict[str, Any] = fhir.decode(response)
    errors: Sequence[dict[str, Any]] = answer.get("error", ())
    amounts = [
        fhir.cents_of(one)
        for one in answer.get("total", ())
        if one["category"]["coding"][-1]["code"] == "amc"
    ]
    outcome = "cancelled" if answer["status"] == "cancelled" else "accepted"
    first = errors[0] if errors else {}
    sequence = first.get("itemSequence")
    return sql.LineRow(
        line=read.number,
        digest=read.digest,
        number=read.invoice,
        outcome="rejected" if errors else outcome,
        code=first["code"]["coding"][0]["code"] if errors else None,
        place=f"items[{sequence - 1}]" if sequence else None,
        claim_id=from_code(answer["id"]),
        amc_cents=amounts[0] if amounts else None,
    )
