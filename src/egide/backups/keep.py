"""Keep a folder of backups of a database: what changes as it changes, a whole copy now and then."""

import asyncio
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from egide import db
from egide.backups import sql
from egide.backups.archive import Archive, Base
from egide.db.recover import run_program, start_program, verify_base

_BEGINS_SECONDS: Final = 20.0
_LOOKS_SECONDS: Final = 0.1
_FIRST_WAIT_SECONDS: Final = 0.5
_LONGEST_WAIT_SECONDS: Final = 30.0


async def open_archive(archive: Archive, pool: db.Pool) -> None:
    """Make a folder ready for this database; Refusal ``value-invalid`` where it holds another's."""
    async with db.statement(pool) as tx:
        archive.open_for(await sql.system(tx))


def take_base(archive: Archive, login: db.Login, clock: Callable[[], datetime]) -> Base:
    """Copy the whole database while it serves, and compare every byte with the copy's manifest.

    Raises:
        EmbeddedServerError: it could not be copied, or the copy is not what was sent.
        Refusal: ``busy`` while another copy is made there.
    """
    with archive.copying():
        return _take_base(archive, login, clock)


def _take_base(archive: Archive, login: db.Login, clock: Callable[[], datetime]) -> Base:
    part = archive.part()
    run_program(
        login,
        "pg_basebackup",
        *("--pgdata", str(part), "--format", "tar", "--compress", "client-gzip:1"),
        *("--wal-method", "stream", "--checkpoint", "fast", "--manifest-checksums", "SHA256"),
    )
    verify_base(part)
    return archive.keep(part, clock())


@dataclass(slots=True)
class Keeper:
    """Receives what changes, and takes copies; ``step`` it every second or so, ``stop`` it at last.

    Args:
        every: between two copies.
        keeps: any instant this long ago can be restored.
    """

    archive: Archive
    login: db.Login
    every: timedelta
    keeps: timedelta
    clock: Callable[[], datetime]
    _receiver: "subprocess.Popen[str] | None" = None
    _wait: float = _FIRST_WAIT_SECONDS
    _again_at: float = 0.0
    _has_gap: bool = False
    said: list[str] = field(default_factory=list[str])

    async def step(self, pool: db.Pool) -> None:
        """Do what is due, and keep in ``said`` what was done; what fails is raised, and due again at a later step."""
        if self._receiver is None or self._receiver.poll() is not None:
            if time.monotonic() < self._again_at:
                return
            await self._receive(pool)
        newest = max((one.taken_at for one in self.archive.bases()), default=None)
        now = self.clock()
        if newest is None or self._has_gap or now - newest > self.every:
            took = take_base(self.archive, self.login, self.clock)
            self._has_gap = False
            self.said.append(f"Copie prise : {took.folder}")
            self.archive.prune(now - self.keeps)

    def stop(self) -> None:
        """End the receiver; what it has is on disk."""
        if self._receiver is not None and self._receiver.poll() is None:
            self._receiver.terminate()
            self._receiver.wait()

    async def _receive(self, pool: db.Pool) -> None:
        """Begin to receive, anew where the database no longer keeps what is lacking."""
        if self._receiver is not None:
            why = "" if self._receiver.stderr is None else self._receiver.stderr.read().strip()
            self.said.append(f"Réception interrompue : {why[-300:]}")
        self._again_at, self._wait = (
            time.monotonic() + self._wait,
            min(2 * self._wait, _LONGEST_WAIT_SECONDS),
        )
        name = self.archive.slot()
        async with db.statement(pool) as tx:
            changes = self.archive.changes_of(await sql.timeline(tx))
            held = await sql.slot(tx, name)
            if held is not None and held.holder is not None:
                await sql.free_slot(tx, held.holder)
            if held is not None and held.is_lost:
                await sql.drop_slot(tx, name)
                held = None
        to = ("--directory", str(changes), "--slot", name)
        if held is None:
            # The receiver goes on from the last file of its folder, which the database has no more.
            self.archive.set_aside(changes)
            # What came between the last change received and now may be lacking: a copy taken from now on has it.
            self._has_gap = True
            run_program(self.login, "pg_receivewal", *to, "--create-slot", "--if-not-exists")
        self._receiver = start_program(
            self.login,
            "pg_receivewal",
            *to,
            "--synchronous",
            "--no-loop",
            "--status-interval",
            "1",
        )
        await self._wait_until_begun(pool, name)

    async def _wait_until_begun(self, pool: db.Pool, name: str) -> None:
        """Wait until something was received: a copy taken before could lack what changed just after it."""
        until = time.monotonic() + _BEGINS_SECONDS
        while time.monotonic() < until and self._receiver and self._receiver.poll() is None:
            async with db.statement(pool) as tx:
                held = await sql.slot(tx, name)
            if held is not None and held.begins:
                self._wait = _FIRST_WAIT_SECONDS
                return
            await asyncio.sleep(_LOOKS_SECONDS)
