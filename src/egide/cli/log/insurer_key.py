"""``egide insurer-key``: the key that an insurer's lists are sealed to."""

import json
from pathlib import Path

import click
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from rich.console import Console

from egide import db
from egide.accesslog import victims as log
from egide.cli.context import data_option, open_pool, run
from egide.core.refusal import Refusal, RefusalCode

_console = Console(stderr=True, soft_wrap=True, highlight=False)


@click.command(name="insurer-key")
@data_option
@click.argument("amc")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def insurer_key(data: Path | None, amc: str, file: Path) -> None:
    """Inscrire la clé publique (JWK, P-256) à laquelle les listes d'un assureur sont scellées."""
    try:
        sent = json.loads(file.read_text())
        if "d" in sent:
            hint = "Une clé privée : n'envoyer que la publique."
            raise Refusal(RefusalCode.VALUE_INVALID, where=str(file), hint=hint)
        key = ECKey.import_key(sent)
        public = {name: str(value) for name, value in key.as_dict(private=False).items()}
    except (ValueError, TypeError, JoseError):
        raise Refusal(
            RefusalCode.VALUE_INVALID, where=str(file), hint="Un JWK P-256."
        ) from None
    kept = {name: public[name] for name in ("kty", "crv", "x", "y")}

    async def work() -> bool:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await log.set_insurer_key(tx, amc, kept)

    if kept["crv"] != "P-256" or not run(work()):
        raise Refusal(RefusalCode.AMC_INVALID, where="AMC")
    _console.print(f"Clé inscrite pour {amc}")
