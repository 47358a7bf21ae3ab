"""Check a receipt, or a whole log, with no help of the product: ``python -m egide.accesslog.verify``.

It needs this file, ``tree.py`` and the cryptography library. What is altered, missing, in another order, or said
otherwise to somebody else is named by its place.
"""

import argparse
import base64
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO, cast

from egide.accesslog import tree


class Log:
    """A log as files lay it out: ``checkpoint`` and ``tile/…``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, bytes] = {}

    def note(self) -> str:
        """Return its checkpoint."""
        return (self._folder / "checkpoint").read_text()

    def tile(self, level: int, number: int, width: int) -> bytes:
        """Return the hashes of a tile.

        Raises:
            tree.LogError: it is missing, or not of its width.
        """
        path = tree.tile_path(level, number, width)
        if path not in self._read:
            try:
                self._read[path] = (self._folder / path).read_bytes()
            except OSError:
                why = f"{path} is missing"
                raise tree.LogError(why) from None
        held = self._read[path]
        if len(held) != width * tree.HASH_BYTES:
            why = f"{path} has {len(held)} bytes"
            raise tree.LogError(why)
        return held

    def node_at(self, size: int) -> tree.NodeAt:
        """Return how to read the nodes of its tree at a size."""

        def hash_at(level: int, index: int) -> bytes:
            number, inside = divmod(index, tree.TILE_WIDTH)
            width = min((size >> 8 * level) - number * tree.TILE_WIDTH, tree.TILE_WIDTH)
            return tree.hash_in(self.tile(level, number, width), inside)

        return tree.node_in_tiles(hash_at)

    def check_tiles(self, size: int) -> None:
        """Check each hash of a level above the first against the tile below it.

        Raises:
            tree.LogError: a tile was altered.
        """
        for level, number, width in tree.tiles_of(size):
            held = self.tile(level, number, width)
            for inside in range(width) if level else ():
                below = number * tree.TILE_WIDTH + inside
                found = tree.tile_root(self.tile(level - 1, below, tree.TILE_WIDTH))
                if tree.hash_in(held, inside) != found:
                    path = tree.tile_path(level - 1, below)
                    why = f"{path} is not what the level above holds of it"
                    raise tree.LogError(why)


class Keys:
    """Whose signatures are asked for."""

    def __init__(self, log: str, witnesses: Sequence[str], quorum: int) -> None:
        self.log = tree.NoteKey.parse(log)
        self.witnesses = [tree.NoteKey.parse(one) for one in witnesses]
        self.quorum = quorum

    def checked(self, note: str) -> tree.Checkpoint:
        """Return a checkpoint that its log signed and enough witnesses saw."""
        return tree.verify_note(note, self.log, self.witnesses, self.quorum)


def check_receipt(receipt: dict[str, Any], keys: Keys) -> dict[str, str | None]:
    """Return the entry that a receipt proves.

    Raises:
        tree.LogError: it proves nothing.
    """
    try:
        index, entry = int(receipt["index"]), cast("dict[str, str | None]", receipt["entry"])
        salt = base64.b64decode(receipt["salt"], validate=True)
        proof = [base64.b64decode(one, validate=True) for one in receipt["inclusion"]]
        note = str(receipt["checkpoint"])
    except (KeyError, TypeError, ValueError):
        raise tree.LogError("not a receipt") from None
    checkpoint = keys.checked(note)
    opened = receipt.get("opened")
    if opened is not None and tree.veil(salt, {**entry, **opened}) != entry:
        why = "what is opened is not what the entry holds"
        raise tree.LogError(why)
    leaf = tree.leaf_hash(tree.leaf_value(salt, entry))
    if tree.included(index, checkpoint.size, leaf, proof) != checkpoint.root:
        why = f"the entry is not leaf {index} of this log"
        raise tree.LogError(why)
    return entry


def check_log(
    folder: Path, keys: Keys, *, since: str = "", entries: Path | None = None
) -> tuple[tree.Checkpoint, list[str], int]:
    """Check a whole log; return its checkpoint, what does not hold of its entries, and how many were erased.

    Args:
        since: an earlier checkpoint, kept by whoever checks or seen elsewhere.
        entries: NDJSON of ``index``, ``salt`` (null where it was erased), ``entry``, ``opened``: an auditor's copy.

    Raises:
        tree.LogError: the log itself does not hold.
    """
    log = Log(folder)
    checkpoint = keys.checked(log.note())
    log.check_tiles(checkpoint.size)
    node_at = log.node_at(checkpoint.size)
    if tree.root(checkpoint.size, node_at) != checkpoint.root:
        why = f"the tiles do not lead to the root of the checkpoint of {checkpoint.size}"
        raise tree.LogError(why)
    if since:
        before = keys.checked(since)
        proof = tree.consistency(before.size, checkpoint.size, node_at)
        tree.consistent(before.size, checkpoint.size, proof, (before.root, checkpoint.root))
    wrong, erased = (
        ([], 0) if entries is None else _wrong_entries(entries, checkpoint.size, node_at)
    )
    return checkpoint, wrong, erased


def _wrong_entries(path: Path, size: int, node_at: tree.NodeAt) -> tuple[list[str], int]:
    """Return what does not hold of an auditor's copy, and how many entries were erased."""
    wrong: list[str] = []
    expected = erased = 0
    with path.open() as lines:
        for line in lines:
            row: dict[str, Any] = json.loads(line)
            index = int(row["index"])
            if index > expected:
                wrong.append(_missing(expected, index - 1))
            elif index < expected:
                wrong.append(f"entry {index} comes twice or out of order")
                continue
            expected = index + 1
            erased += row.get("salt") is None
            if said := _wrong_entry(row, index, size, node_at):
                wrong.append(said)
    if expected < size:
        wrong.append(_missing(expected, size - 1))
    return wrong, erased


