"""The tree's arithmetic against the definitions of RFC 9162, written again in the plainest way."""

import base64
import hashlib
import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from egide.accesslog import tree
from egide.accesslog.tree import Checkpoint, LogError, NoteKey


def _mth(leaves: list[bytes]) -> bytes:
    """Return the root as section 2.1.1 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + _mth(leaves[:k]) + _mth(leaves[k:])).digest()


def _path(m: int, leaves: list[bytes]) -> list[bytes]:
    """Return an inclusion proof as section 2.1.3.1 defines it."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*_path(m, leaves[:k]), _mth(leaves[k:])]
    return [*_path(m - k, leaves[k:]), _mth(leaves[:k])]


def _subproof(m: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """Return a consistency proof as section 2.1.4.1 defines it."""
    if m == len(leaves):
        return [] if whole else [_mth(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*_subproof(m, leaves[:k], whole=whole), _mth(leaves[k:])]
    return [*_subproof(m - k, leaves[k:], whole=False), _mth(leaves[:k])]


def _nodes(leaves: list[bytes]) -> tree.NodeAt:
    hashes = [tree.leaf_hash(one) for one in leaves]

    def node_at(level: int, index: int) -> bytes:
        if level == 0:
            return hashes[index]
        return tree.node_hash(node_at(level - 1, 2 * index), node_at(level - 1, 2 * index + 1))

    return node_at


def _leaves(count: int) -> list[bytes]:
    return [bytes([one % 256]) * (one % 5) for one in range(count)]


def test_the_roots_are_those_of_known_logs() -> None:
    # The test vectors of the Certificate Transparency project, used by every implementation since.
    leaves = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
    known = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    for size, root in known.items():
        assert tree.root(size, _nodes(leaves[:size])).hex() == root


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 33])
def test_every_proof_of_small_trees_is_the_rfcs_own(size: int) -> None:
    leaves = _leaves(size)
    node_at, root = _nodes(leaves), _mth(leaves)
    for index in range(size):
        proof = tree.inclusion(index, size, node_at)
        assert proof == _path(index, leaves)
        assert tree.included(index, size, tree.leaf_hash(leaves[index]), proof) == root
    for old in range(size + 1):
        proof = tree.consistency(old, size, node_at)
        if old:
            assert proof == _subproof(old, leaves, whole=True)
        tree.consistent(old, size, proof, (_mth(leaves[:old]), root))


@given(st.integers(1, 400), st.data())
def test_no_other_leaf_index_or_proof_passes(size: int, data: st.DataObject) -> None:
    leaves = _leaves(size)
    node_at, root = _nodes(leaves), _mth(leaves)
    index = data.draw(st.integers(0, size - 1))
    leaf, proof = tree.leaf_hash(leaves[index]), tree.inclusion(index, size, node_at)

    def leads(at: int, of: int, path: list[bytes], hashed: bytes = leaf) -> bool:
        try:
            return tree.included(at, of, hashed, path) == root
        except LogError:
            return False

    assert leads(index, size, proof)
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert not leads(other, size, proof)
    assert not leads(index, size, [*proof, root])
    assert not leads(index, size, proof, tree.leaf_hash(b"forged"))
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        assert not leads(index, size, [*proof[:at], bytes(32), *proof[at + 1 :]])
        assert not leads(index, size, proof[:-1])
    assert not leads(size, size, proof)


@given(st.integers(2, 400), st.data())
def test_a_tree_that_was_rewritten_goes_on_from_none_before(
    size: int, data: st.DataObject
) -> None:
    leaves = _leaves(size)
    old = data.draw(st.integers(1, size))
    altered = data.draw(st.integers(0, old - 1))
    before = _mth(leaves[:old])
    forged = [*leaves[:altered], b"forged", *leaves[altered + 1 :]]
    proof = tree.consistency(old, size, _nodes(forged))
    with pytest.raises(LogError):
        tree.consistent(old, size, proof, (before, _mth(forged)))
    honest = tree.consistency(old, size, _nodes(leaves))
    tree.consistent(old, size, honest, (before, _mth(leaves)))
    if honest:
        with pytest.raises(LogError):
            tree.consistent(old, size, honest[:-1], (before, _mth(leaves)))
        with pytest.raises(LogError):
            tree.consistent(old, size, [*honest, before], (before, _mth(leaves)))


