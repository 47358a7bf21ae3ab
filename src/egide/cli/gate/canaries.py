"""``egide canaries``: persons that nobody should ever ask for."""

import sys
from pathlib import Path
from typing import Final, TextIO

import click
from rich.console import Console

from egide import db
from egide.cli.context import data_option, keyring, open_pool, run
from egide.core.identifiers import AmcNumber
from egide.core.refusal import Refusal, RefusalCode
from egide.vault import Addresses

_console = Console(soft_wrap=True, highlight=False)


_CANARIES: Final = """
insert into gate.canary (person_id, label, made_at)
select p.person_id, $2, clock_timestamp() from gate.person p where p.person_id = any ($1::uuid[])
    on conflict (person_id) do update set label = excluded.label
returning person_id
"""


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
    persons = [addresses.person(number, one) for one in named]

    async def work() -> set[object]:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            known = {row["person_id"] for row in await db.many(tx, _CANARIES, persons, label)}
            for line, person in enumerate(persons, 1):
                if person not in known:
                    hint = "Aucune personne importée n'a cette référence."
                    raise Refusal(RefusalCode.VALUE_INVALID, where=f"ligne {line}", hint=hint)
            return known

    _console.print(f"{len(run(work()))} personnes fictives pour {label}")
    sys.stdout.flush()