def _wrong_entry(row: dict[str, Any], index: int, size: int, node_at: tree.NodeAt) -> str:
    if index >= size:
        return f"entry {index} is beyond the checkpoint"
    if row.get("salt") is None:
        return f"entry {index} is shown without what proves it" if "entry" in row else ""
    return "" if _holds(row, node_at(0, index)) else f"entry {index} is not what was written"


def _missing(first: int, last: int) -> str:
    return (
        f"entry {first} is missing"
        if first == last
        else f"entries {first} to {last} are missing"
    )


def _holds(row: dict[str, Any], hashed: bytes) -> bool:
    try:
        salt = base64.b64decode(row["salt"], validate=True)
        entry = dict(row["entry"])
        opened = tree.veil(salt, {**entry, **row["opened"]})
    except (KeyError, TypeError, ValueError):
        return False
    return opened == entry and tree.leaf_hash(tree.leaf_value(salt, entry)) == hashed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m egide.accesslog.verify", description=__doc__
    )
    parser.add_argument("what", choices=["receipt", "log"])
    parser.add_argument(
        "path", type=Path, help="a receipt (JSON), or a folder of checkpoint and tiles"
    )
    parser.add_argument("--log", required=True, help="the log's key, name+id+base64")
    parser.add_argument("--witness", action="append", default=[], help="a witness's key")
    parser.add_argument(
        "--quorum", type=int, default=None, help="how many must have seen it (all)"
    )
    parser.add_argument("--since", type=Path, help="an earlier checkpoint")
    parser.add_argument("--entries", type=Path, help="an auditor's copy of the entries")
    return parser


def _say(text: str, where: TextIO = sys.stdout) -> None:
    where.write(text + "\n")


def main(words: Sequence[str] | None = None) -> int:
    """Check what is named; return 0 if it holds, 1 if not."""
    given = _parser().parse_args(words)
    try:
        quorum = len(given.witness) if given.quorum is None else given.quorum
        keys = Keys(given.log, given.witness, quorum)
        if given.what == "receipt":
            entry = check_receipt(json.loads(given.path.read_text()), keys)
            _say(json.dumps(entry, indent=1, ensure_ascii=False))
            return 0
        since = given.since.read_text() if given.since else ""
        checkpoint, wrong, erased = check_log(
            given.path, keys, since=since, entries=given.entries
        )
    except (tree.LogError, OSError, ValueError) as error:
        _say(f"NO: {error}", sys.stderr)
        return 1
    for one in wrong:
        _say(f"NO: {one}", sys.stderr)
    if not wrong:
        _say(f"{checkpoint.origin}: {checkpoint.size} entries hold, {erased} of them erased")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
