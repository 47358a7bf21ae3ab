"""``egide db``: for who changes the schema."""

import tempfile
from pathlib import Path
from typing import Final

import click
from rich.console import Console

import egide.db
from egide import db
from egide.cli.context import run
from egide.db.dump import dump_schema
from egide.db.schema_files import schema

_console = Console()
_SCHEMA: Final = Path(egide.db.__file__).parent / "schema"


@click.group("db")
def database() -> None:
    """Le schéma de la base de données, pour qui le change."""


@database.command()
def dump() -> None:
    """Écrire today.sql, ce qu'est une installation neuve, et le niveau du schéma.

    À lancer après chaque changement sous src/egide/db/schema : un test compare.
    """
    known = schema()
    level, _, sha256 = (_SCHEMA / "level.txt").read_text().strip().partition(" ")
    if sha256 != known.sha256:
        (_SCHEMA / "level.txt").write_text(f"{int(level) + 1} {known.sha256}\n")
        schema.cache_clear()
    with tempfile.TemporaryDirectory(prefix="egide-dump-") as folder:
        Path(folder).chmod(0o755)
        store = run(db.open_store(db.settings(Path(folder) / "var")))
        try:
            (_SCHEMA / "today.sql").write_text(dump_schema(store.login("owner")))
        finally:
            store.close()
    _console.print(f"Niveau {schema().level} : {_SCHEMA / 'today.sql'}")
