"""A software asks for the enrolment of its key, and shows that it holds it.

The request is a JWS signed by the key itself, which an administrator of the establishment hands in:
nobody can enrol a key that is not theirs, nor have one of theirs enrolled at another's. Where the vendor of
the software vouches for its instances, the request carries what it signed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from egide import db
from egide.access import jose, sql
from egide.access.attestation import attested
from egide.core.refusal import Refusal, RefusalCode

REQUEST_TYPE: Final = "egide-enrolment+jwt"
REQUEST_SECONDS: Final = 86_400  # time for a person to carry it from the software to the portal
_SKEW_SECONDS: Final = 30


class _Claims(msgspec.Struct, frozen=True):
    aud: str
    sub: UUID
    iat: jose.Instant
    attestation: str = ""


_read = msgspec.json.Decoder(_Claims).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedKey:
    """A key that signed a request for its own enrolment at an establishment."""

    establishment_id: UUID
    thumbprint: str
    public: dict[str, str]
    attestation: str


def requested_key(
    request: str, *, origin: str, establishment_id: UUID, now: datetime
) -> RequestedKey:
    """Check a request and return the key that signed it.

    Args:
        origin: the public address of this server, which the request must name.
        establishment_id: where it is handed in; the request must name it.

    Raises Refusal: ``value-invalid``, with what to do.
    """
    try:
        compact = jose.take_apart("".join(request.split()))
        sent = compact.header.jwk
        if compact.header.typ != REQUEST_TYPE or sent is None:
            raise jose.JoseError("typ and jwk")
        jose.verify(compact, jose.public_key(sent))
        claims = _read(compact.payload)
    except (jose.JoseError, msgspec.DecodeError, ValueError):
        raise _refused(
            "Coller en entier la demande que le logiciel affiche, signée par sa clé."
        ) from None
    if claims.aud != origin:
        msg = f"La demande est faite pour un autre serveur que {origin}."
        raise _refused(msg)
    if claims.sub != establishment_id:
        raise _refused("La demande est faite pour un autre établissement.")
    age = now.timestamp() - claims.iat
    if not -_SKEW_SECONDS <= age <= REQUEST_SECONDS:
        raise _refused("La demande a plus d'un jour : en faire une autre dans le logiciel.")
    thumbprint, public = jose.enrolled_key(msgspec.to_builtins(sent))
    return RequestedKey(
        establishment_id=establishment_id,
        thumbprint=thumbprint,
        public=public,
        attestation=claims.attestation,
    )


async def enrol_requested(
    tx: db.Tx,
    key: RequestedKey,
    software_id: UUID,
    by: tuple[UUID | None, datetime],
    concentrator: str = "",
) -> None:
    """Enrol a key for a build, vouched for wherever the build's vendor vouches for its instances.

    Args:
        by: which account, and when; None for the operator.
        concentrator: who relays what the key signs, if anybody: contained by that name.

    Raises Refusal: ``attestation-needed``, ``attestation-invalid``; ``key-known``: it is
    enrolled, or the build is unknown.
    """
    vouched = None
    if key.attestation:
        said = await attested(tx, key.attestation, thumbprint=key.thumbprint, now=by[1])
        if said.software_id != software_id:
            raise Refusal(RefusalCode.ATTESTATION_INVALID, where="software")
        vouched = said.attested_by
    elif by[0] is not None and await sql.vendor_vouches(tx, software_id):
        raise Refusal(RefusalCode.ATTESTATION_NEEDED, where="request")
    kept = sql.NewKey(
        thumbprint=key.thumbprint,
        establishment_id=key.establishment_id,
        software_id=software_id,
        public=key.public,
        vouched_by=vouched,
        concentrator=concentrator.strip(),
        by=by[0],
        at=by[1],
    )
    if not await sql.enrol_key(tx, kept):
        raise Refusal(RefusalCode.KEY_KNOWN, where="request")


def _refused(hint: str) -> Refusal:
    return Refusal(RefusalCode.VALUE_INVALID, where="request", hint=hint)
