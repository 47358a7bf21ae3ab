"""The statements on segments: whether one is of something, what is contained, to contain it."""

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db

_IS_SEGMENT: Final = "select is_segment($1, $2) as is_known"


_CONTAINED: Final = "select kind, value, mode, reason, author, since, until from contained($1)"


_CONTAIN: Final = "select contain($1, $2, $3, $4, $5, $6) as said"


async def is_segment(tx: db.Tx, kind: str, value: str) -> bool:
    """Tell whether a segment is of somebody or something."""
    row = await db.first(tx, _IS_SEGMENT, kind, value)
    return row is not None and row["is_known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contained:
    """A segment that is contained now."""

    kind: str
    value: str
    mode: str
    reason: str
    author: str
    since: datetime
    until: datetime | None


async def contained(tx: db.Tx, session_id: UUID) -> list[Contained]:
    """Return what is contained now, to the session of an operator or an auditor."""
    return await db.read(tx, Contained, _CONTAINED, session_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Containing:
    """A segment to contain."""

    kind: str
    value: str
    mode: str
    reason: str
    until: datetime


async def contain(tx: db.Tx, session_id: UUID, segment: Containing) -> str:
    """Contain a segment by a session: ``done``, ``no-operator`` or ``looser``."""
    row = await db.first(tx, _CONTAIN, session_id, *astuple(segment))
    return "no-operator" if row is None else row["said"]
