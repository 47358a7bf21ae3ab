"""The database of one installation: where it is, its roles' logins, made ready on first use."""

import json
import os
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from egide.core.refusal import Refusal, RefusalCode
from egide.db.embedded import EmbeddedServer
from egide.db.migrate import check_schema, migrate
from egide.db.pool import Login, Pool, first, open_pool, run, script, statement, transaction
from egide.db.settings import Settings

Role = Literal["owner", "app", "portal", "loader", "payer", "messenger", "logger"]
_GROUPS: dict[str, str] = {
    "app": "egide_app",
    "portal": "egide_portal",
    "loader": "egide_loader",
    "payer": "egide_payer",
    "messenger": "egide_messenger",
    "logger": "egide_logger",
}
OWN_URLS: Final[dict[str, str]] = {
    "app": "EGIDE_APP_DATABASE_URL",
    "portal": "EGIDE_PORTAL_DATABASE_URL",
}
_DATABASE = "egide"
_CREATE_LOCK: Final = "select pg_advisory_lock(7290456)"
_EXISTS: Final = "select 1 from pg_database where datname = $1"
_HERE: Final = "select current_database() as name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A database ready for use, by role; close it when done."""

    logins: dict[str, Login]
    _server: EmbeddedServer | None = field(default=None)

    def login(self, role: Role) -> Login:
        """Return the login of a role: each process takes the least that its work needs."""
        return self.logins[role]

    def revive(self) -> None:
        """Start the embedded server again if it died; what keeps it from that is raised, and may pass."""
        if self._server is not None:
            self._server.revive()

    def close(self) -> None:
        """Leave the embedded server, which stops if nobody else uses it."""
        if self._server is not None:
            self._server.release()

    @asynccontextmanager
    async def pool(self, role: Role, *, size: int = 4) -> AsyncGenerator[Pool]:
        """Open connections under a role, closed at the end of the block."""
        pool = await open_pool(self.login(role), size=size)
        try:
            yield pool
        finally:
            await pool.close()


async def open_store(settings: Settings, *, finishing: bool = False) -> Store:
    """Find or start the database, migrate it, and make this installation's own logins.

    Safe to call from many processes at once: migrations and logins are made under a lock.

    Args:
        finishing: it is the restoration itself that opens what it made.

    Raises:
        Refusal: ``not-installed`` where a restoration has not finished.
        SchemaError: the database is of another version, and this login or this code cannot bring it to its own.
    """
    if settings.unfinished.exists() and not finishing:
        hint = "Une restauration n'y a pas fini : arrêter ce qui y tourne, effacer ce dossier, recommencer."
        raise Refusal(RefusalCode.NOT_INSTALLED, where=f"--data {settings.data}", hint=hint)
    if settings.app_url is not None and settings.database_url is None:
        urls = {role: os.environ.get(name) for role, name in OWN_URLS.items()}
        given = {role: Login(url) for role, url in urls.items() if url}
        for login in given.values():
            await _check(login)
        return Store(logins=given)
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.database_url is not None:
        owner = Login(settings.database_url)
        return Store(logins=await prepare(owner, settings.secrets))
    server = EmbeddedServer.acquire(settings.data, settings.secrets)
    try:
        await _create_database(_embedded_login(server, "postgres"))
        owner = _embedded_login(server, _DATABASE)
        return Store(logins=await prepare(owner, settings.secrets), _server=server)
    except BaseException:
        server.release()
        raise


async def own_login(role: Role) -> Login:
    """Return the login that this process was given, and no other's: ``EGIDE_LOGIN``, written by who started it.

    Without it, the address that the deployer gave for the role, whose schema is checked.

    Raises:
        SchemaError: the database is of another version.
        RuntimeError: nobody gave this process a login.
    """
    given = os.environ.get("EGIDE_LOGIN")
    if given is not None:
        return Login(**json.loads(given))
    url = os.environ.get(OWN_URLS.get(role, ""))
    if not url:
        message = f"this process was given no login of its own: set {OWN_URLS.get(role)}"
        raise RuntimeError(message)
    login = Login(url)
    await _check(login)
    return login


def give_login(login: Login) -> dict[str, str]:
    """Return what the environment of a process holds for ``own_login``."""
    return {
        "EGIDE_LOGIN": json.dumps(
            {"url": login.url, "user": login.user, "password": login.password}
        )
    }


async def _check(counter: Login) -> None:
    pool = await open_pool(counter, size=1)
    try:
        async with statement(pool) as tx:
            await check_schema(tx)
    finally:
        await pool.close()


def _embedded_login(server: EmbeddedServer, database: str) -> Login:
    return Login(
        f"postgresql:///{database}?host={quote(str(server.socket))}", "egide", server.password
    )


async def _create_database(maintenance: Login) -> None:
    pool = await open_pool(maintenance, size=1)
    try:
        async with statement(pool) as tx:
            # Held until the connection closes: a database cannot be made inside a transaction.
            await run(tx, _CREATE_LOCK)
            if await first(tx, _EXISTS, _DATABASE) is None:
                await script(tx, f'create database "{_DATABASE}" template template0')
    finally:
        await pool.close()


async def prepare(owner: Login, folder: Path) -> dict[str, Login]:
    """Migrate, then make sure that this installation's logins exist with their passwords."""
    await migrate(owner)
    pool = await open_pool(owner, size=1)
    try:
        async with transaction(pool) as tx:
            await run(tx, "select pg_advisory_xact_lock(7290452)")
            known = _logins_file(folder / "database.json")
            here = await first(tx, _HERE)
            database = here["name"] if here else _DATABASE
            for role, group in _GROUPS.items():
                user, password = known[role]
                # Names and passwords are our own hexadecimal words: nothing to escape.
                await script(
                    tx,
                    f"do $$ begin create role {user} login noinherit; "
                    f"exception when duplicate_object then null; end $$; "
                    f"alter role {user} inherit password '{password}'; "
                    f'grant {group} to {user}; grant connect on database "{database}" to {user};'
                    f'revoke all on database "{database}" from public;' + _limits(role, user),
                )
    finally:
        await pool.close()
    logins = {role: Login(owner.url, *known[role]) for role in _GROUPS}
    return {"owner": owner, **logins}


def _limits(role: str, user: str) -> str:
    """Return what bounds a serving login's waits: nobody holds a lock, or waits for one, for long."""
    if role not in {"app", "portal"}:
        return ""
    return (
        f"alter role {user} set lock_timeout = '2s'; alter role {user} set statement_timeout = '20s'; "
        f"alter role {user} set idle_in_transaction_session_timeout = '10s'"
    )


def _logins_file(path: Path) -> dict[str, tuple[str, str]]:
    if not path.exists():
        part = _written_beside(path, _made(list(_GROUPS)))
        try:
            os.link(part, path)  # the first of two writers wins
        except FileExistsError:
            pass
        part.unlink()
    read: dict[str, tuple[str, str]] = json.loads(path.read_text())
    if missing := [role for role in _GROUPS if role not in read]:
        # Roles that came with a later version; the migration lock of the caller keeps others out.
        read |= _made(missing)
        _written_beside(path, read).replace(path)
    return {role: (user, password) for role, (user, password) in read.items()}


def _made(roles: list[str]) -> dict[str, tuple[str, str]]:
    tag = secrets.token_hex(4)
    return {role: (f"{_GROUPS[role]}_{tag}", secrets.token_hex(24)) for role in roles}


def _written_beside(path: Path, logins: dict[str, tuple[str, str]]) -> Path:
    part = path.with_suffix(f".{os.getpid()}")
    part.touch(mode=0o600)
    part.write_text(json.dumps(logins))
    return part
