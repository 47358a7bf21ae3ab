"""A software asks for the enrolment of its key, and shows that it holds it.

The request is a JWS signed by the key itself, which an administrator of the establishment hands in:
nobody can enrol a key that is not theirs, nor have one of theirs enrolled at another's.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from egide.access import jose
from egide.core.refusal import Refusal, RefusalCode

REQUEST_TYPE: Final = "egide-enrolment+jwt"
REQUEST_SECONDS: Final = 86_400  # time for a person to carry it from the software to the portal
_SKEW_SECONDS: Final = 30


class _Claims(msgspec.Struct, frozen=True):
    aud: str
    sub: UUID
    iat: jose.Instant


_read = msgspec.json.Decoder(_Claims).decode


def requested_key(
    request: str, *, origin: str, establishment_id: UUID, now: datetime
) -> tuple[str, dict[str, str]]:
    """Check a request and return the thumbprint and the public members of the key that signed it.

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
    return jose.enrolled_key(msgspec.to_builtins(sent))


def _refused(hint: str) -> Refusal:
    return Refusal(RefusalCode.VALUE_INVALID, where="request", hint=hint)
