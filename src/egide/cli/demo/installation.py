"""An installation of a synthetic France: taken in by the real imports, served by a process of its own."""

import os
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import msgspec
from rich.console import Console

from egide.drills import France

HOST = "127.0.0.1"
_READY_SECONDS = (
    180.0  # a machine that does much else is slow, and a server that starts is no failure
)
_console = Console(width=110)


def free_port(wanted: int) -> int:
    """Return a port that nobody listens on, the wanted one if it is free."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise SystemExit(1)


def egide(*arguments: str, data: Path, is_quiet: bool = False) -> None:
    """Run one of our own commands, as an operator would."""
    command, *rest = [*arguments, "--data", str(data)]
    done = subprocess.run(
        [sys.executable, "-m", "egide.cli", command, *rest],
        capture_output=True,
        text=True,
        check=False,
    )
    if is_quiet and not done.returncode:
        return
    shown = shlex.join(["./egide", *arguments, "--data", os.path.relpath(data)])
    _console.print(f"$ {shown}", style="dim", markup=False, highlight=False)
    _console.print(done.stdout.strip(), markup=False, highlight=False)
    if done.returncode:
        _console.print(done.stderr.strip(), markup=False)
        raise SystemExit(done.returncode)


def take_in(data: Path, france: France, *, is_quiet: bool = False) -> None:
    """Take a country in by the real imports."""
    folder = data / "files"
    folder.mkdir(exist_ok=True)
    lines = [*france.directory, _terms(france)]
    (folder / "directory.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    egide("plans", "publish", data=data, is_quiet=is_quiet)
    egide("import", "directory", str(folder / "directory.ndjson"), data=data, is_quiet=is_quiet)
    for amc in france.insurers:
        file = folder / f"members-{amc}.ndjson"
        with file.open("wb") as output:
            output.writelines(france.members_file(amc))
        egide("import", "members", str(file), data=data, is_quiet=is_quiet)


def _terms(france: France) -> bytes:
    """Return the terms of the first insurer: its desk answers what would cost it more than 600 euros."""
    insurer = msgspec.json.decode(france.directory[0])["id"]
    days = {"valid_days": 60, "tolerance_days": 15, "answer_days": 5, "piece_days": 30}
    terms = {"kind": "terms", "insurer": insurer, "since": "2026-01-01", "above_cents": 60_000}
    return msgspec.json.encode(terms | days)


def serve(data: Path, port: int) -> None:
    """Start the server of a folder as a process of its own, which outlives this command."""
    log = (data / "server.log").open("ab")
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "egide.cli",
            "serve",
            "--data",
            str(data),
            "--port",
            str(port),
        ],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    deadline = time.monotonic() + _READY_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    has_ended = server.poll() is not None
    server.terminate()
    said = (
        "s'est arrêté"
        if has_ended
        else f"ne répond pas après {_READY_SECONDS:.0f} s, et a été arrêté"
    )
    _console.print(
        f"[red]Le serveur {said}[/red] ; voir {data / 'server.log'}, puis recommencer : ./egide demo",
        soft_wrap=True,
    )
    raise SystemExit(1)
