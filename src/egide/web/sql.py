"""The statements by which a process knows how its database and its log are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from egide import db

_IS_WRITTEN: Final = (
    "select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as yes"
)


async def is_written(tx: db.Tx) -> bool:
    """Tell whether the database takes writes from this login."""
    row = await db.first(tx, _IS_WRITTEN)
    return bool(row and row["yes"])


_LOG_LAG: Final = "select waiting_since, unseen_since from gate.log_lag()"


@dataclass(frozen=True, slots=True)
class LogLag:
    """Since when the oldest answer waits for the tree, and the oldest checkpoint for a witness; None if none does."""

    waiting_since: datetime | None
    unseen_since: datetime | None


async def log_lag(tx: db.Tx) -> LogLag:
    """Return how far the log is behind what was answered."""
    [lag] = await db.read(tx, LogLag, _LOG_LAG)
    return lag


_FLOW_STATUS: Final = "select flow, mode, at, until, is_now from flow_status()"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStands:
    """How a flow stands since an instant, or how it was made to stand then."""

    flow: str
    mode: str
    at: datetime
    until: datetime
    is_now: bool


async def flow_status(tx: db.Tx) -> list[FlowStands]:
    """Return the flows that are restricted now, and what changed in ninety days, the last first."""
    return await db.read(tx, FlowStands, _FLOW_STATUS)
