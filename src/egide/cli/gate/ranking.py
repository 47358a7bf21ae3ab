"""``egide ranking``: establishments, the one that asked most without a proof first."""

from pathlib import Path
from typing import Final

import click
from rich.console import Console

from egide import db
from egide.cli.context import data_option, json_option, open_pool, run, tell_json
from egide.cli.gate import sql

_console = Console(soft_wrap=True)


_SAID: Final = {
    "new_today": "typés en 24 h",
    "refused_today": "refusés en 24 h",
    "misses": "inconnus de suite",
    "unjustified": "non justifiés (30 j)",
    "stale": "non justifiés après 10 j",
    "justified": "justifiés (180 j)",
}


@click.command()
@data_option
@json_option
@click.option("--first", type=click.IntRange(1, 1000), default=20, show_default=True)
def ranking(data: Path | None, first: int, as_json: bool) -> None:
    """Dire quels établissements regarder d'abord, et pourquoi ; ne bloque rien."""

    async def work() -> tuple[list[sql.Ranked], list[sql.Crowd]]:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await sql.ranking(tx, first), await sql.crowded(tx)

    rows, crowds = run(work())
    if as_json:
        tell_json({"establishments": rows, "crowds": crowds})
        return
    for row in rows:
        why = ", ".join(
            f"{getattr(row, name)} {said}" for name, said in _SAID.items() if getattr(row, name)
        )
        line = f"{row.score:>6}  {row.establishment_id}  {why or 'rien'}"
        _console.print(line, highlight=False)
    for row in crowds:
        _console.print(
            f"foule : {row.kind} {row.value}, {row.persons} personnes tapées le {row.day}, "
            f"plafond {row.day_cap}"
        )
