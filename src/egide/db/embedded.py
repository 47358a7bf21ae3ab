"""The embedded PostgreSQL: started by whoever comes first, stopped by whoever leaves last.

Every process that uses the server holds a shared lock on ``users.lock``. Who can take that lock
alone is the only one left and stops the server. ``kill -9`` frees a lock by itself, so nothing
has to be cleaned by hand, and an acknowledged transaction is never lost (fsync stays on).
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from egide.db.cluster import Cluster, password_in


@dataclass(slots=True)
class EmbeddedServer:
    """A running embedded server that this process uses; ``release`` it when done."""

    socket: Path
    password: str = field(repr=False)
    _cluster: Cluster
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
        password = password_in(secrets_folder / "postgres")
        cluster = Cluster.of(data)
        with _one_at_a_time(data):
            users = os.open(data / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(users, fcntl.LOCK_SH)
            if not cluster.answers():
                cluster.start(password)
        return cls(cluster.socket(), password, cluster, data, users)

    def revive(self) -> bool:
        """Start the server again if it died under us; True if it had to be."""
        if self._cluster.process is not None:
            return False
        with _one_at_a_time(self._data):
            if not self._cluster.answers():
                self._cluster.start(self.password)
        return True

    def release(self) -> None:
        """Leave the server; the last one to leave stops it."""
        with _one_at_a_time(self._data):
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            finally:
                os.close(self._users)
            self._cluster.stop()


@contextmanager
def _one_at_a_time(data: Path) -> Generator[None]:
    """Be the one process that starts or stops the server; the others wait here."""
    starting = os.open(data / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(starting, fcntl.LOCK_EX)
        yield
    finally:
        os.close(starting)
