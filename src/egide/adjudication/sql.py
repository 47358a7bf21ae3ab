"""What has been used and billed before: the statements that a decision reads, whoever asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from egide import db
from egide.adjudication.elsewhere import PaidLine
from egide.adjudication.met import Among, Hold
from egide.pricing import RENEWAL, Use

_LOCK_PERSONS: Final = """
select pg_advisory_xact_lock(hashtextextended(p.person_id::text, 7290454))
  from (select distinct person_id from unnest($1::uuid[]) as t (person_id) order by person_id) p
"""
# What is held is there until it is used, ends or expires: days are compared, nobody ends them.
_COUNTERS: Final = """
select person_id, counter, care_on, units, amount_cents, null::uuid as preauth_id, null::date as held_until,
       0::smallint as seat
  from consumption
 where person_id = any ($1::uuid[]) and claim_id <> all ($2::uuid[])
 union all
select person_id, counter, care_on, units, amount_cents, preauth_id, upper(during) - 1, seat
  from reservation
 where person_id = any ($1::uuid[]) and preauth_id <> all ($2::uuid[]) and used_by is null and during @> $3::date
 order by person_id, counter, care_on
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """What persons and contracts have used, and what renewals their prises en charge hold; by holder."""

    counters: dict[UUID, dict[str, tuple[Use, ...]]]
    held: dict[UUID, tuple[Hold, ...]]


async def lock_counters(
    tx: db.Tx, holders: Sequence[UUID], today: date, left_out: Sequence[UUID] = ()
) -> Counted:
    """Return the counters of some persons and contracts, locked until the end of the transaction.

    All are locked in one order, after any budget, so that two batches never wait in a ring. Amounts and counts that
    a prise en charge holds are used; a renewal that it holds is told apart, since somebody may have to be told.

    Args:
        left_out: claims and prises en charge whose uses do not count.
    """
    await db.many(tx, _LOCK_PERSONS, holders)
    counters: dict[UUID, dict[str, tuple[Use, ...]]] = {}
    held: dict[UUID, tuple[Hold, ...]] = {}
    for row in await db.many(tx, _COUNTERS, holders, left_out, today):
        holder = row["person_id"]
        use = Use(row["counter"], row["care_on"], row["units"], row["amount_cents"])
        if row["preauth_id"] is not None and use.counter.startswith(RENEWAL):
            hold = Hold(use, row["preauth_id"], row["held_until"], row["seat"])
            held[holder] = (*held.get(holder, ()), hold)
            continue
        mine = counters.setdefault(holder, {})
        mine[use.counter] = (*mine.get(use.counter, ()), use)
    return Counted(counters, held)


_UNCHECKED: Final = """
select establishment_id, claim_id, attested
  from claim_cancellation
 where person_id = any ($1::uuid[]) and checked_at is null
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchecked:
    """A cancellation that nobody who pays has checked yet."""

    establishment_id: UUID
    claim_id: UUID
    attested: list[bytes]


async def unchecked(tx: db.Tx, persons: Sequence[UUID]) -> list[Unchecked]:
    """Return the cancellations of some persons' claims that nobody has checked yet."""
    return await db.read(tx, Unchecked, _UNCHECKED, persons)


_GIVEN_BACK: Final = """
select u.person_id, u.counter, u.care_on, u.units, u.amount_cents
  from claim_cancellation x
 cross join lateral jsonb_populate_recordset(null::consumption, x.used) u
 where x.claim_id = any ($1::uuid[])
"""


async def given_back(tx: db.Tx, claims: Sequence[UUID]) -> list[tuple[UUID, Use]]:
    """Return what some cancelled claims had used, with whose counters."""
    return [
        (
            row["person_id"],
            Use(row["counter"], row["care_on"], row["units"], row["amount_cents"]),
        )
        for row in await db.many(tx, _GIVEN_BACK, claims)
    ]


_SAME_CARE: Final = """
select c.establishment_id, c.care_hash
  from unnest($1::uuid[], $2::bytea[]) as w (establishment_id, care_hash)
  join claim c using (establishment_id, care_hash)
 where c.state <> 'rejected' and c.claim_id <> all ($3::uuid[])
   and (c.state not in ('cancelled', 'reversed') or c.claim_id = any ($4::uuid[]))
"""


async def same_care(
    tx: db.Tx, wanted: Sequence[tuple[UUID, bytes]], among: Among
) -> set[tuple[UUID, bytes]]:
    """Return which treatments an accepted claim of the same establishment has billed already."""
    rows = await db.many(
        tx, _SAME_CARE, [one[0] for one in wanted], [one[1] for one in wanted], *among
    )
    return {(row["establishment_id"], row["care_hash"]) for row in rows}


# One probe of the index a line, whatever the planner thinks of a table that was empty when it planned.
_SAME_ACTS: Final = """
select w.establishment_id, w.act_hash
  from unnest($1::uuid[], $2::date[], $3::uuid[]) as w (establishment_id, care_on, act_hash)
 cross join lateral (select
                       from claim_line l
                       join claim c on c.claim_id = l.claim_id
                        and (c.state not in ('cancelled', 'reversed') or c.claim_id = any ($5::uuid[]))
                      where l.establishment_id = w.establishment_id
                        and l.care_on = w.care_on
                        and l.act_hash = w.act_hash
                        and l.claim_id <> all ($4::uuid[])
                      limit 1) found
"""


async def same_acts(
    tx: db.Tx, wanted: Sequence[tuple[UUID, date, UUID]], among: Among
) -> set[tuple[UUID, UUID]]:
    """Return which acts an accepted claim of the same establishment has billed already.

    Cost: a probe of ``claim_line_act_idx`` a line.
    """
    columns = [list(column) for column in zip(*wanted, strict=True)]
    rows = await db.many(tx, _SAME_ACTS, *columns, *among)
    return {(row["establishment_id"], row["act_hash"]) for row in rows}


# By day and establishment, in the index of the acts: only who is insured twice asks it.
_PAID_LINES: Final = """
select w.establishment_id, c.person_id, l.care_on, l.act_code, l.side, l.quantity, l.expense_cents,
       l.amo_cents + l.amc_cents as paid_cents, l.amo_cents, l.other_amc_cents as other_cents
  from unnest($1::uuid[], $2::uuid[], $3::date[]) as w (establishment_id, person_id, care_on)
  join claim_line l on l.establishment_id = w.establishment_id and l.care_on = w.care_on
  join claim c on c.establishment_id = l.establishment_id and c.claim_id = l.claim_id and c.person_id = w.person_id
   and c.claim_id <> all ($4::uuid[])
   and (c.state not in ('cancelled', 'reversed') or c.claim_id = any ($5::uuid[]))
 order by c.received_at, c.claim_id, l.line
"""


async def paid_lines(
    tx: db.Tx, wanted: Sequence[tuple[UUID, UUID, date]], among: Among
) -> list[PaidLine]:
    """Return the acts billed by establishments, for some persons, of some days, in the order in which they came.

    Cost: the lines of that establishment and day, for each.
    """
    columns = [list(column) for column in zip(*wanted, strict=True)]
    return await db.read(tx, PaidLine, _PAID_LINES, *columns, *among)
