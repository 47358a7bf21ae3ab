"""By which key an installation's log signs, and which witnesses it was given."""

import os
from pathlib import Path

import msgspec

from egide.accesslog import tree
from egide.accesslog.grow import LogKey, Witness
from egide.accesslog.witness import RemoteWitness
from egide.core.refusal import Refusal, RefusalCode
from egide.vault import KeyRing


class _Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str
    key: str


def log_key(ring: KeyRing) -> LogKey:
    """Return the key of this installation's log; its name is ``EGIDE_LOG_NAME``, or comes from the key itself."""
    public = ring.log_key.public_key().public_bytes_raw()
    name = os.environ.get("EGIDE_LOG_NAME") or f"egide.local/{public[:4].hex()}"
    return LogKey(name, ring.log_key)


def named_witnesses() -> dict[str, Witness]:
    """Return the witnesses of ``EGIDE_WITNESSES``, by name; Refusal ``value-invalid`` for a file that names none."""
    path = os.environ.get("EGIDE_WITNESSES")
    if path is None:
        return {}
    try:
        named = msgspec.json.decode(Path(path).read_bytes(), type=list[_Named])
        keys = [tree.NoteKey.parse(one.key) for one in named]
    except (OSError, msgspec.DecodeError, tree.LogError) as error:
        raise Refusal(RefusalCode.VALUE_INVALID, where=path, hint=str(error)) from None
    return {key.name: RemoteWitness(one.url, key) for one, key in zip(named, keys, strict=True)}
