"""A transparency log's arithmetic: hashes, proofs, tiles, signed checkpoints. It imports nothing of the product.

Whoever doubts the log reads this file and ``verify.py``, and needs no other of ours.

Source: RFC 9162, section 2 (Merkle tree); C2SP tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

HASH_BYTES: Final = 32
TILE_WIDTH: Final = 256
_TILE_BITS: Final = 8
VEILED: Final = ("person", "address")
_LEAF, _NODE = b"\0", b"\1"
_SIGNATURE, _COSIGNATURE = b"\x01", b"\x04"  # signed-note's kinds of Ed25519 keys
_LINES: Final = 3  # a checkpoint of ours has no extension
_KEY_ID_BYTES: Final = 4
_DASH: Final = "\u2014 "


class LogError(Exception):
    """What a log shows does not hold; the message names the place."""


def canonical(entry: Mapping[str, str | None]) -> bytes:
    """Return the one spelling of an entry: JSON, keys in order, no space, UTF-8."""
    text = json.dumps(dict(entry), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def veil(salt: bytes, entry: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return an entry whose numbers of persons are hidden, each by a hash of its own.

    What an establishment keeps of its answers tells it nothing that it may compare with another's.
    """
    hidden: dict[str, str | None] = {}
    for name in VEILED:
        value = entry.get(name)
        text = None if value is None else f"{name}\0{value}".encode()
        hidden[name] = None if text is None else hashlib.sha256(salt + text).hexdigest()
    return {**entry, **hidden}


def leaf_value(salt: bytes, entry: Mapping[str, str | None]) -> bytes:
    """Return what the tree holds of a veiled entry: nothing can be told from it without the salt."""
    return hashlib.sha256(salt + canonical(entry)).digest()


