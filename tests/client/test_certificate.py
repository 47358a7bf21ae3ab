"""Tokens bound to a certificate, over real handshakes: worth nothing on a connection that does not prove it."""

import base64
import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from conftest import HOST, Place, free_port, now, run, start_server
from egide import db
from egide.access import Authority, NewKey, enrol_key, read_certificate, revoke_key
from egide.client import Client, FileKey, RefusedError, by_card
from egide.client.key import key_thumbprint
from egide.vault import KeyRing


def self_signed(private: ec.EllipticCurvePrivateKey, *, days: int = 1) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(now() - timedelta(days=2))
        .not_valid_after(now() + timedelta(days=days))
        .add_extension(alternative, critical=False)
        .sign(private, hashes.SHA256())
    )


@dataclass(frozen=True, slots=True)
class Secured:
    """A server over TLS, a software enrolled there, and what it needs to be known by certificate."""

    place: Place
    origin: str
    folder: Path
    establishment: UUID
    key: FileKey

    def context(self, certificate: str = "", private: Path | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.folder / "server.pem"))
        if certificate:
            file = self.folder / "client.pem"
            file.write_text(certificate)
            context.load_cert_chain(file, private or self.folder / "key.pem")
        return context

    def client(self, context: ssl.SSLContext) -> Client:
        return Client(self.origin, self.establishment, context)

    def bootstrap(self) -> str:
        """Return a certificate, asked as a software does: by a signed call."""
        transport = httpx2.HTTPTransport(verify=self.context())
        with Client(self.origin, self.establishment, self.key, transport=transport) as opened:
            return opened.certificate()[0]


def _enrol(place: Place, establishment: UUID, key: FileKey) -> None:
    async def work() -> None:
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            row = await db.first(tx, "select software_id from software limit 1")
            assert row is not None
            named = NewKey(
                thumbprint=key_thumbprint(key),
                establishment_id=establishment,
                software_id=row["software_id"],
                public=dict(key.jwk),
                at=now(),
            )
            assert await enrol_key(tx, named)

    run(work())


