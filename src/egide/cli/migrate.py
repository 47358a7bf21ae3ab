"""``egide migrate``: bring the database to this version."""

from pathlib import Path

import click
from rich.console import Console

from egide import db
from egide.cli.context import data_option, run

_console = Console()


@click.command()
@data_option
def migrate(data: Path | None) -> None:
    """Mettre la base de données à jour (fait aussi au démarrage)."""
    run(db.open_store(db.settings(data))).close()
    _console.print("La base de données est à jour.")
