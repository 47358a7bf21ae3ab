"""What an insurer's staff see: its calls for funds, and files of its claims that two of them let out.

Every statement here runs as the database's role of insurers, under the rows of the session's own insurer: a
condition that is forgotten shows nothing.
"""

import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, astuple
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from egide import db
from egide.access import Scope
from egide.accounts import AccountsReader
from egide.core.ids import uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.core.spreadsheet import Spreadsheet
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.identity import Person
from egide.statements import sql

_COLUMNS: Final = (
    "transfer",
    "finess",
    "establishment",
    "invoice",
    "claim",
    "received_at",
    "plan",
    "expense_cents",
    "amo_cents",
    "amc_cents",
    "patient_cents",
    "other_amc_cents",
    "undue_cents",
)


class _Asked(msgspec.Struct):
    settlement: str


class _Which(msgspec.Struct):
    export: UUID


class _Taken(msgspec.Struct):
    settlement: str
    after: tuple[str, str] = ("", "")


_read_asked = msgspec.json.Decoder(_Asked)
_read_which = msgspec.json.Decoder(_Which)
_read_taken = msgspec.json.Decoder(_Taken)


@asynccontextmanager
async def _own(reader: AccountsReader, person: Person) -> AsyncGenerator[db.Tx]:
    """Open a transaction that sees the rows of the person's insurer, and no others."""
    async with db.transaction(reader.pool) as tx:
        await sql.become_insurer(tx, person.session_id)
        yield tx


async def show_statements(reader: AccountsReader, _: Request, person: Person) -> Response:
    """Show the calls for funds of the person's insurer, and the exports asked in the last days."""
    async with _own(reader, person) as tx:
        calls = await sql.own_calls(tx)
        orders = await sql.own_exports(tx)
    return json_answer(
        {
            "calls": [asdict(row) for row in calls],
            "exports": [
                {
                    "export": row.export_id,
                    "settlement": row.settlement_id,
                    "asked_at": row.asked_at,
                    "asked_by": reader.label(row.asked_by, row.asked_label),
                    "approved_at": row.approved_at,
                    "approved_by": reader.label(row.approved_by, row.approved_label),
                    "may_approve": row.is_new and row.asked_by != person.account_id,
                    "may_take": row.is_open and row.asked_by == person.account_id,
                }
                for row in orders
            ],
        }
    )


async def show_call(reader: AccountsReader, request: Request, person: Person) -> Response:
    """Show what a call for funds of the person's insurer is made of, by establishment, and which of them stand out.

    Raises Refusal: ``transfer-unknown``: no such call of this insurer.
    """
    asked = read_json(request, _read_asked, root="statement")
    async with db.statement(reader.pool) as tx:
        rows = await sql.call_shown(tx, person.session_id, asked.settlement)
    if not rows:
        async with _own(reader, person) as tx:
            if not await sql.has_call(tx, asked.settlement):
                raise Refusal(RefusalCode.TRANSFER_UNKNOWN, where="settlement")
    shown = sum(row.amount_cents for row in rows)
    return json_answer(
        {
            "establishments": [{**asdict(row), "stands_out": _why(row)} for row in rows],
            "left_out": rows[0].all_of_them - len(rows) if rows else 0,
            "left_out_cents": rows[0].all_cents - shown if rows else 0,
        }
    )


def _why(row: sql.CalledOf) -> list[str]:
    """Return why somebody should look before a call is accepted: what claims that were made up would look like."""
    if not row.stands_out:
        return []
    found = {
        "surtout des personnes jamais facturées là": 2 * row.new_persons > row.persons,
        "surtout sans carte": 2 * row.without_card > row.claims,
        "une facture en fait plus de la moitié": row.claims > 1
        and 2 * row.largest_cents > row.amount_cents,
    }
    return [why for why, holds in found.items() if holds]


async def accept_call(reader: AccountsReader, request: Request, person: Person) -> Response:
    """Accept a call for funds of the person's insurer: its claims are settled, and justify what was typed.

    Above the amount that the insurer's contract says, it waits for another of its people: ``waits_for_another``.

    Raises Refusal: ``transfer-unknown``: no such call of this insurer, or accepted already.
    """
    asked = read_json(request, _read_asked, root="statement")
    async with db.transaction(reader.pool) as tx:
        claims = await sql.accept_call(tx, person.session_id, asked.settlement)
    if claims is None:
        raise Refusal(RefusalCode.TRANSFER_UNKNOWN, where="settlement")
    if claims < 0:
        return json_answer({"claims": 0, "waits_for_another": True})
    return json_answer({"claims": claims, "waits_for_another": False})


async def ask_export(reader: AccountsReader, request: Request, person: Person) -> Response:
    """Ask for the file of the claims of a settlement; Refusal ``transfer-unknown`` if it called nothing."""
    asked = read_json(request, _read_asked, root="export")
    export_id = uuid7(request.now)
    async with _own(reader, person) as tx:
        if not await sql.ask_export(tx, export_id, asked.settlement, person.account_id):
            raise Refusal(RefusalCode.TRANSFER_UNKNOWN, where="settlement")
    return json_answer({"export": export_id})


async def approve_export(reader: AccountsReader, request: Request, person: Person) -> Response:
    """Approve what another of the same insurer asked less than a day ago: it takes the file within a day.

    Raises Refusal: ``change-unknown``.
    """
    which = read_json(request, _read_which, root="export")
    async with _own(reader, person) as tx:
        if not await sql.approve_export(tx, which.export, person.account_id):
            raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="export")
    return json_answer({})


async def take_export(reader: AccountsReader, request: Request, person: Person) -> Response:
    """Give a page of the claims of a settlement, in CSV, and after which line the next begins.

    Nothing is there for who did not ask, or whose demand nobody approved: the database shows no row.
    """
    asked = read_json(request, _read_taken, root="export")
    async with _own(reader, person) as tx:
        rows = await sql.exported_claims(tx, asked.settlement, asked.after)
        claims = [row.claim_id for row in rows]
        await sql.log_export(tx, claims, [uuid7(request.now) for _ in claims])
    text = io.StringIO(newline="")
    table = Spreadsheet(text, _COLUMNS if asked.after == ("", "") else ())
    for row in rows:
        table.row(one if isinstance(one, (int, datetime)) else str(one) for one in astuple(row))
    last = rows[-1] if len(rows) == sql.PAGE else None
    after = None if last is None else (last.transfer_id, last.invoice)
    return json_answer({"lines": text.getvalue(), "count": len(rows), "after": after})


# Called with the ``AccountsReader``.
ROUTES: Final = (
    Route("GET", "/portal/statements", Scope.STATEMENTS_READ, show_statements),
    Route("POST", "/portal/statements/show", Scope.STATEMENTS_READ, show_call, body=_Asked),
    Route(
        "POST", "/portal/statements/accept", Scope.EXPORTS, accept_call, fresh=True, body=_Asked
    ),
    Route("POST", "/portal/exports/ask", Scope.EXPORTS, ask_export, fresh=True, body=_Asked),
    Route(
        "POST",
        "/portal/exports/approve",
        Scope.EXPORTS,
        approve_export,
        fresh=True,
        body=_Which,
    ),
    Route("POST", "/portal/exports/take", Scope.EXPORTS, take_export, fresh=True, body=_Taken),
)
