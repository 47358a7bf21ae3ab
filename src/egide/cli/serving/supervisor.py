"""Keeps processes running beside the server: each is started again when it dies, later each time it dies at once.

What it did is kept in ``processes.json`` of the data folder, which ``/health`` reads.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

import structlog

from egide.edge.processes import Process, write_processes

_log = structlog.get_logger("egide")
_LOOKS_SECONDS: Final = 0.25
_FIRST_WAIT_SECONDS: Final = 0.5
_LONGEST_WAIT_SECONDS: Final = 30.0
_WELL_SECONDS: Final = 60.0  # who lived so long begins again without waiting


@dataclass(slots=True)
class _Child:
    words: tuple[str, ...]
    given: Mapping[str, str]
    process: "subprocess.Popen[bytes]"
    started: float
    starts_again: float | None = None
    wait: float = _FIRST_WAIT_SECONDS
    restarts: int = 0
    last_exit: int | None = None


@dataclass(slots=True)
class Supervisor:
    """Starts processes, watches them from a thread, and ends them.

    Args:
        keeps: what else is looked after at each look, the embedded database, say; what it raises is told, no more.
    """

    data: Path
    keeps: Callable[[], object] | None = None
    _children: dict[str, _Child] = field(default_factory=dict[str, _Child])
    _ends: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(
        self, *words: str, given: Mapping[str, str] = MappingProxyType({})
    ) -> "subprocess.Popen[bytes]":
        """Start a command of ours, with what its environment holds besides this process's own."""
        process = self._spawn(words, given)
        self._children[words[0]] = _Child(words, given, process, time.monotonic())
        return process

    def watch(self) -> None:
        """Begin to look after what was started."""
        self._write()
        self._thread = threading.Thread(target=self._look_after, daemon=True)
        self._thread.start()

    def stop(self, patience: float) -> None:
        """End every process, by force once ``patience`` seconds have passed."""
        self._ends.set()
        if self._thread is not None:
            self._thread.join()
        running = [child.process for child in self._children.values()]
        for process in running:
            process.terminate()
        until = time.monotonic() + patience
        for process in running:
            try:
                process.wait(max(until - time.monotonic(), 0.01))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _spawn(
        self, words: tuple[str, ...], given: Mapping[str, str]
    ) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "egide.cli", *words, "--data", str(self.data)]
        return subprocess.Popen(
            [*command, "--parent", str(os.getpid())], env={**os.environ, **given}
        )

    def _look_after(self) -> None:
        while not self._ends.wait(_LOOKS_SECONDS):
            if self.keeps is not None:
                try:
                    self.keeps()
                except Exception as error:  # noqa: BLE001 - whatever befell it, it is looked after again
                    _log.warning("trouble", what="database", kind=type(error).__name__)
            for name, child in self._children.items():
                try:
                    self._look_at(name, child, time.monotonic())
                except OSError as error:  # no process could be made: at the next look
                    _log.warning("trouble", what=name, kind=type(error).__name__)

    def _look_at(self, name: str, child: _Child, at: float) -> None:
        ended = child.process.poll()
        if ended is None:
            return
        if child.starts_again is None:
            is_well = at - child.started > _WELL_SECONDS
            child.wait = _FIRST_WAIT_SECONDS if is_well else child.wait
            child.starts_again, child.last_exit = at + child.wait, ended
            child.wait = min(2 * child.wait, _LONGEST_WAIT_SECONDS)
            _log.error("died", process=name, exit=ended, restarts=child.restarts)
            self._write()
        elif at >= child.starts_again:
            child.process = self._spawn(child.words, child.given)
            child.started, child.starts_again = at, None
            child.restarts += 1
            _log.warning("started again", process=name, restarts=child.restarts)
            self._write()

    def _write(self) -> None:
        write_processes(
            self.data,
            [
                Process(
                    name=name,
                    is_up=child.starts_again is None,
                    restarts=child.restarts,
                    last_exit=child.last_exit,
                )
                for name, child in self._children.items()
            ],
        )
