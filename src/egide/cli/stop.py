"""``egide stop``: end the server of a data folder."""

import os
import signal
import time
from pathlib import Path

import click

from egide import db
from egide.cli.context import data_option

_PATIENCE_SECONDS = 20.0


def server_file(data: Path) -> Path:
    """Return where a running server writes its process number."""
    return data / "server.pid"


def stop_server(data: Path) -> bool:
    """Ask the server of a folder to end, and wait until it has; False if none runs."""
    path = server_file(data)
    try:
        process = int(path.read_text())
        command = Path(f"/proc/{process}/cmdline").read_bytes()
    except (OSError, ValueError):
        return False
    if b"egide.cli" not in command:
        return False
    os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while path.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return True


@click.command()
@data_option
def stop(data: Path | None) -> None:
    """Arrêter le serveur d'un dossier de données."""
    click.echo(
        "Arrêté." if stop_server(db.settings(data).data) else "Aucun serveur ne tourne ici."
    )
