"""What commands share: the data folder, the store, an event loop around one coroutine."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
import uvloop

from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.vault import KeyRing, Sealer

Result = TypeVar("Result")

data_option: Callable[[Any], Any] = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Dossier des données (défaut : EGIDE_DATA, ou ./var).",
)

json_option: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="En JSON, pour un programme ; montants en centimes."
)


def tell_json(found: object) -> None:
    """Write a value for a program: dataclasses by their names, dates in ISO 8601, amounts in cents."""
    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())


def now() -> datetime:
    """Return the instant of a command."""
    return datetime.now(UTC)


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a command's coroutine to its end."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def check_installed(settings: db.Settings) -> None:
    """Refuse a data folder where nothing was ever installed: an empty answer there would be a false one."""
    if settings.database_url is None and not (settings.secrets / "postgres").exists():
        raise Refusal(RefusalCode.NOT_INSTALLED, where=f"--data {settings.data}")


@asynccontextmanager
async def open_pool(
    settings: db.Settings, role: db.Role, *, creates: bool = False
) -> AsyncGenerator[db.Pool]:
    """Open the store and a pool under the least role that a command needs.

    Args:
        creates: the command begins an installation where there is none; for any other, that is refused.
    """
    if not creates:
        check_installed(settings)
    store = await db.open_store(settings)
    try:
        async with store.pool(role) as pool:
            yield pool
    finally:
        store.close()


def clear_data(data: Path) -> None:
    """Delete a data folder whose server is stopped, and the database it may keep elsewhere."""
    elsewhere = data / "postgres-is-at"
    if elsewhere.exists():
        shutil.rmtree(Path(elsewhere.read_text().strip()), ignore_errors=True)
    shutil.rmtree(data)


def keyring(settings: db.Settings) -> KeyRing:
    """Open the key ring of an installation, made on its first use."""
    if not keyring_path(settings).exists():
        check_installed(settings)
    return KeyRing.open(keyring_path(settings))


def keyring_path(settings: db.Settings) -> Path:
    """Return where the key ring's file lies."""
    return settings.secrets / "keyring.json"


def sealer(settings: db.Settings) -> Sealer:
    """Return the sealer of an installation."""
    return Sealer(keyring(settings))
