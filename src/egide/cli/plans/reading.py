"""What the commands on grids share: reading files, choosing plans, saying what is wrong."""

from datetime import date, datetime
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Column, Table

from egide.cli.context import now
from egide.core.period import civil_day
from egide.plans import Catalogue, Grid, GridError, Plan, read_grid, shipped_grids

console = Console()
FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
ON: Final = click.option(
    "--on", "moment", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Jour des soins."
)
WITH: Final = click.option(
    "--with",
    "others",
    type=FILE,
    multiple=True,
    help="Grille à lire en plus de celles livrées.",
)


def table(*heads: str, title: str | None = None, lines: bool = False) -> Table:
    """Return a table whose cells wrap in a narrow terminal, and are never cut."""
    columns = [Column(head, overflow="fold") for head in heads]
    return Table(*columns, title=title, show_lines=lines)


def read(file: Path) -> Grid:
    """Return the grid of a file; ends with 1, every mistake named, if it has any."""
    try:
        return read_grid(file.read_text("utf-8"))
    except UnicodeDecodeError:
        console.print("[red]Le fichier n'est pas en UTF-8.[/red] L'enregistrer en UTF-8.")
    except GridError as error:
        console.print(str(error), markup=False, soft_wrap=True)
    raise SystemExit(1)


def fail(*, said: str) -> SystemExit:
    """Say what is wrong, and return what ends with 1."""
    console.print(f"[red]{said}[/red]", soft_wrap=True)
    return SystemExit(1)


def day_of(moment: datetime | None) -> date:
    """Return the day asked, today if none is."""
    return civil_day(now()) if moment is None else moment.date()


def known_grids(others: tuple[Path, ...]) -> list[Grid]:
    """Return the grids that come with Égide, and those of some files."""
    return [*shipped_grids(), *(read(file) for file in others)]


def plan_of(name: str, day: date, grids: list[Grid]) -> Plan:
    """Return the plan of a code on a day; ends with 1 if there is none, saying since when there is."""
    plan = Catalogue(grids).on(name, day)
    if plan is not None:
        return plan
    later = [
        grid.version_on for grid in grids for level in grid.levels if level in name.split("+")
    ]
    if later and all(version > day for version in later):
        raise fail(
            said=f"{name} n'est en vigueur que depuis le {min(later)} : ajouter --on {min(later)}."
        )
    known = ", ".join(level for grid in grids for level in grid.levels)
    raise fail(said=f"{name} : aucune grille de ce code le {day}. Codes connus : {known}.")


def plans_of(name: str, day: date, others: tuple[Path, ...]) -> list[Plan]:
    """Return the plan of a code, or those of every level of a grid's file, as of its first day if that is to come."""
    if (file := Path(name)).is_file():
        grid = read(file)
        on = max(day, grid.version_on)
        return [plan_of(level, on, [grid]) for level in grid.levels]
    return [plan_of(name, day, known_grids(others))]
