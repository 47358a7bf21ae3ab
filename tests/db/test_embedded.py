"""The embedded server: killed at any moment nothing acknowledged is missing; two run side by side."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import run
from egide import db

pytestmark = pytest.mark.skipif(
    "EGIDE_DATABASE_URL" in os.environ, reason="another server is in use"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that is removed with its cluster, wherever that lies."""
    path = Path(tempfile.mkdtemp(prefix="egide-test-"))
    yield path
    elsewhere = path / "postgres-is-at"
    if elsewhere.exists():
        shutil.rmtree(Path(elsewhere.read_text().strip()).parent, ignore_errors=True)
    shutil.rmtree(path, ignore_errors=True)


_WRITER = """
import asyncio, sys
from pathlib import Path
from egide import db

async def main():
    store = await db.open_store(db.settings(Path(sys.argv[1])))
    async with store.pool("owner") as pool:
        async with db.statement(pool) as tx:
            await db.run(tx, "create table if not exists kept (n serial primary key)")
            while True:
                row = await db.first(tx, "insert into kept default values returning n")
                print(row[0], flush=True)

asyncio.run(main())
"""


def _postgres(data: Path) -> list[int]:
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:
            continue
        if b"postgres" in command and str(_cluster(data)).encode() in command:
            found.append(int(path.parent.name))
    return found


def _cluster(data: Path) -> Path:
    elsewhere = data / "postgres-is-at"
    return Path(elsewhere.read_text().strip()) if elsewhere.exists() else data / "postgres"


async def _count(data: Path) -> int:
    store = await db.open_store(db.settings(data))
    try:
        async with store.pool("owner") as pool, db.statement(pool) as tx:
            row = await db.first(tx, "select max(n) as n from kept")
            return int(row["n"] or 0) if row else 0
    finally:
        store.close()


def test_kill_9_of_everything_loses_nothing_acknowledged(folder: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    acknowledged = 0
    for _ in range(2):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder)],
            stdout=subprocess.PIPE,
            env=environment,
        )
        assert writer.stdout is not None
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            acknowledged = int(writer.stdout.readline())
            if acknowledged % 50 == 0:
                break
        for process in [writer.pid, *_postgres(folder)]:
            os.kill(process, signal.SIGKILL)
        rest = writer.stdout.read().split()
        writer.stdout.close()
        writer.wait()
        acknowledged = int(rest[-1]) if rest else acknowledged
        assert run(_count(folder)) >= acknowledged > 0
    assert not _postgres(folder), "the last to leave stops the server"


def test_two_copies_run_side_by_side(folder: Path) -> None:
    async def work() -> list[int]:
        stores = [await db.open_store(db.settings(folder / name)) for name in ("one", "two")]
        names: list[int] = []
        for number, store in enumerate(stores):
            async with store.pool("owner") as pool, db.statement(pool) as tx:
                await db.run(tx, "create table mine (n integer)")
                await db.run(tx, "insert into mine values ($1)", number)
                row = await db.first(tx, "select sum(n) as n from mine")
                names.append(int(row["n"]) if row else -1)
        for store in stores:
            store.close()
        return names

    assert run(work()) == [0, 1]
    for name in ("one", "two"):
        elsewhere = folder / name / "postgres-is-at"
        if elsewhere.exists():
            shutil.rmtree(Path(elsewhere.read_text().strip()).parent, ignore_errors=True)


def test_many_who_come_at_once_share_one_server(folder: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from egide import db\n"
        "store = asyncio.run(db.open_store(db.settings(Path(sys.argv[1])))); store.close()"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    crowd = [
        subprocess.Popen([sys.executable, "-c", code, str(folder)], env=environment)
        for _ in range(4)
    ]
    assert [one.wait(120) for one in crowd] == [0] * 4
    assert not _postgres(folder)
