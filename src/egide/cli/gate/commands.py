"""``egide segment`` and its like: contain, see what is, look at who stands out, prove a house, revoke a card."""

import getpass
from pathlib import Path
from typing import Final, TypedDict, Unpack
from uuid import UUID

import click
import msgspec
from rich.console import Console

from egide import db
from egide.cli.context import data_option, keyring, now, open_pool, run
from egide.core.ids import from_code
from egide.core.refusal import Refusal, RefusalCode
from egide.rights import LONGEST_HOURS, Segment, SegmentKind, check_segment
from egide.vault import Addresses

_console = Console(soft_wrap=True)
_SET_SEGMENT: Final = "select gate.set_segment($1, $2, $3, $4, $5, $6)"
_IS_CONTAINED: Final = (
    "select from gate.segment where kind = $1 and value = $2 and until > gate.instant()"
)
_SEGMENTS: Final = """
select kind, value, mode, reason, author, since, until from gate.segment where until > gate.instant() order by since
"""
_RANKING: Final = """
select establishment_id, score, new_today, refused_today, misses, unexplained, stale, explained from gate.ranking($1)
"""
_SAID: Final = {
    "new_today": "typés en 24 h",
    "refused_today": "refusés en 24 h",
    "misses": "inconnus de suite",
    "unexplained": "non expliqués (30 j)",
    "stale": "non expliqués après 10 j",
    "explained": "expliqués (180 j)",
}
_CROWDED: Final = "select kind, value, day, persons, day_cap from gate.crowded()"
_UNEXPLAINED: Final = """
select asked_at, is_found, is_unmet, is_held, purpose, software, key, other_houses, other_departments
  from gate.unexplained($1, $2)
"""
_PROVE: Final = "select gate.prove($1) as known"
_REVOKE: Final = "select gate.revoke_card($1)"


class _Contained(TypedDict):
    kind: SegmentKind
    value: str
    mode: str
    reason: str
    author: str
    hours: float


@click.command(
    context_settings={"ignore_unknown_options": True}
)  # a key's thumbprint may begin with a hyphen
@data_option
@click.argument("kind", type=click.Choice(SegmentKind, case_sensitive=False))
@click.argument("value")
@click.argument("mode", type=click.Choice(["open", "card-only", "off"]))
@click.option("--reason", default="", help="Pourquoi ; demandé pour contenir.")
@click.option(
    "--by",
    "author",
    default="",
    help="Qui le décide (par défaut, l'utilisateur de la machine).",
)
@click.option(
    "--hours", type=click.FloatRange(0.1, LONGEST_HOURS), default=24.0, show_default=True
)
def segment(data: Path | None, **given: Unpack[_Contained]) -> None:
    """Mettre un segment en « carte seule », l'arrêter, ou le rouvrir ; effet immédiat, partout.

    VALUE : UUID d'un établissement, d'un assureur (amc) ou d'un compte (person), empreinte de clé, nom d'éditeur,
    « éditeur produit version » (build), nom d'un concentrateur, rights, claim ou portal (flow), profession,
    département, dpop ou mtls (method).
    """
    wanted = msgspec.convert(
        {name: given[name] for name in ("kind", "value", "mode", "reason", "hours")}, Segment
    )

    author = given["author"] or getpass.getuser()
    values = (wanted.kind.value, wanted.value, wanted.mode, wanted.said, author)

    async def work() -> None:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            await check_segment(tx, wanted)
            if wanted.mode == "open" and await db.first(tx, _IS_CONTAINED, *values[:2]) is None:
                hint = "Rien n'est contenu sous cette valeur : voir ./egide segments."
                raise Refusal(RefusalCode.VALUE_INVALID, where="value", hint=hint)
            await db.run(tx, _SET_SEGMENT, *values, wanted.until(now()))

    run(work())
    _console.print(f"{wanted.kind} {wanted.value} : {wanted.mode}")


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

    async def work() -> tuple[list[db.Row], list[db.Row]]:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await db.many(tx, _RANKING, first), await db.many(tx, _CROWDED)

    rows, crowds = run(work())
    for row in rows:
        why = ", ".join(f"{row[name]} {said}" for name, said in _SAID.items() if row[name])
        line = f"{row['score']:>6}  {row['establishment_id']}  {why or 'rien'}"
        _console.print(line, highlight=False)
    for row in crowds:
        _console.print(
            f"foule : {row['kind']} {row['value']}, {row['persons']} personnes tapées le {row['day']}, "
            f"plafond {row['day_cap']}"
        )


@click.command()
@data_option
@click.argument("establishment", type=click.UUID)
@click.option("--first", type=click.IntRange(1, 1000), default=50, show_default=True)
def unexplained(data: Path | None, establishment: UUID, first: int) -> None:
    """Lister ce qu'un établissement a tapé et que rien n'explique encore, et pourquoi ; sans nommer personne."""

    async def work() -> list[db.Row]:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await db.many(tx, _UNEXPLAINED, establishment, first)

    at = now()
    for row in run(work()):
        by = ", ".join(one for one in (row["purpose"], row["software"], row["key"]) if one)
        days = (at - row["asked_at"]).days
        _console.print(
            f"{row['asked_at']:%Y-%m-%d %H:%M}  {by} : {_why(row, days)}", highlight=False
        )


def _why(row: db.Row, days: int) -> str:
    """Say what is known of a typed question."""
    said = [
        "personne de trouvé"
        if not row["is_found"]
        else f"ni carte, ni mot de la personne, ni facture réglée en {days} j"
    ]
    if row["is_unmet"]:
        said.append("jamais venue là auparavant")
    if row["is_held"]:
        said.append("au-delà du rythme, rien n'a été affiché")
    if row["other_houses"]:
        said.append(
            f"tapée aussi ailleurs : {row['other_houses']} établissements, "
            f"d'autres départements pour {row['other_departments']}"
        )
    return " ; ".join(said)


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
