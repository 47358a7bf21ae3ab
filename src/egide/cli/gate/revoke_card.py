"""``egide revoke-card``: a card shows nothing any more."""

from pathlib import Path

import click
from rich.console import Console

from egide import db
from egide.cli.context import data_option, keyring, open_pool, run
from egide.cli.gate import sql
from egide.core.ids import from_code
from egide.core.refusal import Refusal, RefusalCode
from egide.vault import Addresses

_console = Console(soft_wrap=True)


@click.command(name="revoke-card")
@data_option
@click.argument("card")
def revoke_card(data: Path | None, card: str) -> None:
    """Révoquer une carte perdue, par le code de 26 caractères qu'elle porte."""
    secret = from_code(card)
    if secret is None:
        raise Refusal(RefusalCode.VALUE_INVALID, where="CARD")
    settings = db.settings(data)

    async def work() -> None:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            await sql.revoke_card(tx, Addresses(keyring(settings)).card(secret))

    run(work())
    _console.print("Carte révoquée.")
