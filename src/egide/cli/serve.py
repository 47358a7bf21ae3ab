"""``egide serve``: the server, one worker a core, on the embedded database or another."""

import os
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any, TypedDict, Unpack

import click
import uvicorn

from egide import db
from egide.access import Authority
from egide.cli.context import data_option, keyring, run
from egide.cli.stop import server_file
from egide.core.refusal import Refusal, RefusalCode


class _Given(TypedDict):
    """The options of the command, as they are below."""

    host: str
    port: int
    origin: str | None
    workers: int | None
    trust_connections: bool
    tls: tuple[Path, Path] | None
    relayed_certificates: bool
    no_log: bool


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
@click.option(
    "--tls",
    nargs=2,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=None,
    help="Certificat du serveur et sa clé (PEM). Les logiciels peuvent y présenter le leur.",
)
@click.option(
    "--relayed-certificates",
    is_flag=True,
    help="Lire les certificats des logiciels dans Client-Cert (RFC 9440) ; derrière un relais qui l'ôte aux clients.",
)
@click.option(
    "--no-log",
    is_flag=True,
    help="Le journal des accès est tenu par un autre processus (egide log run).",
)
def serve(data: Path | None, **given: Unpack[_Given]) -> None:
    """Répondre aux logiciels des professionnels."""
    if given["tls"] is not None and given["relayed_certificates"]:
        hint = "Un relais présente les certificats des logiciels, ou ce serveur les reçoit : jamais les deux."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--relayed-certificates", hint=hint)
    settings = db.settings(data)
    # The parent holds the embedded server open, and has migrated, before any worker starts.
    store = run(db.open_store(settings))
    tls, authority = given["tls"], settings.data / "software-authority.pem"
    secured: dict[str, Any] = {}
    if settings.app_url is None or tls is not None:
        ring = keyring(settings)
        authority.write_bytes(Authority(ring.authority_key).pem)
    if tls is not None:
        secured = {
            "ssl_certfile": tls[0],
            "ssl_keyfile": tls[1],
            "ssl_ca_certs": str(authority),
            "ssl_cert_reqs": ssl.CERT_OPTIONAL,
        }
    scheme = "http" if tls is None else "https"
    address = f"{scheme}://{given['host']}:{given['port']}"
    os.environ["EGIDE_DATA"] = str(settings.data)
    os.environ["EGIDE_ORIGIN"] = given["origin"] or address
    os.environ["EGIDE_TRUST_CONNECTIONS"] = str(int(given["trust_connections"]))
    os.environ["EGIDE_RELAYED_CERTIFICATES"] = str(int(given["relayed_certificates"]))
    store.watch()
    beside: list[subprocess.Popen[bytes]] = []
    if settings.app_url is None:
        beside.append(_start_beside("check", "--every", "3600", data=settings.data))
        if not given["no_log"]:
            beside.append(_start_beside("log", "run", data=settings.data))
    path = server_file(settings.data)
    path.write_text(str(os.getpid()))
    try:
        uvicorn.run(
            "egide.web.app:create_app",
            factory=True,
            host=given["host"],
            port=given["port"],
            workers=given["workers"] or os.cpu_count() or 1,
            loop="uvloop",
            http="egide.web.connection:ConnectionProtocol",
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_keep_alive=75,
            **secured,
        )
    finally:
        for process in beside:
            process.terminate()
        for process in beside:
            process.wait()
        store.close()
        path.unlink(missing_ok=True)


def _start_beside(*command: str, data: Path) -> subprocess.Popen[bytes]:
    """Start a command that goes on as long as the server, under a login that the server itself does not have."""
    words = [sys.executable, "-m", "egide.cli", *command, "--data", str(data)]
    return subprocess.Popen([*words, "--parent", str(os.getpid())])
