"""Every statement on what waits for a person: movements without an explanation, orders that did not come, holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.core.money import Money
from egide.treasury.statement import Movement

_LONGEST_NUMBER: Final = 9  # digits
_SUSPENSE: Final = """
select b.account, b.place, s.reference, s.closed_on, b.number, b.amount_cents, b.booked_on, b.end_to_end, b.batch,
       b.said, b.reason, b.rule, b.target
  from bank_entry b
  join bank_statement s using (account, place)
 where b.disposition = 'suspense'
   and (b.booked_on, b.account, b.place, b.number) > ($1::date, $2::text, $3::integer, $4::integer)
 order by b.booked_on, b.account, b.place, b.number
 limit 5000
"""
_NAMED: Final = """
select b.account, b.place, s.reference, s.closed_on, b.number, b.amount_cents, b.booked_on, b.end_to_end, b.batch,
       b.said, b.reason, b.rule, b.target
  from bank_statement s
  join bank_entry b using (account, place)
 where b.disposition = 'suspense' and s.reference = any ($1::text[]) and b.number = $2
"""
_FIRST: Final = (date(1, 1, 1), "", 0, 0)


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
        """Return what names it alone: banks begin their numbers again, and two accounts may have the same."""
        return f"{self.reference}@{self.closed_on}@{self.account[-4:]}/{self.number}"

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


async def suspense(tx: db.Tx, after: Suspense | None = None) -> list[Suspense]:
    """Return the movements that nothing explains, the oldest first, after one; five thousand at most."""
    key = (
        _FIRST if after is None else (after.booked_on, after.account, after.place, after.number)
    )
    return await db.read(tx, Suspense, _SUSPENSE, *key)


async def named(tx: db.Tx, subject: str) -> list[Suspense]:
    """Return the movements that nothing explains and that bear a name, short or full."""
    statement, _, number = subject.rpartition("/")
    if not number.isascii() or not number.isdigit() or len(number) > _LONGEST_NUMBER:
        return []
    # A bank may write « @ » in its own name of a statement.
    references = [statement, statement.rsplit("@", 2)[0]]
    found = await db.read(tx, Suspense, _NAMED, references, int(number))
    return [one for one in found if subject in {one.subject, one.full_name}]


_EXPECTED: Final = """
select t.transfer_id, t.amount_cents, s.execute_on, false as is_debit
  from transfer t
  join settlement s using (settlement_id)
 where t.state in ('ordered', 'acknowledged')
   and s.execute_on <= (select max(closed_on) from bank_statement)
 union all
select c.collection_id, c.amount_cents, c.due_on, true
  from collection c
 where c.state in ('ordered', 'acknowledged') and c.due_on <= (select max(closed_on) from bank_statement)
 order by 3, 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A transfer that the bank should have executed, and has not; or a debit of an insurer."""

    transfer_id: str
    amount_cents: int
    execute_on: date
    is_debit: bool


async def expected(tx: db.Tx) -> list[Expected]:
    """Return what was to be booked by the day of the last statement, and is not."""
    return await db.read(tx, Expected, _EXPECTED)


_TO_LOOK_AT: Final = """
select r.original, c.name, coalesce(c.why, '') as why, r.taken_at
  from bank_report r
 cross join lateral unnest(r.contradicted, r.why) c (name, why)
 where not exists (select from bank_said s
                    where s.subject = c.name and s.is_done and s.target in ('seen', 'rejected')
                      and s.said_at >= r.taken_at)
   and not exists (select from transfer t
                    where t.transfer_id = c.name and t.state = 'rejected' and t.reason = 'HAND')
 order by r.taken_at, c.name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToLookAt:
    """What a report says of an order and is not believed by itself."""

    original: str
    name: str
    why: str
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
_STALE: Final = """
update bank_said set is_done = true, target = 'stale' where subject = any ($1::text[]) and not is_done
"""
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


