"""An OpenID Connect issuer in memory that speaks like Pro Santé Connect, and errs on demand."""

import base64
import hashlib
import hmac
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import RSAKey

ISSUER = "https://psc.example/realms/wallet"
CLIENT = "egide"
SECRET = "a secret of the tests"


@dataclass(slots=True)
class Issuer:
    """An issuer: what it says may be changed by ``lies``."""

    now: datetime
    rpps: str
    address: str = ISSUER
    siret: str = ""
    finess: str = ""
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
    )
    lies: dict[str, Any] = field(default_factory=dict[str, Any])
    is_down: bool = False
    _codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self.answer)

    def confirm(self, location: str) -> dict[str, str]:
        """Do what the professional does on its phone; return what the browser brings back."""
        asked = {name: one[0] for name, one in parse_qs(urlsplit(location).query).items()}
        assert asked["prompt"] == "login" and asked["max_age"] == "0"
        assert asked["acr_values"] == "eidas1" and asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256" and "openid" in asked["scope"]
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return {"state": asked["state"], "code": code, "iss": self.address}

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        if self.is_down:
            raise httpx2.ConnectError("down")
        match request.url.path.rsplit("/", 1)[-1]:
            case "openid-configuration":
                return httpx2.Response(
                    200, json=self._metadata() | self.lies.get("metadata", {})
                )
            case "certs":
                return httpx2.Response(200, json={"keys": [self.key.as_dict(private=False)]})
            case "token":
                return self._token(request)
            case "userinfo":
                assert request.headers["authorization"] == "Bearer access"
                if raw := self.lies.get("raw"):
                    return raw
                return httpx2.Response(
                    200, json=self._userinfo() | self.lies.get("userinfo", {})
                )
            case other:
                raise AssertionError(other)

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": "https://wallet.example/auth",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/certs",
            "authorization_response_iss_parameter_supported": True,
        }

    def _token(self, request: httpx2.Request) -> httpx2.Response:
        form = {name: one[0] for name, one in parse_qs(request.content.decode()).items()}
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or request.headers["authorization"] != f"Basic {basic}"
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return httpx2.Response(400, json={"error": "invalid_grant"})
        instant = int(self.now.timestamp())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "f:1:pro",
            "exp": instant + 120,
            "iat": instant,
            "nonce": asked["nonce"],
            "acr": "eidas1",
            "auth_time": instant,
        } | self.lies.get("claims", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        signer = self.lies.get("signer", self.key)
        header = {"alg": "RS256", "kid": "k1"}
        forge = self.lies.get("forge")
        token = forge(claims) if forge else jwt.encode(header, claims, signer)
        return httpx2.Response(
            200, json={"access_token": "access", "token_type": "Bearer", "id_token": token}
        )

    def _userinfo(self) -> dict[str, Any]:
        activity = {"numeroSiretSite": self.siret, "numeroFinessSite": self.finess}
        return {
            "sub": "f:1:pro",
            "SubjectNameID": f"8{self.rpps}",
            "given_name": "Camille",
            "family_name": "ESSAI",
            "SubjectRefPro": {"exercices": [{"activities": [activity]}]},
        }


def confused(claims: dict[str, Any], secret: bytes) -> str:
    """Return a token signed by HMAC with what everybody knows: the issuer's public key."""
    signing = unsigned(claims, alg="HS256").rstrip(".")
    digest = hmac.new(secret, signing.encode(), hashlib.sha256).digest()
    return f"{signing}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def unsigned(claims: dict[str, Any], alg: str = "none") -> str:
    """Return a token of no algorithm, as an attacker would write it."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': alg, 'kid': 'k1'})}.{part(claims)}."


@contextmanager
def listening(issuer: Issuer) -> Generator[Issuer]:
    """Let an issuer answer on a port of this machine, for a server in another process."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length", 0))
            sent = httpx2.Request(
                self.command,
                issuer.address + self.path,
                headers=dict(self.headers.items()),
                content=self.rfile.read(length),
            )
            said = issuer.answer(sent)
            self.send_response(said.status_code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(said.content)))
            self.end_headers()
            self.wfile.write(said.content)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        issuer.address = f"http://127.0.0.1:{served.server_address[1]}"
        Thread(target=served.serve_forever, daemon=True).start()
        yield issuer
        served.shutdown()
