"""``egide plans``: check, publish and explain grids of guarantees."""

from datetime import date
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from egide import db
from egide.cli.context import data_option, now, open_pool, run
from egide.core.money import Money
from egide.core.period import civil_day
from egide.nomenclature import BilledLine, UnpriceableError, load_nomenclature
from egide.plans import Grid, GridError, publish, read_grid
from egide.pricing import price_claim

_console = Console()
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_SITUATION = click.option(
    "--situation", multiple=True, help="out-of-pathway, not-optam, ald, …"
)


@click.group()
def plans() -> None:
    """Lire, vérifier, publier et expliquer les grilles de garanties."""


def _read(file: Path) -> Grid:
    try:
        return read_grid(file.read_text("utf-8"))
    except UnicodeDecodeError:
        _console.print("[red]Le fichier n'est pas en UTF-8.[/red] L'enregistrer en UTF-8.")
    except GridError as error:
        _console.print(str(error), markup=False)
    raise SystemExit(1)


@plans.command()
@click.argument("file", type=_FILE)
def check(file: Path) -> None:
    """Vérifier une grille ; chaque erreur dit ligne, champ, raison et remède."""
    grid = _read(file)
    _console.print(
        f"{grid.code}, version du {grid.version_on} : {len(grid.guarantee.lines)} lignes, sans erreur."
    )


@plans.command(name="publish")
@click.argument("grids", type=_FILE, nargs=-1)
@data_option
def publish_(grids: tuple[Path, ...], data: Path | None) -> None:
    """Publier des grilles (celles livrées avec Égide si aucune n'est nommée)."""
    settings = db.settings(data)
    read = [_read(file) for file in grids] if grids else shipped_grids()

    async def work() -> None:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            for grid in read:
                done = "publiée" if await publish(tx, grid) else "déjà là"
                _console.print(f"{grid.code}, version du {grid.version_on} : {done}.")

    run(work())


def shipped_grids() -> list[Grid]:
    """Return the grids that come with the product."""
    folder = files("egide.plans").joinpath("grids")
    return [
        read_grid(file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".yaml")
    ]


@plans.command()
@click.argument("file", type=_FILE)
@click.argument("acts", nargs=-1, required=True)
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Jour des soins."
)
@click.option("--age", default=40, show_default=True)
@_SITUATION
def explain(
    file: Path, acts: tuple[str, ...], day: date | None, age: int, situation: tuple[str, ...]
) -> None:
    """Expliquer un prix. ACTS : système:code=euros, par exemple ngap:G=30 grouping:VU1x2=300."""
    grid = _read(file)
    nomenclature = load_nomenclature()
    care_on = date(day.year, day.month, day.day) if day else civil_day(now())
    try:
        lines = [_billed(act, care_on, frozenset(situation)) for act in acts]
        priced = price_claim(
            [nomenclature.act(line, age=age) for line in lines],
            grid.guarantee,
            nomenclature.law_on(care_on),
            {},
        )
    except (ValueError, InvalidOperation, UnpriceableError) as error:
        _console.print(f"[red]{error}[/red] Écrire système:code=euros, par exemple ngap:G=30.")
        raise SystemExit(1) from None
    for line in priced.lines:
        table = Table("étape", "montant", "pourquoi", "source", title=line.act.label)
        for step in line.steps:
            table.add_row(step.code.value, str(step.amount), step.french, step.source)
        _console.print(table)
    total = priced.total
    _console.print(f"AMO {total.amo}   AMC {total.amc}   patient {total.patient}")


def _billed(text: str, care_on: date, situation: frozenset[str]) -> BilledLine:
    name, _, euros = text.partition("=")
    system, _, code = name.partition(":")
    code, _, count = code.partition("x")
    cents = Decimal(euros).scaleb(2)
    if cents != cents.to_integral_value() or cents < 0:
        message = f"« {text} » n'est pas un montant."
        raise ValueError(message)
    return BilledLine(
        system=system,
        code=code,
        care_on=care_on,
        quantity=int(count or "1"),
        expense=Money(int(cents)),
        side="",
        situation=situation,
    )