def leaf_hash(value: bytes) -> bytes:
    """Return the hash of a leaf (RFC 9162, section 2.1.1)."""
    return hashlib.sha256(_LEAF + value).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node (RFC 9162, section 2.1.1)."""
    return hashlib.sha256(_NODE + left + right).digest()


# The hash of 2**level leaves that begin at index * 2**level.
NodeAt = Callable[[int, int], bytes]


def _split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def range_hash(start: int, size: int, node_at: NodeAt) -> bytes:
    """Return the hash of ``size`` leaves from ``start``, which is a multiple of the next power of two."""
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node_at(level, start >> level)
    left = _split(size)
    return node_hash(
        range_hash(start, left, node_at), range_hash(start + left, size - left, node_at)
    )


def root(size: int, node_at: NodeAt) -> bytes:
    """Return the hash of a whole tree."""
    return range_hash(0, size, node_at) if size else hashlib.sha256(b"").digest()


def inclusion(index: int, size: int, node_at: NodeAt) -> list[bytes]:
    """Return the proof that a leaf is in a tree (RFC 9162, section 2.1.3.1)."""
    proof: list[bytes] = []
    start, inside = 0, index
    while size > 1:
        left = _split(size)
        if inside < left:
            proof.append(range_hash(start + left, size - left, node_at))
            size = left
        else:
            proof.append(range_hash(start, left, node_at))
            start, inside, size = start + left, inside - left, size - left
    return proof[::-1]


def included(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to (RFC 9162, section 2.1.3.2).

    Raises:
        LogError: the proof is not of that index and size.
    """
    if not 0 <= index < size:
        why = f"leaf {index} is not in a tree of {size}"
        raise LogError(why)
    position, last, found = index, size - 1, leaf
    for one in proof:
        if last == 0:
            raise LogError("the inclusion proof is too long")
        if position & 1 or position == last:
            found = node_hash(one, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node_hash(found, one)
        position, last = position >> 1, last >> 1
    if last:
        raise LogError("the inclusion proof is too short")
    return found


def consistency(old: int, size: int, node_at: NodeAt) -> list[bytes]:
    """Return the proof that a tree goes on from a smaller one (RFC 9162, section 2.1.4.1)."""
    if old in {0, size}:
        return []
    proof: list[bytes] = []
    start, is_whole = 0, True
    while old != size:
        left = _split(size)
        if old <= left:
            proof.append(range_hash(start + left, size - left, node_at))
            size = left
        else:
            proof.append(range_hash(start, left, node_at))
            start, old, size, is_whole = start + left, old - left, size - left, False
    if not is_whole:
        proof.append(range_hash(start, size, node_at))
    return proof[::-1]


def consistent(old: int, size: int, proof: Sequence[bytes], roots: tuple[bytes, bytes]) -> None:
    """Check that a tree goes on from a smaller one (RFC 9162, section 2.1.4.2).

    Args:
        roots: of the smaller tree, of the larger.

    Raises:
        LogError: it does not: something was altered, taken away or put in another order.
    """
    before, after = roots
    if not 0 <= old <= size:
        why = f"a tree of {size} does not go on from one of {old}"
        raise LogError(why)
    if old in {0, size}:
        if proof or (old == size and before != after):
            why = f"two trees of {old} leaves have not the same root"
            raise LogError(why)
        return
    path = [before, *proof] if old & (old - 1) == 0 else list(proof)
    position, last = old - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    if not path:
        raise LogError("the consistency proof is empty")
    first = second = path[0]
    for one in path[1:]:
        if last == 0:
            raise LogError("the consistency proof is too long")
        if position & 1 or position == last:
            first, second = node_hash(one, first), node_hash(one, second)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            second = node_hash(second, one)
        position, last = position >> 1, last >> 1
    if last or first != before or second != after:
        why = f"the tree of {size} leaves does not go on from that of {old}"
        raise LogError(why)


def tile_path(level: int | str, number: int, width: int = TILE_WIDTH) -> str:
    """Return where a tile stands, ``level`` being ``entries`` for the leaves themselves."""
    groups: list[str] = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03d}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def tiles_of(size: int) -> Iterable[tuple[int, int, int]]:
    """Yield level, number and width of each tile of hashes of a tree."""
    level, width = 0, size
    while width:
        for number in range(width // TILE_WIDTH):
            yield level, number, TILE_WIDTH
        if width % TILE_WIDTH:
            yield level, width // TILE_WIDTH, width % TILE_WIDTH
        level, width = level + 1, width >> _TILE_BITS


def hash_in(tile: bytes, inside: int) -> bytes:
    """Return one of the hashes that a tile holds."""
    return tile[inside * HASH_BYTES : (inside + 1) * HASH_BYTES]


def tile_root(tile: bytes) -> bytes:
    """Return the hash of a whole tile: what the level above holds of it."""
    return _whole([hash_in(tile, inside) for inside in range(TILE_WIDTH)])


def _whole(nodes: list[bytes]) -> bytes:
    """Return the hash over nodes, whose number is a power of two."""
    while len(nodes) > 1:
        nodes = [node_hash(*nodes[n : n + 2]) for n in range(0, len(nodes), 2)]
    return nodes[0]


def node_in_tiles(hash_at: NodeAt) -> NodeAt:
    """Return how to read any node from tiles, given how to read the hashes that tiles hold.

    Args:
        hash_at: the hash at a tile's level (not the tree's) and an index of that level.
    """

    def node_at(level: int, index: int) -> bytes:
        tile_level, above = divmod(level, _TILE_BITS)
        return _whole([hash_at(tile_level, (index << above) + n) for n in range(1 << above)])

    return node_at


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says it is at a size."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Return the note's text, its last newline included."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_id(name: str, public: bytes, kind: bytes = _SIGNATURE) -> bytes:
    """Return the four bytes by which a signature names its key."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:_KEY_ID_BYTES]


def _line(name: str, identifier: bytes, signature: bytes) -> str:
    return f"{_DASH}{name} {base64.b64encode(identifier + signature).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey) -> str:
    """Return a checkpoint as a note signed by its log."""
    identifier = key_id(name, key.public_key().public_bytes_raw())
    return f"{checkpoint.text}\n{_line(name, identifier, key.sign(checkpoint.text.encode()))}"


def cosign(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey, seconds: int) -> str:
    """Return a witness's line: it saw this checkpoint at an instant, and none that contradicts it."""
    message = f"cosignature/v1\ntime {seconds}\n{checkpoint.text}".encode()
    identifier = key_id(name, key.public_key().public_bytes_raw(), _COSIGNATURE)
    return _line(name, identifier, seconds.to_bytes(8, "big") + key.sign(message))


def read_note(note: str) -> tuple[Checkpoint, list[tuple[str, bytes]]]:
    """Read a note: its checkpoint, and its signatures by name, none of them checked yet.

    Raises:
        LogError: it is none.
    """
    text, found, rest = note.rpartition("\n\n")
    lines = text.split("\n")
    try:
        origin, size, hashed = (
            lines[0],
            int(lines[1]),
            base64.b64decode(lines[2], validate=True),
        )
    except (IndexError, ValueError, binascii.Error):
        raise LogError("not a checkpoint") from None
    if (
        len(lines) != _LINES
        or not found
        or not origin
        or str(size) != lines[1]
        or size < 0
        or len(hashed) != HASH_BYTES
    ):
        raise LogError("not a checkpoint")
    signatures: list[tuple[str, bytes]] = []
    for line in rest.splitlines():
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            raise LogError("a signature is not base64") from None
        if not line.startswith(_DASH) or not space or len(raw) <= _KEY_ID_BYTES:
            raise LogError("not a signature line")
        signatures.append((name, raw))
    return Checkpoint(origin, size, hashed), signatures


def verify_note(
    note: str, log: "NoteKey", witnesses: Sequence["NoteKey"], quorum: int
) -> Checkpoint:
    """Check that a checkpoint is a log's own, and that enough witnesses saw it.

    Raises:
        LogError: a signature is missing or false.
    """
    checkpoint, signatures = read_note(note)
    if checkpoint.origin != log.name or not any(
        log.signed(checkpoint, *one) for one in signatures
    ):
        why = f"no signature of {log.name}"
        raise LogError(why)
    seen = [
        one for one in witnesses if any(one.cosigned(checkpoint, *each) for each in signatures)
    ]
    if len({one.public for one in seen}) < quorum:
        why = f"{len(seen)} cosignatures, {quorum} are needed"
        raise LogError(why)
    return checkpoint


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A log's or a witness's name and public key."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "NoteKey":
        """Read ``name+id+base64``, the public key as signed-note writes it.

        Raises:
            LogError: it is none.
        """
        name, _, rest = text.strip().partition("+")
        identifier, _, encoded = rest.partition("+")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            why = f"not a key: {text}"
            raise LogError(why) from None
        public = raw[1:]
        if raw[:1] not in {_SIGNATURE, _COSIGNATURE} or len(public) != HASH_BYTES:
            why = f"not an Ed25519 key: {text}"
            raise LogError(why)
        if key_id(name, public, raw[:1]).hex() != identifier:
            why = f"the key is not the one it names: {text}"
            raise LogError(why)
        return cls(name, public)

    def text(self, *, is_witness: bool = False) -> str:
        """Return the key as signed-note writes it."""
        kind = _COSIGNATURE if is_witness else _SIGNATURE
        encoded = base64.b64encode(kind + self.public).decode()
        return f"{self.name}+{key_id(self.name, self.public, kind).hex()}+{encoded}"

    def signed(self, checkpoint: Checkpoint, name: str, raw: bytes) -> bool:
        """Tell whether a signature of a note is this log's."""
        if name != self.name or raw[:_KEY_ID_BYTES] != key_id(name, self.public):
            return False
        return self._holds(raw[_KEY_ID_BYTES:], checkpoint.text.encode())

    def cosigned(self, checkpoint: Checkpoint, name: str, raw: bytes) -> bool:
        """Tell whether a signature of a note is this witness's."""
        if name != self.name or raw[:_KEY_ID_BYTES] != key_id(name, self.public, _COSIGNATURE):
            return False
        seconds = int.from_bytes(raw[_KEY_ID_BYTES : _KEY_ID_BYTES + 8], "big")
        message = f"cosignature/v1\ntime {seconds}\n{checkpoint.text}".encode()
        return self._holds(raw[_KEY_ID_BYTES + 8 :], message)

    def _holds(self, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True
