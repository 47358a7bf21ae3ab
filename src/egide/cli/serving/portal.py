"""``egide portal``: the process that serves persons, under a login of its own."""

import asyncio
import os
from pathlib import Path

import click
import uvicorn

from egide.cli.context import data_option
from egide.cli.serving.http import HTTP, serve_beside
from egide.core.refusal import Refusal, RefusalCode


@click.command()
@data_option
@click.option(
    "--socket",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Socket Unix où écouter ; celle que EGIDE_PORTAL_SOCKET nomme au guichet.",
)
@click.option("--port", type=int, help="Ou un port de cette machine, derrière un relais.")
@click.option("--origin", help="Adresse publique (https://…), que les clés d'accès nomment.")
@click.option("--parent", type=int, hidden=True, help="Finir avec ce processus.")
def portal(
    data: Path | None,
    socket: Path | None,
    port: int | None,
    origin: str | None,
    parent: int | None,
) -> None:
    """Servir le portail et le journal public ; ./egide serve le fait à côté du guichet."""
    if (socket is None) == (port is None):
        hint = "Dire où écouter : --socket ou --port, l'un des deux."
        raise Refusal(RefusalCode.VALUE_MISSING, where="--socket", hint=hint)
    if data is not None:
        os.environ["EGIDE_DATA"] = str(data.absolute())
    if origin is not None:
        os.environ["EGIDE_ORIGIN"] = origin
    config = uvicorn.Config(
        "egide.web.portal_app:create_portal",
        **HTTP,
        uds=None if socket is None else str(socket),
        port=port or 0,
    )
    asyncio.run(serve_beside(uvicorn.Server(config), parent))
