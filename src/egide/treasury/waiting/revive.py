"""An order that was taken for rejected, or that came back, and that the bank has executed all the same: it is paid.

Only where nothing of it has been tried again: its claims wait until two persons have said so.
"""

from datetime import date, datetime

from egide import db, ledger
from egide.treasury import book, sql
from egide.treasury.match import OrderState
from egide.treasury.waiting import sql as waits


async def why_not(tx: db.Tx, row: sql.TransferRow) -> str:
    """Return why an order that ended cannot be paid again, in words; empty where it can."""
    if row.is_unsent:
        return (
            "il a été retiré avant de partir : ce débit est d'un autre, ou d'un fichier d'un autre dossier, "
            "et alors payé de trop, à redemander"
        )
    found = await waits.since_ended(tx, row.transfer_id)
    if found.is_tried_again:
        return "ce qu'il payait a été redonné à payer par un autre virement : il y a trop-payé, à redemander"
    if found.is_changed:
        return "une facture qu'il payait a été annulée depuis, ou il retenait ou rendait quelque chose"
    return ""


async def revive(
    tx: db.Tx,
    row: sql.TransferRow,
    booked_on: date,
    cause: book.Cause,
    part: int,
    now: datetime,
) -> None:
    """Book its part of a debit as the payment of an order that had ended: its claims are paid by it again."""
    payable = ledger.establishment_account(row.establishment_id)
    await ledger.post(tx, book.paid_after_all(cause, row.amount_cents, payable, part), now)
    await waits.revive(tx, row.transfer_id)
    moved = sql.Moved(transfer_id=row.transfer_id, state=OrderState.BOOKED, booked_on=booked_on)
    await sql.move(tx, [moved])
