"""``egide proved``: an establishment is a newcomer no more."""

from pathlib import Path
from typing import Final
from uuid import UUID

import click
from rich.console import Console

from egide import db
from egide.cli.context import data_option, open_pool, run
from egide.core.refusal import Refusal, RefusalCode

_console = Console(soft_wrap=True)


_PROVE: Final = "select gate.prove($1) as known"


@click.command()
@data_option
@click.argument("establishment", type=click.UUID)
def proved(data: Path | None, establishment: UUID) -> None:
    """Donner à un nouvel établissement, qui a montré qui il est, le budget des autres."""

    async def work() -> bool:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            row = await db.first(tx, _PROVE, establishment)
            return row is not None and row["known"]

    if not run(work()):
        raise Refusal(RefusalCode.VALUE_INVALID, where="ESTABLISHMENT")
    _console.print(f"{establishment} : budget entier")
