"""The operator's commands: migrate, check the laws, name the victims, contain, revoke a card."""

import getpass
from datetime import timedelta
from pathlib import Path
from typing import Final, TypedDict, Unpack
from uuid import UUID

import click
from rich.console import Console
from rich.table import Column, Table

from egide import db
from egide.checks import check_laws
from egide.cli.context import data_option, keyring, now, open_pool, run
from egide.core.ids import from_code
from egide.core.refusal import Refusal, RefusalCode
from egide.vault import Addresses

_console = Console()
_SET_SEGMENT: Final = "select gate.set_segment($1, $2, $3, $4, $5, $6)"
_SEGMENTS: Final = """
select kind, value, mode, reason, author, since, until from gate.segment where until > gate.instant() order by since
"""
_RANKING: Final = """
select establishment_id, score, new_today, refused_today, misses, unexplained, stale, explained from gate.ranking($1)
"""
_PROVE: Final = "select gate.prove($1) as known"
_REVOKE: Final = "select gate.revoke_card($1)"


@click.command()
@data_option
def migrate(data: Path | None) -> None:
    """Mettre la base de données à jour (fait aussi au démarrage)."""
    run(db.open_store(db.settings(data))).close()
    _console.print("La base de données est à jour.")


@click.command()
@data_option
def check(data: Path | None) -> None:
    """Vérifier les lois du grand livre et du guichet."""

    async def work() -> int:
        broken = 0
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            for finding in await check_laws(tx):
                broken += bool(finding.broken_by)
                mark = "[red]NON[/red]" if finding.broken_by else "[green]oui[/green]"
                _console.print(f"{mark}  {finding.law}", *finding.broken_by)
        return broken

    if run(work()):
        raise SystemExit(1)


class _Contained(TypedDict):
    kind: str
    value: str
    mode: str
    reason: str
    author: str
    hours: float


_KINDS: Final = (
    "establishment",
    "key",
    "vendor",
    "build",
    "amc",
    "flow",
    "profession",
    "department",
    "method",
)


@click.command()
@data_option
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("value")
@click.argument("mode", type=click.Choice(["open", "card-only", "off"]))
@click.option("--reason", default="", help="Pourquoi ; demandé pour contenir.")
@click.option(
    "--by",
    "author",
    default="",
    help="Qui le décide (par défaut, l'utilisateur de la machine).",
)
@click.option("--hours", type=click.FloatRange(0.1, 24 * 90), default=24.0, show_default=True)
def segment(data: Path | None, **given: Unpack[_Contained]) -> None:
    """Mettre un segment en « carte seule », l'arrêter, ou le rouvrir ; effet immédiat, partout.

    VALUE : UUID d'un établissement ou d'un assureur (amc), empreinte de clé, nom d'éditeur, « éditeur produit
    version » (build), rights ou claim (flow), profession, département, dpop ou mtls (method).
    """
    if given["mode"] != "open" and not given["reason"]:
        raise Refusal(RefusalCode.VALUE_MISSING, where="--reason")
    values = (
        given["kind"],
        given["value"],
        given["mode"],
        given["reason"] or "reopened",
        given["author"] or getpass.getuser(),
        now() + timedelta(hours=given["hours"]),
    )

    async def work() -> None:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            await db.run(tx, _SET_SEGMENT, *values)

    run(work())
    _console.print(f"{given['kind']} {given['value']} : {given['mode']}")


@click.command()
@data_option
def segments(data: Path | None) -> None:
    """Lister ce qui est contenu, jusqu'à quand, par qui et pourquoi."""

    async def work() -> list[db.Row]:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await db.many(tx, _SEGMENTS)

    for row in run(work()):
        _console.print(*(str(one) for one in row.values()), sep="  ")


@click.command()
@data_option
@click.option("--first", type=click.IntRange(1, 1000), default=20, show_default=True)
def ranking(data: Path | None, first: int) -> None:
    """Dire quels établissements regarder d'abord, et pourquoi ; ne bloque rien."""

    async def work() -> list[db.Row]:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await db.many(tx, _RANKING, first)

    table = Table(
        Column("établissement", no_wrap=True),
        *("rang", "nouveaux ce jour", "refusés ce jour", "inconnus de suite"),
        *("non expliqués (30 j)", "non expliqués après 10 j", "expliqués (180 j)"),
    )
    for row in run(work()):
        table.add_row(*(str(one) for one in row.values()))
    _console.print(table)


@click.command()
@data_option
@click.argument("establishment", type=click.UUID)
def proved(data: Path | None, establishment: UUID) -> None:
    """Donner à un nouvel établissement, qui a montré qui il est, le budget des autres."""

    async def work() -> bool:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            row = await db.first(tx, _PROVE, establishment)
            return row is not None and row["known"]

    if not run(work()):
        raise Refusal(RefusalCode.VALUE_INVALID, where="ESTABLISHMENT")
    _console.print(f"{establishment} : budget entier")


@click.command(name="revoke-card")
@data_option
@click.argument("card")
def revoke_card(data: Path | None, card: str) -> None:
    """Révoquer une carte perdue, par le code de 26 signes qu'elle porte."""
    secret = from_code(card)
    if secret is None:
        raise Refusal(RefusalCode.VALUE_INVALID, where="CARD")
    settings = db.settings(data)

    async def work() -> None:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            await db.run(tx, _REVOKE, Addresses(keyring(settings)).card(secret))

    run(work())
    _console.print("Carte révoquée.")
