"""How a worker begins: with the database away it waits, and it does not outlive who started it."""

import asyncio
import ctypes
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from egide import db
from egide.web import errors

Opened = TypeVar("Opened")
_PARENT_DEATH: Final = 1  # PR_SET_PDEATHSIG, prctl(2)
_WAITS_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 300.0


def end_with_parent() -> None:
    """Be ended by the system when the process that started this one ends, however it does; on Linux alone."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PARENT_DEATH, signal.SIGTERM)
        if _is_orphan():  # it ended just before
            os.kill(os.getpid(), signal.SIGTERM)


def _end(_: int, __: object) -> None:
    os._exit(0)


def _is_orphan() -> bool:
    """Tell whether the server that this process belongs to has ended; nobody's, it is its own."""
    server = os.environ.get("EGIDE_SERVER")
    return server is not None and os.getppid() != int(server)


async def patiently(work: Callable[[], Awaitable[Opened]]) -> Opened:
    """Return what ``work`` opens, tried again for five minutes while the database is away.

    A worker that gave up would stop its whole server.
    """
    until = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    # While it waits, the server around it does not look at what it is told.
    told = signal.signal(signal.SIGTERM, _end)
    try:
        while True:
            try:
                return await work()
            except db.UNAVAILABLE as error:
                if asyncio.get_running_loop().time() > until:
                    raise
                errors.log_trouble("start", error)
            await asyncio.sleep(_WAITS_SECONDS)
            if _is_orphan():
                os._exit(0)
    finally:
        signal.signal(signal.SIGTERM, told)
