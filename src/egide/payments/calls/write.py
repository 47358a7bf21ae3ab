"""What an insurer is called for, as a file: a line a claim, what its funds pay of it, how and when the rest is paid.

A person is told by the number that its insurer was given for it, and by nothing else: no name, no card, no act.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from egide import db
from egide.core.ids import to_code
from egide.core.money import Money
from egide.core.refusal import invariant
from egide.core.spreadsheet import Cell, Spreadsheet
from egide.payments import funds
from egide.payments.calls import sql
from egide.payments.closing import Settlement
from egide.payments.rows import CallTotals

_COLUMNS: Final = (
    "settlement",
    "transfer",
    "finess",
    "invoice",
    "claim",
    "received_at",
    "plan",
    "person",
    "care_on",
    "profession",
    "amc",
    "line",
    "due_on",
    "reference",
)


async def write_calls(tx: db.Tx, settlement: Settlement, folder: Path) -> None:
    """Write a file for each insurer that a settlement calls, its owner's alone from birth."""
    for call in await sql.calls(tx, settlement.settlement_id):
        path = folder / f"{call.amc_number}.csv"
        path.touch(mode=0o600)
        with path.open("w", encoding="utf-8", newline="") as file:
            await _write(tx, settlement, call, Spreadsheet(file, _COLUMNS))


async def _write(
    tx: db.Tx, settlement: Settlement, call: CallTotals, rows: Spreadsheet
) -> None:
    number, total = settlement.settlement_id, 0
    async for one in _lines(tx, number, call.insurer_id):
        total += one.cents
        rows.row([number, *one.said, Money(one.cents), one.line, None, None])
    due = call.amount_cents - call.returned_cents - call.reissued_cents
    invariant(total == due, "a call for funds is the sum of its claims")
    blank: tuple[Cell, ...] = ("",) * 9
    if call.funds_cents:
        rows.row([number, *blank, Money(-call.funds_cents), "funds", None, None])
    left = total - call.funds_cents
    count: tuple[Cell, ...] = ("TOTAL", "", call.claims, *[""] * 6)
    if call.collection_id is not None:
        how: tuple[Cell, ...] = ("debited", call.collected_on, call.collection_id)
    elif left > 0:
        reference = funds.call_reference(number, call.amc_number)
        how = ("total", settlement.execute_on, reference)
    else:
        how = ("total", None, None)
    rows.row([number, *count, Money(left), *how])


class _Line(NamedTuple):
    """A line of a call for funds: a claim that it pays, or one cancelled after it was paid, below zero."""

    said: tuple[Cell, ...]
    cents: int
    line: str


async def _lines(tx: db.Tx, settlement_id: str, insurer_id: UUID) -> AsyncIterator[_Line]:
    after = ("", "")
    while page := await sql.call_claims(tx, settlement_id, insurer_id, after):
        for row in page:
            said = (
                row.transfer_id,
                row.finess,
                row.invoice,
                to_code(row.claim_id),
                row.received_at,
                row.plan_code,
                to_code(row.person_id),
                row.care_on,
                row.profession,
            )
            # Called the first time: it is tried again with what the insurer has paid in for it.
            is_again = row.is_again
            yield _Line(
                said, 0 if is_again else row.amc_cents, "reissued" if is_again else "claim"
            )
        after = (page[-1].transfer_id, page[-1].invoice)
    for one in await sql.call_returns(tx, settlement_id, insurer_id):
        of = (one.transfer_id, one.finess, one.invoice, to_code(one.claim_id))
        whom = (to_code(one.person_id), one.care_on, one.profession)
        yield _Line(
            (*of, one.cancelled_at, one.plan_code, *whom), -one.amount_cents, "returned"
        )
