"""``egide log``, ``egide witness``, ``egide prove``, ``egide erase``."""

import asyncio
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import click
import msgspec
from rich.console import Console

from egide import db
from egide.accesslog import api, tree
from egide.accesslog.grow import LogKey, Witness, begin, grow, have_witnessed
from egide.accesslog.receipts import entries as read_entries
from egide.accesslog.receipts import receipt
from egide.accesslog.witness import (
    RemoteWitness,
    WitnessState,
    witness_key,
    witness_server,
)
from egide.cli.context import data_option, keyring, open_pool, run
from egide.core.identifiers import AmcNumber
from egide.core.ids import from_code
from egide.core.refusal import Refusal, RefusalCode
from egide.vault import Addresses, KeyRing

_console = Console(soft_wrap=True, highlight=False)
_ERASE: Final = "select erase_person($1) as leaves"
_KNOWN: Final = "select person_id from gate.person where person_id = $1"
_ENTRY: Final = "select establishment_id from gate.entry where entry_id = $1"


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
                except (db.DatabaseError, OSError):
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


@click.command()
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--name", required=True, help="Le nom du témoin, sans espace ni « + ».")
@click.option(
    "--log", "logs", multiple=True, required=True, help="La clé d'un journal (egide log key)."
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=8091, show_default=True)
def witness(state: Path, name: str, logs: tuple[str, ...], host: str, port: int) -> None:
    """Être témoin de journaux : ne jamais en cosigner deux états qui se contredisent (C2SP tlog-witness)."""
    try:
        known = {one.name: one for one in map(tree.NoteKey.parse, logs)}
    except tree.LogError as error:
        raise Refusal(RefusalCode.VALUE_INVALID, where="--log", hint=str(error)) from None
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = WitnessState(name=name, key=witness_key(state / "key"), logs=known, folder=state)
    with witness_server(kept, host, port) as server:
        _console.print(kept.public.text(is_witness=True))
        server.serve_forever()


@click.command()
@data_option
@click.argument("number")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
def prove(data: Path | None, number: str, out: Path) -> None:
    """Écrire le reçu d'une réponse, par son numéro d'engagement ou son UUID, que chacun vérifie hors ligne."""
    entry = from_code(number) or _uuid(number)

    async def work() -> object:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            row = await db.first(tx, _ENTRY, entry)
            return row and await receipt(tx, row["establishment_id"], entry)

    found = run(work())
    if not found:
        raise Refusal(RefusalCode.ENGAGEMENT_UNKNOWN, where="NUMBER")
    out.touch(mode=0o600)
    out.write_text(json.dumps(found, indent=1, ensure_ascii=False))
    _console.print(f"Reçu écrit : {out}")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refusal(RefusalCode.VALUE_INVALID, where="NUMBER") from None


@click.command()
@data_option
@click.option("--amc", required=True, help="Numéro de l'assureur.")
@click.argument("reference")
def erase(data: Path | None, amc: str, reference: str) -> None:
    """Effacer une personne : son identité, ses droits, et ce qui liait les réponses à elle. L'arbre tient toujours."""
    settings = db.settings(data)
    person = Addresses(keyring(settings)).person(AmcNumber.parse(amc), reference)

    async def work() -> int:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            if await db.first(tx, _KNOWN, person) is None:
                raise Refusal(RefusalCode.VALUE_INVALID, where="REFERENCE")
            row = await db.first(tx, _ERASE, person)
            return 0 if row is None else row["leaves"]

    _console.print(f"Effacée ; {run(work())} réponses ne disent plus rien.")
