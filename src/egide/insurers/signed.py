"""What an insurer sends by itself: signed as Standard Webhooks say, by the key of its contract.

Source: https://github.com/standard-webhooks/standard-webhooks, « Asymmetric »: ``v1a``, Ed25519 over
``id.timestamp.body``.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request

_TOLERANCE: Final = 300  # seconds, either way, as the specification advises
_ID: Final = re.compile(r"[0-9A-Za-z_.-]{1,128}")
_MOST_SIGNATURES: Final = 5  # old and new key while it is changed


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """What was sent, once its signature holds: its number, for it is taken once, and the hash of what it says."""

    number: str
    digest: bytes


def read_signed(request: Request, public_key: bytes) -> SignedEvent:
    """Return the event of a request; Refusal ``signature-invalid``: not signed by that key, or five minutes old."""
    header = {
        name: request.headers.get(f"webhook-{name}".encode(), b"").decode("latin-1")
        for name in ("id", "timestamp", "signature")
    }
    number, said = header["id"], header["timestamp"]
    if not _ID.fullmatch(number) or not said.isdecimal() or len(said) > len("9999999999"):
        raise _invalid("webhook-id", "webhook-id, webhook-timestamp et webhook-signature.")
    if abs(request.now.timestamp() - int(said)) > _TOLERANCE:
        here = int(request.now.timestamp())
        hint = f"À moins de {_TOLERANCE} s de {here}, l'heure d'ici."
        raise _invalid("webhook-timestamp", hint)
    signed = f"{number}.{said}.".encode() + request.body
    key = Ed25519PublicKey.from_public_bytes(public_key)
    every = header["signature"].split()[:_MOST_SIGNATURES]
    if not any(_holds(key, one, signed) for one in every):
        raise _invalid(
            "webhook-signature", "v1a, par la clé du contrat, de id.timestamp.corps."
        )
    return SignedEvent(number, hashlib.sha256(request.body).digest())


def signature_of(
    key: Ed25519PrivateKey, number: str, at: datetime, body: bytes
) -> dict[str, str]:
    """Return the headers by which an insurer signs what it sends."""
    instant = str(int(at.timestamp()))
    signed = key.sign(f"{number}.{instant}.".encode() + body)
    return {
        "webhook-id": number,
        "webhook-timestamp": instant,
        "webhook-signature": f"v1a,{base64.b64encode(signed).decode()}",
    }


def _holds(key: Ed25519PublicKey, said: str, signed: bytes) -> bool:
    version, _, text = said.partition(",")
    if version != "v1a":
        return False
    try:
        key.verify(base64.b64decode(text, validate=True), signed)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _invalid(where: str, hint: str) -> Refusal:
    return Refusal(RefusalCode.SIGNATURE_INVALID, where=where, hint=hint)
