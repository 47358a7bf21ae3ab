"""Every statement on what waits for a person: movements without an explanation, orders that did not come, holds."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.core.money import Money
from egide.treasury.statement import Movement

_SUSPENSE: Final = """
select b.account, b.place, s.reference, s.closed_on, b.number, b.amount_cents, b.booked_on, b.end_to_end, b.batch,
       b.said, b.reason, b.rule, b.target
  from bank_entry b
  join bank_statement s using (account, place)
 where b.disposition = 'suspense'
 order by b.booked_on, b.account, b.place, b.number
 limit 5000
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspense:
    """A movement that nothing explains."""

    account: str
    place: int
    reference: str
    closed_on: date
    number: int
    amount_cents: int
    booked_on: date
    end_to_end: str
    batch: str
    said: str
    reason: str
    rule: str
    target: str

    @property
    def subject(self) -> str:
        """Return how a person names it."""
        return f"{self.reference}/{self.number}"

    @property
    def full_name(self) -> str:
        """Return what names it alone: banks begin the numbers of their statements again."""
        return f"{self.reference}@{self.closed_on}/{self.number}"

    @property
    def movement(self) -> Movement:
        """Return it as its statement said it; its code is not kept."""
        return Movement(
            number=self.number,
            amount=Money(self.amount_cents),
            booked_on=self.booked_on,
            end_to_end=self.end_to_end,
            batch=self.batch,
            said=self.said,
            reason=self.reason,
        )

    @property
    def cause(self) -> str:
        """Return what names it in the ledger."""
        return cause_of(self.account, self.place, self.number)


def cause_of(account: str, place: int, number: int) -> str:
    """Return what names a movement in the ledger: its account, its statement's place, its number there."""
    return f"{account}/{place}/{number}"


async def suspense(tx: db.Tx) -> list[Suspense]:
    """Return the movements that nothing explains, the oldest first, five thousand at most."""
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


_TO_LOOK_AT: Final = """
select r.original, c.name, r.taken_at
  from bank_report r
 cross join lateral unnest(r.contradicted) c (name)
 where not exists (select from bank_said s where s.subject = c.name and s.target = 'seen' and s.said_at >= r.taken_at)
   and not exists (select from transfer t where t.transfer_id = c.name and t.state in ('rejected', 'returned'))
 order by r.taken_at, c.name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToLookAt:
    """What a report says of an order and is not believed by itself."""

    original: str
    name: str
    taken_at: datetime


async def to_look_at(tx: db.Tx) -> list[ToLookAt]:
    """Return what reports said that nobody has looked at."""
    return await db.read(tx, ToLookAt, _TO_LOOK_AT)


_SAY: Final = """
insert into bank_said (subject, who, target, os_user, said_at)
values ($1, $2, $3, $4, $5)
    on conflict (subject, who) do update
   set target = excluded.target, os_user = excluded.os_user, said_at = excluded.said_at, is_done = false
"""
_SAID_BY_ANOTHER: Final = """
select s.who from bank_said s where s.subject = $1 and s.target = $2 and s.who <> $3 and not s.is_done
"""
_SEEN: Final = "update bank_said set is_done = true where subject = $1 and who = $2"
_DONE: Final = "update bank_said set is_done = true where subject = $1"
_SAID: Final = (
    "select s.subject, s.who, s.target from bank_said s where not s.is_done order by s.said_at"
)
_DISPOSE: Final = """
update bank_entry
   set disposition = $4, target = $5, rule = $6
 where account = $1 and place = $2 and number = $3 and disposition = 'suspense'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody says that a movement or an order is, and nobody else has yet."""

    subject: str
    who: str
    target: str


async def say(
    tx: db.Tx, subject: str, who: str, target: str, os_user: str, now: datetime
) -> bool:
    """Note what somebody says; True if another says the same."""
    await db.run(tx, _SAY, subject, who, target, os_user, now)
    return await db.first(tx, _SAID_BY_ANOTHER, subject, target, who) is not None


async def mark_seen(tx: db.Tx, subject: str, who: str) -> None:
    """Note that what somebody said waits for nobody."""
    await db.run(tx, _SEEN, subject, who)


async def mark_done(tx: db.Tx, subject: str) -> None:
    """Note that what two said is done."""
    await db.run(tx, _DONE, subject)


async def said(tx: db.Tx) -> list[Said]:
    """Return what one person says, and waits for another."""
    return await db.read(tx, Said, _SAID)


async def mark_disposed(
    tx: db.Tx, one: Suspense, disposition: str, target: str, rule: str
) -> None:
    """Note what a movement that nothing explained turns out to be."""
    place = (one.account, one.place, one.number)
    await db.run(tx, _DISPOSE, *place, disposition, target, rule, changes=1)


_INSURER: Final = "select insurer_id from insurer where amc_number = $1"


async def insurer_id(tx: db.Tx, amc: str) -> UUID | None:
    """Return an insurer by its number."""
    row = await db.first(tx, _INSURER, amc)
    return None if row is None else row["insurer_id"]


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
 where h.released_at is null
 order by h.since, e.finess
"""


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
