"""A security key and a browser, as a site meets them: they sign what the browser saw, for the origin it is on."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
import httpx2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from egide.access.jose import b64decode, b64encode
from egide.client import FileKey
from egide.client.key import proof_claims, signed
from egide.edge.http import clock

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40  # flags of WebAuthn, section 6.1


@dataclass(slots=True)
class Kept:
    """A passkey that a device holds."""

    identifier: bytes
    key: ec.EllipticCurvePrivateKey
    user: bytes
    count: int = 0


@dataclass(slots=True)
class SecurityKey:
    """A device that makes and uses passkeys.

    Args:
        origin: the address that the browser shows.
        flags: what the person did.
        counts: whether it counts its uses.
    """

    origin: str
    flags: int = PRESENT | VERIFIED
    counts: bool = True
    kept: list[Kept] = field(default_factory=list[Kept])

    def _data(self, kind: str, challenge: str) -> bytes:
        seen = {
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": False,
        }
        return json.dumps(seen).encode()

    def _head(self, rp: str, flags: int, count: int) -> bytes:
        return hashlib.sha256(rp.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """Make a passkey as a site's options ask; return what the browser sends back."""
        key = ec.generate_private_key(ec.SECP256R1())
        one = Kept(os.urandom(16), key, b64decode(options["user"]["id"].encode()))
        self.kept.append(one)
        numbers = key.public_key().public_numbers()
        cose = {
            1: 2,
            3: -7,
            -1: 1,
            -2: numbers.x.to_bytes(32, "big"),
            -3: numbers.y.to_bytes(32, "big"),
        }
        head = self._head(options["rp"]["id"], self.flags | ATTESTED, 0)
        attested = (
            bytes(16)
            + len(one.identifier).to_bytes(2, "big")
            + one.identifier
            + cbor2.dumps(cose)
        )
        statement: dict[str, object] = {
            "fmt": "none",
            "attStmt": {},
            "authData": head + attested,
        }
        return {
            "id": b64encode(one.identifier),
            "rawId": b64encode(one.identifier),
            "type": "public-key",
            "response": {
                "clientDataJSON": b64encode(self._data("webauthn.create", options["challenge"])),
                "attestationObject": b64encode(cbor2.dumps(statement)),
            },
        }  # fmt: skip

    def answer(self, options: dict[str, Any], which: int = -1) -> dict[str, Any]:
        """Answer a challenge with a passkey, the last made if none is named."""
        one = self.kept[which]
        one.count += self.counts
        data = self._data("webauthn.get", options["challenge"])
        head = self._head(options["rpId"], self.flags, one.count)
        signed = head + hashlib.sha256(data).digest()
        return {
            "id": b64encode(one.identifier),
            "rawId": b64encode(one.identifier),
            "type": "public-key",
            "response": {
                "clientDataJSON": b64encode(data),
                "authenticatorData": b64encode(head),
                "signature": b64encode(one.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
                "userHandle": b64encode(one.user),
            },
        }


@dataclass(slots=True)
class Browser:
    """A browser with a key of its own, a cookie jar of one cookie, and the number of its session."""

    origin: str
    client: httpx2.Client
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    cookie: str = ""
    session: str = ""

    def proof(self, method: str, path: str, **claims: object) -> str:
        """Return a fresh proof of a call by the browser's key; ``claims`` change what it says."""
        signer = FileKey(self.key)
        said = proof_claims(method, self.origin + path, clock(), self.session)
        return signed(signer, {"typ": "dpop+jwt", "jwk": dict(signer.jwk)}, said | claims)

    def call(
        self, method: str, path: str, body: object = None, *, proof: str | None = None
    ) -> tuple[int, Any]:
        """Make a call and keep the cookie it gives; return its status and its JSON."""
        headers = {"DPoP": self.proof(method, path) if proof is None else proof}
        if self.cookie:
            headers["Cookie"] = self.cookie
        answer = self.client.request(method, path, headers=headers, json=body)
        if found := answer.headers.get("set-cookie"):
            self.cookie = found.split(";")[0]
        return answer.status_code, answer.json()

    def post(self, path: str, body: object = None) -> tuple[int, Any]:
        """Post JSON."""
        return self.call("POST", path, {} if body is None else body)

    def enrol(self, key: SecurityKey, code: str) -> tuple[int, Any]:
        """Make a first passkey with a code, and enter."""
        self.session = ""
        status, options = self.post("/portal/enrol/begin", {"code": code})
        if status != 200:
            return status, options
        made = {"credential": key.make(options), "name": "Clé d'essai"}
        return self._entered(*self.post("/portal/enrol/finish", made))

    def login(self, key: SecurityKey, which: int = -1) -> tuple[int, Any]:
        """Enter with a passkey."""
        self.session = ""
        _, options = self.post("/portal/login/begin")
        answered = {"credential": key.answer(options, which)}
        return self._entered(*self.post("/portal/login/finish", answered))

    def reauthenticate(self, key: SecurityKey, which: int = -1) -> tuple[int, Any]:
        """Confirm with a fresh reauthentication."""
        _, options = self.post("/portal/reauthentication/begin")
        return self.post(
            "/portal/reauthentication/finish", {"credential": key.answer(options, which)}
        )

    def _entered(self, status: int, said: dict[str, Any]) -> tuple[int, Any]:
        if status == 200:
            self.session = said["session"]
        return status, said
