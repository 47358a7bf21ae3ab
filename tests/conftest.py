"""The database of a test process: the embedded one, or one of its own on EGIDE_DATABASE_URL."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx2
import pytest

from egide import db
from egide.cli.serving.stop import running_server
from egide.core.period import PARIS
from egide.directory import take_in
from egide.doubles.software import Software
from egide.doubles.wire import Wire
from egide.drills import France, make_france
from egide.members import ImportTerms, import_members
from egide.plans import publish, read_grid
from egide.vault import KeyRing, Sealer

ROOT = Path(__file__).resolve().parents[1]
GRID = ROOT / "src/egide/plans/grids/proprete-article-9.yaml"
HOST = "127.0.0.1"
Result = TypeVar("Result")


def now() -> datetime:
    """Return the instant, in Paris: its day is the field's, also in the hours when London's is another."""
    return datetime.now(PARIS)


def utc_now() -> datetime:
    """Return the same instant, as machines write it."""
    return datetime.now(UTC)


def run(work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(work)


@dataclass(frozen=True, slots=True)
class Place:
    """A loaded installation."""

    settings: db.Settings
    store: db.Store
    france: France

    @property
    def keys(self) -> Path:
        return self.settings.secrets / "keyring.json"


def _own_database(url: str) -> str:
    """Return the address of a database of this process's own on a given server."""
    parts = urlsplit(url)
    name = f"egide_test_{os.getpid()}"

    async def make() -> None:
        pool = await db.open_pool(db.Login(url), size=1)
        async with db.statement(pool) as tx:
            await db.run(tx, f"drop database if exists {name} with (force)")
            await db.run(tx, f"create database {name} template template0")
        await pool.close()

    run(make())
    return urlunsplit(parts._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def place() -> Iterator[Place]:
    """An installation with 600 persons and 60 establishments, taken in by the real imports."""
    folder = Path(tempfile.mkdtemp(prefix="egide-test-"))
    folder.chmod(0o755)
    settings = db.settings(folder / "var")
    if settings.database_url:
        url = _own_database(settings.database_url)
        os.environ["EGIDE_DATABASE_URL"] = url
        settings = db.settings(folder / "var")
    store = run(db.open_store(settings))
    try:
        yield Place(settings, store, run(_load(settings, store)))
    finally:
        store.close()
        shutil.rmtree(folder, ignore_errors=True)


async def _load(settings: db.Settings, store: db.Store) -> France:
    france = make_france(7, today=now().date(), persons=600, shops=60)
    ring = KeyRing.open(settings.secrets / "keyring.json")
    async with store.pool("owner") as pool:
        async with db.transaction(pool) as tx:
            await publish(tx, read_grid(GRID.read_text("utf-8")))
        report = await take_in(pool, france.directory, sealer=Sealer(ring), now=now())
        assert not report.faults
    async with store.pool("loader") as pool:
        for amc in france.insurers:
            file = settings.data / f"members-{amc}.ndjson"
            with file.open("wb") as output:
                output.writelines(france.members_file(amc))
            await import_members(
                pool,
                file,
                ImportTerms(keys=settings.secrets / "keyring.json", skip_refused=False),
                now=now(),
            )
    return france


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Running:
    """A running server on the test's installation."""

    place: Place
    port: int

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    def software(self, number: int) -> Software:
        shop = self.place.france.shops[number]
        return Software(
            origin=self.origin,
            establishment_id=shop.establishment_id,
            key=shop.key,
            jwk=shop.jwk,
        )

    def shops(self, profession: str) -> list[int]:
        shops = enumerate(self.place.france.shops)
        return [number for number, shop in shops if shop.profession == profession]

    def wire(self) -> Wire:
        return Wire(HOST, self.port)


def start_server(
    place: Place,
    port: int,
    *options: str,
    workers: int = 2,
    environment: dict[str, str] | None = None,
) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "egide.cli", "serve", "--data", str(place.settings.data)]
    command += ["--port", str(port), "--workers", str(workers), "--no-log", *options]
    if running_server(place.settings.data) is not None:
        command.append("--beside")
    process = subprocess.Popen(command, env={**os.environ, **(environment or {})})
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return process
        time.sleep(0.05)
    process.kill()
    message = "the server did not start"
    raise RuntimeError(message)


@pytest.fixture(scope="session")
def server(place: Place) -> Iterator[Running]:
    """The real server, two workers, over the test's installation."""
    port = free_port()
    process = start_server(place, port)
    try:
        yield Running(place, port)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def client(server: Running) -> Iterator[httpx2.Client]:
    """A client that keeps no cookies: each browser of the tests has its own."""
    with httpx2.Client(base_url=server.origin) as client:
        client.cookies = None  # type: ignore[assignment]  # each browser keeps its own
        yield client
