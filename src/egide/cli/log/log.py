"""``egide log``: the process that grows the tree of the access log; its key; its export."""

import asyncio
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from egide import db
from egide.accesslog import api, tree
from egide.accesslog.grow import LogKey, Witness, begin, grow, have_witnessed
from egide.accesslog.receipts import entries as read_entries
from egide.accesslog.witness import (
    RemoteWitness,
)
from egide.cli.context import data_option, keyring, open_pool, run
from egide.core.refusal import Refusal, RefusalCode
from egide.vault import KeyRing

_console = Console(soft_wrap=True, highlight=False)


class _Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str
    key: str


def log_key(ring: KeyRing) -> LogKey:
    """Return the key of this installation's log; its name is ``EGIDE_LOG_NAME``, or comes from the key itself."""
    public = ring.log_key.public_key().public_bytes_raw()
    name = os.environ.get("EGIDE_LOG_NAME") or f"egide.local/{public[:4].hex()}"
    return LogKey(name, ring.log_key)


def _witnesses() -> dict[str, Witness]:
    path = os.environ.get("EGIDE_WITNESSES")
    if path is None:
        return {}
    try:
        named = msgspec.json.decode(Path(path).read_bytes(), type=list[_Named])
        keys = [tree.NoteKey.parse(one.key) for one in named]
    except (OSError, msgspec.DecodeError, tree.LogError) as error:
        raise Refusal(RefusalCode.VALUE_INVALID, where=path, hint=str(error)) from None
    return {key.name: RemoteWitness(one.url, key) for one, key in zip(named, keys, strict=True)}


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
    key, witnesses = log_key(keyring(settings)), _witnesses()

    async def work() -> None:
        is_met = not witnesses
        async with open_pool(settings, "logger") as pool:
            while parent is None or os.getppid() == parent:
                try:
                    # What a witness saw and this database lacks is found before anything more is signed: nothing grows
                    # until one of them has answered.
                    await begin(pool, key)
                    is_met = bool(await have_witnessed(pool, witnesses)) or is_met
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
            await db.run(tx, "set transaction isolation level repeatable read")
            note = await api.checkpoint(tx)
            if note is None:
                raise Refusal(RefusalCode.VALUE_MISSING, where="log", hint="Rien n'est signé.")
            size = tree.read_note(note)[0].size
            for path in _paths(size):
                body = await api.tile(tx, path.removeprefix("tile/"))
                _write(folder / path, body or b"")
            _write(folder / "checkpoint", note.encode())
            if entries:
                await _write_entries(tx, folder / "entries.ndjson", size)
            return size

    _console.print(f"{run(work())} réponses, dans {folder}")


def _paths(size: int) -> Iterable[str]:
    for level, number, width in tree.tiles_of(size):
        yield tree.tile_path(level, number, width)
        if level == 0:
            yield tree.tile_path("entries", number, width)


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


async def _write_entries(tx: db.Tx, path: Path, size: int) -> None:
    _start(path)
    first = 0
    while rows := (await read_entries(tx, first))[: max(size - first, 0)]:
        _append(path, rows)
        first = rows[-1]["index"] + 1


def _start(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)


def _append(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("a") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
