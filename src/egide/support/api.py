"""An establishment asks for help on an invoice; the operator sees that one, masked, counted and logged."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from egide import db
from egide.access import Scope
from egide.core.ids import uuid7
from egide.core.period import on_page
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.identity import Person
from egide.support import sql


class _Opened(msgspec.Struct):
    invoice: str
    reason: Literal["refused", "unpaid", "amount", "other"]


class _Which(msgspec.Struct):
    ticket: UUID


class _Page(msgspec.Struct):
    before: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


_read_opened = msgspec.json.Decoder(_Opened)
_read_which = msgspec.json.Decoder(_Which)
_read_page = msgspec.json.Decoder(_Page)


async def open_ticket(pool: db.Pool, request: Request, person: Person) -> Response:
    """Ask for help on an invoice of one's establishment; Refusal ``claim-unknown``, ``change-open``."""
    asked = read_json(request, _read_opened, root="ticket")
    ticket = uuid7(request.now)
    async with db.statement(pool) as tx:
        if not await sql.has_invoice(tx, person.own_establishment, asked.invoice):
            raise Refusal(RefusalCode.CLAIM_UNKNOWN, where="invoice")
        invoice = (person.own_establishment, asked.invoice)
        if not await sql.open_ticket(tx, ticket, invoice, asked.reason, person.account_id):
            raise Refusal(RefusalCode.CHANGE_OPEN, where="invoice")
    return json_answer({"ticket": ticket})


async def show_tickets(pool: db.Pool, _: Request, person: Person) -> Response:
    """Show the open tickets of one's establishment; to an operator those of all, without the invoices' numbers."""
    establishment = person.own_establishment_or_any
    async with db.statement(pool) as tx:
        rows = await sql.open_tickets(tx, establishment)
    return json_answer({"tickets": [asdict(row) for row in rows]})


async def view_ticket(pool: db.Pool, request: Request, person: Person) -> Response:
    """Show an operator the invoice of a ticket, masked: at most 25 persons in 24 hours, each written in the log.

    Raises Refusal: ``change-unknown``: closed, too old, or no ticket; ``support-limit``.
    """
    which = read_json(request, _read_which, root="ticket")
    entry = uuid7(request.now)
    async with db.statement(pool) as tx:
        said = await sql.view(tx, person.session_id, which.ticket, entry)
        seen = await sql.viewed(tx, person.session_id, entry)
    if said == "limit":
        raise Refusal(RefusalCode.SUPPORT_LIMIT)
    if seen is None:
        raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="ticket")
    return json_answer(seen)


async def close_ticket(pool: db.Pool, request: Request, person: Person) -> Response:
    """Close a ticket of one's establishment; of any, for an operator. Refusal ``change-unknown``."""
    which = read_json(request, _read_which, root="ticket")
    establishment = person.own_establishment_or_any
    async with db.statement(pool) as tx:
        if not await sql.close_ticket(tx, which.ticket, establishment, person.account_id):
            raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="ticket")
    return json_answer({})


async def show_trail(pool: db.Pool, request: Request, person: Person) -> Response:
    """Show an auditor who asked and approved what, the last two hundred before an instant."""
    asked = read_json(request, _read_page, root="trail")
    async with db.statement(pool) as tx:
        before = on_page(asked.before, request.now, "before")
        rows = await sql.trail(tx, person.session_id, before)
    return json_answer({"trail": [asdict(row) for row in rows]})


# Called with the portal's pool.
ROUTES: Final = (
    Route("GET", "/portal/tickets", Scope.TICKETS, show_tickets),
    Route("POST", "/portal/tickets/open", Scope.TICKET_OPEN, open_ticket, body=_Opened),
    Route(
        "POST", "/portal/tickets/view", Scope.SUPPORT_VIEW, view_ticket, fresh=True, body=_Which
    ),
    Route("POST", "/portal/tickets/close", Scope.TICKETS, close_ticket, body=_Which),
    Route("POST", "/portal/trail", Scope.TRAIL_READ, show_trail, body=_Page),
)
