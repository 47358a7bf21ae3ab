"""``egide segment``: contain a segment, or open it again."""

import getpass
from pathlib import Path
from typing import TypedDict, Unpack

import click
import msgspec
from rich.console import Console

from egide import db
from egide.cli.context import data_option, now, open_pool, run
from egide.cli.gate import sql
from egide.containment import LONGEST_HOURS, Segment, SegmentKind, check_segment, with_number
from egide.core.refusal import Refusal, RefusalCode

_console = Console(soft_wrap=True)


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

    VALUE : numéro FINESS ou UUID d'un établissement, numéro ou UUID d'un assureur (amc), UUID d'un compte (person),
    empreinte de clé, nom d'éditeur, « éditeur produit version » (build), nom d'un concentrateur, rights, claim ou
    portal (flow), profession, département, dpop ou mtls (method).
    """
    asked = {name: given[name] for name in ("kind", "value", "mode", "reason", "hours")}
    author = given["author"] or getpass.getuser()

    async def work() -> Segment:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            wanted = await with_number(tx, msgspec.convert(asked, Segment))
            values = (wanted.kind.value, wanted.value, wanted.mode, wanted.said, author)
            await check_segment(tx, wanted)
            if wanted.mode == "open" and not await sql.is_contained(tx, *values[:2]):
                hint = "Rien n'est contenu sous cette valeur : voir ./egide segments."
                raise Refusal(RefusalCode.VALUE_INVALID, where="value", hint=hint)
            await sql.set_segment(tx, values, wanted.until(now()))
            return wanted

    wanted = run(work())
    _console.print(f"{wanted.kind} {wanted.value} : {wanted.mode}")
