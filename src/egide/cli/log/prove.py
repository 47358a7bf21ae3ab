"""``egide prove``: the proof that an answer is in the log."""

import json
from pathlib import Path

import click
from rich.console import Console

from egide import db
from egide.accesslog.receipts import receipt
from egide.cli.context import data_option, open_pool, run
from egide.cli.log import sql
from egide.core.ids import from_code, read_uuid
from egide.core.refusal import Refusal, RefusalCode

_console = Console(soft_wrap=True, highlight=False)


@click.command()
@data_option
@click.argument("number")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
def prove(data: Path | None, number: str, out: Path) -> None:
    """Écrire le reçu d'une réponse, par son numéro d'engagement ou son UUID, que chacun vérifie hors ligne."""
    entry = from_code(number) or read_uuid(number)
    if entry is None:
        raise Refusal(RefusalCode.VALUE_INVALID, where="NUMBER")

    async def work() -> object:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            shown_to = await sql.establishment_of(tx, entry)
            return shown_to and await receipt(tx, shown_to, entry)

    found = run(work())
    if not found:
        raise Refusal(RefusalCode.ENGAGEMENT_UNKNOWN, where="NUMBER")
    out.touch(mode=0o600)
    out.write_text(json.dumps(found, indent=1, ensure_ascii=False))
    _console.print(f"Reçu écrit : {out}")
