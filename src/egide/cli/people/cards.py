"""``egide cards``: cards for an insurer's printer, and fresh codes for its next file."""

import os
from pathlib import Path
from typing import TextIO
from uuid import UUID

import click
from rich.console import Console

from egide import db
from egide.cli.context import data_option, keyring, open_pool, run, sealer
from egide.core.identifiers import AmcNumber
from egide.core.ids import to_code
from egide.members.cards import Sheet, svg
from egide.members.cards import cards as read_cards
from egide.vault import Addresses

_console = Console(soft_wrap=True, highlight=False)


@click.group()
def cards() -> None:
    """Les cartes des assurés : un QR de 128 bits tirés au hasard, et rien d'autre."""


@cards.command(name="print")
@data_option
@click.option("--amc", required=True, help="Numéro de l'assureur.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.argument("references", type=click.File("r"), default="-")
def print_(data: Path | None, amc: str, out: Path, references: TextIO) -> None:
    """Écrire les cartes : un PDF d'une carte par page, et un SVG par carte, dans l'ordre des références."""
    named = [line.strip() for line in references if line.strip()]
    settings, number, sheet, pictures = (
        db.settings(data),
        AmcNumber.parse(amc),
        Sheet(),
        list[str](),
    )

    async def work() -> None:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            found = read_cards(
                tx, Addresses(keyring(settings)), sealer(settings), number, named
            )
            async for card in found:
                sheet.add(card)
                pictures.append(svg(card))

    run(work())  # all are there, or nothing is written
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(out / "cards.pdf", sheet.write())
    for at, picture in enumerate(pictures, 1):
        _write(out / f"card-{at:06d}.svg", picture.encode())
    _console.print(f"{len(pictures)} cartes dans {out}")


@cards.command()
@click.argument("count", type=click.IntRange(1, 1_000_000))
def codes(count: int) -> None:
    """Tirer des codes de cartes, pour le prochain fichier d'un assureur ; aucun n'est gardé ici.

    Une carte perdue : egide revoke-card, puis un de ces codes à sa personne dans le fichier.
    """
    for _ in range(count):
        click.echo(to_code(UUID(bytes=os.urandom(16))))


def _write(path: Path, body: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(body)
