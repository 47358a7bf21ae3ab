"""Every statement on the bank's answers: transfers as they stand, statements, movements, reports, holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db


@dataclass(frozen=True, slots=True, kw_only=True)
class LastStatement:
    """The last statement of an account."""

    reference: str
    place: int
    closed_cents: int
    closed_on: date
    sequence_number: int | None


_LAST: Final = """
select reference, place, closed_cents, closed_on, sequence_number
  from bank_statement where account = $1 order by place desc limit 1
"""
_DIGEST: Final = (
    "select digest from bank_statement where account = $1 and reference = $2 and closed_on = $3"
)


async def last_statement(tx: db.Tx, account: str) -> LastStatement | None:
    """Return the last statement of an account."""
    return next(iter(await db.read(tx, LastStatement, _LAST, account)), None)


async def statement_digest(
    tx: db.Tx, account: str, reference: str, closed_on: date
) -> UUID | None:
    """Return the digest of what a statement said, None if it was not taken; banks begin their numbers again."""
    row = await db.first(tx, _DIGEST, account, reference, closed_on)
    return None if row is None else row["digest"]


_LOCK_CLAIMS: Final = """
select c.claim_id
  from transfer t
  join allocation a using (transfer_id)
  join claim c on c.claim_id = a.claim_id
 where t.transfer_id = any ($1::text[]) or t.settlement_id = any ($2::text[])
 order by c.claim_id
   for update of c
"""


async def lock_claims(tx: db.Tx, named: Sequence[str], settlements: Sequence[str]) -> None:
    """Hold the claims of transfers that may come back: whoever cancels one of them goes before, or after."""
    await db.many(tx, _LOCK_CLAIMS, list(named), list(settlements))


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    """A transfer as it stands, whole.

    Args:
        held_back_cents: what it holds back of claims cancelled after they were paid.
        reversed_cents: what it was to pay of claims cancelled since; ``elsewhere_cents`` of those, what another
            transfer has held back already.
        refund_cents: what it gives back.
        unrefunded_cents: what it holds back that is to be given back, and in no transfer yet.
        is_written: its order left us.
        is_unsent: it was withdrawn before its file was written: the bank never had it.
        is_debit_waiting: a debit that is about it alone waits for an explanation.
    """

    establishment_id: UUID
    transfer_id: str
    settlement_id: str
    amount_cents: int
    held_back_cents: int
    reversed_cents: int
    elsewhere_cents: int
    refund_cents: int
    state: str
    unrefunded_cents: int
    is_written: bool
    is_unsent: bool
    is_debit_waiting: bool


_TRANSFERS: Final = """
select t.establishment_id, t.transfer_id, t.settlement_id, t.amount_cents, t.state,
       coalesce(h.cents, 0)::bigint as held_back_cents, coalesce(h.unrefunded, 0)::bigint as unrefunded_cents,
       s.written_at is not null as is_written, t.reason is not distinct from 'UNSENT' as is_unsent,
       exists (select from bank_entry b
                where b.target = t.transfer_id and b.disposition = 'suspense' and b.amount_cents < 0
              ) as is_debit_waiting,
       coalesce(r.cents, 0)::bigint as reversed_cents, coalesce(r.elsewhere, 0)::bigint as elsewhere_cents,
       coalesce(g.cents, 0)::bigint as refund_cents
  from transfer t
  join settlement s on s.settlement_id = t.settlement_id
  left join lateral (select sum(w.amount_cents) as cents,
                            sum(w.amount_cents) filter (
                                where exists (select from refund f
                                               where f.claim_id = w.claim_id and f.transfer_id is null
                                                 and f.ended_at is null)) as unrefunded
                       from withholding w
                      where w.transfer_id = t.transfer_id and w.ended_at is null) h on true
  left join lateral (select sum(a.amount_cents) as cents,
                            sum(a.amount_cents) filter (where x.transfer_id is not null) as elsewhere
                       from allocation a
                       join claim_cancellation x using (establishment_id, claim_id)
                      where a.transfer_id = t.transfer_id and a.ended_at is null) r on true
  left join lateral (select sum(f.amount_cents) as cents
                       from refund f
                      where f.transfer_id = t.transfer_id and f.ended_at is null) g on true
 where t.transfer_id = any ($1::text[]) or t.settlement_id = any ($2::text[])
 order by t.transfer_id
   for update of t
