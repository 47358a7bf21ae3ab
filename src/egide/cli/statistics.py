"""``egide statistics``: claims, rejections, prises en charge and disputes of a span, by insurer and profession."""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Column, Table

from egide import db
from egide.cli.context import data_option, now, open_pool, run
from egide.core.money import euros
from egide.core.period import PARIS, civil_day
from egide.core.spreadsheet import Spreadsheet
from egide.directory import establishment_named, insurer_named
from egide.statistics import FEWEST_PERSONS, Figure, Span, read_statistics

_console = Console()
_TITLES = {
    "claims": "Factures",
    "rejections": "Rejets, par contrôle",
    "preauths": "Prises en charge",
    "disputes": "Contestations",
}
_HEADS = {
    "amc_number": "AMC",
    "profession": "profession",
    "control": "contrôle",
    "persons": "personnes",
    "claims": "factures",
    "rejected": "rejetées",
    "cancelled": "annulées",
    "expense_cents": "dépense",
    "amc_cents": "part AMC",
    "ordered": "virements ordonnés",
    "late": "en retard",
    "median_days": "jours, médiane",
    "p95_days": "jours, 95 %",
    "asked": "demandées",
    "refused": "refusées",
    "waiting": "en attente",
    "used": "facturées",
    "opened": "reçues",
    "upheld": "accueillies",
    "maintained": "maintenues",
}


@click.command()
@data_option
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Reçues depuis ce jour (défaut : 30 jours).",
)
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Et avant celui-ci (défaut : demain)."
)
@click.option("--amc", default="", help="D'un seul assureur : son numéro AMC.")
@click.option(
    "--finess",
    default="",
    help="D'un seul établissement : tout y est, il les connaît une à une.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", *(f"csv-{name}" for name in _TITLES)]),
    default="table",
    show_default=True,
)
def statistics(
    data: Path | None,
    since: datetime | None,
    until: datetime | None,
    amc: str,
    finess: str,
    form: str,
) -> None:
    """Compter factures, rejets, délais, prises en charge, contestations, par assureur et métier, dès 11 personnes."""
    today = civil_day(now())
    first = since.date() if since else today - timedelta(days=30)
    last = until.date() if until else today + timedelta(days=1)
    midnight = datetime.min.time()

    async def work() -> dict[str, list[Figure]]:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            span = Span(
                since=datetime.combine(first, midnight, PARIS),
                until=datetime.combine(last, midnight, PARIS),
                insurer=await insurer_named(tx, amc, "--amc") if amc else None,
                establishment=await establishment_named(tx, finess, "--finess")
                if finess
                else None,
            )
            return await read_statistics(tx, span, now(), shows_few=bool(finess))

    found = run(work())
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    elif form != "table":
        _write_csv(found[form.removeprefix("csv-")])
    else:
        _console.print(f"Du {first:%d/%m/%Y} au {last - timedelta(days=1):%d/%m/%Y}.")
        for name, rows in found.items():
            _show(_TITLES[name], rows)


def _show(title: str, rows: list[Figure]) -> None:
    if not rows:
        _console.print(f"{title} : aucune.")
        return
    table = Table(*(Column(_HEADS[name], overflow="fold") for name in rows[0]), title=title)
    for row in rows:
        table.add_row(*(_said(name, one) for name, one in row.items()))
    _console.print(table)


def _said(name: str, one: str | float | None) -> str:
    if one is None:
        return f"moins de {FEWEST_PERSONS}" if name == "persons" else "—"
    if name.endswith("_cents"):
        return euros(int(one))
    return str(one).replace(".", ",") if isinstance(one, float) else str(one)


def _write_csv(rows: list[Figure]) -> None:
    """Write rows as CSV with semicolons; amounts are in cents, what is left out is empty."""
    if rows:
        table = Spreadsheet(sys.stdout, list(rows[0]), marked=False)
        for row in rows:
            table.row(_cell(one) for one in row.values())


def _cell(one: str | float | None) -> str | int | None:
    return str(one).replace(".", ",") if isinstance(one, float) else one
