"""Write the log as files that anybody checks: its checkpoint, its tiles, an auditor's entries."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from egide import db
from egide.accesslog import api, tree
from egide.accesslog.receipts import entries as read_entries


async def export(tx: db.Tx, folder: Path, *, with_entries: bool) -> int | None:
    """Write ``checkpoint``, ``tile/…`` and ``entries.ndjson``; return how many entries, None if nothing was signed.

    Args:
        with_entries: what was answered and its salts too, in a file that its owner alone reads.
    """
    await db.run(tx, "set transaction isolation level repeatable read")
    note = await api.checkpoint(tx)
    if note is None:
        return None
    size = tree.read_note(note)[0].size
    for path in _paths(size):
        body = await api.tile(tx, path.removeprefix("tile/"))
        _write(folder / path, body or b"")
    _write(folder / "checkpoint", note.encode())
    if with_entries:
        await _write_entries(tx, folder / "entries.ndjson", size)
    return size


def _paths(size: int) -> Iterable[str]:
    for level, number, width in tree.tiles_of(size):
        yield tree.tile_path(level, number, width)
        if level == 0:
            yield tree.tile_path("entries", number, width)


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


async def _write_entries(tx: db.Tx, path: Path, size: int) -> None:
    _start(path)
    first = 0
    while rows := (await read_entries(tx, first))[: max(size - first, 0)]:
        _append(path, rows)
        first = rows[-1]["index"] + 1


def _start(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)


def _append(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("a") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
