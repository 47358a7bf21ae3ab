"""Book entries in the transaction of what caused them, and read them again."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

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


_NUMBERS: Final = """
select insurer_id::text as holder, amc_number as number from insurer
 union all
select establishment_id::text, finess from establishment
"""


@dataclass(frozen=True, slots=True)
class Numbered:
    """Who accounts are kept of, and by what number a person knows it."""

    holder: str
    number: str


async def numbers(tx: db.Tx) -> list[Numbered]:
    """Return the numbers of all insurers and establishments."""
    return await db.read(tx, Numbered, _NUMBERS)


_BALANCES: Final = """
select account, sum(debit)::bigint as debit_cents, sum(credit)::bigint as credit_cents
  from (select debit as account, amount_cents as debit, 0::bigint as credit from ledger_entry
         union all
        select credit, 0, amount_cents from ledger_entry) m
 where $1::uuid is null or split_part(account, ':', 2) = $1::uuid::text
 group by account
 order by account
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """What an account was debited and credited of, in cents."""

    account: str
    debit_cents: int
    credit_cents: int

    @property
    def cents(self) -> int:
        """Return debits less credits."""
        return self.debit_cents - self.credit_cents


async def balances(tx: db.Tx, holder: UUID | None = None) -> list[Moved]:
    """Return what each account was moved by, or those of a holder. Cost: one scan of the ledger."""
    return await db.read(tx, Moved, _BALANCES, holder)


_ENTRIES: Final = """
select booked_at, cause_kind, cause_id, debit, credit, amount_cents
  from ledger_entry
 where booked_at >= $1 and booked_at < $2
   and ($3::uuid is null or split_part(debit, ':', 2) = $3::uuid::text
        or split_part(credit, ':', 2) = $3::uuid::text)
 order by booked_at, cause_kind, cause_id, part
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """An entry as it was booked."""

    booked_at: datetime
    cause_kind: str
    cause_id: str
    debit: str
    credit: str
    amount_cents: int


async def entries(
    tx: db.Tx, since: datetime, until: datetime, holder: UUID | None
) -> AsyncGenerator[Booked]:
    """Yield the entries of a span, or those of a holder's accounts; memory does not grow with them."""
    async for row in db.stream(tx, _ENTRIES, since, until, holder, size=5_000):
        yield Booked(**row)
