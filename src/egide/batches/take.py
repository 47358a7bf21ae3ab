"""Take a page of a batch: each line through the gate and decided, as if it came alone; what became of each is kept."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from egide import db
from egide.access import Pass, counting_numbers, log_reads
from egide.batches import sql
from egide.batches.demand import in_line, to_claim
from egide.batches.read import MOST_LINES, Page, Read
from egide.claims import ClaimsDesk, cancel
from egide.core.ids import from_code
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import fhir

_AT_ONCE: Final = 256  # below what one asker may have waiting in the lane
_TRIED_AT_ONCE: Final = (
    16  # what names an invoice of before: those under way may pass the day's bound
)
_PASSING: Final = frozenset(
    {RefusalCode.BUSY, RefusalCode.UNAVAILABLE, RefusalCode.INSURER_AWAY}
)


async def take_page(
    desk: ClaimsDesk, admitted: Pass, page: Page, now: datetime
) -> list[sql.LineRow]:
    """Take the lines of a page; return what became of each, in order.

    Safe to repeat: a line that was decided has its answer, and an invoice of that number is decided once however it
    comes. A line that was refused may be sent again, mended. Lines that name one number are taken one after the other.
    """
    where = (admitted.caller.establishment_id, page.batch)
    lines = [
        sql.Taken(line=one.number, digest=one.digest, number=one.invoice) for one in page.lines
    ]
    async with db.transaction(desk.pool) as tx:
        ours = await sql.take(tx, *where, lines, now)
        known = {row.line: row for row in await sql.known(tx, *where, page.first, MOST_LINES)}
    outcomes: list[sql.LineRow] = []
    for some in _at_once(page.lines):
        outcomes += await asyncio.gather(
            *(
                _decide(desk, admitted, one, now)
                if one.number in ours
                else _told(one, known[one.number])
                for one in some
            )
        )
    async with db.transaction(desk.pool) as tx:
        await sql.record(tx, *where, [one for one in outcomes if one.line in ours])
        again = [one.claim_id for one in outcomes if one.line not in ours and one.claim_id]
        entries = await sql.entries(tx, admitted.caller.establishment_id, again)
        # Who sends a page again knows what it says.
        await log_reads(tx, admitted.caller, entries, now, is_bounded=False)
    return outcomes


def _at_once(lines: Sequence[Read]) -> Iterator[list[Read]]:
    """Yield lines that may be decided together, in their order: no two name one number."""
    together: list[Read] = []
    named: set[str] = set()
    tried = 0
    for one in lines:
        if len(together) == _AT_ONCE or tried == _TRIED_AT_ONCE or named & one.names:
            yield together
            together, named, tried = [], set[str](), 0
        together.append(one)
        named |= one.names
        tried += _is_tried(one)
    yield together


def _is_tried(read: Read) -> bool:
    """Return whether a line names an invoice of before."""
    return not isinstance(read.said, Refusal) and bool(read.said.cancel or read.said.replaces)


async def _told(read: Read, known: sql.LineRow) -> sql.LineRow:
    """Return what became of a line that is not ours to decide."""
    if known.outcome == "again":  # in another's hands at this instant
        return _row(read, Refusal(RefusalCode.BUSY))
    if known.digest == read.digest:
        return known
    return _row(read, Refusal(RefusalCode.INVOICE_REUSED, where="ligne"))


async def _decide(desk: ClaimsDesk, admitted: Pass, read: Read, now: datetime) -> sql.LineRow:
    if isinstance(read.said, Refusal):
        return _row(read, read.said)
    caller = admitted.caller
    try:
        async with counting_numbers(desk.pool, caller, is_tried=_is_tried(read)):
            if read.said.cancel:
                await cancel(desk, caller, read.said.cancel, now)
                return _row(read, "cancelled")
            claim = to_claim(read.said, admitted, desk.addresses, now, _proof(admitted, read))
            return _decided(read, await desk.adjudicate(claim))
    except Refusal as refusal:
        return _row(read, in_line(refusal, read.said))


def _proof(admitted: Pass, read: Read) -> UUID:
    """Return a proof of a line's own, from that of its page: it serves once, as that one did."""
    text = admitted.proof.bytes + read.number.to_bytes(4, "big")
    return UUID(bytes=hashlib.sha256(text).digest()[:16])


def _row(read: Read, said: Refusal | str) -> sql.LineRow:
    if isinstance(said, str):
        return sql.LineRow(
            line=read.number, digest=read.digest, number=read.invoice, outcome=said
        )
    return sql.LineRow(
        line=read.number,
        digest=read.digest,
        number=read.invoice,
        outcome="again" if said.code in _PASSING else "refused",
        code=said.code.value,
        place=said.where or None,
        said=fhir.said_of(said),
    )


def _decided(read: Read, response: bytes) -> sql.LineRow:
    answer: dict[str, Any] = fhir.decode(response)
    errors: Sequence[dict[str, Any]] = answer.get("error", ())
    amounts = [
        fhir.cents_of(one)
        for one in answer.get("total", ())
        if one["category"]["coding"][-1]["code"] == "amc"
    ]
    is_cancelled = answer["status"] == "cancelled"
    first = errors[0] if errors else {}
    sequence = first.get("itemSequence")
    return sql.LineRow(
        line=read.number,
        digest=read.digest,
        number=read.invoice,
        outcome="rejected" if errors else "cancelled" if is_cancelled else "accepted",
        code=first["code"]["coding"][0]["code"] if errors else None,
        place=f"items[{sequence - 1}]" if sequence else None,
        claim_id=from_code(answer["id"]),
        amc_cents=amounts[0] if amounts and not is_cancelled else None,
        said=first["code"]["text"] if errors else None,
    )