"""


async def transfers(
    tx: db.Tx, named: Sequence[str], settlements: Sequence[str]
) -> list[TransferRow]:
    """Return transfers by number or by settlement, held against any other change."""
    return await db.read(tx, TransferRow, _TRANSFERS, list(named), list(settlements))


_DOUBTED: Final = """
select distinct t.transfer_id
  from transfer t
  join settlement s using (settlement_id)
  join debit_waiting w on w.establishment_id = t.establishment_id
 where t.settlement_id = $1 and s.written_at is null and t.state = 'ordered'
   and not exists (select from settlement_order b
                    where b.settlement_id = t.settlement_id and b.begun_at is not null)
   and not exists (select from transfer o
                    where o.settlement_id = t.settlement_id
                      and (o.state in ('acknowledged', 'booked', 'returned')
                           or o.state = 'rejected' and o.reason is distinct from 'UNSENT'))
"""


async def doubted(tx: db.Tx, settlement_id: str) -> list[str]:
    """Return the orders of a file that is not written, to who may have been paid by an order that had ended."""
    return [row["transfer_id"] for row in await db.many(tx, _DOUBTED, settlement_id)]


_FILE_DEBITS: Final = """
select target, -amount_cents as cents
  from bank_entry
 where disposition = 'suspense' and amount_cents < 0 and target = any ($1::text[])
"""


async def file_debits(tx: db.Tx, settlements: Sequence[str]) -> list[tuple[str, int]]:
    """Return the debits of whole files that wait for an explanation: settlement, cents above zero."""
    rows = await db.many(tx, _FILE_DEBITS, list(settlements))
    return [(row["target"], row["cents"]) for row in rows]


_CALLS: Final = """
select f.settlement_id, f.insurer_id,
       array(select n.amc_number
               from insurer_former_number n
              where n.insurer_id = i.insurer_id) || i.amc_number as numbers,
       f.amount_cents - f.returned_cents - f.reissued_cents - f.funds_cents as cents
  from funds_call f
  join insurer i using (insurer_id)
 where f.settlement_id = any ($1::text[])
   and not exists (select from bank_entry b
                    where b.target = f.insurer_id || '/' || f.settlement_id and b.disposition = 'called'
                      and b.rule = 'call')
   and not exists (select from collection c
                    where c.settlement_id = f.settlement_id and c.insurer_id = f.insurer_id and c.state = 'booked')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidCall:
    """A call that no movement has paid; whoever pays it names its insurer by any of its numbers."""

    settlement_id: str
    numbers: list[str]
    insurer_id: UUID
    cents: int


