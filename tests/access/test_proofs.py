"""Tokens and proofs against RFC 9449, with joserfc as the other side."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey

from conftest import now
from egide.access import Caller, Issuer, Nonces, Scope, jose
from egide.access.dpop import verify_proof
from egide.core.ids import EstablishmentId, uuid7
from egide.core.refusal import Refusal
from egide.vault import SignerKey

_URL = "https://egide.test/fhir/Claim/$submit"
_TOKEN = "token"
_ATH = base64.urlsafe_b64encode(hashlib.sha256(_TOKEN.encode()).digest()).rstrip(b"=").decode()


def _proof(
    key: Any, *, alg: str = "ES256", header: dict[str, Any] | None = None, **claims: Any
) -> str:
    public = key.as_dict(private=False)
    head = {
        "typ": "dpop+jwt",
        "alg": alg,
        "jwk": {k: public[k] for k in ("kty", "crv", "x", "y") if k in public},
    }
    body = {
        "jti": "a" * 16,
        "htm": "POST",
        "htu": _URL,
        "iat": int(now().timestamp()),
        "ath": _ATH,
    }
    return jwt.encode(head | (header or {}), body | claims, key, algorithms=[alg])


def _verify(proof: str) -> tuple[str, str]:
    return verify_proof(proof, method="POST", url=_URL, token=_TOKEN, now=now())


@pytest.mark.parametrize(
    ("key", "alg"),
    [(ECKey.generate_key("P-256"), "ES256"), (OKPKey.generate_key("Ed25519"), "EdDSA")],
)
def test_a_third_partys_proof_is_read_with_its_thumbprint(key: Any, alg: str) -> None:
    thumbprint, jti = _verify(_proof(key, alg=alg))
    assert thumbprint == key.thumbprint()
    assert jti == "a" * 16


def test_the_thumbprint_of_the_rfc() -> None:
    # RFC 9449, section 4.1 and 6.1: the example key and its thumbprint.
    key = jose.Jwk(
        kty="EC",
        crv="P-256",
        x="l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        y="9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    )
    assert jose.thumbprint(key) == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


@pytest.mark.parametrize(
    "spelling",
    [
        "https://EGIDE.test/fhir/Claim/$submit",
        "https://egide.test:443/fhir/Claim/$submit",
        "HTTPS://egide.test/fhir/Claim/%24submit",
        "https://egide.test/fhir/Claim/$submit?a=b#c",
    ],
)
def test_an_address_spelt_otherwise_is_the_same_address(spelling: str) -> None:
    assert _verify(_proof(ECKey.generate_key("P-256"), htu=spelling))[1] == "a" * 16


@pytest.mark.parametrize(
    ("claims", "where"),
    [
        ({"htm": "GET"}, "DPoP.htm"),
        ({"htu": "https://thief.test/fhir/Claim/$submit"}, "DPoP.htu"),
        ({"htu": "http://egide.test/fhir/Claim/$submit"}, "DPoP.htu"),
        ({"htu": "https://egide.test:8443/fhir/Claim/$submit"}, "DPoP.htu"),
        ({"htu": "https://egide.test@thief.test/fhir/Claim/$submit"}, "DPoP.htu"),
        ({"htu": "https://egide.test/fhir/claim/$submit"}, "DPoP.htu"),
        ({"htu": "https://[egide/fhir"}, "DPoP.htu"),
        ({"htu": ""}, "DPoP.htu"),
        ({"iat": int(now().timestamp()) - 400}, "DPoP.iat"),
        ({"iat": int(now().timestamp()) + 3_600}, "DPoP.iat"),
        ({"ath": "AAAA"}, "DPoP.ath"),
        ({"jti": ""}, "DPoP.jti"),
        ({"jti": "x" * 500}, "DPoP.jti"),
    ],
)
def test_a_proof_of_another_call_is_refused(claims: dict[str, Any], where: str) -> None:
    with pytest.raises(Refusal) as refused:
        _verify(_proof(ECKey.generate_key("P-256"), **claims))
    assert (refused.value.code, refused.value.where) == ("proof-invalid", where)


def test_a_nonce_is_good_for_minutes_and_for_its_installation() -> None:
    nonces, moment = Nonces(b"k" * 32), now().replace(second=0, microsecond=0)
    nonce = nonces.current(moment)
    assert Nonces(b"k" * 32).holds(nonce, moment + timedelta(seconds=179))
    assert not nonces.holds(nonce, moment + timedelta(seconds=180))
    assert not nonces.holds(nonce, moment - timedelta(seconds=1))
    assert not Nonces(b"l" * 32).holds(nonce, moment)
    assert not nonces.holds("", moment)
    assert not nonces.holds("é", moment)


def _tampered() -> dict[str, str]:
    key = ECKey.generate_key("P-256")
    good = _proof(key)
    head, body, signature = good.split(".")
    none = base64.urlsafe_b64encode(b'{"typ":"dpop+jwt","alg":"none"}').rstrip(b"=").decode()
    other = _proof(ECKey.generate_key("P-256"))
    private = key.as_dict(private=True)
    leaked = _proof(key, header={"jwk": {k: private[k] for k in ("kty", "crv", "x", "y", "d")}})
    return {
        "another key's signature": f"{head}.{body}.{other.split('.')[2]}",
        "no signature": f"{head}.{body}.",
        "alg none": f"{none}.{body}.",
        "cut signature": f"{head}.{body}.{signature[:-8]}",
        "two parts": f"{head}.{body}",
        "not base64": f"{head}.{body}.***",
        "not ASCII": f"{head}.{body}.é",
        "empty": "",
        "another type": _proof(key, header={"typ": "JWT"}),
        "a private key shown": leaked,
        "key off its curve": _proof(
            key, header={"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}
        ),
        "HMAC by the public key": jwt.encode(
            {"typ": "dpop+jwt", "alg": "HS256"}, {"jti": "a" * 16}, _oct(), algorithms=["HS256"]
        ),
    }


def _oct() -> Any:

    return OctKey.import_key("0" * 32)


@pytest.mark.parametrize("name", list(_tampered()))
def test_a_tampered_proof_is_refused(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        _verify(_tampered()[name])
    assert refused.value.code == "proof-invalid"


def _issuer(name: str = "https://egide.test") -> Issuer:
    return Issuer(SignerKey(_KEY, "tokens-1"), name)


_KEY = Ed25519PrivateKey.generate()
_CALLER = Caller(
    establishment_id=EstablishmentId(uuid7(now())),
    software_id=uuid7(now()),
    thumbprint="t" * 43,
    scopes=frozenset({Scope.RIGHTS_ASK}),
)


def test_a_token_is_read_by_any_of_our_processes_until_it_expires() -> None:
    token = _issuer().issue(_CALLER, now())
    assert _issuer().read(token, now()) == _CALLER
    reader = _issuer()
    assert reader.read(token, now()) == _CALLER  # from its cache too
    with pytest.raises(Refusal):
        reader.read(token, now() + timedelta(seconds=301))


def test_a_third_party_reads_our_token_by_our_published_key() -> None:
    token = _issuer().issue(_CALLER, now())
    public = OKPKey.import_key(dict(SignerKey(_KEY, "tokens-1").public_jwk()))
    decoded = jwt.decode(token, public, algorithms=["EdDSA"])
    assert decoded.claims["cnf"] == {"jkt": "t" * 43}
    assert decoded.header["typ"] == "at+jwt"


def test_a_token_of_another_issuer_type_or_key_is_refused() -> None:
    foreign = Issuer(SignerKey(Ed25519PrivateKey.generate(), "tokens-1"), "https://egide.test")
    claims = msgspec.json.encode({"sub": "x"})
    typed = jose.sign_jws(SignerKey(_KEY, "tokens-1"), typ="egide-engagement+jwt")(claims)
    for token in (
        foreign.issue(_CALLER, now()),
        _issuer("https://other.test").issue(_CALLER, now()),
        typed,
        "",
        "a.b.c",
    ):
        with pytest.raises(Refusal) as refused:
            _issuer().read(token, now())
        assert refused.value.code == "token-invalid"


def test_enrolment_keeps_the_public_members_alone() -> None:
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    x, y = (jose.b64encode(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
    _, kept = jose.enrolled_key({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "name"})
    assert set(kept) == {"kty", "crv", "x", "y"}
    for wrong in ({"kty": "EC", "crv": "P-384", "x": x, "y": y}, {"kty": "oct", "k": "AA"}, {}):
        with pytest.raises(Refusal):
            jose.enrolled_key(wrong)
