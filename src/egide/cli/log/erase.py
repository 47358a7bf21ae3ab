"""``egide erase``: a person's entries are nobody's any more."""

from pathlib import Path

import click
from rich.console import Console

from egide import db
from egide.cli.context import data_option, keyring, open_pool, run
from egide.cli.log import sql
from egide.core.identifiers import AmcNumber
from egide.core.refusal import Refusal, RefusalCode
from egide.directory import keyed_number
from egide.vault import Addresses

_console = Console(soft_wrap=True, highlight=False)


@click.command()
@data_option
@click.option("--amc", required=True, help="Numéro de l'assureur.")
@click.argument("reference")
def erase(data: Path | None, amc: str, reference: str) -> None:
    """Effacer une personne : son identité, ses droits, et ce qui liait les réponses à elle. L'arbre tient toujours."""
    settings = db.settings(data)
    addresses, number = Addresses(keyring(settings)), AmcNumber.parse(amc)

    async def work() -> int:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            person = addresses.person(await keyed_number(tx, number, "--amc"), reference)
            leaves = await sql.erase(tx, person)
            if leaves is None:
                raise Refusal(RefusalCode.VALUE_INVALID, where="REFERENCE")
            return leaves

    _console.print(f"Effacée ; {run(work())} réponses ne disent plus rien.")
