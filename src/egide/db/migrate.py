"""Bring a database to the schema that this code knows: tables forward only, functions as their files say.

Each file is known by its digest. A file of tables is applied once, in its own transaction, and never again; one
that was edited since stops everything. Functions, policies and grants are applied whenever a digest of theirs
differs, all of them, in the transaction of the last file of tables: no call meets a function of one version over
tables of another.
"""

from collections.abc import Mapping
from typing import Final

from egide.db.pool import (
    DatabaseError,
    Login,
    Pool,
    Tx,
    first,
    many,
    open_pool,
    run,
    script,
    statement,
    transaction,
)
from egide.db.schema_files import BASELINE, FIRST_KNOWN, Schema, SchemaFile, schema

_LOCK: Final = "select pg_advisory_lock(7290451)"
# A file of tables that meets a long transaction gives up and leaves everything as it was: it holds nobody up.
_PATIENCE: Final = "set local lock_timeout = '10s'"
_TABLE: Final = """
create table if not exists schema_file (
    path       text primary key,
    sha256     text not null,
    applied_at timestamptz not null default clock_timestamp()
);
create table if not exists schema_level (
    level      integer primary key,
    sha256     text not null,
    applied_at timestamptz not null default clock_timestamp()
)
"""
_HAS: Final = "select to_regclass('public.' || $1::text) is not null as it_has"
# The one statement on a table that no installation of today has.
_OLD_NAMES = "select name from migration order by name"
_FILES: Final = "select path, sha256 from schema_file order by path"
_LEVEL: Final = "select level, sha256 from schema_level order by level desc limit 1"
_RECORD: Final = """
insert into schema_file (path, sha256)
values ($1, $2)
    on conflict (path) do update
   set sha256 = excluded.sha256, applied_at = clock_timestamp()
"""
_FORGET: Final = """
delete from schema_file
 where not path = any ($1::text[])
"""
_RECORD_LEVEL: Final = """
insert into schema_level (level, sha256)
values ($1, $2)
    on conflict (level) do update
   set sha256 = excluded.sha256, applied_at = clock_timestamp()
"""
_DROP_FUNCTIONS: Final = """
do $$
declare
    f record;
begin
    for f in select p.oid::regprocedure as name
               from pg_proc p
              where p.pronamespace in ('public'::regnamespace, 'gate'::regnamespace)
                and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') loop
        execute format('drop function if exists %s cascade', f.name);
    end loop;
end $$;
drop table migration
"""
_SIZE_SEGMENTS: Final = "select gate.size_segments()"


class SchemaError(Exception):
    """The database is not one that this code may touch; the message says why and what to do."""


async def migrate(owner: Login) -> list[str]:
    """Apply what is missing or has changed; return the paths applied, none where nothing was.

    One process migrates at a time; the others wait. Nothing is half-done: a file that fails leaves the database as the
    file before left it.

    Raises:
        SchemaError: the database was made by newer code, by code older than it can be brought from, or has a file of
            tables that reads otherwise here.
    """
    known = schema()
    pool = await open_pool(owner, size=1)
    try:
        async with statement(pool) as tx:
            # Held until the connection closes: the pool has this one alone.
            await run(tx, _LOCK)
        return await _bring(pool, known)
    finally:
        await pool.close()


async def check_schema(tx: Tx) -> None:
    """Refuse a database of another level: for who may not migrate it.

    Raises:
        SchemaError: it is older or newer than this code, or none was made.
    """
    known = schema()
    level = await first(tx, _LEVEL) if await _has(tx, "schema_level") else None
    if level is None or level["level"] < known.level:
        message = "the database is older than this code: run ./egide migrate with its owner's login first"
        raise SchemaError(message)
    _refuse_newer(level["level"], level["sha256"], known)


