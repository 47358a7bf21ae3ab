"""A professional's software: it holds its establishment's key, asks for tokens, signs each call."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from egide.access import ASSERTION_TYPE
from egide.client import FileKey
from egide.client.key import assertion_claims, proof_claims, signed
from egide.doubles.wire import Reply, Wire, write_request

_TOKEN_LEFT_SECONDS = 240


@dataclass(slots=True, kw_only=True)
class Software:
    """One software instance at one establishment.

    Args:
        origin: the server's public address, which proofs name.
        key: the establishment's private key.
    """

    origin: str
    establishment_id: UUID
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    jwk: dict[str, str] = field(repr=False)
    token: str = field(default="", repr=False)
    token_at: float = 0.0
    nonce: str = field(default="", repr=False)

    def _jws(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        return signed(FileKey(self.key), header, claims)

    def proof(self, method: str, path: str, now: datetime, *, token: str = "") -> str:
        """Return a fresh DPoP proof of one call (RFC 9449)."""
        claims = proof_claims(
            method, self.origin + path, now, token, "" if token else self.nonce
        )
        return self._jws({"typ": "dpop+jwt", "jwk": self.jwk}, claims)

    def token_request(self, now: datetime) -> bytes:
        """Return a token request: an assertion signed by the key, and a proof beside it."""
        claims = assertion_claims(self.establishment_id, f"{self.origin}/oauth/token", now)
        assertion = self._jws({"typ": "JWT"}, claims)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "DPoP": self.proof("POST", "/oauth/token", now),
        }
        return write_request("POST", "/oauth/token", headers, urlencode(form).encode())

    async def ask_token(self, wire: Wire, now: datetime) -> Reply:
        """Ask for a token, once more if the server wants the nonce it gives."""
        reply = await wire.send(self.token_request(now))
        self.nonce = reply.nonce or self.nonce
        if b"use_dpop_nonce" not in reply.body:
            return reply
        return await wire.send(self.token_request(now))

    async def ready(self, wire: Wire, now: datetime) -> None:
        """Get a token if there is none or it is about to expire."""
        if self.token and now.timestamp() - self.token_at < _TOKEN_LEFT_SECONDS:
            return
        reply = await self.ask_token(wire, now)
        answer: dict[str, Any] = msgspec.json.decode(reply.body)
        if "access_token" not in answer:
            message = f"no token: {answer.get('error_description', reply.status)}"
            raise ConnectionError(message)
        self.token, self.token_at = answer["access_token"], now.timestamp()

    def request(
        self, method: str, path: str, now: datetime, body: bytes = b"", *, proved: bool = True
    ) -> bytes:
        """Return a signed call; with ``proved`` False, one that counts on its connection's proof."""
        headers = {
            "Content-Type": "application/fhir+json",
            "Authorization": f"DPoP {self.token}",
        }
        if proved:
            headers["DPoP"] = self.proof(method, path, now, token=self.token)
        return write_request(method, path, headers, body)

    async def call(
        self, wire: Wire, method: str, path: str, now: datetime, body: bytes = b""
    ) -> Reply:
        """Make one call with a token and a proof."""
        await self.ready(wire, now)
        return await wire.send(self.request(method, path, now, body))
