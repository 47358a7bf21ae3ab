"""``egide victims``: whose data an actor has read, exactly."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, TypedDict, Unpack, cast, get_args
from uuid import UUID

import click
import msgspec
from joserfc import jwe
from joserfc.jwk import ECKey
from rich.console import Console

from egide import db
from egide.accesslog import victims as log
from egide.accesslog.victims import Actor, ActorKind, Exposure, stream_exposures
from egide.cli.context import data_option, open_pool, run, sealer
from egide.core.refusal import Refusal, RefusalCode
from egide.core.spreadsheet import Spreadsheet
from egide.members.unseal import identities
from egide.vault import Sealer

_console = Console(stderr=True, soft_wrap=True, highlight=False)


_DAY: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


_CHUNK: Final = 2_000  # persons a sealed line


_HEADER: Final = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}


_COLUMNS: Final = (
    "person",
    "insurer",
    "basis",
    "purpose",
    "fields",
    "answers",
    "first_at",
    "last_at",
)


class _Asked(TypedDict):
    actor: str
    since: datetime
    until: datetime
    out: Path | None


def _actor(text: str) -> Actor:
    kind, _, value = text.partition(":")
    if kind not in get_args(ActorKind) or not value:
        hint = "establishment:UUID, key:EMPREINTE, software:UUID, vendor:NOM ou account:UUID."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--actor", hint=hint)
    if kind in {"key", "vendor"}:
        return Actor(kind=cast("ActorKind", kind), name=value)
    try:
        return Actor(kind=cast("ActorKind", kind), number=UUID(value))
    except ValueError:
        raise Refusal(RefusalCode.VALUE_INVALID, where="--actor") from None


@click.command()
@data_option
@click.option(
    "--actor",
    required=True,
    help="establishment:UUID, key:…, software:UUID, vendor:…, account:UUID.",
)
@click.option("--from", "since", type=_DAY, required=True)
@click.option("--to", "until", type=_DAY, required=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Un fichier scellé par assureur, à la clé qu'il a donnée (egide insurer-key), au lieu du CSV.",
)
def victims(data: Path | None, **asked: Unpack[_Asked]) -> None:
    """Nommer exactement les personnes dont un acteur a appris quelque chose."""
    actor = _actor(asked["actor"])
    window = (asked["since"].replace(tzinfo=UTC), asked["until"].replace(tzinfo=UTC))
    settings = db.settings(data)

    async def work() -> int:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            if asked["out"] is None:
                return await _print(tx, actor, window)
            return await _seal(tx, actor, window, asked["out"], sealer(settings))

    _console.print(f"{run(work())} lignes")


async def _print(tx: db.Tx, actor: Actor, window: tuple[datetime, datetime]) -> int:
    rows, count = Spreadsheet(sys.stdout, _COLUMNS, marked=False), 0
    async for one in stream_exposures(tx, actor, since=window[0], until=window[1]):
        rows.row(
            (
                str(one.person_id),
                str(one.insurer_id),
                one.basis,
                one.purpose,
                one.fields,
                one.answers,
                one.first_at,
                one.last_at,
            )
        )
        count += 1
    return count


@dataclass(slots=True)
class _Lists:
    """One list for each insurer, in lines of JWE; none is left where one cannot be sealed."""

    tx: db.Tx
    sealer: Sealer
    folder: Path
    known: dict[UUID, log.InsurerKey]
    files: dict[UUID, IO[bytes]] = field(default_factory=dict[UUID, IO[bytes]])
    waiting: list[Exposure] = field(default_factory=list[Exposure])

    async def add(self, one: Exposure) -> None:
        """Add a person to its insurer's list."""
        held = self.waiting
        if held and (one.insurer_id != held[0].insurer_id or len(held) == _CHUNK):
            await self.flush()
        held.append(one)

    async def flush(self) -> None:
        """Seal what waits; Refusal ``value-missing`` for an insurer that gave no key."""
        if not self.waiting:
            return
        row = self.known[self.waiting[0].insurer_id]
        if row.jwk is None:
            hint = "Clé de l'assureur : egide insurer-key."
            raise Refusal(RefusalCode.VALUE_MISSING, where=row.amc_number, hint=hint)
        persons = sorted({one.person_id for one in self.waiting})
        found = await identities(self.tx, self.sealer, persons)
        references = {person: who.person for person, who in found.items()}
        if row.insurer_id not in self.files:
            part = self.folder / f"{row.amc_number}.part"
            self.files[row.insurer_id] = _opened(part)
        line = _sealed(row.jwk, self.waiting, references)
        self.files[row.insurer_id].write(line + b"\n")
        self.waiting.clear()


async def _seal(
    tx: db.Tx, actor: Actor, window: tuple[datetime, datetime], folder: Path, sealer: Sealer
) -> int:
    known = {one.insurer_id: one for one in await log.insurers(tx)}
    _make(folder)
    lists, count, done = _Lists(tx, sealer, folder, known), 0, False
    try:
        async for one in stream_exposures(tx, actor, since=window[0], until=window[1]):
            await lists.add(one)
            count += 1
        await lists.flush()
        done = True
    finally:
        _finish(lists.files.values(), keep=done)
    return count


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _opened(path: Path) -> IO[bytes]:
    path.touch(mode=0o600)
    return path.open("wb")


def _finish(files: Iterable[IO[bytes]], *, keep: bool) -> None:
    for file in files:
        file.close()
        path = Path(file.name)
        if keep:
            path.replace(path.with_suffix(".jwe"))
        else:
            path.unlink()


def _sealed(jwk: dict[str, str], rows: list[Exposure], references: dict[UUID, str]) -> bytes:
    said = [
        {
            "reference": references.get(one.person_id),
            "person": str(one.person_id),
            "basis": one.basis,
            "purpose": one.purpose,
            "fields": one.fields,
            "answers": one.answers,
            "first_at": one.first_at.isoformat(),
            "last_at": one.last_at.isoformat(),
        }
        for one in rows
    ]
    key = ECKey.import_key({**jwk})
    plain, allowed = msgspec.json.encode(said), list(_HEADER.values())
    return jwe.encrypt_compact(_HEADER, plain, key, algorithms=allowed).encode()
