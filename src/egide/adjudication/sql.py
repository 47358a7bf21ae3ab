"""What has been used and billed before: the statements that a decision reads, whoever asks for it."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from egide import db
from egide.adjudication.elsewhere import PaidLine
from egide.pricing import Use

_LOCK_PERSONS: Final = """
select pg_advisory_xact_lock(hashtextextended(p.person_id::text, 7290454))
  from (select distinct person_id from unnest($1::uuid[]) as t (person_id) order by person_id) p
"""
_COUNTERS: Final = """
select person_id, counter, care_on, units, amount_cents
  from consumption
 where person_id = any ($1::uuid[]) and claim_id <> all ($2::uuid[])
 order by person_id, counter, care_on
"""


async def lock_counters(
    tx: db.Tx, holders: Sequence[UUID], left_out: Sequence[UUID] = ()
) -> dict[UUID, dict[str, tuple[Use, ...]]]:
    """Return the counters of some persons and contracts, locked until the end of the transaction.

    All are locked in one order, after any budget, so that two batches never wait in a ring.

    Args:
        left_out: claims whose uses do not count.
    """
    await db.many(tx, _LOCK_PERSONS, holders)
    found: dict[UUID, dict[str, tuple[Use, ...]]] = {}
    for row in await db.many(tx, _COUNTERS, holders, left_out):
        counters = found.setdefault(row["person_id"], {})
        use = Use(row["counter"], row["care_on"], row["units"], row["amount_cents"])
        counters[use.counter] = (*counters.get(use.counter, ()), use)
    return found


_SAME_CARE: Final = """
select c.establishment_id, c.care_hash
  from unnest($1::uuid[], $2::bytea[]) as w (establishment_id, care_hash)
  join claim c using (establishment_id, care_hash)
 where c.state not in ('rejected', 'cancelled', 'reversed') and c.claim_id <> all ($3::uuid[])
"""


async def same_care(
    tx: db.Tx, wanted: Sequence[tuple[UUID, bytes]], left_out: Sequence[UUID]
) -> set[tuple[UUID, bytes]]:
    """Return which treatments an accepted claim of the same establishment has billed already."""
    rows = await db.many(
        tx, _SAME_CARE, [one[0] for one in wanted], [one[1] for one in wanted], left_out
    )
    return {(row["establishment_id"], row["care_hash"]) for row in rows}


# One probe of the index a line, whatever the planner thinks of a table that was empty when it planned.
_SAME_ACTS: Final = """
select w.establishment_id, w.act_hash
  from unnest($1::uuid[], $2::date[], $3::uuid[]) as w (establishment_id, care_on, act_hash)
 cross join lateral (select
                       from claim_line l
                       join claim c on c.claim_id = l.claim_id and c.state not in ('cancelled', 'reversed')
                      where l.establishment_id = w.establishment_id
                        and l.care_on = w.care_on
                        and l.act_hash = w.act_hash
                        and l.claim_id <> all ($4::uuid[])
                      limit 1) found
"""


async def same_acts(
    tx: db.Tx, wanted: Sequence[tuple[UUID, date, UUID]], left_out: Sequence[UUID]
) -> set[tuple[UUID, UUID]]:
    """Return which acts an accepted claim of the same establishment has billed already.

    Cost: a probe of ``claim_line_act_idx`` a line.
    """
    columns = [list(column) for column in zip(*wanted, strict=True)]
    rows = await db.many(tx, _SAME_ACTS, *columns, left_out)
    return {(row["establishment_id"], row["act_hash"]) for row in rows}


# By day and establishment, in the index of the acts: only who is insured twice asks it.
_PAID_LINES: Final = """
select w.establishment_id, c.person_id, l.care_on, l.act_code, l.side, l.quantity, l.expense_cents,
       l.amo_cents + l.amc_cents as paid_cents
  from unnest($1::uuid[], $2::uuid[], $3::date[]) as w (establishment_id, person_id, care_on)
  join claim_line l on l.establishment_id = w.establishment_id and l.care_on = w.care_on
  join claim c on c.establishment_id = l.establishment_id and c.claim_id = l.claim_id and c.person_id = w.person_id
   and c.state not in ('cancelled', 'reversed') and c.claim_id <> all ($4::uuid[])
 order by c.received_at, c.claim_id, l.line
"""


async def paid_lines(
    tx: db.Tx, wanted: Sequence[tuple[UUID, UUID, date]], left_out: Sequence[UUID]
) -> list[PaidLine]:
    """Return the acts billed by establishments, for some persons, of some days, in the order in which they came.

    Cost: the lines of that establishment and day, for each.
    """
    columns = [list(column) for column in zip(*wanted, strict=True)]
    return await db.read(tx, PaidLine, _PAID_LINES, *columns, left_out)