async def calls(tx: db.Tx, settlements: Sequence[str]) -> list[UnpaidCall]:
    """Return the calls of some settlements that no movement has paid."""
    return await db.read(tx, UnpaidCall, _CALLS, list(settlements))


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
    returning a.establishment_id, a.claim_id, a.amount_cents
), unheld as (
    update withholding w set ended_at = $2 where w.transfer_id = any ($1::text[]) and w.ended_at is null
    returning w.claim_id
), not_to_give_back as (
    update refund f set ended_at = $2
      from unheld u
     where f.claim_id = u.claim_id and f.transfer_id is null and f.ended_at is null
    returning f.claim_id
), freed as (
    update claim_cancellation x
       set transfer_id = null,
           was = case when exists (select from not_to_give_back n where n.claim_id = x.claim_id) then 'payable'
                      when g.is_given_back then 'settled'
                      else x.was end,
           is_given_back = g.is_given_back and not exists (select from not_to_give_back n where n.claim_id = x.claim_id)
      from unheld u
     cross join lateral (select exists (select from refund f
                                         where f.claim_id = u.claim_id and f.transfer_id is not null
                                           and f.ended_at is null) as is_given_back) g
     where x.claim_id = u.claim_id
), given_back as (
    update refund f set ended_at = $2
     where f.transfer_id = any ($1::text[]) and f.ended_at is null
    returning f.claim_id, f.attempt, f.establishment_id, f.amount_cents
), to_give_back as (
    insert into refund (claim_id, attempt, establishment_id, amount_cents)
    select g.claim_id, g.attempt + 1, g.establishment_id, g.amount_cents from given_back g
     union all
    select e.claim_id, 1, e.establishment_id, e.amount_cents
      from ended e
      join claim_cancellation x using (establishment_id, claim_id)
     where x.transfer_id is not null
), never_paid as (
    update claim_cancellation x
       set was = 'payable', transfer_id = null
      from ended e
     where x.establishment_id = e.establishment_id and x.claim_id = e.claim_id
)
update claim c
   set state = case c.state when 'settled' then 'payable' else 'cancelled' end
  from ended e
 where c.establishment_id = e.establishment_id and c.claim_id = e.claim_id
"""


async def owe_again(tx: db.Tx, named: Sequence[str], now: datetime) -> None:
    """End the tries of transfers that came back: their claims are due again, and what they held back is owed again.

    What was to be given back of it is not; what another transfer gave back of it already is owed for that.
    """
    await db.run(tx, _OWED_AGAIN, list(named), now)


_HOLD: Final = """
insert into payment_hold (establishment_id, transfer_id, reason, since)
values ($1, $2, $3, $4)
    on conflict (establishment_id, transfer_id) do update
   set reason = excluded.reason, since = excluded.since, released_at = null, released_by = null
 where payment_hold.released_at is not null
"""


async def hold(
    tx: db.Tx, establishment_id: UUID, transfer_id: str, reason: str, now: datetime
) -> None:
    """Pay an establishment nothing more to the account that its bank refused."""
    await db.run(tx, _HOLD, establishment_id, transfer_id, reason, now)


_STATEMENT: Final = """
insert into bank_statement (account, place, reference, digest, opened_cents, closed_cents, closed_on, entries, taken_at,
                            sequence_number)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


async def add_statement(tx: db.Tx, *values: object) -> None:
    """Keep a statement: account, place, reference, digest, balances, day, movements, instant, the bank's number."""
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
insert into bank_entry (account, place, number, amount_cents, booked_on, end_to_end, batch, bank_reference, said,
                        reason, disposition, rule, rule_version, target)
select $1, $2, m.*
  from unnest($3::integer[], $4::bigint[], $5::date[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
              $11::text[], $12::text[], $13::smallint[], $14::text[]) m
"""


async def add_entries(tx: db.Tx, account: str, place: int, rows: Sequence[EntryRow]) -> None:
    """Keep movements."""
    await db.run(tx, _ENTRIES, account, place, *db.columns(rows), changes=len(rows))


_REPORT_KNOWN: Final = "select digest from bank_report where digest = $1"
_REPORT: Final = """
insert into bank_report (digest, original, said, contradicted, why, taken_at) values ($1, $2, $3, $4, $5, $6)
"""


async def is_report_known(tx: db.Tx, digest: UUID) -> bool:
    """Tell whether a report was taken."""
    return await db.first(tx, _REPORT_KNOWN, digest) is not None


async def add_report(
    tx: db.Tx,
    digest: UUID,
    original: str,
    said: object,
    contradicted: Mapping[str, str],
    now: datetime,
) -> None:
    """Keep what a report says, and what of it a person has to look at, with why."""
    values = (digest, original, said, list(contradicted), list(contradicted.values()), now)
    await db.run(tx, _REPORT, *values, changes=1)


_PAYERS: Final = "select distinct o.debtor_iban from settlement_order o"


async def payers(tx: db.Tx) -> set[str]:
    """Return the accounts that orders were given on."""
    return {row["debtor_iban"] for row in await db.many(tx, _PAYERS)}
