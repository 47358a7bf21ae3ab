"""``egide unjustified``: what an establishment has asked and never justified."""

from pathlib import Path

import click
from rich.console import Console

from egide import db
from egide.cli.context import data_option, json_option, now, open_pool, run, tell_json
from egide.cli.gate import sql
from egide.directory import establishment_named

_console = Console(soft_wrap=True)


@click.command()
@data_option
@json_option
@click.argument("establishment")
@click.option("--first", type=click.IntRange(1, 1000), default=50, show_default=True)
def unjustified(data: Path | None, establishment: str, first: int, as_json: bool) -> None:
    """Lister ce qu'un établissement a tapé et que rien n'explique encore, et pourquoi ; sans nommer personne.

    ESTABLISHMENT : son numéro FINESS, ou son UUID.
    """

    async def work() -> list[sql.Unjustified]:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            named = await establishment_named(tx, establishment, "ESTABLISHMENT")
            return await sql.unjustified(tx, named, first)

    at, rows = now(), run(work())
    if as_json:
        tell_json(rows)
        return
    for row in rows:
        by = ", ".join(one for one in (row.purpose, row.software, row.key) if one)
        days = (at - row.asked_at).days
        _console.print(
            f"{row.asked_at:%Y-%m-%d %H:%M}  {by} : {_why(row, days)}", highlight=False
        )


def _why(row: sql.Unjustified, days: int) -> str:
    """Say what is known of a typed question."""
    said = [
        "personne de trouvé"
        if not row.is_found
        else f"ni carte, ni mot de la personne, ni facture réglée en {days} j"
    ]
    if row.is_unmet:
        said.append("jamais venue là auparavant")
    if row.is_held:
        said.append("au-delà du rythme, rien n'a été affiché")
    if row.other_establishments:
        said.append(
            f"tapée aussi ailleurs : {row.other_establishments} établissements, "
            f"d'autres départements pour {row.other_departments}"
        )
    return " ; ".join(said)
