"""``egide plans publish``: grids that covers may name."""

from pathlib import Path

import click

from egide import db
from egide.cli.context import data_option, now, open_pool, run
from egide.cli.plans.reading import FILE, console, read
from egide.core.period import civil_day
from egide.nomenclature import load_nomenclature
from egide.plans import Grid, publish, shipped_grids
from egide.plans.audit import Verdict, audit
from egide.pricing import Stacking


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
    for grid in wanted:
        _tell_gaps(grid)


def _tell_gaps(grid: Grid) -> None:
    """Say what the audit finds of a grid today: it is published all the same, and priced within the law's bounds."""
    day = max(civil_day(now()), grid.version_on)
    gaps = {
        code: sum(one.verdict is Verdict.GAP for one in audit(layer, load_nomenclature(), day))
        for code, layer in grid.layers.items()
        if layer.stacking is Stacking.BASE and layer.responsible
    }
    found = ", ".join(f"{count} pour {code}" for code, count in gaps.items() if count)
    if found:
        said = (
            f"Écarts au contrat responsable : {found}. Le calcul les ramène dans les bornes ; "
            f"./egide plans audit {grid.code}"
        )
        console.print(said, style="yellow", soft_wrap=True)
