"""``egide plans check``: what is wrong in grids."""

from pathlib import Path

import click

from egide.cli.plans.reading import FILE, console, read


@click.command()
@click.argument("grids", type=FILE, nargs=-1, required=True)
def check(grids: tuple[Path, ...]) -> None:
    """Vérifier des grilles ; chaque erreur dit ligne, champ, raison et remède."""
    wrong = 0
    for file in grids:
        if len(grids) > 1:
            console.print(f"{file} :", markup=False, soft_wrap=True)
        try:
            grid = read(file)
        except SystemExit:
            wrong += 1
            continue
        levels = ", ".join(grid.levels)
        console.print(
            f"{grid.code}, version du {grid.version_on} : {len(grid.rows)} lignes, sans erreur. "
            f"Codes à donner aux couvertures : {levels}.",
            soft_wrap=True,
        )
    if wrong:
        raise SystemExit(1)