@pytest.fixture(scope="module")
def secured(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder, port = tmp_path_factory.mktemp("tls"), free_port()
    private = ec.generate_private_key(ec.SECP256R1())
    (folder / "server.pem").write_bytes(self_signed(private).public_bytes(Encoding.PEM))
    (folder / "server-key.pem").write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    files = [str(folder / "server.pem"), str(folder / "server-key.pem")]
    process = start_server(place, port, "--tls", *files, workers=1)
    establishment = place.france.shops[8].establishment_id
    key = FileKey.create(folder / "key.pem")
    _enrol(place, establishment, key)
    try:
        yield Secured(place, f"https://{HOST}:{port}", folder, establishment, key)
    finally:
        process.terminate()
        process.wait(30)


def _card(place: Place) -> str:
    return next(one.card for one in place.france.persons if one.card)


def test_a_software_is_known_by_the_certificate_of_its_connection(secured: Secured) -> None:
    with secured.client(secured.context(secured.bootstrap())) as opened:
        answer = opened.ask_rights(by_card(_card(secured.place)), now().date())
        again = opened.ask_rights(by_card(_card(secured.place)), now().date())
    assert answer["preAuthRef"] != again["preAuthRef"]


def _token(secured: Secured, context: ssl.SSLContext) -> dict[str, Any]:
    form = {"grant_type": "client_credentials", "client_id": str(secured.establishment)}
    with httpx2.Client(base_url=secured.origin, verify=context) as http:
        return msgspec.json.decode(http.post("/oauth/token", data=form).content)


def _read(secured: Secured, context: ssl.SSLContext, token: str, kind: str = "Bearer") -> int:
    headers = {"Authorization": f"{kind} {token}"}
    with httpx2.Client(base_url=secured.origin, verify=context) as http:
        return http.get("/engagements/01ARZ3NDEKTSV4RRFFQ69G5FAV", headers=headers).status_code


def test_a_certificate_says_the_build_that_runs_now_as_a_proof_does(secured: Secured) -> None:
    context = secured.context(secured.bootstrap())
    form = {"grant_type": "client_credentials", "client_id": str(secured.establishment)}
    with httpx2.Client(base_url=secured.origin, verify=context) as http:
        headers = {"OAuth-Client-Attestation": "e30.e30.AAAA"}
        answer = http.post("/oauth/token", data=form, headers=headers)
        assert answer.status_code in {400, 401, 403}
        assert "attestation" in answer.text
        assert http.post("/oauth/token", data=form).status_code == 200


def test_its_token_is_worth_nothing_elsewhere(secured: Secured) -> None:
    context = secured.context(secured.bootstrap())
    given = _token(secured, context)
    token = given["access_token"]
    assert given["token_type"] == "Bearer"
    confirmed = msgspec.json.decode(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert list(confirmed["cnf"]) == ["x5t#S256"]
    assert _read(secured, context, token) == 404  # let in: there is no such engagement
    assert _read(secured, context, token, "DPoP") == 401
    assert _read(secured, secured.context(), token) == 401
    renewed = secured.context(secured.bootstrap())
    assert _read(secured, renewed, token) == 401  # bound to the certificate, not to its key


def test_a_certificate_of_a_key_that_is_not_enrolled_gets_no_token(secured: Secured) -> None:
    ring = KeyRing.open(secured.place.keys)
    stranger = FileKey.create(secured.folder / "stranger.pem")
    certificate = Authority(ring.authority_key).certify(dict(stranger.jwk), now()).decode()
    context = secured.context(certificate, secured.folder / "stranger.pem")
    assert _token(secured, context)["error"] == "invalid_client"


def test_nor_does_one_at_another_establishment(secured: Secured) -> None:
    context = secured.context(secured.bootstrap())
    other = secured.place.france.shops[9].establishment_id
    with (
        Client(secured.origin, other, context) as opened,
        pytest.raises(RefusedError) as refused,
    ):
        opened.ask_rights(by_card("0" * 26), now().date())
    assert refused.value.code == "caller-unknown"


def test_the_handshake_takes_no_certificate_of_another_authority(secured: Secured) -> None:
    private = load_pem_private_key((secured.folder / "key.pem").read_bytes(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    context = secured.context(self_signed(private).public_bytes(Encoding.PEM).decode())
    with pytest.raises(httpx2.TransportError):
        _token(secured, context)


def test_a_header_is_no_certificate_where_no_relay_is_declared(secured: Secured) -> None:
    private = load_pem_private_key((secured.folder / "key.pem").read_bytes(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    passed = base64.b64encode(self_signed(private).public_bytes(Encoding.DER)).decode()
    form = {"grant_type": "client_credentials", "client_id": str(secured.establishment)}
    with httpx2.Client(base_url=secured.origin, verify=secured.context()) as http:
        answer = http.post("/oauth/token", data=form, headers={"Client-Cert": f":{passed}:"})
    assert answer.status_code == 400


@pytest.fixture(scope="module")
def relayed(place: Place) -> Iterator[str]:
    port = free_port()
    process = start_server(place, port, "--relayed-certificates", workers=1)
    try:
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        process.wait(30)


class TestRelayed:
    """Behind a relay that does the handshakes and passes the certificate on (RFC 9440)."""

    def _ask(
        self, origin: str, establishment: UUID, passed: str, token: str = ""
    ) -> httpx2.Response:
        headers = {"Client-Cert": passed}
        with httpx2.Client(base_url=origin) as http:
            if token:
                headers["Authorization"] = f"Bearer {token}"
                return http.get("/engagements/01ARZ3NDEKTSV4RRFFQ69G5FAV", headers=headers)
            form = {"grant_type": "client_credentials", "client_id": str(establishment)}
            return http.post("/oauth/token", data=form, headers=headers)

    def _passed(self, private: ec.EllipticCurvePrivateKey, days: int = 1) -> str:
        der = self_signed(private, days=days).public_bytes(Encoding.DER)
        return f":{base64.b64encode(der).decode()}:"

    def test_a_self_signed_certificate_of_an_enrolled_key_will_do_until_it_is_revoked(
        self, place: Place, relayed: str
    ) -> None:
        private, establishment = ec.generate_private_key(ec.SECP256R1()), place.france.shops[9]
        key = FileKey(private)
        _enrol(place, establishment.establishment_id, key)
        passed = self._passed(private)
        token = self._ask(relayed, establishment.establishment_id, passed).json()[
            "access_token"
        ]
        assert (
            self._ask(relayed, establishment.establishment_id, passed, token).status_code == 404
        )
        other = self._passed(ec.generate_private_key(ec.SECP256R1()))
        for wrong in (other, self._passed(private, days=-1), "", ":AAAA:"):
            assert (
                self._ask(relayed, establishment.establishment_id, wrong, token).status_code
                == 401
            )
        assert (
            self._ask(relayed, establishment.establishment_id, "AAAA", token).status_code == 422
        )

        # A relay that adds its header beside the client's own leaves no doubt to take advantage of.
        form = {
            "grant_type": "client_credentials",
            "client_id": str(establishment.establishment_id),
        }
        twice = [("Client-Cert", other), ("Client-Cert", passed)]
        with httpx2.Client(base_url=relayed) as http:
            assert http.post("/oauth/token", data=form, headers=twice).status_code == 401

        async def revoke() -> None:
            async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
                named = key_thumbprint(key)
                assert await revoke_key(
                    tx, establishment.establishment_id, named, (None, now())
                )

        run(revoke())
        assert self._ask(relayed, establishment.establishment_id, passed).status_code == 401


def test_a_key_of_another_kind_is_no_key_of_ours() -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    assert read_certificate(self_signed(private).public_bytes(Encoding.DER)) is None
    assert read_certificate(b"no certificate") is None
