"""``egide plans publish``: grids that covers may name."""

from pathlib import Path

import click

from egide import db
from egide.cli.context import data_option, open_pool, run
from egide.cli.plans.reading import FILE, console, read
from egide.plans import publish, shipped_grids


@click.command(name="publish")
@click.argument("grids", type=FILE, nargs=-1)
@data_option
def publish_(grids: tuple[Path, ...], data: Path | None) -> None:
    """Publier des grilles (celles livrées avec Égide si aucune n'est nommée)."""
    settings = db.settings(data)
    wanted = [read(file) for file in grids] if grids else shipped_grids()

    async def work() -> None:
        async with (
            open_pool(settings, "owner", creates=True) as pool,
            db.transaction(pool) as tx,
        ):
            for grid in wanted:
                done = "publiée" if await publish(tx, grid) else "déjà là"
                console.print(f"{grid.code}, version du {grid.version_on} : {done}.")

    run(work())
