"""``egide proved``: an establishment is a newcomer no more."""

from pathlib import Path

import click
from rich.console import Console

from egide import db
from egide.cli.context import data_option, open_pool, run
from egide.cli.gate import sql
from egide.core.refusal import Refusal, RefusalCode
from egide.directory import establishment_named

_console = Console(soft_wrap=True)


@click.command()
@data_option
@click.argument("establishment")
def proved(data: Path | None, establishment: str) -> None:
    """Donner à un nouvel établissement, qui a montré qui il est, le budget des autres.

    ESTABLISHMENT : son numéro FINESS, ou son UUID.
    """

    async def work() -> bool:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await sql.prove(
                tx, await establishment_named(tx, establishment, "ESTABLISHMENT")
            )

    if not run(work()):
        raise Refusal(RefusalCode.VALUE_INVALID, where="ESTABLISHMENT")
    _console.print(f"{establishment} : budget entier")