@given(st.integers(0, 70_000))
def test_the_tiles_of_a_size_hold_each_hash_once(size: int) -> None:
    held: dict[int, int] = {}
    for level, number, width in tree.tiles_of(size):
        assert number * 256 == held.get(level, 0)
        held[level] = number * 256 + width
    assert held == {level: size >> 8 * level for level in range(3) if size >> 8 * level}


def test_tiles_stand_where_the_specification_says() -> None:
    # C2SP tlog-tiles: the examples of its text.
    assert tree.tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tree.tile_path(1, 0, 1) == "tile/1/000.p/1"
    assert tree.tile_path("entries", 1, 6) == "tile/entries/001.p/6"


def test_a_nodes_hash_is_read_from_tiles_of_any_level() -> None:
    leaves = [random.Random(1).randbytes(8) for _ in range(1000)]
    node_at = _nodes(leaves)
    in_tiles = tree.node_in_tiles(lambda level, index: node_at(8 * level, index))
    assert tree.root(1000, in_tiles) == _mth(leaves)
    assert tree.inclusion(777, 1000, in_tiles) == _path(777, leaves)


def test_a_checkpoint_is_signed_and_cosigned_as_c2sp_says() -> None:
    log_key, witness_key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    log = NoteKey("example.com/log", log_key.public_key().public_bytes_raw())
    witness = NoteKey("witness.example", witness_key.public_key().public_bytes_raw())
    checkpoint = Checkpoint(log.name, 20_852_163, bytes(range(32)))
    note = tree.sign_checkpoint(checkpoint, log.name, log_key)
    body, _, lines = note.partition("\n\n")
    root = base64.b64encode(bytes(range(32))).decode()
    assert body == f"example.com/log\n20852163\n{root}"
    dash, name, encoded = lines.split(" ")
    raw = base64.b64decode(encoded)
    assert (dash, name, len(raw)) == ("—", log.name, 4 + 64)
    assert raw[:4] == hashlib.sha256(b"example.com/log\n\x01" + log.public).digest()[:4]
    log_key.public_key().verify(raw[4:], f"{body}\n".encode())
    cosigned = note + tree.cosign(checkpoint, witness.name, witness_key, 1_679_315_147)
    raw = base64.b64decode(cosigned.splitlines()[-1].split(" ")[2])
    assert raw[:4] == hashlib.sha256(b"witness.example\n\x04" + witness.public).digest()[:4]
    assert int.from_bytes(raw[4:12], "big") == 1_679_315_147
    said = f"cosignature/v1\ntime 1679315147\n{body}\n"
    witness_key.public_key().verify(raw[12:], said.encode())
    assert tree.verify_note(cosigned, log, [witness], 1) == checkpoint
    for wrong, quorum in ((note, 1), (cosigned.replace("20852163", "20852164"), 0)):
        with pytest.raises(LogError):
            tree.verify_note(wrong, log, [witness], quorum)
    with pytest.raises(LogError):  # twice the same witness is one
        tree.verify_note(cosigned, log, [witness, witness], 2)
    for key, is_witness in ((log, False), (witness, True)):
        assert NoteKey.parse(key.text(is_witness=is_witness)) == key


@pytest.mark.parametrize("text", ["", "a", "o\n1\n\n", "o\n01\nAAAA\n\n", "o\n-1\n" + "A" * 43 + "=\n\n"])  # fmt: skip
def test_what_is_no_checkpoint_is_none(text: str) -> None:
    with pytest.raises(LogError):
        tree.read_note(text)


@pytest.mark.parametrize("text", ["", "a+b", "name+00000000+AAAA", "name+00000000+" + "A" * 44])
def test_what_is_no_key_is_none(text: str) -> None:
    with pytest.raises(LogError):
        NoteKey.parse(text)


def test_one_entry_has_one_spelling_and_nothing_shows_without_its_salt() -> None:
    entry = {"b": "é", "a": None}
    assert tree.canonical(entry) == '{"a":null,"b":"é"}'.encode()
    assert tree.canonical(dict(reversed(entry.items()))) == tree.canonical(entry)
    salts = (b"s" * 32, b"t" * 32)
    assert len({tree.leaf_value(salt, entry) for salt in salts}) == 2
