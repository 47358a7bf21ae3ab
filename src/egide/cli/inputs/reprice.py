"""``egide reprice``: price a year of claims again, under the same grids or under others."""

import multiprocessing
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack, cast

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from egide import db
from egide.claims import Changed, Repricing, Span, Tally, count_decided
from egide.cli.context import data_option, json_option, now, open_pool, run, tell_json
from egide.core.ids import to_code
from egide.core.money import Money, euros
from egide.core.spreadsheet import Spreadsheet
from egide.plans import Grid, GridError, read_grid

_console = Console()
_DAY = click.DateTime(["%Y-%m-%d"])
_MOST_PROCESSES: Final = 8  # each holds a connection and a sort of its part


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What one process is to do; it must travel to it."""

    settings: db.Settings
    span: Span
    instead: Mapping[str, str]
    grids: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    """What the processes have told so far."""

    tallies: dict[str, Tally] = field(default_factory=dict[str, Tally])
    failures: list[str] = field(default_factory=list[str])


def _ignore(_: Changed) -> None:
    """Tell nobody."""


def _work(order: _Order, told: Connection) -> None:
    """Price one part, in a process of its own; what it finds is told as it goes."""
    repricing = Repricing(
        instead=order.instead,
        extra=tuple(read_grid(text) for text in order.grids),
        changed=told.send,
        progress=told.send,
    )

    async def price() -> dict[str, Tally]:
        async with open_pool(order.settings, "owner") as pool:
            return await repricing.run(pool, order.span)

    try:
        told.send(run(price()))
    except Exception as error:  # noqa: BLE001 - told to the parent, which ends with it
        told.send(_said(error))
    told.close()


class _Asked(TypedDict):
    since: datetime | None
    until: datetime | None
    report: Path | None
    as_json: bool


@click.command()
@data_option
@click.option("--from", "since", type=_DAY, help="Reçues depuis (défaut : un an).")
@click.option("--to", "until", type=_DAY, help="Reçues avant (défaut : maintenant).")
@click.option(
    "--plan",
    "instead",
    multiple=True,
    metavar="ANCIEN=NOUVEAU",
    help="Tarifer les factures d'un plan sous un autre.",
)
@click.option(
    "--with",
    "grids",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="Grille à essayer, sans la publier.",
)
@click.option(
    "--report", type=click.Path(path_type=Path), help="CSV des factures dont le montant change."
)
@json_option
def reprice(
    data: Path | None, instead: tuple[str, ...], grids: tuple[Path, ...], **rest: Unpack[_Asked]
) -> None:
    """Tarifer à nouveau des factures décidées, un processus par cœur, sans rien changer à ce qui est dû.

    Sans --plan, le montant de chacune doit être retrouvé : c'est la preuve que le calcul se rejoue.
    """
    since, until = rest["since"], rest["until"]
    end = now() if until is None else until.replace(tzinfo=UTC)
    start = end - timedelta(days=365) if since is None else since.replace(tzinfo=UTC)
    settings = db.settings(data)
    processes = min(os.cpu_count() or 1, _MOST_PROCESSES)
    orders = [
        _Order(
            settings=settings,
            span=Span(since=start, until=end, part=part, parts=processes),
            instead=_instead(instead),
            grids=tuple(_text(file) for file in grids),
        )
        for part in range(processes)
    ]
    with _teller(rest["report"]) as tell:
        found = _gather(orders, _total(settings, start, end), tell)
    if found.failures:
        _console.print(f"[red]Échec[/red] : {escape('; '.join(found.failures))}")
        raise SystemExit(1)
    if rest["as_json"]:
        tell_json(found.tallies)
    else:
        _show(found.tallies, start.date(), end.date())


def _instead(pairs: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        old, equals, new = pair.partition("=")
        if not (old and equals and new):
            message = f"« {pair} » : écrire ANCIEN=NOUVEAU, deux codes de plans."
            raise click.BadParameter(message)
        found[old] = new
    return found


def _said(error: Exception) -> str:
    """Return what went wrong, without the text of the database, which may hold the values of a row."""
    if isinstance(error, db.DatabaseError):
        return f"{type(error).__name__} {getattr(error, 'sqlstate', '') or ''}".strip()
    return f"{type(error).__name__}: {error}"


def _text(file: Path) -> str:
    """Return a grid's text once it has been read without fault."""
    text = file.read_text("utf-8")
    try:
        grid: Grid = read_grid(text)
    except GridError as error:
        _console.print(str(error), markup=False)
        raise SystemExit(1) from None
    return grid.text


def _total(settings: db.Settings, start: datetime, end: datetime) -> int:
    async def count() -> int:
        async with open_pool(settings, "owner") as pool, db.statement(pool) as tx:
            return await count_decided(tx, start, end)

    return run(count())


@contextmanager
def _teller(report: Path | None) -> Generator[Callable[[Changed], None]]:
    """Yield what writes a changed claim to the report, if one is asked for."""
    if report is None:
        yield _ignore
        return
    with report.open("w", encoding="utf-8", newline="") as file:
        table = Spreadsheet(file, ("facture", "plan", "amc_avant", "amc_après"))

        def tell(one: Changed) -> None:
            amounts = (Money(one.before), Money(one.after))
            table.row((to_code(one.claim_id), one.plan_code, *amounts))

        yield tell


def _gather(orders: list[_Order], total: int, tell: Callable[[Changed], None]) -> _Found:
    """Run the orders side by side and gather what they tell."""
    context = multiprocessing.get_context("spawn")
    found = _Found()
    workers: list[Any] = []
    ends: list[Any] = []
    for order in orders:
        mine, theirs = context.Pipe(duplex=False)
        workers.append(context.Process(target=_work, args=(order, theirs), daemon=True))
        workers[-1].start()
        theirs.close()
        ends.append(mine)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_console, transient=True) as bar:
        task = bar.add_task("factures", total=total)
        while ends:
            for end in cast("list[Connection]", wait(ends)):
                try:
                    said = end.recv()
                except EOFError:
                    found.failures.append("un processus s'est arrêté avant la fin")
                    ends.remove(end)
                    continue
                match said:
                    case int():
                        bar.update(task, advance=said)
                    case Changed():
                        tell(said)
                    case str():
                        found.failures.append(said)
                        ends.remove(end)
                    case _:
                        ends.remove(end)
                        for code, tally in said.items():
                            found.tallies.setdefault(code, Tally()).add(tally)
    for worker in workers:
        worker.join()
    return found


def _show(tallies: Mapping[str, Tally], start: date, end: date) -> None:
    table = Table(title=f"Du {start:%d/%m/%Y} au {end:%d/%m/%Y}")
    table.add_column("plan", overflow="fold")
    for name in ("factures", "lignes", "changées", "sans prix", "décidé", "à nouveau", "écart"):
        table.add_column(name, justify="right", no_wrap=True)
    total = Tally()
    for code, tally in sorted(tallies.items()):
        total.add(tally)
        table.add_row(code, *_cells(tally))
    if len(tallies) > 1:
        table.add_row("en tout", *_cells(total))
    _console.print(table)


def _cells(tally: Tally) -> tuple[str, ...]:
    counts = (tally.claims, tally.lines, tally.changed, tally.unpriceable)
    amounts = (tally.before, tally.after, tally.after - tally.before)
    return (*map(str, counts), *map(euros, amounts))
