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
_Found = TypeVar("_Found")
# A witness, asked to see a checkpoint: (size it last saw, proof, note) to its lines, or the size it has seen instead.
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


async def _append(
    tx: db.Tx, level: int, first: int, hashes: list[bytes]
) -> dict[tuple[int, int], bytes]:
    """Return the tiles that hashes appended to a level change, there and above: a full tile is one hash of the next."""
    changed: dict[tuple[int, int], bytes] = {}
    above: list[bytes] = []
    number, inside = divmod(first, tree.TILE_WIDTH)
    held = await sql.tile(tx, level, number) if inside else b""
    rest = hashes
    while rest:
        taken, rest = rest[: tree.TILE_WIDTH - inside], rest[tree.TILE_WIDTH - inside :]
        whole = held + b"".join(taken)
        changed[level, number] = whole
        if len(whole) == tree.TILE_WIDTH * tree.HASH_BYTES:
            above.append(tree.tile_root(whole))
        number, inside, held = number + 1, 0, b""
    if above:
        changed |= await _append(tx, level + 1, first // tree.TILE_WIDTH, above)
    return changed


async def grow(pool: db.Pool, key: LogKey) -> int:
    """Put what waits in the tree and sign it, in one transaction; return how many leaves came."""
    async with db.statement(pool) as tx:
        await sql.log_left(tx)
    async with db.transaction(pool) as tx:
        since, size = await sql.lock_mark(tx)
        is_past = await sql.is_past(tx, since)
        horizon = await sql.horizon(tx)
        rows = await sql.waiting(tx, "0" if is_past else since, _ROUND, is_past=is_past)
        made = [_salted(row.entry) for row in rows]
        if rows:
            await sql.add_leaves(tx, size, rows, made)
            hashes = [tree.leaf_hash(value) for _, value in made]
            await sql.set_tiles(tx, await _append(tx, 0, size, hashes))
        mark = rows[-1].xid if len(rows) == _ROUND else horizon
        await sql.move_mark(tx, mark, size + len(rows))
        if rows or await sql.latest(tx) is None:
            await _sign(tx, key, size + len(rows))
    return len(rows)


async def meet(pool: db.Pool, key: LogKey, witnesses: dict[str, Witness]) -> bool:
    """Show the witnesses what this database holds before more is signed; True if one answered, or none is named.

    Raises Refusal: ``log-behind`` where one saw more: every flow is shut first, since nobody could prove what would be
        answered.
    """
    await _begin(pool, key)
    try:
        return bool(await have_witnessed(pool, witnesses)) or not witnesses
    except Refusal as refusal:
        if refusal.code is RefusalCode.LOG_BEHIND:
            async with db.transaction(pool) as tx:
                await sql.shut_behind_witness(tx, f"log-behind: {refusal.hint}")
        raise


async def _begin(pool: db.Pool, key: LogKey) -> None:
    """Sign an empty tree where nothing was signed yet: a witness that saw more says so before anything grows."""
    async with db.transaction(pool) as tx:
        await sql.lock_mark(tx)
        if await sql.latest(tx) is None:
            await _sign(tx, key, 0)


async def _sign(tx: db.Tx, key: LogKey, size: int) -> None:
    checkpoint = tree.Checkpoint(key.name, size, await Reader(tx, size).root())
    await sql.add_checkpoint(tx, size, tree.sign_checkpoint(checkpoint, key.name, key.private))


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
        return tree.hash_in(held, inside)


class _MissingError(Exception):
    """A tile was not read yet."""


async def have_witnessed(pool: db.Pool, witnesses: dict[str, Witness]) -> int:
    """Have each witness see the last checkpoint; return how many did.

    Raises Refusal: ``log-behind`` where one saw a larger tree (of the ``log``) or another (of the ``tree``): this
    database was restored too far back, and nothing may be signed until what was lost is found.
    """
    async with db.statement(pool) as tx:
        last = await sql.latest(tx)
    if last is None:
        return 0
    seen = 0
    for name, witness in witnesses.items():
        # No transaction is open while a witness answers: one would hold back the entries after it.
        lines = await _shown_to(pool, last, witness, name)
        async with db.statement(pool) as tx:
            for line in lines:
                await sql.add_cosignature(tx, last.size, line)
        seen += bool(lines)
    return seen


async def _shown_to(
    pool: db.Pool, last: sql.Checkpoint, witness: Witness, name: str
) -> list[str]:
    size, old = last.size, last.size
    for _ in range(2):
        async with db.transaction(pool) as tx:
            proof = await Reader(tx, size).consistency(old)
        answer = await witness(old, proof, last.note)
        if not isinstance(answer, int):
            return answer
        if answer > size or answer == old:
            is_other = answer in {old, FORKED}
            seen = "d'autres" if is_other else answer
            hint = f"{name} a vu {seen} entrées, cette base en a {size}."
            where = "tree" if is_other else "log"
            raise Refusal(RefusalCode.LOG_BEHIND, where=where, hint=hint)
        old = answer
    return []
