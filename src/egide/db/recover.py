"""Copies of a cluster, what changes after them, and a cluster made again from both, by PostgreSQL's own programs."""

import gzip
import os
import re
import shlex
import shutil
import subprocess
import tarfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

from egide.db.cluster import Cluster, EmbeddedServerError, install_folder, own
from egide.db.pool import Login

_LOOKS_SECONDS: Final = 0.1
# Before Python 3.11.4 there is no filter to name.
_SAFELY: Final[dict[str, Any]] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
_MARK: Final = "# egide: recovery"
_BEYOND: Final = "recovery ended before configured recovery target was reached"
_REACHED: Final = re.compile(r"last completed transaction was at log time (\S+ \S+)")


class BeyondArchiveError(EmbeddedServerError):
    """The instant asked for is after all that was kept."""


def start_program(
    login: Login, program: str, *words: str, quiet: bool = True
) -> "subprocess.Popen[str]":
    """Start one of PostgreSQL's programs on a database; its errors can be read from it."""
    return subprocess.Popen(
        [str(install_folder() / "bin" / program), "--no-password", *_address(login), *words],
        env={**os.environ, **_password(login), "LC_ALL": "C"},
        stdout=subprocess.DEVNULL if quiet else None,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_program(login: Login, program: str, *words: str) -> None:
    """Run one of PostgreSQL's programs on a database to its end.

    Raises:
        EmbeddedServerError: it failed; the message ends with what it said.
    """
    with start_program(login, program, *words) as process:
        _, said = process.communicate()
    if process.returncode:
        message = f"{program} failed: {said.strip()[-600:]}"
        raise EmbeddedServerError(message)


def verify_base(folder: Path) -> None:
    """Compare a copy with its manifest, every byte; EmbeddedServerError if it lies."""
    program = install_folder() / "bin" / "pg_verifybackup"
    done = subprocess.run(
        [str(program), "--no-parse-wal", "--quiet", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"{folder}: {done.stderr.strip()[-600:]}"
        raise EmbeddedServerError(message)


def recover(
    cluster: Cluster,
    base: Path,
    changes: Sequence[Path],
    until: datetime | None,
    timeline: Literal["current", "latest"] = "latest",
) -> datetime | None:
    """Make a cluster of a copy and the changes after it; return the instant of the last one, None if none came.

    Args:
        timeline: ``current`` to follow the copy's own, where the last one left it before.

    Nothing is left of it where it fails. Cost: the size of the copy, and the time to play the changes again.

    Raises:
        BeyondArchiveError: what was kept ends before ``until``.
        EmbeddedServerError: PostgreSQL did not play it; the message names the log.
    """
    cluster.home.mkdir(parents=True, exist_ok=True)
    own(cluster.home)
    kept = cluster.home / "changes"
    try:
        _unpack(base, cluster.folder)
        _copy(changes, kept)
        _ask(cluster.folder, kept, until, timeline)
        return _play(cluster)
    except BaseException:
        cluster.stop()
        shutil.rmtree(cluster.folder, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(kept, ignore_errors=True)


def _address(login: Login) -> tuple[str, ...]:
    user = () if login.user is None else ("--username", login.user)
    return ("--dbname", login.url, *user)


def _password(login: Login) -> Mapping[str, str]:
    return {} if login.password is None else {"PGPASSWORD": login.password}


def _unpack(base: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    for name, into in (("base.tar.gz", folder), ("pg_wal.tar.gz", folder / "pg_wal")):
        with gzip.open(base / name) as packed, tarfile.open(fileobj=packed, mode="r|") as files:
            for one in files:
                if not (one.isfile() or one.isdir()) or not _stays(one.name):
                    message = f"{base / name}: {one.name} is not what a copy holds"
                    raise EmbeddedServerError(message)
                files.extract(one, into, **_SAFELY)
    for path in (folder, *folder.rglob("*")):
        own(path)
        path.chmod(0o700 if path.is_dir() else 0o600)


def _stays(name: str) -> bool:
    """Tell whether a packed file stays under the folder where it is unpacked."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _copy(changes: Sequence[Path], kept: Path) -> None:
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(mode=0o700)
    own(kept)
    # The segment that was being received is under another name; whole ones come after, over it.
    for path in sorted(changes, key=lambda one: one.suffix != ".partial"):
        copied = kept / path.name.removesuffix(".partial")
        shutil.copyfile(path, copied)
        own(copied)


def _ask(folder: Path, kept: Path, until: datetime | None, timeline: str) -> None:
    command = f'cp {shlex.quote(str(kept)).replace("%", "%%")}/%f "%p"'.replace("'", "''")
    lines = [
        f"restore_command = '{command}'",
        f"recovery_target_timeline = '{timeline}'",
    ]
    if until is not None:
        at = until.astimezone(UTC).isoformat(sep=" ")
        lines += [f"recovery_target_time = '{at}'", "recovery_target_action = 'promote'"]
    with (folder / "postgresql.auto.conf").open("a") as settings:
        settings.writelines(f"{line} {_MARK}\n" for line in lines)
    (folder / "recovery.signal").touch(mode=0o600)
    own(folder / "recovery.signal")


def _play(cluster: Cluster) -> datetime | None:
    """Have the server play the changes, then stop it: it starts the next time as if it had never been elsewhere."""
    before = cluster.log.stat().st_size if cluster.log.exists() else 0
    server = cluster.launch()
    while server.poll() is None and not _is_played(cluster):
        time.sleep(_LOOKS_SECONDS)
    said = cluster.log.read_text(errors="replace")[before:]
    if server.poll() is not None:
        kind = BeyondArchiveError if _BEYOND in said else EmbeddedServerError
        message = f"PostgreSQL did not recover: {said.strip()[-600:]}"
        raise kind(message)
    cluster.stop()
    settings = cluster.folder / "postgresql.auto.conf"
    rest = [line for line in settings.read_text().splitlines() if not line.endswith(_MARK)]
    settings.write_text("".join(f"{line}\n" for line in rest))
    found = _REACHED.findall(said)
    return datetime.fromisoformat(found[-1]) if found else None


def _is_played(cluster: Cluster) -> bool:
    """Tell whether a cluster has played its changes and takes new work, by its control file."""
    # A copy's own control file says so too, of the database that was copied: the signal goes once all is played.
    if (cluster.folder / "recovery.signal").exists():
        return False
    done = subprocess.run(
        [str(install_folder() / "bin" / "pg_controldata"), "-D", str(cluster.folder)],
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    return re.search(r"cluster state:\s+in production", done.stdout) is not None
