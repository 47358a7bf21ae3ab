"""``egide import nomenclature``: the official tables of acts, devices, analyses and medicines."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from egide import db
from egide.cli.context import data_option, now, open_pool, run
from egide.core.spreadsheet import Spreadsheet
from egide.nomenclature import publish_acts
from egide.nomenclature.official import (
    Grids,
    OfficialFileError,
    Taken,
    read_bdpm,
    read_ccam,
    read_lpp,
    read_nabm,
    read_table,
)

_console = Console()


_PATHS = click.argument(
    "paths", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True
)


_FILE = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))


_REPORT = click.option(
    "--report", type=click.Path(path_type=Path), help="Où écrire ce qui est laissé (CSV)."
)


_SHOWN = 10


@click.group()
def nomenclature() -> None:
    """Importer les actes et tarifs officiels (docs/howto/import-nomenclatures.md).

    Un acte importé remplace celui du même code ; les factures déjà décidées gardent leur prix.
    """


def _take(
    source: str, read: Callable[[], Taken], data: Path | None, report: Path | None
) -> None:
    """Read a file, publish its acts in one transaction, say what was left out and why."""
    try:
        taken = read()
    except OfficialFileError as error:
        _console.print(f"[red]{_plain(error)}[/red] {_plain(error.remedy)}", soft_wrap=True)
        raise SystemExit(1) from None
    if not taken.entries:
        _console.print("[red]Aucun acte à prendre[/red] dans ce fichier : rien n'est changé.")
        _tell_left_out(taken, report)
        raise SystemExit(1)
    settings = db.settings(data)

    async def work() -> None:
        async with (
            open_pool(settings, "owner", creates=True) as pool,
            db.transaction(pool) as tx,
        ):
            await publish_acts(tx, taken.entries, source=source, now=now())

    run(work())
    tariffs = sum(len(entry.tariffs) for entry in taken.entries)
    _console.print(f"{len(taken.entries)} actes et {tariffs} tarifs pris de {source}.")
    _tell_left_out(taken, report)


def _tell_left_out(taken: Taken, report: Path | None) -> None:
    for reason, count in taken.reasons[:_SHOWN]:
        _console.print(f"Laissés : {count}, {_plain(reason)}.", soft_wrap=True)
    if report is not None:
        with report.open("w", encoding="utf-8", newline="") as file:
            table = Spreadsheet(file, ("acte", "raison"))
            for one in taken.left_out:
                table.row((one.place, one.reason))


def _plain(text: object) -> str:
    """Return what a file says as text that the terminal shows and does not obey."""
    shown = "".join(sign for sign in str(text) if sign.isprintable())
    return escape(shown)


def _named(paths: tuple[Path, ...]) -> str:
    return ", ".join(path.name for path in paths)


@nomenclature.command()
@_PATHS
@click.option("--grid", type=int, help="Grille de prix de qui est OPTAM ou de secteur 1.")
@click.option("--grid-not-optam", type=int, help="Grille des autres médecins.")
@_REPORT
@data_option
def ccam(
    paths: tuple[Path, ...],
    grid: int | None,
    grid_not_optam: int | None,
    report: Path | None,
    data: Path | None,
) -> None:
    """CCAM : le dossier ou les ZIP des tables dBase (R_ACTE, R_ACTE_IVITE, …)."""
    grids = Grids(grid, grid_not_optam)
    _take(f"CCAM ({_named(paths)})", lambda: read_ccam(paths, grids), data, report)


@nomenclature.command()
@_PATHS
@_REPORT
@data_option
def lpp(paths: tuple[Path, ...], report: Path | None, data: Path | None) -> None:
    """LPP : le ZIP (LPPnnn.zip) ou le dossier de ses tables dBase."""
    _take(f"LPP ({_named(paths)})", lambda: read_lpp(paths), data, report)


@nomenclature.command()
@_PATHS
@_REPORT
@data_option
def nabm(paths: tuple[Path, ...], report: Path | None, data: Path | None) -> None:
    """NABM : les tables NABM_FICHE_TOTnnn.dbf et NABM_HISTO_TOTnnn.dbf."""
    _take(f"NABM ({_named(paths)})", lambda: read_nabm(paths), data, report)


@nomenclature.command()
@_FILE
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="Depuis quand ces prix valent.",
)
@_REPORT
@data_option
def bdpm(file: Path, since: datetime, report: Path | None, data: Path | None) -> None:
    """Médicaments : CIS_CIP_bdpm.txt de la base de données publique."""
    day: date = since.date()

    def read() -> Taken:
        with file.open("rb") as lines:
            return read_bdpm(lines, since=day)

    _take(f"BDPM ({file.name}, {day})", read, data, report)


@nomenclature.command()
@_FILE
@_REPORT
@data_option
def table(file: Path, report: Path | None, data: Path | None) -> None:
    """NGAP et tarifs locaux : une table CSV de notre format."""

    def read() -> Taken:
        try:
            return read_table(file.read_text("utf-8-sig").splitlines())
        except UnicodeDecodeError:
            raise OfficialFileError(
                reason="le fichier n'est pas en UTF-8.", remedy="L'enregistrer en UTF-8."
            ) from None

    _take(f"table ({file.name})", read, data, report)
