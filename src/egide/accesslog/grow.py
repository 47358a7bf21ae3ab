"""Put entries in the tree, sign what it is, and have witnesses see it: a process of its own, under its own login.

An entry is in the tree, and witnessed, within seconds of its answer. The tree's right edge is read from the database
each time: nothing is kept between two rounds, so a crash loses nothing and two processes do no harm.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from egide import db
from egide.accesslog import sql, tree
from egide.core.refusal import Refusal, RefusalCode

_ROUND: Final = 20_000
_SALT_BYTES: Final = 32
# What a witness answers where the tree that it is shown does not go on from the one it saw.
FORKED: Final = 1 << 62
# A witness, asked to see a checkpoint: (size it last saw, proof, note) to its lines, or the size it has seen instead.
_Found = TypeVar("_Found")
Witness = Callable[[int, Sequence[bytes], str], Awaitable[list[str] | int]]


@dataclass(frozen=True, slots=True)
class LogKey:
    """By which this installation's log signs.

    Args:
        name: its origin, a host name and a path without scheme.
    """

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> tree.NoteKey:
        """Return what whoever checks the log knows of it."""
        return tree.NoteKey(self.name, self.private.public_key().public_bytes_raw())


class _Edge:
    """The tiles that new leaves change, read once each."""

    def __init__(self, tx: db.Tx) -> None:
        self._tx = tx
        self.read: dict[tuple[int, int], bytes] = {}
        self.changed: dict[tuple[int, int], bytes] = {}

    async def tile(self, level: int, number: int) -> bytes:
        key = (level, number)
        if key not in self.read:
            self.read[key] = await sql.tile(self._tx, level, number)
        return self.changed.get(key, self.read[key])

    async def append(self, level: int, first: int, hashes: list[bytes]) -> None:
        """Append hashes to a level, whose tiles that are full become one hash of the level above."""
        above: list[bytes] = []
        number, inside = divmod(first, tree.TILE_WIDTH)
        rest = hashes
        while rest:
            held = (await self.tile(level, number))[: inside * tree.HASH_BYTES]
            taken, rest = rest[: tree.TILE_WIDTH - inside], rest[tree.TILE_WIDTH - inside :]
            whole = held + b"".join(taken)
            self.changed[level, number] = whole
            if len(whole) == tree.TILE_WIDTH * tree.HASH_BYTES:
                above.append(_root_of(whole))
            number, inside = number + 1, 0
        if above:
            await self.append(level + 1, first // tree.TILE_WIDTH, above)


def _root_of(tile: bytes) -> bytes:
    nodes = [tile[at : at + tree.HASH_BYTES] for at in range(0, len(tile), tree.HASH_BYTES)]
    while len(nodes) > 1:
        nodes = [tree.node_hash(*nodes[n : n + 2]) for n in range(0, len(nodes), 2)]
    return nodes[0]


async def grow(pool: db.Pool, key: LogKey) -> int:
    """Put what waits in the tree and sign it, in one transaction; return how many leaves came."""
    async with db.transaction(pool) as tx:
        since, size = await sql.lock_mark(tx)
        is_past = await sql.is_past(tx, since)
        horizon = await sql.horizon(tx)
        rows = await sql.waiting(tx, "0" if is_past else since, _ROUND, is_past=is_past)
        made = [_salted(row["entry"]) for row in rows]
        if rows:
            await sql.add_leaves(tx, size, rows, made)
            edge = _Edge(tx)
            await edge.append(0, size, [tree.leaf_hash(value) for _, value in made])
            await sql.set_tiles(tx, edge.changed)
        mark = rows[-1]["xid"] if len(rows) == _ROUND else horizon
        await sql.move_mark(tx, mark, size + len(rows))
        if rows or await sql.latest(tx) is None:
            reader = Reader(tx, size + len(rows))
            checkpoint = tree.Checkpoint(key.name, reader.size, await reader.root())
            note = tree.sign_checkpoint(checkpoint, key.name, key.private)
            await sql.add_checkpoint(tx, checkpoint.size, note)
    return len(rows)


async def begin(pool: db.Pool, key: LogKey) -> None:
    """Sign an empty tree where nothing was signed yet: a witness that saw more says so before anything grows."""
    async with db.transaction(pool) as tx:
        await sql.lock_mark(tx)
        if await sql.latest(tx) is None:
            empty = tree.Checkpoint(key.name, 0, await Reader(tx, 0).root())
            note = tree.sign_checkpoint(empty, key.name, key.private)
            await sql.add_checkpoint(tx, 0, note)


def _salted(entry: dict[str, str | None]) -> tuple[bytes, bytes]:
    salt = os.urandom(_SALT_BYTES)
    return salt, tree.leaf_value(salt, tree.veil(salt, entry))


class Reader:
    """A tree of one size, read from its tiles as its proofs need them."""

    def __init__(self, tx: db.Tx, size: int) -> None:
        self._tx = tx
        self.size = size
        self._tiles: dict[tuple[int, int], bytes] = {}

    async def root(self) -> bytes:
        """Return the root."""
        return await self._read(lambda node: tree.root(self.size, node))

    async def inclusion(self, index: int) -> list[bytes]:
        """Return the proof that a leaf is there."""
        return await self._read(lambda node: tree.inclusion(index, self.size, node))

    async def consistency(self, old: int) -> list[bytes]:
        """Return the proof that the tree goes on from a smaller one."""
        return await self._read(lambda node: tree.consistency(old, self.size, node))

    async def _read(self, work: Callable[[tree.NodeAt], _Found]) -> _Found:
        """Run a calculation again for each tile that it misses: a few of them, each asked of the database once."""
        while True:
            try:
                return work(tree.node_in_tiles(self._hash_at))
            except _MissingError as missing:
                level, number = missing.args
                self._tiles[level, number] = await sql.tile(self._tx, level, number)

    def _hash_at(self, level: int, index: int) -> bytes:
        number, inside = divmod(index, tree.TILE_WIDTH)
        held = self._tiles.get((level, number))
        if held is None:
            raise _MissingError(level, number)
        return held[inside * tree.HASH_BYTES : (inside + 1) * tree.HASH_BYTES]


class _MissingError(Exception):
    """A tile was not read yet."""


async def have_witnessed(pool: db.Pool, witnesses: dict[str, Witness]) -> int:
    """Have each witness see the last checkpoint; return how many did.

    Raises Refusal: ``log-behind`` where one saw a larger tree: this database was restored too far back, and
    nothing may be signed until what was lost is found.
    """
    async with db.transaction(pool) as tx:
        last = await sql.latest(tx)
        if last is None:
            return 0
        seen = 0
        for name, witness in witnesses.items():
            lines = await _shown_to(tx, last, witness, name)
            for line in lines:
                await sql.add_cosignature(tx, last["size"], line)
            seen += bool(lines)
    return seen


async def _shown_to(tx: db.Tx, last: db.Row, witness: Witness, name: str) -> list[str]:
    size, old = last["size"], last["size"]
    for _ in range(2):
        proof = await Reader(tx, size).consistency(old)
        answer = await witness(old, proof, last["note"])
        if not isinstance(answer, int):
            return answer
        if answer > size or answer == old:
            seen = "d'autres" if answer in {old, FORKED} else answer
            hint = f"{name} a vu {seen} entrées, cette base en a {size}."
            raise Refusal(RefusalCode.LOG_BEHIND, where="log", hint=hint)
        old = answer
    return []
