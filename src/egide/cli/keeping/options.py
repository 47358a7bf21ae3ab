"""The options that backups and restorations share."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from egide.core.refusal import Refusal, RefusalCode
from egide.vault import read_secret


def archive_option(name: str) -> Callable[[Any], Any]:
    """Return the option that names the folder of backups."""
    return click.option(
        name,
        "folder",
        envvar="EGIDE_BACKUPS",
        required=True,
        type=click.Path(path_type=Path, file_okay=False),
        help="Dossier des sauvegardes (EGIDE_BACKUPS), sur un autre disque.",
    )


def end_on_signals() -> None:
    """Have what ends a process from outside end it as an interruption does: what was begun is undone."""

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    for one in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, end)


passphrase_option: Final[Callable[[Any], Any]] = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Fichier de la phrase (mode 600), au lieu de la demander.",
)


def asked_passphrase(file: Path | None, *, confirms: bool) -> str:
    """Return the passphrase, from its file or asked; Refusal ``value-invalid`` for a file that others may read."""
    if file is None:
        asked: str = click.prompt("Phrase", hide_input=True, confirmation_prompt=confirms)
        return asked
    try:
        return read_secret(file).decode().strip("\r\n")
    except (OSError, ValueError) as error:
        raise Refusal(
            RefusalCode.VALUE_INVALID, where="--passphrase-file", hint=str(error)
        ) from None
