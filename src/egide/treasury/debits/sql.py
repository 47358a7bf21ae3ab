"""Every statement on debits of insurers: what is known of them, what becomes of them, and of their mandates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from egide import db

_KNOWN: Final = """
select c.collection_id, c.settlement_id, c.insurer_id, c.amount_cents, c.state,
       c.settlement_id || '-' || c.scheme as in_group,
       exists (select from bank_entry b
                where b.target = c.collection_id and b.disposition = 'suspense' and b.amount_cents > 0
              ) as is_credit_waiting,
       c.is_ahead, s.written_at is not null as is_written
  from collection c
  join settlement s using (settlement_id)
 where c.collection_id = any ($1::text[])
    or c.settlement_id = any (select substring(g from '^S[0-9]{8}-[0-9]{2,6}') from unnest($2::text[]) g)
 order by c.collection_id
   for update of c
"""
_PAYERS: Final = """
select i.insurer_id, array(select n.amc_number
                             from insurer_former_number n
                            where n.insurer_id = i.insurer_id) || i.amc_number as numbers
  from insurer i
 where i.amc_number = any ($1::text[])
    or exists (select from insurer_former_number n
                where n.insurer_id = i.insurer_id and n.amc_number = any ($1::text[]))
"""
_MOVE: Final = """
update collection c
   set state = m.state, booked_on = coalesce(m.booked_on, c.booked_on), ended_on = m.ended_on, reason = m.reason,
       is_ahead = m.is_ahead
  from unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::text[], $6::boolean[])
       as m (collection_id, state, booked_on, ended_on, reason, is_ahead)
 where c.collection_id = m.collection_id
"""
_STOP: Final = """
update insurer_mandate m
   set stopped_on = e.ended_on, stopped_why = e.reason
  from unnest($1::text[], $2::date[], $3::text[]) as e (collection_id, ended_on, reason)
  join collection c using (collection_id)
 where m.mandate = c.mandate and m.stopped_on is null
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionRow:
    """A debit of an insurer as it stands; ``in_group``, the name of its group in its file."""

    collection_id: str
    settlement_id: str
    insurer_id: UUID
    amount_cents: int
    state: str
    in_group: str
    is_credit_waiting: bool
    is_ahead: bool
    is_written: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What becomes of a debit; ``reason``, why its bank did not execute it or took it back."""

    collection_id: str
    state: str
    booked_on: date | None = None
    ended_on: date | None = None
    reason: str | None = None
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class _Payer:
    insurer_id: UUID
    numbers: list[str]


async def rows(tx: db.Tx, named: Sequence[str], files: Sequence[str]) -> list[CollectionRow]:
    """Return debits by their own references, or by what their files or groups are called; held against any change."""
    return await db.read(tx, CollectionRow, _KNOWN, list(named), list(files))


async def payers_ahead(tx: db.Tx, numbers: Sequence[str]) -> Mapping[str, str]:
    """Return insurers by any of their numbers."""
    return {
        number: str(one.insurer_id)
        for one in await db.read(tx, _Payer, _PAYERS, list(numbers))
        for number in one.numbers
    }


async def note(tx: db.Tx, moved: Sequence[Moved], *, stops: bool = True) -> None:
    """Note what becomes of debits; one that ends stops its mandate until a person has looked.

    Args:
        stops: false where the reason is of the file, or our own account's.
    """
    if not moved:
        return
    await db.run(tx, _MOVE, *db.columns(moved), changes=len(moved))
    ended = [one for one in moved if one.ended_on is not None]
    if ended and stops:
        of = [one.collection_id for one in ended]
        await db.run(
            tx, _STOP, of, [one.ended_on for one in ended], [one.reason for one in ended]
        )
