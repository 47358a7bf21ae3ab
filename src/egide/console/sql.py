"""What the portal's login may ask for an operator or an insurer: functions that take a session, and names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from egide import db

_FACTS: Final = """
select fact_id, at, kind, establishment_id, finess, name, profession, department, is_contained from operator_facts($1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What the gate noted of an establishment."""

    fact_id: UUID
    at: datetime
    kind: str
    establishment_id: UUID
    finess: str
    name: str
    profession: str
    department: str
    is_contained: bool


async def facts(tx: db.Tx, session_id: UUID) -> list[Fact]:
    """Return the facts of the last thirty days, the last first, to the session of an operator or an auditor."""
    return await db.read(tx, Fact, _FACTS, session_id)


_OBJECTIONS: Final = """
select establishment_id, finess, name, profession, department, persons, last_at, is_contained
  from operator_objections($1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objections:
    """How many persons said that they were not at an establishment that asked about them."""

    establishment_id: UUID
    finess: str
    name: str
    profession: str
    department: str
    persons: int
    last_at: datetime
    is_contained: bool


async def objections(tx: db.Tx, session_id: UUID) -> list[Objections]:
    """Return what persons objected to in thirty days, to the session of an operator or an auditor."""
    return await db.read(tx, Objections, _OBJECTIONS, session_id)


_OF_INSURER: Final = """
select incident_id, amc_number, aware_at, hypothesis, since, until, closed_at, reckoned_at, persons, seen, acts
  from insurer_incidents($1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InsurerIncident:
    """An incident as its insurer was told of it.

    Args:
        seen: persons by purpose and ground; one may be in several.
        acts: what was noted for this insurer, in the order of its noting.
    """

    incident_id: UUID
    amc_number: str
    aware_at: datetime
    hypothesis: str
    since: datetime
    until: datetime
    closed_at: datetime | None
    reckoned_at: datetime
    persons: int
    seen: list[dict[str, Any]]
    acts: list[dict[str, Any]]


async def of_insurer(tx: db.Tx, session_id: UUID) -> list[InsurerIncident]:
    """Return the incidents that the insurer of a session was told of, the last first."""
    return await db.read(tx, InsurerIncident, _OF_INSURER, session_id)


_INCIDENTS: Final = """
select incident_id, opened_at, opened_by, aware_at, hypothesis, since, until, closed_at, persons, answers, insurers,
       names, acts
  from operator_incidents($1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An incident, by numbers: what was noted of it is in the order of its noting."""

    incident_id: UUID
    opened_at: datetime
    opened_by: str
    aware_at: datetime
    hypothesis: str
    since: datetime
    until: datetime
    closed_at: datetime | None
    persons: int
    answers: int
    insurers: list[str]
    names: list[str]
    acts: list[dict[str, Any]]


async def incidents(tx: db.Tx, session_id: UUID) -> list[Incident]:
    """Return the incidents, the last first, to the session of an operator or an auditor."""
    return await db.read(tx, Incident, _INCIDENTS, session_id)


_NAMES: Final = """
select establishment_id::text as value, name || ' (' || finess || ')' as said
  from establishment where establishment_id::text = any ($1::text[])
 union all
select insurer_id::text, name || ' (' || amc_number || ')'
  from insurer where insurer_id::text = any ($1::text[])
"""


async def names_of(tx: db.Tx, values: Sequence[str]) -> dict[str, str]:
    """Return how establishments and insurers that are contained are called, by their numbers."""
    return {row["value"]: row["said"] for row in await db.many(tx, _NAMES, list(values))}
