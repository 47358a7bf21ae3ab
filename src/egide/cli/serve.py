"""``egide serve``: the server, one worker a core, on the embedded database or another."""

import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypedDict, Unpack

import click
import uvicorn
from uvicorn.supervisors import Multiprocess

from egide import db
from egide.access import Authority
from egide.cli.context import data_option, keyring, run
from egide.cli.stop import server_file
from egide.core.refusal import Refusal, RefusalCode

_STARTS_SECONDS = 20.0


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
    serving = _Serving(settings, store)
    path = server_file(settings.data)
    path.write_text(str(os.getpid()))
    try:
        serving.start(with_log=not given["no_log"])
        config = uvicorn.Config(
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
        # Always processes of their own, one worker too: this one holds the owner's login.
        Multiprocess(config, sockets=[config.bind_socket()]).run()
    finally:
        serving.stop()
        store.close()
        path.unlink(missing_ok=True)


class _Serving:
    """The processes beside the counter's workers, each with the login that its work needs and no other."""

    def __init__(self, settings: db.Settings, store: db.Store) -> None:
        self._settings = settings
        self._store = store
        self._processes: list[subprocess.Popen[bytes]] = []
        self._folder = tempfile.TemporaryDirectory(prefix="egide-")

    def start(self, *, with_log: bool) -> None:
        """Start the portal, and what needs the owner's or the log's login where this installation has them."""
        socket = Path(self._folder.name) / "portal"
        if "portal" in self._store.logins:
            login = db.give_login(self._store.login("portal"))
            self._start("portal", "--socket", str(socket), given=login)
            os.environ["EGIDE_PORTAL_SOCKET"] = str(socket)
            _wait_for(socket, self._processes[0])
        if self._settings.app_url is None:
            self._start("check", "--every", "3600")
            if with_log:
                self._start("log", "run")
        # What the workers find: the counter's login alone.
        os.environ |= db.give_login(self._store.login("app"))

    def _start(self, *command: str, given: Mapping[str, str] = MappingProxyType({})) -> None:
        words = [
            sys.executable,
            "-m",
            "egide.cli",
            *command,
            "--data",
            str(self._settings.data),
        ]
        process = subprocess.Popen(
            [*words, "--parent", str(os.getpid())], env={**os.environ, **given}
        )
        self._processes.append(process)

    def stop(self) -> None:
        """End them, and wait until they have."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()
        self._folder.cleanup()


def _wait_for(socket: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until the portal listens, twenty seconds at most: the counter opens without it if it does not."""
    until = time.monotonic() + _STARTS_SECONDS
    while not socket.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
