"""Make an installation again in a new folder, from a copy, what changed after it, and its keys."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from egide import db
from egide.backups import sql
from egide.backups.archive import Archive, Base
from egide.core.refusal import Refusal, RefusalCode
from egide.db.cluster import Cluster
from egide.db.recover import BeyondArchiveError, recover, verify_base


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back.

    Args:
        reached: the instant of the last change; None where the copy alone came back.
    """

    base: Base
    reached: datetime | None


async def restore(
    archive: Archive,
    data: Path,
    secrets: dict[str, bytes],
    until: datetime | None,
    now: datetime,
) -> Restored:
    """Make an installation again; nothing of it is left where it fails.

    Args:
        secrets: its keys and passwords, by file name.
        until: the last instant wanted; without it, all that was kept.

    Raises:
        Refusal: ``value-invalid`` for a folder where something is installed, or an instant that was not kept.
        EmbeddedServerError: a copy that was altered, or that PostgreSQL cannot bring back.
    """
    settings = db.Settings(data=data, database_url=None, app_url=None)
    if settings.secrets.exists() or (data / "postgres").exists():
        hint = "Quelque chose y est déjà installé : donner un dossier neuf."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"--data {data}", hint=hint)
    base = archive.base_before(until)
    verify_base(base.folder)
    is_new = _make(data)
    settings.unfinished.touch()
    cluster = Cluster.of(data)
    try:
        _write(settings.secrets, secrets)
        timeline = "current" if archive.is_abandoned(base) else "latest"
        reached = recover(cluster, base.folder, archive.changes(), until, timeline)
        await _note(settings, now, reached)
    except BaseException as error:
        shutil.rmtree(cluster.home, ignore_errors=True)
        shutil.rmtree(data if is_new else settings.secrets, ignore_errors=True)
        settings.unfinished.unlink(missing_ok=True)
        if isinstance(error, BeyondArchiveError):
            hint = "Ce qui est gardé finit avant : sans --until, tout revient."
            raise Refusal(RefusalCode.VALUE_INVALID, where="--until", hint=hint) from None
        raise
    settings.unfinished.unlink()
    return Restored(base, reached)


def _make(data: Path) -> bool:
    """Make the folder; True if it was not there."""
    is_new = not data.exists()
    data.mkdir(parents=True, exist_ok=True)
    return is_new


def _write(folder: Path, secrets: dict[str, bytes]) -> None:
    folder.mkdir(mode=0o700)
    for name, value in secrets.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_bytes(value)


async def _note(settings: db.Settings, now: datetime, reached: datetime | None) -> None:
    store = await db.open_store(settings, finishing=True)
    try:
        async with store.pool("owner") as pool, db.transaction(pool) as tx:
            await sql.note_restored(tx, now, reached)
    finally:
        store.close()
