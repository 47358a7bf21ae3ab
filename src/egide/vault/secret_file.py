"""Files that only their owner reads: keys, passwords, PINs."""

import stat
from pathlib import Path

_OTHERS = 0o077


def read_secret(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        OSError: there is none such that can be read.
        ValueError: others may read it; the message says what to do.
    """
    if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        message = f"{path} peut être lu par d'autres : chmod 600."
        raise ValueError(message)
    return path.read_bytes()
