"""``egide victims``: whose data an actor has read, exactly."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypedDict, Unpack

import click
from rich.console import Console

from egide import db
from egide.accesslog.victims import Actor, stream_exposures
from egide.breach import seal_lists
from egide.cli.actors import actor_named
from egide.cli.context import data_option, open_pool, run, sealer
from egide.core.spreadsheet import Spreadsheet

_console = Console(stderr=True, soft_wrap=True, highlight=False)


_DAY: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


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
    window = (asked["since"].replace(tzinfo=UTC), asked["until"].replace(tzinfo=UTC))
    settings = db.settings(data)

    async def work() -> int:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            actor = await actor_named(tx, asked["actor"])
            if asked["out"] is None:
                return await _print(tx, actor, window)
            exposed = stream_exposures(tx, actor, since=window[0], until=window[1])
            return await seal_lists(tx, sealer(settings), exposed, asked["out"])

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
