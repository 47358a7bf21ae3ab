"""``egide import finess``: the register of sites."""

from pathlib import Path

import click
from rich.console import Console

from egide import db
from egide.cli.context import data_option, open_pool, run
from egide.directory import FinessFileError, take_in_finess

_console = Console()


_FILE = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))


@click.command()
@_FILE
@data_option
def finess(file: Path, data: Path | None) -> None:
    """Importer le répertoire FINESS (etalab-cs11005…-stock.csv) : les inscriptions s'y vérifient."""
    settings = db.settings(data)

    async def work() -> int:
        async with open_pool(settings, "owner", creates=True) as pool:
            with file.open("rb") as lines:
                return await take_in_finess(pool, lines)

    try:
        count = run(work())
    except FinessFileError as error:
        _console.print(f"[red]{error}[/red] {error.remedy}", soft_wrap=True)
        raise SystemExit(1) from None
    _console.print(f"{count} établissements au répertoire.")
