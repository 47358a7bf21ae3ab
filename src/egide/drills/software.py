"""A professional's software: it holds its establishment's key, asks for tokens, signs each call."""

import hashlib
import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from egide.access import ASSERTION_TYPE
from egide.access.jose import b64encode
from egide.drills.france import Person
from egide.drills.wire import Reply, Wire, write_request
from egide.edge import fhir

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

    def _jws(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        signing = (
            f"{b64encode(msgspec.json.encode(header))}.{b64encode(msgspec.json.encode(claims))}"
        )
        der = self.key.sign(signing.encode(), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(der)
        return f"{signing}.{b64encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def proof(self, method: str, path: str, now: datetime, *, token: str = "") -> str:
        """Return a fresh DPoP proof of one call (RFC 9449)."""
        claims: dict[str, Any] = {
            "jti": b64encode(os.urandom(16)),
            "htm": method,
            "htu": self.origin + path,
            "iat": int(now.timestamp()),
        }
        if token:
            claims["ath"] = b64encode(hashlib.sha256(token.encode()).digest())
        return self._jws({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}, claims)

    def token_request(self, now: datetime) -> bytes:
        """Return a token request: an assertion signed by the key, and a proof beside it."""
        issued = int(now.timestamp())
        assertion = self._jws(
            {"alg": "ES256", "typ": "JWT"},
            {
                "iss": str(self.establishment_id),
                "sub": str(self.establishment_id),
                "aud": f"{self.origin}/oauth/token",
                "jti": b64encode(os.urandom(16)),
                "iat": issued,
                "exp": issued + 60,
            },
        )
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

    async def ready(self, wire: Wire, now: datetime) -> None:
        """Get a token if there is none or it is about to expire."""
        if self.token and now.timestamp() - self.token_at < _TOKEN_LEFT_SECONDS:
            return
        reply = await wire.send(self.token_request(now))
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


RIGHTS_PATH = "/fhir/CoverageEligibilityRequest/$submit"
CLAIM_PATH = "/fhir/Claim/$submit"


def by_card(person: Person) -> dict[str, Any]:
    """Return the insurance element that shows a person's card."""
    return {
        "insurance": [{"coverage": {"identifier": {"system": fhir.CARD, "value": person.card}}}]
    }


def by_numbers(person: Person) -> dict[str, Any]:
    """Return the elements that name a person by what its card prints."""
    payor = {"identifier": {"system": fhir.AMC, "value": person.amc}}
    birth = {"url": fhir.BIRTH_TEXT, "valueString": person.birth}
    return {
        "contained": [
            {"resourceType": "Patient", "id": "p", "extension": [birth]},
            {
                "resourceType": "Coverage",
                "id": "c",
                "status": "active",
                "subscriberId": person.member,
                "dependent": str(person.rank),
                "beneficiary": {"reference": "#p"},
                "payor": [payor],
            },
        ],
        "insurance": [{"coverage": {"reference": "#c"}}],
    }


def by_nir(nir: str, birth: str) -> dict[str, Any]:
    """Return the elements that name a person by NIR and birth date."""
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "identifier": [{"system": fhir.NIR, "value": nir}],
        "extension": [{"url": fhir.BIRTH_TEXT, "valueString": birth}],
    }
    return {"contained": [patient], "insurance": [{"coverage": {"display": "NIR"}}]}


def by_engagement(number: str) -> dict[str, Any]:
    """Return the insurance element that quotes an engagement."""
    return {"insurance": [{"coverage": {"display": "engagement"}, "preAuthRef": [number]}]}


def rights_question(named: dict[str, Any], day: str) -> bytes:
    """Return a CoverageEligibilityRequest about a named person."""
    question = {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["validation"],
        "patient": {"display": "Personne au comptoir"},
        "servicedDate": day,
        "created": day,
        "insurer": {"display": "AMC de la carte"},
        **named,
    }
    return msgspec.json.encode(question)


def claim(named: dict[str, Any], invoice: str, day: str, items: list[dict[str, Any]]) -> bytes:
    """Return a Claim about a named person."""
    sent = {
        "resourceType": "Claim",
        "status": "active",
        "type": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/claim-type",
                    "code": "professional",
                }
            ]
        },
        "use": "claim",
        "patient": {"display": "Personne au comptoir"},
        "created": day,
        "provider": {"display": "Établissement du jeton"},
        "priority": {"coding": [{"code": "normal"}]},
        "identifier": [{"system": fhir.INVOICE, "value": invoice}],
        "item": items,
        **named,
    }
    return msgspec.json.encode(sent)


def item(
    sequence: int,
    act: str,
    cents: int,
    day: str,
    *,
    quantity: int = 1,
    side: str = "",
) -> dict[str, Any]:
    """Return a Claim.item; ``act`` is ``system:code``, ``cents`` the price of the whole quantity."""
    system, _, code = act.partition(":")
    row: dict[str, Any] = {
        "sequence": sequence,
        "productOrService": {"coding": [{"system": f"urn:egide:act:{system}", "code": code}]},
        "servicedDate": day,
        "quantity": {"value": quantity},
        "net": {"value": cents / 100, "currency": "EUR"},
    }
    if side:
        row["bodySite"] = {"coding": [{"code": side}]}
    return row


def in_stay(row: dict[str, Any], stay: str, base: int | None = None) -> dict[str, Any]:
    """Return an item as part of a stay in hospital, with its tariff base in cents if no tariff says it."""
    extensions: list[dict[str, Any]] = [{"url": "urn:egide:stay", "valueString": stay}]
    if base is not None:
        amount = {"value": base / 100, "currency": "EUR"}
        extensions.append({"url": "urn:egide:base", "valueMoney": amount})
    return row | {"extension": extensions}
