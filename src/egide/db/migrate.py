"""Migrations: forward-only SQL files, each applied once, under a lock."""

from importlib.resources import files
from typing import Final

from egide.db.pool import Login, Tx, first, open_pool, run, script, transaction

_LOCK: Final = "select pg_advisory_xact_lock(7290451)"
_TABLE: Final = """
create table if not exists migration (
    name       text primary key,
    applied_at timestamptz not null default now()
)
"""
_APPLIED: Final = "select name from migration where name = $1"
_RECORD: Final = "insert into migration (name) values ($1)"


def migration_files() -> list[tuple[str, str]]:
    """Return name and text of every migration, in order."""
    folder = files("egide.db").joinpath("migrations")
    found = [file for file in folder.iterdir() if file.name.endswith(".sql")]
    return [
        (file.name, file.read_text("utf-8")) for file in sorted(found, key=lambda f: f.name)
    ]


async def migrate(owner: Login) -> list[str]:
    """Apply what is missing, all in one transaction; return the names applied."""
    pool = await open_pool(owner, size=1)
    try:
        async with transaction(pool) as tx:
            return await _apply(tx)
    finally:
        await pool.close()


async def _apply(tx: Tx) -> list[str]:
    await run(tx, _LOCK)
    await run(tx, _TABLE)
    applied: list[str] = []
    for name, text in migration_files():
        if await first(tx, _APPLIED, name) is None:
            await script(tx, text)
            await run(tx, _RECORD, name)
            applied.append(name)
    return applied
