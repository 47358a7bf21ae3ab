"""A house asks for help on an invoice; the operator sees that one, masked, counted and written in the access log."""

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
from egide.people import Person, Portal

_OPEN: Final = """
insert into support_ticket (ticket_id, establishment_id, invoice, reason, opened_by, opened_at)
select $1, c.establishment_id, c.invoice, $4, $5, now() from claim c where c.establishment_id = $2 and c.invoice = $3
    on conflict (establishment_id, invoice) where closed_at is null do nothing
"""
_KNOWN: Final = "select 1 as one from claim where establishment_id = $1 and invoice = $2"
_TICKETS: Final = """
select t.ticket_id as ticket, e.name as establishment, case when $1::uuid is null then '' else t.invoice end as invoice,
       t.reason, t.opened_at
  from support_ticket t
  join establishment e using (establishment_id)
 where t.closed_at is null and t.opened_at > now() - interval '7 days' and ($1::uuid is null or t.establishment_id = $1)
 order by t.opened_at, t.ticket_id
 limit 200
"""
_CLOSE: Final = """
update support_ticket
   set closed_by = $3
 where ticket_id = $1 and ($2::uuid is null or establishment_id = $2) and closed_at is null
"""
_VIEW: Final = "select support_view($1, $2, $3) as seen"
_TRAIL: Final = "select at, event, about, house, by_account from trail($1, $2)"


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


async def open_ticket(portal: Portal, request: Request, person: Person) -> Response:
    """Ask for help on an invoice of one's house; Refusal ``claim-unknown``, ``change-open``."""
    asked = read_json(request, _read_opened, root="ticket")
    ticket = uuid7(request.now)
    async with db.statement(portal.pool) as tx:
        if await db.first(tx, _KNOWN, person.house, asked.invoice) is None:
            raise Refusal(RefusalCode.CLAIM_UNKNOWN, where="invoice")
        values = (ticket, person.house, asked.invoice, asked.reason, person.account_id)
        if await db.run(tx, _OPEN, *values) == 0:
            raise Refusal(RefusalCode.CHANGE_OPEN, where="invoice")
    return json_answer({"ticket": ticket})


async def show_tickets(portal: Portal, _: Request, person: Person) -> Response:
    """Show the open tickets of one's house; to an operator those of all, without the invoices' numbers."""
    house = person.house_or_any
    async with db.statement(portal.pool) as tx:
        rows = await db.many(tx, _TICKETS, house)
    return json_answer({"tickets": [dict(row) for row in rows]})


async def view_ticket(portal: Portal, request: Request, person: Person) -> Response:
    """Show an operator the invoice of a ticket, masked: at most 25 persons in 24 hours, each written in the log.

    Raises Refusal: ``change-unknown``: closed, too old, or no ticket; ``support-limit``.
    """
    which = read_json(request, _read_which, root="ticket")
    async with db.statement(portal.pool) as tx:
        row = await db.first(tx, _VIEW, person.session_id, which.ticket, uuid7(request.now))
    seen = None if row is None else row["seen"]
    if seen is None:
        raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="ticket")
    if "limit" in seen:
        raise Refusal(RefusalCode.SUPPORT_LIMIT)
    return json_answer(seen)


async def close_ticket(portal: Portal, request: Request, person: Person) -> Response:
    """Close a ticket of one's house; of any, for an operator. Refusal ``change-unknown``."""
    which = read_json(request, _read_which, root="ticket")
    house = person.house_or_any
    async with db.statement(portal.pool) as tx:
        if await db.run(tx, _CLOSE, which.ticket, house, person.account_id) == 0:
            raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="ticket")
    return json_answer({})


async def show_trail(portal: Portal, request: Request, person: Person) -> Response:
    """Show an auditor who asked and approved what, the last two hundred before an instant."""
    asked = read_json(request, _read_page, root="trail")
    async with db.statement(portal.pool) as tx:
        rows = await db.many(
            tx, _TRAIL, person.session_id, on_page(asked.before, request.now, "before")
        )
    return json_answer({"trail": [dict(row) for row in rows]})


# Called with the ``Portal``.
ROUTES: Final = (
    Route("GET", "/portal/tickets", Scope.TICKETS, show_tickets),
    Route("POST", "/portal/tickets/open", Scope.TICKET_OPEN, open_ticket),
    Route("POST", "/portal/tickets/view", Scope.SUPPORT_VIEW, view_ticket, fresh=True),
    Route("POST", "/portal/tickets/close", Scope.TICKETS, close_ticket),
    Route("POST", "/portal/trail", Scope.TRAIL_READ, show_trail),
)
