"""``egide serve``: the server, one worker a core, on the embedded database or another."""

import os
from pathlib import Path

import click
import uvicorn

from egide import db
from egide.cli.context import data_option, keyring, run
from egide.cli.stop import server_file


@click.command()
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse d'écoute.")
@click.option("--port", default=8080, show_default=True, help="Port d'écoute.")
@click.option(
    "--origin", default=None, help="Adresse publique (https://…), que les preuves DPoP nomment."
)
@click.option(
    "--workers",
    default=None,
    type=click.IntRange(1, 64),
    help="Processus (défaut : un par cœur).",
)
@click.option(
    "--trust-connections",
    is_flag=True,
    help="Une preuve par connexion au lieu d'une par appel ; jamais derrière un relais qui partage les siennes.",
)
def serve(
    data: Path | None,
    host: str,
    port: int,
    origin: str | None,
    workers: int | None,
    trust_connections: bool,
) -> None:
    """Répondre aux logiciels des professionnels."""
    settings = db.settings(data)
    # The parent holds the embedded server open, and has migrated, before any worker starts.
    store = run(db.open_store(settings))
    if settings.app_url is None:
        keyring(settings)
    os.environ["EGIDE_DATA"] = str(settings.data)
    os.environ["EGIDE_ORIGIN"] = origin or f"http://{host}:{port}"
    os.environ["EGIDE_TRUST_CONNECTIONS"] = "1" if trust_connections else "0"
    store.watch()
    path = server_file(settings.data)
    path.write_text(str(os.getpid()))
    try:
        uvicorn.run(
            "egide.web.app:create_app",
            factory=True,
            host=host,
            port=port,
            workers=workers or os.cpu_count() or 1,
            loop="uvloop",
            http="egide.web.connection:ConnectionProtocol",
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_keep_alive=75,
        )
    finally:
        store.close()
        path.unlink(missing_ok=True)
