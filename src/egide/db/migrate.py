"""Bring a database to the schema that this code knows: tables forward only, functions as their files say.

Each file is known by its digest. A file of tables is applied once and never again; one that was edited since stops
everything. Functions, policies and grants are applied whenever a digest of theirs differs, all of them. All that a
database lacks comes in one transaction: it is of one version or of another, never between the two.
"""

from collections.abc import Iterable, Mapping
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
from egide.db.schema_files import BASELINE, FIRST_KNOWN, OLD_NAMES, Schema, SchemaFile, schema

_LOCK: Final = "select pg_advisory_lock(7290451)"
# A change that meets a long transaction gives up and leaves everything as it was: it holds nobody up.
_LOCK_TIMEOUT: Final = "set local lock_timeout = '10s'"
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
_OVERLOADS: Final = """
select p.oid::regprocedure::text as signature
  from pg_proc p
 where p.pronamespace::regnamespace::text || '/' || p.proname = any ($1::text[])
 order by 1
"""
# Nothing of ours hangs on a function but triggers and policies, which the files make anew.
_HANGS_ON: Final = """
select pg_describe_object(d.classid, d.objid, d.objsubid) as what
  from pg_depend d
  join pg_proc p on p.oid = d.refobjid and d.refclassid = 'pg_proc'::regclass
 where p.pronamespace::regnamespace::text || '/' || p.proname = any ($1::text[])
   and d.classid not in ('pg_trigger'::regclass, 'pg_policy'::regclass)
 order by 1
 limit 1
"""
# Functions of before that no file has.
_GONE: Final = (
    "public/iban_change_guard",
    "public/apply_iban_changes",
    "public/may_decide_iban",
    "gate/set_state",
    "gate/explain",
    "gate/unexplained",
    "gate/pace",
    "public/apply_house_changes",
    "public/house_application_guard",
    "public/house_change_asked",
    "public/house_change_guard",
    "public/house_change_told",
    "public/invite_to_house",
    "public/shut_out_of_house",
    "public/tell_house",
)
# The functions' files give again what they mean to: a grant that was taken out of one goes.
_REVOKE_FUNCTIONS: Final = """
revoke all on all functions in schema public, gate
    from egide_app, egide_portal, egide_insurer, egide_loader, egide_payer, egide_messenger, egide_logger
"""
_SIZE_SEGMENTS: Final = "select gate.size_segments()"


class SchemaError(Exception):
    """The database is not one that this code may touch; the message says why and what to do."""


async def migrate(owner: Login) -> list[str]:
    """Apply what is missing or has changed; return the paths applied, none where nothing was.

    One process migrates at a time; the others wait. Nothing is half-done: what fails leaves the database as it was.

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
    try:
        async with transaction(pool) as tx:
            return await _bring_all(tx, known)
    except DatabaseError as error:
        message = f"the database could not be brought to this version, and nothing of it was changed: {error}"
        raise SchemaError(message) from error


async def _bring_all(tx: Tx, known: Schema) -> list[str]:
    await run(tx, _LOCK_TIMEOUT)
    applied = await _applied(tx, known)
    if applied is not None and all(
        applied.get(file.path) == file.sha256 for file in known.files
    ):
        return []
    await script(tx, _TABLE)
    await _apply(tx, known.roles)
    done = [known.roles.path]
    is_old = applied is None and await _has(tx, "migration")
    if is_old:
        done += await _pass_to_baseline(tx, known)
        applied = {file.path: file.sha256 for file in known.tables[:BASELINE]}
    missing = [file for file in known.tables if file.path not in (applied or {})]
    for file in missing:
        await _apply(tx, file)
    await _drop(tx, (applied or {}).keys() - {file.path for file in known.files})
    await script(tx, _REVOKE_FUNCTIONS)
    for file in known.routines:
        await _apply(tx, file)
    if is_old:
        await run(tx, _SIZE_SEGMENTS)
    await run(tx, _FORGET, [file.path for file in known.files])
    await run(tx, _RECORD_LEVEL, known.level, known.sha256)
    return [*done, *(file.path for file in [*missing, *known.routines])]


async def _drop(tx: Tx, paths: Iterable[str]) -> None:
    """Drop the functions of some files with their triggers and policies; refuse if more hangs on one."""
    names = [path.removeprefix("functions/").removesuffix(".sql") for path in paths]
    hangs = await first(tx, _HANGS_ON, names)
    if hangs is not None:
        message = f"{hangs['what']} hangs on a function of ours and would go with it: take it away first"
        raise SchemaError(message)
    for row in await many(tx, _OVERLOADS, names):
        # The catalogue quotes what must be quoted.
        await script(tx, f"drop function {row['signature']} cascade")


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
    if len(old) < FIRST_KNOWN or tuple(old) != OLD_NAMES[: len(old)]:
        strange = next(
            (name for name in old if name not in OLD_NAMES), old[-1] if old else "nothing"
        )
        message = (
            f"the database's migrations (last seen: {strange}) are not those of a landing that this version can bring "
            "here; run the landing ee27623 once, then this one, or the newer version that made it"
        )
        raise SchemaError(message)
    missing = [file for file in known.before if file.path.rpartition("/")[2] not in old]
    for file in missing:
        await _run_file(tx, file)
    await _drop(tx, [*(file.path for file in known.functions), *_GONE])
    await script(tx, "drop table migration")
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
