"""``egide backup``: copies of a database and of what changes in it, on another disk; its keys apart."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console

from egide import backups, db
from egide.backups import Archive, Keeper
from egide.backups.keep import open_archive
from egide.cli.context import check_installed, data_option, now, open_pool, run
from egide.cli.keeping.options import (
    archive_option,
    asked_passphrase,
    end_on_signals,
    passphrase_option,
)
from egide.core.refusal import Refusal, RefusalCode
from egide.db.cluster import EmbeddedServerError

_console = Console(soft_wrap=True, highlight=False)
_LOOKS_SECONDS = 1.0


@click.group()
def backup() -> None:
    """Garder ailleurs la base, ce qui y change à mesure, et les clés à part."""


@backup.command()
@data_option
@archive_option("--to")
def take(data: Path | None, folder: Path) -> None:
    """Prendre une copie entière, pendant que le service continue."""

    async def work() -> backups.Base:
        settings, archive = db.settings(data), Archive(folder)
        check_installed(settings)
        store = await db.open_store(settings)
        try:
            async with store.pool("owner") as pool:
                await open_archive(archive, pool)
            return backups.take_base(archive, store.login("owner"), now)
        finally:
            store.close()

    _console.print(f"Copie prise : {run(work()).folder}")


@backup.command(name="run")
@data_option
@archive_option("--to")
@click.option(
    "--every-hours",
    type=click.FloatRange(0.01, 24 * 31),
    default=24.0,
    show_default=True,
    help="Entre deux copies entières.",
)
@click.option(
    "--keep-days",
    type=click.FloatRange(0, 3650),
    default=8.0,
    show_default=True,
    help="Tout instant de ces jours-là peut revenir.",
)
@click.option("--parent", type=int, hidden=True, help="Finir avec ce processus.")
def run_(
    data: Path | None, folder: Path, every_hours: float, keep_days: float, parent: int | None
) -> None:
    """Garder tout changement à mesure, et prendre des copies ; ./egide serve le fait si EGIDE_BACKUPS est donné."""
    settings, archive = db.settings(data), Archive(folder)
    check_installed(settings)
    end_on_signals()

    async def work() -> None:
        store = await db.open_store(settings)
        keeper = Keeper(
            archive,
            store.login("owner"),
            every=timedelta(hours=every_hours),
            keeps=timedelta(days=keep_days),
            clock=now,
        )
        try:
            async with store.pool("owner") as pool:
                await open_archive(archive, pool)
                while parent is None or os.getppid() == parent:
                    await _step(keeper, pool)
                    await asyncio.sleep(_LOOKS_SECONDS)
        finally:
            keeper.stop()
            store.close()

    run(work())


async def _step(keeper: Keeper, pool: db.Pool) -> None:
    try:
        await keeper.step(pool)
    except (*db.FAULTS, EmbeddedServerError, OSError, Refusal) as error:
        keeper.said.append(f"Non gardé : {error}")
    while keeper.said:
        _console.print(keeper.said.pop(0))


@backup.command(name="list")
@archive_option("--from")
def list_(folder: Path) -> None:
    """Lister les copies ; tout instant après l'une d'elles peut revenir, jusqu'au dernier changement gardé."""
    archive = Archive(folder)
    for base in archive.bases():
        size = sum(path.stat().st_size for path in base.folder.iterdir())
        _console.print(f"{base.taken_at:%Y-%m-%dT%H:%M:%SZ}  {size / 1e6:,.0f} Mo")
    if kept := archive.changes():
        last = datetime.fromtimestamp(max(path.stat().st_mtime for path in kept), UTC)
        _console.print(f"Dernier changement reçu : {last:%Y-%m-%dT%H:%M:%SZ}")


@backup.command()
@data_option
@passphrase_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def keys(data: Path | None, passphrase_file: Path | None, file: Path) -> None:
    """Écrire les clés et mots de passe dans FILE, scellés par une phrase. À garder ailleurs que les copies."""
    settings = db.settings(data)
    check_installed(settings)
    if file.exists():
        raise Refusal(
            RefusalCode.VALUE_INVALID, where=str(file), hint="Ce fichier existe déjà."
        )
    sealed = backups.seal_keys(
        settings.secrets, asked_passphrase(passphrase_file, confirms=True)
    )
    file.touch(mode=0o600)
    file.write_bytes(sealed + b"\n")
    _console.print(f"Clés scellées : {file}. Sans elles et leur phrase, aucune copie ne sert.")


@backup.command()
@data_option
@click.option("--by", required=True, help="Qui a comparé.")
def confirm(data: Path | None, by: str) -> None:
    """Dire, après une restauration, que les relevés et ordres de la banque ont été comparés : on peut payer."""

    async def work() -> int:
        if not by.strip():
            raise Refusal(RefusalCode.VALUE_MISSING, where="--by")
        async with open_pool(db.settings(data), "owner") as pool:
            return await backups.confirm(pool, by.strip(), now())

    waited = run(work())
    _console.print("Noté : ./egide pay peut payer." if waited else "Rien n'attendait.")
