"""A key is enrolled at the request of the software that holds it, for one establishment of one server."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from egide.access import REQUEST_TYPE, requested_key
from egide.client import FileKey, enrolment_request
from egide.client.key import key_thumbprint, signed
from egide.core.refusal import Refusal

_NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
_ORIGIN = "https://egide.example"
_ESTABLISHMENT = UUID(int=7)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> FileKey:
    return FileKey.create(tmp_path_factory.mktemp("key") / "key.pem")


def _read(request: str, now: datetime = _NOW) -> tuple[str, dict[str, str]]:
    read = requested_key(request, origin=_ORIGIN, establishment_id=_ESTABLISHMENT, now=now)
    return read.thumbprint, read.public


def test_the_key_that_signed_is_the_one_enrolled(key: FileKey) -> None:
    request = enrolment_request(key, origin=_ORIGIN, establishment=_ESTABLISHMENT, now=_NOW)
    assert _read(request) == (key_thumbprint(key), dict(key.jwk))
    pasted = f"  {request[:40]}\n{request[40:]} \n"
    assert _read(pasted, _NOW + timedelta(days=1)) == (key_thumbprint(key), dict(key.jwk))


def test_the_request_of_another_library_is_read() -> None:
    """joserfc writes it, with either kind of key."""
    claims = b'{"aud":"https://egide.example","sub":"%s","iat":%d}'
    payload = claims % (str(_ESTABLISHMENT).encode(), int(_NOW.timestamp()))
    for alg, theirs in (
        ("ES256", ECKey.generate_key("P-256")),
        ("EdDSA", OKPKey.generate_key("Ed25519")),
    ):
        header = {"alg": alg, "typ": REQUEST_TYPE, "jwk": theirs.as_dict(private=False)}
        request = jws.serialize_compact(header, payload, theirs, algorithms=[alg])
        assert _read(request)[0] == theirs.thumbprint()


@pytest.mark.parametrize(
    ("changed", "hint"),
    [
        ({"aud": "https://other.example"}, "un autre serveur"),
        ({"sub": str(uuid4())}, "un autre établissement"),
        ({"sub": "?"}, "Coller en entier"),
        ({"iat": int(_NOW.timestamp()) - 86_401}, "plus d'un jour"),
        ({"iat": int(_NOW.timestamp()) + 31}, "plus d'un jour"),
        ({"iat": None}, "Coller en entier"),
    ],
)  # fmt: skip
def test_a_request_made_for_something_else_is_refused(
    key: FileKey, changed: dict[str, Any], hint: str
) -> None:
    claims = {
        "aud": _ORIGIN,
        "sub": str(_ESTABLISHMENT),
        "iat": int(_NOW.timestamp()),
    } | changed
    request = signed(key, {"typ": REQUEST_TYPE, "jwk": dict(key.jwk)}, claims)
    with pytest.raises(Refusal) as refused:
        _read(request)
    assert hint in refused.value.hint and refused.value.where == "request"


def test_nobody_asks_with_a_key_that_is_not_theirs(key: FileKey, tmp_path: Path) -> None:
    thief = FileKey.create(tmp_path / "thief.pem")
    claims = {"aud": _ORIGIN, "sub": str(_ESTABLISHMENT), "iat": int(_NOW.timestamp())}
    for header in (
        {"typ": REQUEST_TYPE, "jwk": dict(key.jwk)},  # the key of another
        {"typ": "dpop+jwt", "jwk": dict(thief.jwk)},  # a proof seen on the wire
        {"typ": REQUEST_TYPE},
        {"typ": REQUEST_TYPE, "alg": "none", "jwk": dict(thief.jwk)},
        {"typ": REQUEST_TYPE, "jwk": {**thief.jwk, "d": "AA"}},
        {"typ": REQUEST_TYPE, "jwk": {"kty": "oct", "crv": "P-256", "x": "AA", "y": "AA"}},
    ):
        with pytest.raises(Refusal):
            _read(signed(thief, header, claims))


def test_a_key_file_is_its_owners_and_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    made = FileKey.create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        FileKey.create(path)
    assert path.read_bytes() == before
    assert FileKey.open(path).jwk == made.jwk
    path.chmod(0o640)
    with pytest.raises(ValueError, match="chmod 600"):
        FileKey.open(path)
    path.chmod(0o600)
    path.write_text("not a key")
    with pytest.raises(ValueError, match=r"."):
        FileKey.open(path)
