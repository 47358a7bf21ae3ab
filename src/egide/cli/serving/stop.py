"""``egide stop``: end the server of a data folder; and how that server holds its folder while it runs."""

import fcntl
import os
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click

from egide import db
from egide.cli.context import data_option
from egide.core.refusal import Refusal, RefusalCode

_PATIENCE_SECONDS = (
    30.0  # calls under way are finished, then the processes beside, then the database
)
_FORCED_SECONDS = 5.0
_LOOKS, _LOOK_SECONDS = 10, 0.05


def server_file(data: Path) -> Path:
    """Return where a running server writes its process number, and which it holds locked."""
    return data / "server.pid"


@contextmanager
def hold_server(data: Path) -> Generator[None]:
    """Be the only server of a data folder, until the block ends; who is killed frees it by itself.

    Raises Refusal: ``value-invalid`` where another runs: it is left as it is.
    """
    path = server_file(data)
    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _locked(held):
            raise _runs_already(data, path.read_text().strip())
        os.ftruncate(held, 0)
        os.write(held, str(os.getpid()).encode())
        yield
        os.ftruncate(held, 0)
    finally:
        os.close(held)


def check_alone(data: Path) -> None:
    """Refuse a data folder that a server holds: Refusal ``value-invalid``."""
    process = running_server(data)
    if process is not None:
        raise _runs_already(data, str(process))


def _runs_already(data: Path, number: str) -> Refusal:
    hint = f"Un serveur y tourne déjà (processus {number}) : ./egide stop --data {data}"
    return Refusal(RefusalCode.VALUE_INVALID, where=f"--data {data}", hint=hint)


def _locked(held: int) -> bool:
    """Take a lock, tried again for half a second: somebody may be looking at it."""
    for _ in range(_LOOKS):
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOOK_SECONDS)
        else:
            return True
    return False


def running_server(data: Path) -> int | None:
    """Return the process of the server that holds a data folder, None if none does."""
    try:
        held = os.open(server_file(data), os.O_RDWR)
    except OSError:
        return None
    try:
        # Shared: two who look do not see each other, and who begins waits for a look to end.
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(held, 32, 0)
        return int(text) if text.isdigit() else None
    finally:
        os.close(held)
    return None


def stop_server(data: Path) -> bool:
    """Ask the server of a folder to end, and wait until it has, by force at last; False if none runs."""
    process = running_server(data)
    if process is None:
        return False
    for sign, patience in (
        (signal.SIGTERM, _PATIENCE_SECONDS),
        (signal.SIGKILL, _FORCED_SECONDS),
    ):
        try:
            os.kill(process, sign)
        except ProcessLookupError:
            return True
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if running_server(data) is None:
                return True
            time.sleep(0.05)
    msg = f"Le processus {process} ne finit pas."
    raise click.ClickException(msg)


@click.command()
@data_option
def stop(data: Path | None) -> None:
    """Arrêter le serveur d'un dossier de données."""
    click.echo(
        "Arrêté." if stop_server(db.settings(data).data) else "Aucun serveur ne tourne ici."
    )
