"""Plain ASGI, for the few endpoints where a framework costs more than the work: read and answer."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import msgspec

from egide.access import Connection
from egide.core.refusal import Refusal, RefusalCode

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

BODY_LIMIT = 256 * 1024
FHIR_JSON = b"application/fhir+json; charset=utf-8"
_MEDIA_TYPES = frozenset({"application/fhir+json", "application/json"})
SECURITY_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
]


def clock() -> datetime:
    """Return the instant, aware and UTC: the only place of the server that reads the clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call as it arrived.

    Args:
        path: as sent, without the query.
        now: the instant it arrived.
    """

    method: str
    path: str
    headers: dict[bytes, bytes]
    body: bytes
    now: datetime
    connection: Connection | None
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, ready to send."""

    status: int
    body: bytes
    media_type: bytes = FHIR_JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


def json_answer(body: object, *headers: tuple[bytes, bytes]) -> Response:
    """Return an answer in JSON that is no FHIR resource."""
    return Response(200, msgspec.json.encode(body), b"application/json", headers)


async def read_request(scope: Scope, receive: Receive, values: Mapping[str, str]) -> Request:
    """Read a call whole; Refusal ``body-too-large`` above 256 KiB, whatever the header said."""
    now = clock()
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in headers and name in {b"authorization", b"dpop", b"client-cert"}:
            raise Refusal(
                RefusalCode.PROOF_INVALID, where=name.decode(), hint="En-tête envoyé deux fois."
            )
        headers[name] = value
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > BODY_LIMIT:
        raise Refusal(RefusalCode.BODY_TOO_LARGE)
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            raise Refusal(RefusalCode.BODY_TOO_LARGE)
    state: Mapping[str, Any] = scope.get("state") or {}
    return Request(
        method=scope["method"],
        path=scope["path"],
        headers=headers,
        body=body,
        now=now,
        connection=state.get("connection"),
        values=values,
    )


def all_headers(response: Response) -> list[tuple[bytes, bytes]]:
    """Return an answer's own headers after those that every answer carries; its own come in their place."""
    own = {name for name, _ in response.headers}
    return [*(pair for pair in SECURITY_HEADERS if pair[0] not in own), *response.headers]


async def send_response(send: Send, response: Response) -> None:
    """Send an answer with the headers that every answer carries."""
    headers = [
        (b"content-type", response.media_type),
        (b"content-length", str(len(response.body)).encode()),
        *all_headers(response),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise Refusal(RefusalCode.BODY_INVALID, hint="Une clé JSON est répétée.")
    return read


Shape = TypeVar("Shape")
_strict = json.JSONDecoder(object_pairs_hook=_once)


def read_json(request: Request, decoder: "msgspec.json.Decoder[Shape]", *, root: str) -> Shape:
    """Read a JSON body into its shape, strictly.

    Args:
        root: how the body is called in a refusal's path (``Claim``).

    Raises Refusal: ``media-type-unsupported``, ``body-invalid``, ``value-invalid``, ``value-missing``.
    """
    media, _, parameters = (
        request.headers.get(b"content-type", b"").decode("latin-1").partition(";")
    )
    if media.strip().lower() not in _MEDIA_TYPES:
        raise Refusal(RefusalCode.MEDIA_TYPE_UNSUPPORTED, where="Content-Type")
    charset = parameters.partition("charset=")[2].strip(' "').lower()
    if charset not in {"", "utf-8", "utf8"}:
        raise Refusal(
            RefusalCode.MEDIA_TYPE_UNSUPPORTED, where="Content-Type", hint="charset=utf-8"
        )
    if b"content-encoding" in request.headers:
        raise Refusal(RefusalCode.MEDIA_TYPE_UNSUPPORTED, where="Content-Encoding")
    try:
        # The fast decoder keeps the last of two equal keys; the standard one sees both.
        read = _strict.decode(request.body.decode("utf-8"))
        if b"\\u0000" in request.body and _holds_nul(read):
            raise Refusal(
                RefusalCode.VALUE_INVALID,
                where=root,
                hint="Un texte contient le caractère nul.",
            )
        return decoder.decode(request.body)
    except UnicodeDecodeError:
        raise Refusal(RefusalCode.BODY_INVALID, hint="Le texte n'est pas en UTF-8.") from None
    except msgspec.ValidationError as error:
        raise _located(str(error), root) from None
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Refusal(RefusalCode.BODY_INVALID, where=root) from None


def _holds_nul(read: object) -> bool:
    """Tell whether a text, or a key, holds the one character that no text of the database holds."""
    if isinstance(read, str):
        return "\0" in read
    if isinstance(read, dict):
        pairs = cast("dict[str, object]", read)
        return any("\0" in key or _holds_nul(value) for key, value in pairs.items())
    return isinstance(read, list) and any(map(_holds_nul, cast("list[object]", read)))


def _located(message: str, root: str) -> Refusal:
    # msgspec ends with " - at `$.item[0]`"; what it says of a value may echo it, so only its
    # words about types and fields, which are ours, are kept.
    said, _, place = message.partition(" - at `$")
    where = root + place.rstrip("`").replace("[...]", "[*]")
    if said.startswith("Object missing required field"):
        return Refusal(RefusalCode.VALUE_MISSING, where=f"{where}.{said.split('`')[1]}")
    return Refusal(RefusalCode.VALUE_INVALID, where=where)
