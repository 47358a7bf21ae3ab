"""Every statement on the bank's answers: transfers as they stand, statements, movements, reports, holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db

# The lock of a settlement's closing, which no other login may take: what comes back is not paid again meanwhile.
_LOCK: Final = "lock table settlement in share row exclusive mode"


async def lock_bank(tx: db.Tx) -> None:
    """Let one file of the bank be taken at a time, and no settlement close beside it."""
    await db.run(tx, _LOCK)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastStatement:
    """The last statement of an account."""

    reference: str
    place: int
    closed_cents: int
    closed_on: date


_LAST: Final = """
select reference, place, closed_cents, closed_on from bank_statement where account = $1 order by place desc limit 1
"""
_DIGEST: Final = "select digest from bank_statement where account = $1 and reference = $2"


async def last_statement(tx: db.Tx, account: str) -> LastStatement | None:
    """Return the last statement of an account."""
    return next(iter(await db.read(tx, LastStatement, _LAST, account)), None)


async def statement_digest(tx: db.Tx, account: str, reference: str) -> UUID | None:
    """Return the digest of what a statement said, None if it was not taken."""
    row = await db.first(tx, _DIGEST, account, reference)
    return None if row is None else row["digest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    """A transfer as it stands, whole."""

    establishment_id: UUID
    transfer_id: str
    settlement_id: str
    amount_cents: int
    held_back_cents: int
    reversed_cents: int
    state: str
    has_reversed: bool


_TRANSFERS: Final = """
select t.establishment_id, t.transfer_id, t.settlement_id, t.amount_cents, t.state,
       coalesce((select sum(h.amount_cents) from claim_cancellation h where h.transfer_id = t.transfer_id), 0)::bigint
           as held_back_cents,
       coalesce(r.cents, 0)::bigint as reversed_cents, coalesce(r.is_held_back, false) as has_reversed
  from transfer t
  left join lateral (select sum(a.amount_cents) as cents, bool_or(x.transfer_id is not null) as is_held_back
                       from allocation a
                       join claim_cancellation x using (establishment_id, claim_id)
                      where a.transfer_id = t.transfer_id and a.ended_at is null) r on true
 where t.transfer_id = any ($1::text[]) or t.settlement_id = any ($2::text[])
 order by t.transfer_id
   for update of t
"""


async def transfers(
    tx: db.Tx, named: Sequence[str], settlements: Sequence[str]
) -> list[TransferRow]:
    """Return transfers by number or by settlement, held against any other change."""
    return await db.read(tx, TransferRow, _TRANSFERS, list(named), list(settlements))


_CALLS: Final = """
select f.settlement_id, i.amc_number, f.insurer_id,
       f.amount_cents - f.returned_cents - f.reissued_cents as cents
  from funds_call f
  join insurer i using (insurer_id)
 where f.settlement_id = any ($1::text[])
   and not exists (select from bank_entry b
                    where b.disposition = 'called' and b.target = f.insurer_id::text
                      and b.said like '%' || f.settlement_id || '%')
"""


async def calls(tx: db.Tx, settlements: Sequence[str]) -> list[db.Row]:
    """Return the calls of some settlements that no movement has paid."""
    return await db.many(tx, _CALLS, list(settlements))


_MOVE: Final = """
update transfer t
   set state = m.state, booked_on = coalesce(m.booked_on, t.booked_on), ended_on = m.ended_on, reason = m.reason
  from unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::text[])
       as m (transfer_id, state, booked_on, ended_on, reason)
 where t.transfer_id = m.transfer_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What becomes of a transfer."""

    transfer_id: str
    state: str
    booked_on: date | None = None
    ended_on: date | None = None
    reason: str | None = None


async def move(tx: db.Tx, moved: Sequence[Moved]) -> None:
    """Note what becomes of transfers."""
    if moved:
        await db.run(tx, _MOVE, *db.columns(moved), changes=len(moved))


_OWED_AGAIN: Final = """
with ended as (
    update allocation a
       set ended_at = $2
     where a.transfer_id = any ($1::text[]) and a.ended_at is null
    returning a.establishment_id, a.claim_id
), freed as (
    update claim_cancellation x set transfer_id = null where x.transfer_id = any ($1::text[])
), never_paid as (
    update claim_cancellation x
       set was = 'payable'
      from ended e
     where x.establishment_id = e.establishment_id and x.claim_id = e.claim_id and x.transfer_id is null
    returning x.claim_id
)
update claim c
   set state = case c.state when 'settled' then 'payable' else 'cancelled' end
  from ended e
 where c.establishment_id = e.establishment_id and c.claim_id = e.claim_id
"""


async def owe_again(tx: db.Tx, named: Sequence[str], now: datetime) -> None:
    """End the tries of transfers that came back: their claims are due again, and what they held back is owed again."""
    await db.run(tx, _OWED_AGAIN, list(named), now)


_HOLD: Final = """
insert into payment_hold (establishment_id, transfer_id, reason, since)
values ($1, $2, $3, $4)
    on conflict (establishment_id, transfer_id) do nothing
"""
_RELEASE: Final = """
update payment_hold h
   set released_by = $2, released_at = $3
  from establishment e
 where e.establishment_id = h.establishment_id and e.finess = $1 and h.released_at is null
"""
_HELD: Final = """
select e.finess, h.transfer_id, h.reason, h.since
  from payment_hold h
  join establishment e using (establishment_id)
  join transfer t on t.transfer_id = h.transfer_id
 where h.released_at is null and e.iban_sealed = t.iban_sealed
 order by h.since, e.finess
