"""What the benches share: a country loaded, a server, a load of ready-made requests, readings."""

import asyncio
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from egide import db
from egide.cli.context import clear_data
from egide.db.cluster import install_folder
from egide.directory import take_in
from egide.doubles.software import Software
from egide.doubles.wire import Wire
from egide.drills import France, make_france
from egide.members import ImportTerms, import_members
from egide.plans import publish, read_grid
from egide.vault import KeyRing, Sealer

HOST = "127.0.0.1"
GRID = Path(__file__).resolve().parents[1] / "src/egide/plans/grids/proprete-article-9.yaml"


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def workplace() -> Iterator[Path]:
    """Yield a data folder on disk (never tmpfs), removed at the end."""
    root = Path(os.environ.get("EGIDE_BENCH_DIR", Path(__file__).resolve().parents[1] / "var"))
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=root))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        clear_data(folder)


async def load_country(store: db.Store, settings: db.Settings, persons: int) -> France:
    """Load a synthetic country by the real imports."""
    france = make_france(1, today=now().date(), persons=persons)
    ring = KeyRing.open(settings.secrets / "keyring.json")
    async with store.pool("owner") as pool:
        async with db.transaction(pool) as tx:
            await publish(tx, read_grid(GRID.read_text("utf-8")))
        await take_in(pool, france.directory, sealer=Sealer(ring), now=now())
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


@contextmanager
def server(
    data: Path, *, workers: int, trust_connections: bool = False, origin_host: str = HOST
) -> Iterator[tuple[int, int]]:
    """Run ``egide serve``; yield its port and process."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "egide.cli",
        "serve",
        "--data",
        str(data),
        "--port",
        str(port),
    ]
    command += [
        "--workers",
        str(workers),
        *(["--trust-connections"] if trust_connections else []),
        *["--origin", f"http://{origin_host}:{port}"],
    ]
    process = subprocess.Popen(command)
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex((HOST, port)) == 0:
                    break
            if process.poll() is not None:
                message = "the server did not start"
                raise RuntimeError(message)
            time.sleep(0.05)
        time.sleep(1.5)  # every worker is up
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def softwares(france: France, port: int) -> list[Software]:
    """Return the software of every establishment."""
    return [
        Software(
            origin=f"http://{HOST}:{port}",
            establishment_id=shop.establishment_id,
            key=shop.key,
            jwk=shop.jwk,
        )
        for shop in france.shops
    ]


async def get_tokens(port: int, sites: list[Software]) -> None:
    """Give each software a token."""
    wire = Wire(HOST, port)
    for site in sites:
        await site.ready(wire, now())
    wire.close()


@dataclass(slots=True)
class Load:
    """What a load saw."""

    seconds: float
    latencies: list[float]
    wrong: int

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def at(self, share: float) -> float:
        """Return a quantile of the latency, in milliseconds."""
        return sorted(self.latencies)[int(len(self.latencies) * share)] * 1000


@dataclass(slots=True)
class _Line(asyncio.Protocol):
    """One connection: sends a ready-made request when the answer to the last one is whole."""

    queue: "deque[bytes]"
    good: bytes
    load: Load
    done: "asyncio.Future[None]"
    transport: Any = None
    buffer: bytes = b""
    sent: float = 0.0
    limit: int = field(default=1 << 60)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._next()

    def _next(self) -> None:
        if not self.queue:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self.sent = time.perf_counter()
        self.transport.write(self.queue.popleft())

    def data_received(self, data: bytes) -> None:
        buffer = self.buffer + data if self.buffer else data
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            self.buffer = buffer
            return
        start = buffer.index(b"content-length: ") + 16
        length = int(buffer[start : buffer.index(b"\r", start)])
        if len(buffer) < end + 4 + length:
            self.buffer = buffer
            return
        self.buffer = b""
        self.load.latencies.append(time.perf_counter() - self.sent)
        if buffer[9:12] != b"200" or self.good not in buffer:
            self.load.wrong += 1
        self._next()


def run_load(port: int, queues: list["deque[bytes]"], good: bytes) -> Load:
    """Send every request, one queue a connection, and time them; wrong answers are counted."""

    async def work() -> Load:
        loop = asyncio.get_running_loop()
        load = Load(0.0, [], 0)
        futures: list[asyncio.Future[None]] = [loop.create_future() for _ in queues]
        began = time.perf_counter()
        for queue, future in zip(queues, futures, strict=True):
            await loop.create_connection(
                lambda queue=queue, future=future: _Line(queue, good, load, future), HOST, port
            )
        await asyncio.gather(*futures)
        load.seconds = time.perf_counter() - began
        return load

    return uvloop.run(work())


def children(process: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [process]
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == process:
            found += children(int(path.parent.name))
    return found


def cpu_seconds(process: int) -> float:
    """Return the processor time used by a process and its children, as the kernel counts it."""
    ticks = 0
    for one in children(process):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mib(process: int) -> float:
    """Return the resident memory of a process and its children."""
    pages = 0
    for one in children(process):
        try:
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * resource.getpagesize() / 2**20


def postmaster(data: Path) -> int:
    """Return the process of the embedded server."""
    elsewhere = data / "postgres-is-at"
    home = Path(elsewhere.read_text().strip()) if elsewhere.exists() else data / "postgres"
    return int((home / "cluster" / "postmaster.pid").read_text().split("\n", 1)[0])


def pgbench(login: db.Login, script: Path, clients: int, seconds: int) -> float:
    """Return the transactions a second of pgbench on a script, prepared, by many clients."""
    command = [
        str(install_folder() / "bin" / "pgbench"),
        "-n",
        "-M",
        "prepared",
        "-c",
        str(clients),
    ]
    command += ["-j", "2", "-T", str(seconds), "-f", str(script), login.url]
    environment = {**os.environ, "PGUSER": login.user or "", "PGPASSWORD": login.password or ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[:600])
    line = next(line for line in done.stdout.splitlines() if line.startswith("tps"))
    return float(line.split()[2])
