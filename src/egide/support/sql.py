"""Every statement on tickets and on the auditor's trail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db

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
_VIEW: Final = "select support_view($1, $2, $3) as said"
_TOLD: Final = "select support_told($1, $2) as seen"
_TRAIL: Final = "select at, event, about, establishment, by_account from trail($1, $2)"


async def open_ticket(
    tx: db.Tx, ticket: UUID, invoice: tuple[UUID, str], reason: str, by: UUID
) -> bool:
    """Open a ticket on an invoice of an establishment; False if one is open already."""
    return await db.run(tx, _OPEN, ticket, *invoice, reason, by) == 1


async def has_invoice(tx: db.Tx, establishment_id: UUID, invoice: str) -> bool:
    """Tell whether an establishment has invoiced under a number."""
    return await db.first(tx, _KNOWN, establishment_id, invoice) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    """A ticket that is open."""

    ticket: UUID
    establishment: str
    invoice: str
    reason: str
    opened_at: datetime


async def open_tickets(tx: db.Tx, establishment_id: UUID | None) -> list[OpenTicket]:
    """Return the open tickets of an establishment; of all, without the invoices, where none is said."""
    return await db.read(tx, OpenTicket, _TICKETS, establishment_id)


async def close_ticket(
    tx: db.Tx, ticket: UUID, establishment_id: UUID | None, by: UUID
) -> bool:
    """Close an open ticket, of one establishment if one is said; False if there is none such."""
    return await db.run(tx, _CLOSE, ticket, establishment_id, by) == 1


async def view(tx: db.Tx, session_id: UUID, ticket: UUID, entry_id: UUID) -> str | None:
    """Write in the access log that the invoice of a ticket is seen: ``logged`` or ``limit``; None if it is unknown."""
    row = await db.first(tx, _VIEW, session_id, ticket, entry_id)
    return None if row is None else row["said"]


async def viewed(tx: db.Tx, session_id: UUID, entry_id: UUID) -> dict[str, object] | None:
    """Return the invoice that an entry of the log, committed, lets a session see, masked."""
    row = await db.first(tx, _TOLD, session_id, entry_id)
    return None if row is None else row["seen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailEvent:
    """Who asked or approved what."""

    at: datetime
    event: str
    about: str | None
    establishment: str | None
    by_account: UUID | None


async def trail(tx: db.Tx, session_id: UUID, before: datetime) -> list[TrailEvent]:
    """Return who asked and approved what, to the session of an auditor, the last two hundred before an instant."""
    return await db.read(tx, TrailEvent, _TRAIL, session_id, before)
