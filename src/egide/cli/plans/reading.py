"""What the commands on grids share: reading files, choosing plans, saying what is wrong."""

import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Column, Table

from egide import db
from egide.cli.context import now, open_pool, run
from egide.core.period import civil_day
from egide.nomenclature import CurrentNomenclature, Nomenclature, load_nomenclature
from egide.plans import (
    Catalogue,
    Grid,
    GridError,
    Plan,
    published_texts,
    read_grid,
    shipped_grids,
)

console = Console()
FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)
_INPUT: Final = Path("-")
ON: Final = click.option(
    "--on", "moment", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Jour des soins."
)


def with_others(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, as ``others``, the grids to read beside those that come with Égide: of files, and published."""

    @click.option(
        "--with",
        "files",
        type=FILE,
        multiple=True,
        help="Grille à lire en plus de celles livrées.",
    )
    @click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=None,
        help="Lire aussi les grilles publiées dans cette installation.",
    )
    @wraps(command)
    def gathered(files: tuple[Path, ...], data: Path | None, **rest: object) -> None:
        published = [] if data is None else run(_published(db.settings(data)))
        command(others=[*(read(file) for file in files), *published], **rest)

    return gathered


async def _published(settings: db.Settings) -> list[Grid]:
    async with open_pool(settings, "owner") as pool, db.statement(pool) as tx:
        return [read_grid(text) for text in await published_texts(tx)]


def installed_acts(data: Path | None) -> Nomenclature:
    """Return the acts that come with Égide, and those imported in an installation, if one is named."""
    if data is None:
        return load_nomenclature()

    async def work() -> Nomenclature:
        current = CurrentNomenclature()
        async with open_pool(db.settings(data), "owner") as pool, db.statement(pool) as tx:
            await current.refresh(tx)
        return current.nomenclature

    return run(work())


def table(*heads: str, title: str | None = None, lines: bool = False) -> Table:
    """Return a table whose cells wrap in a narrow terminal, and are never cut."""
    columns = [Column(head, overflow="fold") for head in heads]
    return Table(*columns, title=title, show_lines=lines)


def read(file: Path) -> Grid:
    """Return the grid of a file, or of the standard input; ends with 1, every mistake named, if it has any."""
    try:
        raw = sys.stdin.buffer.read() if file == _INPUT else file.read_bytes()
        return read_grid(raw.decode("utf-8-sig"))
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


def known_grids(others: Iterable[Grid]) -> list[Grid]:
    """Return the grids that come with Égide, and others; of one version known twice, the other's."""
    every = {(grid.code, grid.version_on): grid for grid in [*shipped_grids(), *others]}
    return list(every.values())


def is_file(name: str) -> bool:
    """Tell whether a plan is named by a file, or given on the standard input, rather than by its code."""
    return Path(name) == _INPUT or Path(name).is_file()


def grid_of(name: str, day: date, others: Iterable[Grid]) -> Grid:
    """Return the grid of a file, or the one of a code that is in force on a day, the last before it; ends with 1."""
    if is_file(name):
        return read(Path(name))
    known = known_grids(others)
    found = [grid for grid in known if name in {grid.code, *grid.levels}]
    if not found:
        codes = ", ".join(grid.code for grid in known)
        raise fail(
            said=f"{name} : ni un fichier, ni une grille connue. Codes connus : {codes}."
        )
    past = [grid for grid in found if grid.version_on <= day]
    return max(past or found, key=lambda grid: grid.version_on)


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


def plans_of(name: str, day: date, others: Iterable[Grid]) -> list[Plan]:
    """Return the plan of a code, or those of every level of a grid's file, as of its first day if that is to come."""
    if is_file(name):
        grid = read(Path(name))
        on = max(day, grid.version_on)
        return [plan_of(level, on, [grid]) for level in grid.levels]
    return [plan_of(name, day, known_grids(others))]
