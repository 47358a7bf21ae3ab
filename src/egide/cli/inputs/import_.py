"""``egide import``: an insurer's members, the directory."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from egide import db
from egide.cli.context import data_option, keyring, keyring_path, now, open_pool, run, sealer
from egide.core.identifiers import AmcNumber
from egide.directory import DirectoryReport, take_in
from egide.members import ImportOutcome, ImportRefusedError, ImportTerms, import_members

_console = Console()
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(name="import")
def import_() -> None:
    """Prendre en charge les fichiers des assureurs et le répertoire."""


@import_.command()
@click.argument("file", type=_FILE)
@data_option
@click.option(
    "--skip-refused", is_flag=True, help="Prendre les bonnes lignes et laisser les mauvaises."
)
@click.option(
    "--amc",
    default=None,
    help="Numéro de l'assureur dont c'est le fichier : aucune ligne d'un autre n'est prise.",
)
@click.option(
    "--absent",
    type=click.IntRange(min=0),
    default=None,
    help="Confirmer combien de personnes un fichier complet ne nomme plus, quand c'est plus d'une sur vingt.",
)
def members(
    file: Path, data: Path | None, skip_refused: bool, amc: str | None, absent: int | None
) -> None:
    """Importer un fichier de membres (docs/formats/members.md)."""
    settings = db.settings(data)
    amc = None if amc is None else AmcNumber.parse(amc).text

    async def work() -> ImportOutcome:
        async with open_pool(settings, "loader") as pool:
            keyring(settings)
            columns = (
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
            )
            with Progress(*columns, console=_console, transient=True) as bar:
                task = bar.add_task("import", total=None)
                return await import_members(
                    pool,
                    file,
                    ImportTerms(
                        keys=keyring_path(settings),
                        skip_refused=skip_refused,
                        amc=amc,
                        absent=absent,
                    ),
                    now=now(),
                    progress=lambda read: bar.update(task, completed=read),
                )

    try:
        outcome = run(work())
    except ImportRefusedError as error:
        _console.print(f"[red]{error}[/red], rien n'a été pris. Rapport : {error.report}")
        raise SystemExit(1) from None
    if outcome.already:
        _console.print("Ce contenu a déjà été importé : rien à faire.")
        return
    if outcome.resumed_at:
        _console.print(f"Reprise après la ligne {outcome.resumed_at}.")
    _console.print(
        f"{outcome.persons} personnes prises, {outcome.refused} lignes refusées, sur {outcome.lines} lignes."
    )
    if outcome.closed:
        _console.print(
            f"{outcome.closed} personnes absentes de ce fichier complet : droits clos ce jour."
        )
    if outcome.refused or outcome.doubtful:
        report = file.with_name(f"{file.name}.report.ndjson")
        doubts = (
            f" ; {outcome.doubtful} prises, dont le NIR est aussi celui d'une autre"
            if outcome.doubtful
            else ""
        )
        _console.print(f"Rapport : {report}{doubts}")


@import_.command()
@click.argument("file", type=_FILE)
@data_option
def directory(file: Path, data: Path | None) -> None:
    """Importer un fichier du répertoire (docs/formats/directory.md)."""
    settings = db.settings(data)

    async def work() -> DirectoryReport:
        async with open_pool(settings, "owner", creates=True) as pool:
            with file.open("rb") as lines:
                return await take_in(pool, lines, sealer=sealer(settings), now=now())

    report = run(work())
    for fault in report.faults:
        _console.print(f"ligne {fault.line}, {fault.field} : {fault.reason} {fault.remedy}")
    if report.faults:
        _console.print(
            f"[red]{len(report.faults)} ligne(s) refusée(s)[/red], rien n'a été pris."
        )
        raise SystemExit(1)
    _console.print(f"{report.taken} lignes prises.")
