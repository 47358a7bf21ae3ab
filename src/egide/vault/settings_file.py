"""Settings that hold a secret: a JSON file that only its owner reads, named by the environment."""

from pathlib import Path
from typing import TypeVar

import msgspec

from egide.core.refusal import Refusal, RefusalCode
from egide.vault.secret_file import read_secret

Settings = TypeVar("Settings")


def read_settings(path: Path, kind: type[Settings]) -> Settings:
    """Read a file as settings of a kind; Refusal ``value-invalid`` at the file says what is wrong."""
    try:
        return msgspec.json.decode(read_secret(path), type=kind)
    except (OSError, ValueError) as error:
        raise Refusal(RefusalCode.VALUE_INVALID, where=str(path), hint=str(error)) from None
