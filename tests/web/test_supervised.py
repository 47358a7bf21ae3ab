"""A server whose processes are killed one after another: each comes back, and it says so meanwhile."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from conftest import HOST, free_port
from egide.cli.serving.stop import running_server
from egide.edge.processes import read_processes

pytestmark = pytest.mark.skipif(
    "EGIDE_DATABASE_URL" in os.environ, reason="another server is in use"
)
_COMES_BACK_SECONDS = 40.0


@dataclass(slots=True)
class _Served:
    """A server of its own, as a person starts it."""

    data: Path
    port: int
    process: "subprocess.Popen[bytes]"

    def get(self, path: str) -> tuple[int, dict[str, object]]:
        reply = httpx2.get(f"http://{HOST}:{self.port}{path}", timeout=15)
        return reply.status_code, reply.json()


def _command(data: Path, port: int) -> list[str]:
    words = ["serve", "--data", str(data), "--port", str(port), "--workers", "2"]
    return [sys.executable, "-m", "egide.cli", *words]


def _started(data: Path, port: int) -> _Served:
    process = subprocess.Popen(_command(data, port), stdout=subprocess.DEVNULL)
    served = _Served(data, port, process)
    _until(lambda: served.get("/ready")[0] == 200)
    return served


def _until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; a connection that is refused meanwhile is no answer."""
    deadline = time.monotonic() + _COMES_BACK_SECONDS
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except (httpx2.TransportError, OSError):
            pass
        time.sleep(0.1)
    raise AssertionError("it did not come back")


def _processes(*words: str) -> list[int]:
    """Return the processes whose command has every word, zombies left out."""
    found: list[int] = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z" and all(word.encode() in command for word in words):
            found.append(int(folder.name))
    return found


def _children(parent: int) -> list[int]:
    path = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(one) for one in path.read_text().split()]


@pytest.fixture(scope="module")
def served() -> Iterator[_Served]:
    """A fresh installation, served."""
    with tempfile.TemporaryDirectory(prefix="egide-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        one = _started(folder / "var", free_port())
        yield one
        subprocess.run(
            [sys.executable, "-m", "egide.cli", "stop", "--data", str(one.data)], check=True
        )


@pytest.mark.parametrize("name", ["log", "check", "portal"])
def test_a_process_beside_the_counter_comes_back_and_its_death_is_told(
    served: _Served, name: str
) -> None:
    [before] = _processes("egide.cli", name, str(served.data))
    os.kill(before, signal.SIGKILL)
    _until(lambda: served.get("/health")[1]["status"] == "degraded")
    _until(
        lambda: any(
            one.name == name and one.is_up and one.restarts == 1
            for one in read_processes(served.data)
        )
    )
    [after] = _processes("egide.cli", name, str(served.data))
    assert after != before
    _until(lambda: served.get("/health")[1]["status"] == "ok")
    if name == "portal":
        _until(lambda: httpx2.get(f"http://{HOST}:{served.port}/portal").status_code == 200)


def test_a_database_that_dies_is_503_and_comes_back(served: _Served) -> None:
    [postmaster] = [
        int(path.read_text().split("\n", 1)[0])
        for path in (served.data / "postgres" / "cluster").glob("postmaster.pid")
    ]
    os.kill(postmaster, signal.SIGKILL)
    statuses: set[int] = set()

    def is_back() -> bool:
        statuses.add(served.get("/health")[0])
        return served.get("/ready")[0] == 200

    _until(is_back)
    assert statuses <= {200, 503}
    # Workers that begin while it is away wait for it.
    os.kill(
        int((served.data / "postgres/cluster/postmaster.pid").read_text().split("\n", 1)[0]),
        signal.SIGKILL,
    )
    workers = [
        one
        for one in _children(served.process.pid)
        if one in _processes("--multiprocessing-fork")
    ]
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    assert len(workers) == 2
    _until(lambda: served.get("/ready")[0] == 200)
    assert served.process.poll() is None


def test_a_second_server_is_refused_and_leaves_the_first(served: _Served) -> None:
    for port in (served.port, free_port()):
        done = subprocess.run(
            _command(served.data, port), capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert str(served.process.pid) in done.stderr and "Traceback" not in done.stderr
    assert running_server(served.data) == served.process.pid
    assert served.get("/ready")[0] == 200


def test_a_server_killed_leaves_nobody_and_another_takes_its_place(served: _Served) -> None:
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait()
    _until(lambda: not _processes("egide.cli", str(served.data)))
    assert running_server(served.data) is None
    again = _started(served.data, served.port)
    assert running_server(served.data) == again.process.pid
    served.process = again.process


def test_stopping_finishes_what_is_half_sent_within_its_time(served: _Served) -> None:
    with socket.create_connection((HOST, served.port)) as half:
        half.sendall(
            b"POST /oauth/token HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\nhalf"
        )
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "egide.cli", "stop", "--data", str(served.data)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert "Arrêté" in done.stdout and time.monotonic() - began < 30
    assert served.process.wait(5) == 0
    assert not _processes("egide.cli", str(served.data))
