"""``egide log``: the process that grows the tree of the access log; its key; its export."""

import asyncio
import os
from pathlib import Path

import click
from rich.console import Console

from egide import db
from egide.accesslog.configured import log_key, named_witnesses
from egide.accesslog.export import export as write_log
from egide.accesslog.grow import grow, have_witnessed, meet
from egide.cli.context import data_option, keyring, open_pool, run
from egide.core.refusal import Refusal, RefusalCode

_console = Console(soft_wrap=True, highlight=False)


@click.group()
def log() -> None:
    """Le journal des accès : un arbre signé, vu par des témoins."""


@log.command(name="run")
@data_option
@click.option("--once", is_flag=True, help="Une fois, au lieu de continuer.")
@click.option("--every", type=click.FloatRange(0.05, 5), default=2.0, show_default=True)
@click.option("--parent", type=int, hidden=True, help="Finir avec ce processus.")
def run_(data: Path | None, once: bool, every: float, parent: int | None) -> None:
    """Mettre dans l'arbre ce qui a été répondu, le signer, le montrer aux témoins (EGIDE_WITNESSES)."""
    settings = db.settings(data)
    key, witnesses = log_key(keyring(settings)), named_witnesses()

    async def work() -> None:
        is_met = False
        async with open_pool(settings, "logger") as pool:
            while parent is None or os.getppid() == parent:
                try:
                    # What a witness saw and this database lacks is found before anything more is signed: nothing grows
                    # until one of them has answered.
                    is_met = await meet(pool, key, witnesses) or is_met
                    while is_met and await grow(pool, key):
                        pass
                    await have_witnessed(pool, witnesses)
                except db.FAULTS:
                    if once:
                        raise
                if once:
                    return
                await asyncio.sleep(every)

    run(work())


@log.command()
@data_option
def key(data: Path | None) -> None:
    """Afficher la clé publique du journal, que les témoins et les vérificateurs connaissent."""
    _console.print(log_key(keyring(db.settings(data))).public.text())


@log.command()
@data_option
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--entries", is_flag=True, help="Aussi les réponses et leurs sels, pour un auditeur."
)
def export(data: Path | None, folder: Path, entries: bool) -> None:
    """Écrire le point de contrôle et les tuiles dans un dossier, que « python -m egide.accesslog.verify log » lit."""

    async def work() -> int:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            size = await write_log(tx, folder, with_entries=entries)
        if size is None:
            raise Refusal(RefusalCode.VALUE_MISSING, where="log", hint="Rien n'est signé.")
        return size

    _console.print(f"{run(work())} réponses, dans {folder}")
