"""``egide plans check``: what is wrong in grids."""

from pathlib import Path

import click

from egide.cli.plans.reading import FILE, console, installed_acts, read
from egide.nomenclature import Nomenclature
from egide.plans import Grid
from egide.plans.reach import unreached

_SHOWN = 4


@click.command()
@click.argument("grids", type=FILE, nargs=-1, required=True)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Compter aussi les actes importés dans cette installation.",
)
def check(grids: tuple[Path, ...], data: Path | None) -> None:
    """Vérifier des grilles ; chaque erreur dit ligne, champ, raison et remède.

    Avec --data, les actes importés dans cette installation comptent avec ceux qui sont livrés.
    """
    nomenclature = installed_acts(data)
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
        _tell_unreached(grid, nomenclature, "livré" if data is None else "livré ni importé")
    if wrong:
        raise SystemExit(1)


def _tell_unreached(grid: Grid, nomenclature: Nomenclature, known: str) -> None:
    """Say what pays nobody: it may be a slip, or acts that are still to be imported."""
    found = unreached(grid, nomenclature)
    if not found:
        return
    console.print(
        f"Attention : aucun acte {known} ne porte ce qui suit. Le corriger, ou importer les actes "
        "(./egide import nomenclature), puis vérifier avec --data.",
        style="yellow",
        soft_wrap=True,
    )
    for one in found:
        names = " ".join(one.named[:_SHOWN])
        if len(one.named) > _SHOWN:
            names += f" et {len(one.named) - _SHOWN} autres"
        pays = "la ligne ne paie donc personne" if one.is_whole else "le reste de la ligne paie"
        console.print(f"  « {one.line} » : {names} ; {pays}.", markup=False, soft_wrap=True)
