"""What the supervisor tells of the processes beside the counter, in the data folder, for ``/health``."""

import os
from pathlib import Path
from typing import Final

import msgspec

_FILE: Final = "processes.json"


class Process(msgspec.Struct, frozen=True):
    """A process beside the counter.

    Args:
        last_exit: how it last ended: a code, or minus the signal.
    """

    name: str
    is_up: bool
    restarts: int
    last_exit: int | None


_read: Final = msgspec.json.Decoder(list[Process]).decode


def write_processes(data: Path, processes: list[Process]) -> None:
    """Write what is known of them, whole or not at all."""
    part = data / f"{_FILE}.{os.getpid()}"
    part.write_bytes(msgspec.json.encode(processes))
    part.replace(data / _FILE)


def read_processes(data: Path) -> list[Process]:
    """Return what is known of them; nothing where no supervisor of this machine writes it."""
    try:
        return _read((data / _FILE).read_bytes())
    except (OSError, msgspec.DecodeError):
        return []
