"""Sealing, addresses and the key ring."""

import hashlib
import hmac
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from egide.core.identifiers import AmcNumber, BirthDate, MemberNumber
from egide.core.nir import Nir, nir_key
from egide.vault import Addresses, KeyRing, Sealed, Sealer

_RING = KeyRing(
    {
        name: bytes([n]) * 32
        for n, name in enumerate(("wrapping", "addresses", "tokens", "engagements"))
    }
)


@given(st.binary(max_size=500), st.binary(max_size=32))
def test_what_is_sealed_is_unsealed_by_its_owner_alone(text: bytes, owner: bytes) -> None:
    sealer = Sealer(_RING)
    packed = sealer.pack(text, owner)
    assert sealer.unpack(packed, owner) == text
    assert len(text) < 8 or text not in packed
    with pytest.raises(InvalidTag):
        sealer.unpack(packed, owner + b"x")


def test_a_changed_text_or_key_is_seen() -> None:
    sealer = Sealer(_RING)
    sealed = sealer.seal(b"identity", b"owner")
    for broken in (
        Sealed(sealed.text[:-1] + bytes([sealed.text[-1] ^ 1]), sealed.wrapped_key),
        Sealed(sealed.text, sealer.seal(b"other", b"owner").wrapped_key),
    ):
        with pytest.raises(InvalidTag):
            sealer.unseal(broken, b"owner")


def test_two_seals_of_one_text_differ() -> None:
    sealer = Sealer(_RING)
    assert sealer.seal(b"same", b"o").text != sealer.seal(b"same", b"o").text


@given(st.binary(max_size=300))
def test_the_address_digest_is_the_standard_hmac(message: bytes) -> None:
    expected = hmac.new(_RING.address_key, message, hashlib.sha256).digest()
    assert Addresses(_RING).digest(message) == expected


def test_each_part_of_what_is_typed_changes_the_address() -> None:
    addresses = Addresses(_RING)
    amc, member, birth = (
        AmcNumber.parse("775671993"),
        MemberNumber.parse("1"),
        BirthDate.parse("19800214"),
    )
    body = "1800359123456"
    nir = Nir.parse(f"{body}{nir_key(body):02d}")
    seen = {
        addresses.member(amc, member, birth, 1),
        addresses.member(AmcNumber.parse("775671994"), member, birth, 1),
        addresses.member(amc, MemberNumber.parse("2"), birth, 1),
        addresses.member(amc, member, BirthDate.parse("19800215"), 1),
        addresses.member(amc, member, birth, 2),
        addresses.nir(nir, birth, 1),
        addresses.nir(nir, birth, 2),
        addresses.card(UUID(int=1)),
        addresses.person(amc, "1"),
    }
    assert len(seen) == 9


def test_the_ring_is_made_once_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "keyring.json"
    first, second = KeyRing.open(path), KeyRing.open(path)
    assert first.address_key == second.address_key
    assert path.stat().st_mode & 0o077 == 0
    assert "d" not in first.tokens.public_jwk()
