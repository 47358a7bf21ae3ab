"""What the portal's login may ask of an insured person: functions that take a session, and no table."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.pricing import Use

_COVER: Final = "select insurer, amc_number, plan_code, start_on, end_on, birth_year, held_until from own_cover($1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCover:
    """A cover of one's own.

    Args:
        end_on: the first day without it; None while none is known.
        held_until: until when prises en charge of one's own hold something; None where none does.
    """

    insurer: str
    amc_number: str
    plan_code: str
    start_on: date
    end_on: date | None
    birth_year: int
    held_until: date | None


async def cover(tx: db.Tx, session_id: UUID) -> list[OwnCover]:
    """Return the covers of the person of a session, the last first."""
    return await db.read(tx, OwnCover, _COVER, session_id)


_USES: Final = "select counter, care_on, units, cents from own_uses($1)"


async def uses(tx: db.Tx, session_id: UUID) -> list[Use]:
    """Return what the person of a session and its contract have used of counters; not what is held for them."""
    return await db.read(tx, Use, _USES, session_id)


_CLAIMS: Final = """
select claim_id, name, profession, invoice, received_at, care_on, state, control, acts, labels, expense_cents,
       amo_cents, amc_cents, other_amc_cents, patient_cents, paid_on
  from own_claims($1, $2)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnClaim:
    """An invoice that was sent for oneself.

    Args:
        labels: of each act, in the imported tables; empty where it is not there.
        paid_on: when the bank has booked its payment.
    """

    claim_id: UUID
    name: str
    profession: str
    invoice: str
    received_at: datetime
    care_on: date
    state: str
    control: str | None
    acts: list[str]
    labels: list[str]
    expense_cents: int
    amo_cents: int
    amc_cents: int
    other_amc_cents: int
    patient_cents: int
    paid_on: date | None


async def claims(tx: db.Tx, session_id: UUID, before: datetime) -> list[OwnClaim]:
    """Return the invoices sent for the person of a session before an instant, the last first."""
    return await db.read(tx, OwnClaim, _CLAIMS, session_id, before)


_INCIDENTS: Final = """
select incident_id, aware_at, since, until, reckoned_at, actors, measures, is_exposed, purposes, first_at, last_at
  from own_incidents($1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnIncident:
    """An incident, and whether it exposed the person of a session.

    Args:
        reckoned_at: when the log was last asked whom it exposed: of a window that goes on, more may come.
        actors: of which kinds they were.
        purposes, first_at, last_at: what was seen and when; nothing while one's space is not open.
    """

    incident_id: UUID
    aware_at: datetime
    since: datetime
    until: datetime
    reckoned_at: datetime
    actors: list[str]
    measures: list[str]
    is_exposed: bool
    purposes: list[str]
    first_at: datetime | None
    last_at: datetime | None


async def incidents(tx: db.Tx, session_id: UUID) -> list[OwnIncident]:
    """Return the incidents that were told of, the last first, and whether each exposed the person of a session."""
    return await db.read(tx, OwnIncident, _INCIDENTS, session_id)
