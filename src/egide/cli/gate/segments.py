"""``egide segments``: what is contained."""

from pathlib import Path
from typing import Final

import click
from rich.console import Console

from egide import db
from egide.cli.context import data_option, open_pool, run

_console = Console(soft_wrap=True)


_SEGMENTS: Final = """
select kind, value, mode, reason, author, since, until from gate.segment where until > gate.instant() order by since
"""


@click.command()
@data_option
def segments(data: Path | None) -> None:
    """Lister ce qui est contenu, jusqu'à quand, par qui et pourquoi."""

    async def work() -> list[db.Row]:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await db.many(tx, _SEGMENTS)

    for row in run(work()):
        _console.print(*(str(one) for one in row.values()), sep="  ")
