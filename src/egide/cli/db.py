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
from egide.db.schema_files import Schema, schema

_console = Console()
_SCHEMA: Final = Path(egide.db.__file__).parent / "schema"


@click.group("db")
def database() -> None:
    """Le schéma de la base de données, pour qui le change."""


@database.command()
def dump() -> None:
    """Écrire today.sql, ce qu'est une installation neuve, et le niveau du schéma.

    À lancer après chaque changement sous src/egide/db/schema : un test compare. Un fichier de tables déjà noté dans
    tables.txt ne change plus ; une fonction qui manque dans order.txt est nommée.
    """
    known = schema()
    _note_tables(known)
    listed = {file.path for file in known.functions}
    for path in sorted(
        str(one.relative_to(_SCHEMA)) for one in _SCHEMA.glob("functions/*/*.sql")
    ):
        if path not in listed:
            message = f"{path} n'est pas dans functions/order.txt : l'y mettre après ce qu'elle appelle."
            raise click.ClickException(message)
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


def _note_tables(known: Schema) -> None:
    """Note the digest of each file of tables that is new; refuse one that reads otherwise than noted."""
    path = _SCHEMA / "tables.txt"
    noted = {
        name: sha256
        for line in path.read_text().splitlines()
        for sha256, _, name in [line.partition(" ")]
    }
    for file in known.tables:
        if noted.setdefault(file.path, file.sha256) != file.sha256:
            message = (
                f"{file.path} ne se lit plus comme noté dans tables.txt : une base qui l'a reçu ne démarrerait plus. "
                "Remettre son texte et écrire un nouveau fichier ; s'il n'est encore nulle part, ôter la ligne."
            )
            raise click.ClickException(message)
    path.write_text("".join(f"{sha256} {name}\n" for name, sha256 in sorted(noted.items())))