async def _bring(pool: Pool, known: Schema) -> list[str]:
    async with transaction(pool) as tx:
        applied = await _applied(tx, known)
    if applied is not None and all(
        applied.get(file.path) == file.sha256 for file in known.files
    ):
        return []
    async with transaction(pool) as tx:
        await run(tx, _PATIENCE)
        await script(tx, _TABLE)
        await script(tx, known.roles.text)
        await _record(tx, known.roles)
        done = [known.roles.path]
        is_old = applied is None and await _has(tx, "migration")
        if is_old:
            done += await _pass_to_baseline(tx, known)
            applied = {file.path: file.sha256 for file in known.tables[:BASELINE]}
    missing = [file for file in known.tables if file.path not in (applied or {})]
    for file in missing[:-1]:
        async with transaction(pool) as tx:
            await run(tx, _PATIENCE)
            await _apply(tx, file)
    async with transaction(pool) as tx:
        await run(tx, _PATIENCE)
        for file in [*missing[-1:], *known.routines]:
            await _apply(tx, file)
        if is_old:
            await run(tx, _SIZE_SEGMENTS)
        await run(tx, _FORGET, [file.path for file in known.files])
        await run(tx, _RECORD_LEVEL, known.level, known.sha256)
    return [*done, *(file.path for file in missing), *(file.path for file in known.routines)]


async def _applied(tx: Tx, known: Schema) -> Mapping[str, str] | None:
    """Return the digests of the files applied, None where none was; refuse what this code must not touch."""
    if not await _has(tx, "schema_file"):
        return None
    applied = {row["path"]: row["sha256"] for row in await many(tx, _FILES)}
    level = await first(tx, _LEVEL)
    if level is not None:
        _refuse_newer(level["level"], level["sha256"], known)
    for file in known.tables:
        if applied.get(file.path, file.sha256) != file.sha256:
            message = (
                f"{file.path} was applied to this database and reads otherwise now: a file of tables is never edited; "
                "put its text back and write the change as a new file"
            )
            raise SchemaError(message)
    tables = {path for path in applied if path.startswith("tables/")}
    if unknown := sorted(tables - {file.path for file in known.tables}):
        message = f"the database has {unknown[0]}, which this code does not know: run the newer version that made it"
        raise SchemaError(message)
    return applied


def _refuse_newer(level: int, sha256: str, known: Schema) -> None:
    if level > known.level or (level == known.level and sha256 != known.sha256):
        message = (
            f"the database is at level {level} of the schema and this code knows level {known.level}: run the newer "
            "version that made it, or restore a backup of before"
        )
        raise SchemaError(message)


async def _pass_to_baseline(tx: Tx, known: Schema) -> list[str]:
    """Bring an installation of before the baseline to it, whole or not at all; its functions are made anew after."""
    old = [row["name"] for row in await many(tx, _OLD_NAMES)]
    if len(old) < FIRST_KNOWN:
        message = (
            f"the database stops at {old[-1] if old else 'nothing'}: it is older than this version can bring here; "
            "run the landing ee27623 once, then this one"
        )
        raise SchemaError(message)
    missing = [file for file in known.before if file.path.rpartition("/")[2] not in old]
    for file in missing:
        await _run_file(tx, file)
    await script(tx, _DROP_FUNCTIONS)
    for file in known.tables[:BASELINE]:
        await _record(tx, file)
    return [file.path for file in missing]


async def _apply(tx: Tx, file: SchemaFile) -> None:
    await _run_file(tx, file)
    await _record(tx, file)


async def _run_file(tx: Tx, file: SchemaFile) -> None:
    try:
        await script(tx, file.text)
    except DatabaseError as error:
        message = f"{file.path} cannot be applied, and nothing of it was: {error}"
        raise SchemaError(message) from error


async def _record(tx: Tx, file: SchemaFile) -> None:
    await run(tx, _RECORD, file.path, file.sha256)


async def _has(tx: Tx, table: str) -> bool:
    row = await first(tx, _HAS, table)
    return row is not None and bool(row["it_has"])