"""


async def hold(
    tx: db.Tx, establishment_id: UUID, transfer_id: str, reason: str, now: datetime
) -> None:
    """Pay an establishment nothing more to the account that its bank refused."""
    await db.run(tx, _HOLD, establishment_id, transfer_id, reason, now)


async def release(tx: db.Tx, finess: str, who: str, now: datetime) -> int:
    """Pay an establishment again to the same account; return how many holds that ends."""
    return await db.run(tx, _RELEASE, finess, who, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An establishment that is not paid, and why."""

    finess: str
    transfer_id: str
    reason: str
    since: datetime


async def held(tx: db.Tx) -> list[Held]:
    """Return who is not paid until its account changes."""
    return await db.read(tx, Held, _HELD)


_STATEMENT: Final = """
insert into bank_statement (account, reference, place, digest, opened_cents, closed_cents, closed_on, entries, taken_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def add_statement(tx: db.Tx, *values: object) -> None:
    """Keep a statement: account, reference, place, digest, balances, day, movements, instant."""
    await db.run(tx, _STATEMENT, *values, changes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """A movement with its disposition, as it is kept."""

    number: int
    amount_cents: int
    booked_on: date
    end_to_end: str
    batch: str
    bank_reference: str
    said: str
    reason: str
    disposition: str
    rule: str
    rule_version: int
    target: str


_ENTRIES: Final = """
insert into bank_entry (account, reference, number, amount_cents, booked_on, end_to_end, batch, bank_reference, said,
                        reason, disposition, rule, rule_version, target)
select $1, $2, m.*
  from unnest($3::integer[], $4::bigint[], $5::date[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
              $11::text[], $12::text[], $13::smallint[], $14::text[]) m
"""


async def add_entries(
    tx: db.Tx, account: str, reference: str, rows: Sequence[EntryRow]
) -> None:
    """Keep movements."""
    await db.run(tx, _ENTRIES, account, reference, *db.columns(rows), changes=len(rows))


_SUSPENSE: Final = """
select b.reference, b.number, b.amount_cents, b.booked_on, b.end_to_end, b.said, b.rule, b.target, b.proposed_as,
       b.proposed_by
  from bank_entry b
 where b.disposition = 'suspense'
 order by b.booked_on, b.reference, b.number
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspense:
    """A movement that nothing explains."""

    reference: str
    number: int
    amount_cents: int
    booked_on: date
    end_to_end: str
    said: str
    rule: str
    target: str
    proposed_as: str | None
    proposed_by: str | None


async def suspense(tx: db.Tx) -> list[Suspense]:
    """Return the movements that nothing explains, the oldest first."""
    return await db.read(tx, Suspense, _SUSPENSE)


_EXPECTED: Final = """
select t.transfer_id, t.amount_cents, s.execute_on
  from transfer t
  join settlement s using (settlement_id)
 where t.state in ('ordered', 'acknowledged')
   and s.execute_on <= (select max(closed_on) from bank_statement)
 order by s.execute_on, t.transfer_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A transfer that the bank should have executed, and has not."""

    transfer_id: str
    amount_cents: int
    execute_on: date


async def expected(tx: db.Tx) -> list[Expected]:
    """Return what was to be booked by the day of the last statement, and is not."""
    return await db.read(tx, Expected, _EXPECTED)


_PROPOSE: Final = """
update bank_entry
   set proposed_as = $3, proposed_by = $4
 where reference = $1 and number = $2 and disposition = 'suspense'
"""
_FOR_UPDATE: Final = """
select b.reference, b.number, b.amount_cents, b.booked_on, b.end_to_end, b.said, b.rule, b.target, b.proposed_as,
       b.proposed_by
  from bank_entry b
 where b.reference = $1 and b.number = $2 and b.disposition = 'suspense'
   for update
"""
_DISPOSE: Final = """
update bank_entry
   set disposition = 'disposed', target = $3, disposed_by = $4, disposed_at = $5
 where reference = $1 and number = $2 and disposition = 'suspense'
"""
_INSURER: Final = "select insurer_id from insurer where amc_number = $1"


async def propose(tx: db.Tx, reference: str, number: int, target: str, who: str) -> int:
    """Note what somebody says a movement is; return how many movements that is."""
    return await db.run(tx, _PROPOSE, reference, number, target, who)


async def in_suspense(tx: db.Tx, reference: str, number: int) -> Suspense | None:
    """Return a movement that nothing explains, held against any other change."""
    return next(iter(await db.read(tx, Suspense, _FOR_UPDATE, reference, number)), None)


async def mark_disposed(
    tx: db.Tx, reference: str, number: int, target: str, who: str, now: datetime
) -> None:
    """Note what two persons say a movement is."""
    await db.run(tx, _DISPOSE, reference, number, target, who, now, changes=1)


async def insurer_id(tx: db.Tx, amc: str) -> UUID | None:
    """Return an insurer by its number."""
    row = await db.first(tx, _INSURER, amc)
    return None if row is None else row["insurer_id"]


_REPORT_KNOWN: Final = "select digest from bank_report where digest = $1"
_REPORT: Final = (
    "insert into bank_report (digest, original, said, taken_at) values ($1, $2, $3, $4)"
)


async def is_report_known(tx: db.Tx, digest: UUID) -> bool:
    """Tell whether a report was taken."""
    return await db.first(tx, _REPORT_KNOWN, digest) is not None


async def add_report(
    tx: db.Tx, digest: UUID, original: str, said: object, now: datetime
) -> None:
    """Keep what a report says."""
    await db.run(tx, _REPORT, digest, original, said, now, changes=1)
