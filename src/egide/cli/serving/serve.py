"""``egide serve``: the server, one worker a core, on the embedded database or another."""

import os
import re
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypedDict, Unpack

import click
import uvicorn
from uvicorn.supervisors import Multiprocess

from egide import db
from egide.access import Authority
from egide.accesslog.configured import log_key, named_witnesses
from egide.accesslog.grow import meet
from egide.cli.context import data_option, keyring, run
from egide.cli.serving.http import HTTP
from egide.cli.serving.metrics import listening
from egide.cli.serving.stop import check_alone, hold_server
from egide.cli.serving.supervisor import Supervisor
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.logs import write_json_logs

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?")
_STARTS_SECONDS = 20.0
_FINISHES_SECONDS = 10  # calls under way are answered; what is half-sent by then is cut
_STOPS_SECONDS = 12.0


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
    beside: bool
    metrics: str | None


@click.command()
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse d'écoute.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(1, 65_535),
    help="Port d'écoute.",
)
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
@click.option(
    "--metrics",
    envvar="EGIDE_METRICS",
    default=None,
    metavar="ADRESSE:PORT",
    help="Dire à Prometheus ce qui est compté et ce qui attend (GET /metrics), à une adresse à part.",
)
@click.option(
    "--beside",
    is_flag=True,
    help="À côté du serveur qui tient ce dossier : d'autres travailleurs, à une autre adresse.",
)
def serve(data: Path | None, **given: Unpack[_Given]) -> None:
    """Répondre aux logiciels des professionnels."""
    if given["tls"] is not None and given["relayed_certificates"]:
        hint = "Un relais présente les certificats des logiciels, ou ce serveur les reçoit : jamais les deux."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--relayed-certificates", hint=hint)
    if given["origin"] is not None and not _ORIGIN.fullmatch(given["origin"]):
        hint = "Attendu : https://… (ou http://), sans chemin ni barre finale."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--origin", hint=hint)
    settings = db.settings(data)
    if given["metrics"] is not None:
        listening(given["metrics"])
    if not given["beside"]:
        check_alone(settings.data)
    door = _listen(given["host"], given["port"])
    settings.data.mkdir(parents=True, exist_ok=True)
    with nullcontext() if given["beside"] else hold_server(settings.data):
        _serve(settings, given, door)


def _serve(settings: db.Settings, given: _Given, door: socket.socket) -> None:
    write_json_logs()
    # The parent holds the embedded server open, and has migrated, before any worker starts.
    store = run(db.open_store(settings))
    supervisor = Supervisor(settings.data, keeps=store.revive)
    folder = tempfile.TemporaryDirectory(prefix="egide-")
    if given["metrics"] is not None:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_counted_in(Path(folder.name)))
    try:
        config = _config(settings, given)
        if settings.app_url is None and not given["no_log"]:
            run(_meet_witnesses(settings, store))
        _start_portal(supervisor, store, Path(folder.name))
        # Each server tells what its own workers count, one beside another too.
        if given["metrics"] is not None and settings.app_url is None:
            supervisor.start("metrics", "--listen", given["metrics"])
        if not given["beside"]:
            if settings.app_url is None:
                supervisor.start("check", "--every", "3600")
                if not given["no_log"]:
                    supervisor.start("log", "run")
                if os.environ.get("EGIDE_BACKUPS"):
                    supervisor.start("backup", "run")
            supervisor.watch()
        # What the workers find: the counter's login alone.
        os.environ |= db.give_login(store.login("app"))
        origin = os.environ["EGIDE_ORIGIN"]
        click.echo(f"Égide répond à {origin}/ ; le portail à {origin}/portal")
        # Always processes of their own, one worker too: this one holds the owner's login.
        Multiprocess(config, sockets=[door]).run()
    finally:
        supervisor.stop(_STOPS_SECONDS)
        folder.cleanup()
        store.close()


def _counted_in(folder: Path) -> Path:
    """Return the folder in which the processes of this server count, made."""
    path = folder / "counted"
    path.mkdir()
    return path


async def _meet_witnesses(settings: db.Settings, store: db.Store) -> None:
    """Shut every flow before anybody is let in, where a witness saw more than this database holds."""
    witnesses = named_witnesses()
    if not witnesses:
        return
    async with store.pool("logger") as pool:
        try:
            await meet(pool, log_key(keyring(settings)), witnesses)
        except Refusal as refusal:
            if refusal.code is not RefusalCode.LOG_BEHIND:
                raise
            click.echo(
                f"log-behind : {refusal.hint} Rien n'est répondu : voir ./egide segments."
            )


def _listen(host: str, port: int) -> socket.socket:
    """Return the socket that the workers share; Refusal ``value-invalid`` for an address that is taken or not ours."""
    # Bound, and not yet listening: nobody is let in before a worker answers.
    door = socket.socket(_family(host))
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
    except (OSError, UnicodeError):
        door.close()
        hint = f"L'adresse {host}:{port} est prise, ou n'est pas de cette machine : en donner une autre."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--port", hint=hint) from None
    return door


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _config(settings: db.Settings, given: _Given) -> uvicorn.Config:
    """Return how the workers serve, and write what they find in their environment."""
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
    os.environ["EGIDE_SERVER"] = str(os.getpid())
    os.environ["EGIDE_ORIGIN"] = given["origin"] or address
    os.environ["EGIDE_TRUST_CONNECTIONS"] = str(int(given["trust_connections"]))
    os.environ["EGIDE_RELAYED_CERTIFICATES"] = str(int(given["relayed_certificates"]))
    return uvicorn.Config(
        "egide.web.app:create_app",
        **HTTP,
        host=given["host"],
        port=given["port"],
        workers=given["workers"] or os.cpu_count() or 1,
        timeout_graceful_shutdown=_FINISHES_SECONDS,
        **secured,
    )


def _start_portal(supervisor: Supervisor, store: db.Store, folder: Path) -> None:
    """Start the portal's process, with its own login and no other, where this installation has it."""
    door = folder / "portal"
    if "portal" in store.logins:
        login = db.give_login(store.login("portal"))
        portal = supervisor.start("portal", "--socket", str(door), given=login)
        os.environ["EGIDE_PORTAL_SOCKET"] = str(door)
        _wait_for(door, portal)


def _wait_for(door: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until the portal listens, twenty seconds at most: the counter opens without it if it does not."""
    until = time.monotonic() + _STARTS_SECONDS
    while not door.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
