"""``egide segments``: what is contained."""

from dataclasses import astuple
from pathlib import Path

import click
from rich.console import Console

from egide import db
from egide.cli.context import data_option, json_option, open_pool, run, tell_json
from egide.cli.gate import sql

_console = Console(soft_wrap=True)


@click.command()
@data_option
@json_option
def segments(data: Path | None, as_json: bool) -> None:
    """Lister ce qui est contenu, jusqu'à quand, par qui et pourquoi."""

    async def work() -> list[sql.Contained]:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await sql.segments(tx)

    rows = run(work())
    if as_json:
        tell_json(rows)
        return
    for row in rows:
        _console.print(*(str(one) for one in astuple(row)), sep="  ")
