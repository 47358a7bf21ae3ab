"""The NIR and its key: Corsica, provisional numbers, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egide.core.nir import Nir, nir_key
from egide.core.refusal import Refusal

bodies = st.from_regex(
    r"[123478]\d\d(0[1-9]|1[0-2]|2\d|3\d|4[0-2]|[5-9]\d)(\d\d|2[AB])\d{6}", fullmatch=True
).filter(str.isascii)


@given(bodies)
def test_a_number_with_its_key_is_read(body: str) -> None:
    nir = Nir.parse(f"{body}{nir_key(body):02d}")
    assert nir.body == body
    assert nir.is_provisional == (body[0] in "3478")


@given(bodies, st.integers(1, 97))
def test_any_other_key_is_refused(body: str, key: int) -> None:
    if key != nir_key(body):
        with pytest.raises(Refusal):
            Nir.parse(f"{body}{key:02d}")


@pytest.mark.parametrize(("department", "counted"), [("2A", "19"), ("2B", "18")])
def test_corsica_counts_19_and_18(department: str, counted: str) -> None:
    digits = f"18003{department}073004"
    key = 97 - int(digits.replace(department, counted)) % 97
    assert Nir.parse(f"{digits}{key:02d}").key == key


@pytest.mark.parametrize(
    "text",
    ["", "1", "980035912345678", "180135912345678", "1800359123456AA", "١٨٠٠٣٥٩١٢٣٤٥٦٧٨"],
    ids=["empty", "short", "first digit 9", "month 13", "letters", "Arabic digits"],
)
def test_what_is_no_number_is_refused_without_an_echo(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        Nir.parse(text)
    assert refused.value.code == "nir-invalid"
    assert not text or text not in str(refused.value)


def test_it_never_prints_itself() -> None:
    body = "1800359123456"
    nir = Nir.parse(f"{body}{nir_key(body):02d}")
    assert body not in repr(nir)
    assert body not in f"{nir}"