async def mark_stale(tx: db.Tx, subjects: Sequence[str]) -> None:
    """Note that what one person said of some orders was said of what was known then."""
    await db.run(tx, _STALE, list(subjects))


async def said(tx: db.Tx) -> list[Said]:
    """Return what one person says, and waits for another."""
    return await db.read(tx, Said, _SAID)


async def mark_disposed(
    tx: db.Tx, one: Suspense, disposition: str, target: str, rule: str
) -> None:
    """Note what a movement that nothing explained turns out to be."""
    place = (one.account, one.place, one.number)
    await db.run(tx, _DISPOSE, *place, disposition, target, rule, changes=1)


_INSURER: Final = "select i as insurer_id from insurer_numbered($1) i where i is not null"


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


_SINCE_ENDED: Final = """
select exists (select from allocation a
                 join allocation n on n.claim_id = a.claim_id and n.attempt > a.attempt and n.ended_at is null
                where a.transfer_id = $1) as is_tried_again,
       exists (select from allocation a join claim c using (claim_id)
                where a.transfer_id = $1 and c.state <> 'payable')
       or exists (select from withholding w where w.transfer_id = $1)
       or exists (select from refund f where f.transfer_id = $1) as is_changed
"""
_REVIVE: Final = """
with again as (
    update allocation set ended_at = null where transfer_id = $1 returning claim_id
)
update claim c set state = 'settled' from again a where c.claim_id = a.claim_id
"""


@dataclass(frozen=True, slots=True)
class SinceEnded:
    """What has become, since it ended, of what an order was to pay."""

    is_tried_again: bool
    is_changed: bool


async def since_ended(tx: db.Tx, transfer_id: str) -> SinceEnded:
    """Return what has become of what an order that ended was to pay."""
    [found] = await db.read(tx, SinceEnded, _SINCE_ENDED, transfer_id)
    return found


async def revive(tx: db.Tx, transfer_id: str) -> None:
    """Have an order that ended pay its claims again."""
    await db.run(tx, _REVIVE, transfer_id)


_OWED: Final = """
select i.amc_number, sum(case when l.debit = a.account then l.amount_cents else -l.amount_cents end)::bigint as cents
  from insurer i
 cross join lateral (select 'amc:' || i.insurer_id || ':due' as account) a
  join ledger_entry l on a.account in (l.debit, l.credit)
 group by i.amc_number
having sum(case when l.debit = a.account then l.amount_cents else -l.amount_cents end) <> 0
 order by i.amc_number
"""


@dataclass(frozen=True, slots=True)
class Owed:
    """What an insurer owes, called or not yet; below zero, what is owed to it."""

    amc_number: str
    cents: int


async def owed(tx: db.Tx) -> list[Owed]:
    """Return what insurers owe. Cost: the entries of their accounts."""
    return await db.read(tx, Owed, _OWED)


_HELD_FOR: Final = """
select (select coalesce(sum(amount_cents), 0) from ledger_entry where credit = $1)
       - (select coalesce(sum(amount_cents), 0) from ledger_entry where debit = $1) as cents
"""


async def held_for(tx: db.Tx, insurer: UUID) -> int:
    """Return what an insurer has paid in and no call has taken, in cents. Cost: the entries of its funds."""
    row = await db.first(tx, _HELD_FOR, f"amc:{insurer}:funds")
    return 0 if row is None else int(row["cents"])


_UNPAID: Final = """
select e.finess, d.transfer_id from debit_waiting d join establishment e using (establishment_id) order by e.finess
"""


@dataclass(frozen=True, slots=True)
class Blocked:
    """An establishment to which nothing more is paid until a debit is explained."""

    finess: str
    transfer_id: str


async def blocked(tx: db.Tx) -> list[Blocked]:
    """Return who is paid nothing more, an order of whom ended and was debited all the same."""
    return await db.read(tx, Blocked, _UNPAID)
