"""Book entries in the transaction of what caused them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from egide import db
from egide.core.money import ZERO
from egide.core.refusal import invariant
from egide.ledger.entry import Entry

_POST: Final = """
insert into ledger_entry (establishment_id, entry_id, kind, debit, credit, amount_cents, claim_id,
                          transfer_id, booked_at)
select e.establishment_id, e.entry_id, case when e.claim_id is null then 'transfer' else 'claim' end,
       e.debit, e.credit, e.amount_cents, e.claim_id, e.transfer_id, $8
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::uuid[], $7::text[])
       as e (establishment_id, entry_id, debit, credit, amount_cents, claim_id, transfer_id)
"""


async def post(tx: db.Tx, entries: Sequence[Entry], now: datetime) -> None:
    """Book entries; a claim or a transfer booked twice violates the schema and rolls all back."""
    if not entries:
        return
    invariant(all(entry.amount > ZERO for entry in entries), "an entry moves more than nothing")
    await db.run(
        tx,
        _POST,
        [entry.establishment_id for entry in entries],
        [entry.entry_id for entry in entries],
        [entry.debit for entry in entries],
        [entry.credit for entry in entries],
        [entry.amount.cents for entry in entries],
        [entry.claim_id for entry in entries],
        [entry.transfer_id for entry in entries],
        now,
        changes=len(entries),
    )
