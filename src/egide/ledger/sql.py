"""Book entries in the transaction of what caused them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from egide import db
from egide.core.money import ZERO
from egide.core.refusal import invariant
from egide.ledger.entry import Entry

_POST: Final = """
insert into ledger_entry (cause_kind, cause_id, part, debit, credit, amount_cents, booked_at)
select e.cause_kind, e.cause_id, e.part, e.debit, e.credit, e.amount_cents, $7
  from unnest($1::text[], $2::text[], $3::smallint[], $4::text[], $5::text[], $6::bigint[])
       as e (cause_kind, cause_id, part, debit, credit, amount_cents)
"""


async def post(tx: db.Tx, entries: Sequence[Entry], now: datetime) -> None:
    """Book entries; a cause booked twice violates the schema and rolls all back."""
    if not entries:
        return
    invariant(all(entry.amount > ZERO for entry in entries), "an entry moves more than nothing")
    await db.run(
        tx,
        _POST,
        [entry.cause_kind.value for entry in entries],
        [entry.cause_id for entry in entries],
        [entry.part for entry in entries],
        [entry.debit for entry in entries],
        [entry.credit for entry in entries],
        [entry.amount.cents for entry in entries],
        now,
        changes=len(entries),
    )
