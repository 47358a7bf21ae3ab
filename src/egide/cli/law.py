"""``egide law``: the numbers of the law that hold on a day, and on whose word."""

from datetime import datetime

import click
from rich.console import Console
from rich.table import Column, Table

from egide.cli.context import json_option, now, tell_json
from egide.core.period import civil_day
from egide.nomenclature.law_table import Surety, law_rows

_console = Console()
_HEADS = ("table", "de quoi", "valeur", "depuis", "source", "sur la foi de")


@click.command()
@click.option(
    "--on",
    "moment",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Jour des soins (défaut : aujourd'hui).",
)
@json_option
@click.option("--unsure", is_flag=True, help="Seulement ce qui ne tient pas d'un texte.")
def law(moment: datetime | None, unsure: bool, as_json: bool) -> None:
    """Dire les nombres de la loi en vigueur un jour : d'où ils viennent, et ce qui reste à vérifier."""
    day = civil_day(now()) if moment is None else moment.date()
    every = list(law_rows(day))
    shown = [row for row in every if not unsure or row.surety is not Surety.TEXT]
    if as_json:
        tell_json([{**row._asdict(), "surety": row.surety} for row in shown])
        return
    table = Table(
        *(Column(head, overflow="fold") for head in _HEADS),
        title=f"Le droit appliqué aux soins du {day:%d/%m/%Y}",
    )
    for row in shown:
        table.add_row(
            row.section,
            row.what,
            row.value,
            f"{row.since:%d/%m/%Y}",
            row.source,
            row.surety.value,
        )
    _console.print(table)
    doubtful = sum(row.surety in {Surety.PRESS, Surety.UNSURE} for row in every)
    _console.print(f"{len(every)} lignes en vigueur, dont {doubtful} à confirmer par un texte.")
