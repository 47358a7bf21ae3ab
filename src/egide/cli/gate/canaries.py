"""``egide canaries``: persons that nobody should ever ask for."""

import sys
from pathlib import Path
from typing import TextIO
from uuid import UUID

import click
from rich.console import Console

from egide import db
from egide.cli.context import data_option, keyring, open_pool, run
from egide.cli.gate import sql
from egide.core.identifiers import AmcNumber
from egide.core.refusal import Refusal, RefusalCode
from egide.directory import keyed_number
from egide.vault import Addresses

_console = Console(soft_wrap=True, highlight=False)


@click.command()
@data_option
@click.option("--amc", required=True, help="Numéro de l'assureur.")
@click.option(
    "--label",
    required=True,
    help="Où ces personnes fictives sont mises : un assureur, un export.",
)
@click.argument("references", type=click.File("r"), default="-")
def canaries(data: Path | None, amc: str, label: str, references: TextIO) -> None:
    """Dire lesquelles des personnes d'un assureur n'existent pas : qui en demande une tient une liste.

    REFERENCES : une référence de l'assureur par ligne, telles que dans son fichier.
    """
    named = [line.strip() for line in references if line.strip()]
    settings, number = db.settings(data), AmcNumber.parse(amc)
    addresses = Addresses(keyring(settings))

    async def work() -> set[UUID]:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            keyed = await keyed_number(tx, number, "--amc")
            persons = [addresses.person(keyed, one) for one in named]
            known = await sql.mark_canaries(tx, persons, label)
            for line, person in enumerate(persons, 1):
                if person not in known:
                    hint = "Aucune personne importée n'a cette référence."
                    raise Refusal(RefusalCode.VALUE_INVALID, where=f"ligne {line}", hint=hint)
            return known

    _console.print(f"{len(run(work()))} personnes fictives pour {label}")
    sys.stdout.flush()
