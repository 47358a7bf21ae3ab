"""What a call needs to be served, each with the threshold beyond which it lacks."""

import os
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from egide import db
from egide.backups import unkept_bytes
from egide.checks import LastCheck, last_check
from egide.edge.processes import read_processes
from egide.web.sql import is_written, log_lag

_LEAST_DISK_BYTES: Final = 512 << 20  # what PostgreSQL's log of a busy hour takes
_LAWS_AGE: Final = timedelta(hours=2)  # they are checked every hour
_LOG_LAG: Final = timedelta(minutes=1)  # an answer is in the tree within seconds
_WITNESS_LAG: Final = timedelta(minutes=5)
_UNKEPT_BYTES: Final = 64 << 20  # four segments of changes


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Args:
        is_needed: no call is served without it; what is not is told, and calls go on.
    """

    name: str
    value: str | int | None
    threshold: str | int
    is_well: bool
    is_needed: bool = True

    def said(self) -> dict[str, Any]:
        """Return it as it is told."""
        return {"ok": self.is_well, "value": self.value, "threshold": self.threshold}


async def find_readiness(pool: db.Pool, data: Path, now: datetime) -> list[Finding]:
    """Return what was found. Cost: four statements, and the disk's size."""
    try:
        async with db.statement(pool) as tx:
            is_writable, last = await is_written(tx), await last_check(tx)
            lag, unkept = await log_lag(tx), await unkept_bytes(tx)
    except db.FAULTS as error:
        return [Finding("database", type(error).__name__, "answers", is_well=False)]
    free = shutil.disk_usage(data).free
    found = [
        Finding(
            "database",
            "writable" if is_writable else "read-only",
            "writable",
            is_well=is_writable,
        ),
        Finding("disk", free, _LEAST_DISK_BYTES, is_well=free > _LEAST_DISK_BYTES),
        *_laws(last, now),
        _waits("log-lag", lag.waiting_since, _LOG_LAG, now),
    ]
    if os.environ.get("EGIDE_WITNESSES"):
        found.append(_waits("witnesses", lag.unseen_since, _WITNESS_LAG, now))
    if unkept is not None:
        is_well = unkept < _UNKEPT_BYTES
        found.append(
            Finding("backup-lag", unkept, _UNKEPT_BYTES, is_well=is_well, is_needed=False)
        )
    return found + [
        Finding(f"process {one.name}", one.restarts, "up", is_well=one.is_up, is_needed=False)
        for one in read_processes(data)
    ]


def _laws(last: LastCheck | None, now: datetime) -> list[Finding]:
    checked = None if last is None else last.checked_at
    is_recent = checked is not None and now - checked < _LAWS_AGE
    broken = [] if last is None else last.broken
    return [
        Finding(
            "laws", ", ".join(broken) or "hold", "hold", is_well=not broken, is_needed=False
        ),
        Finding(
            "laws-checked",
            None if checked is None else checked.isoformat(timespec="seconds"),
            f"{_LAWS_AGE.total_seconds():.0f} s",
            is_well=is_recent,
            is_needed=False,
        ),
    ]


def _waits(name: str, since: datetime | None, most: timedelta, now: datetime) -> Finding:
    """Return for how many seconds something waits, and whether that is too long."""
    waited = timedelta(0) if since is None else now - since
    return Finding(
        name,
        int(waited.total_seconds()),
        int(most.total_seconds()),
        is_well=waited < most,
        is_needed=False,
    )
