"""Where the money of each insurer stands, and how much more may be paid for it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from egide import db
from egide.core.bank import target_days_before
from egide.core.period import civil_day
from egide.payments.funds import sql

# A debtor's bank may send a B2B debit back within three days of TARGET; it refunds a CORE one within eight weeks,
# unasked why (EPC222-07 and EPC016-06, rulebooks of 2025).
_B2B_DAYS: Final = 3
_CORE_WEEKS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class InsurerFunds:
    """Where an insurer's money stands, and what waits for it.

    Args:
        waiting_claims, waiting_cents, oldest_on: what its funds do not reach; None where nothing waits.
    """

    amc_number: str
    name: str
    credit_cents: int | None
    ahead_cents: int
    room_cents: int | None
    waiting_claims: int
    waiting_cents: int
    oldest_on: date | None


async def rooms(tx: db.Tx, today: date) -> dict[UUID, int]:
    """Return how much more may be paid for each insurer that has a bound, in cents."""
    return {
        one.insurer_id: one.room_cents
        for one in await _standings(tx, today)
        if one.room_cents is not None
    }


async def all_funds(tx: db.Tx, today: date) -> list[InsurerFunds]:
    """Return where the money of every insurer stands, and what waits for it."""
    every = await _standings(tx, today)
    bound = {one.insurer_id: one.room_cents for one in every if one.room_cents is not None}
    owing = await sql.owing(tx, bound, [], today) if bound else []
    waits = {one.insurer_id: one for one in await sql.waiting(tx, bound, owing, today)}
    return [_funds(one, waits.get(one.insurer_id)) for one in every]


async def _standings(tx: db.Tx, today: date) -> list[sql.Standing]:
    b2b, core = target_days_before(today, _B2B_DAYS), today - timedelta(weeks=_CORE_WEEKS)
    return await sql.standings(tx, today, b2b, core)


def _funds(one: sql.Standing, waiting: sql.Waiting | None) -> InsurerFunds:
    return InsurerFunds(
        amc_number=one.amc_number,
        name=one.name,
        credit_cents=one.credit_cents,
        ahead_cents=one.ahead_cents,
        room_cents=one.room_cents,
        waiting_claims=waiting.claims if waiting else 0,
        waiting_cents=waiting.cents if waiting else 0,
        oldest_on=civil_day(waiting.oldest_at) if waiting else None,
    )
