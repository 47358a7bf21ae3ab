"""Plain ASGI, for the few endpoints where a framework costs more than the work: read and answer."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec

from egide.access import Connection
from egide.core.refusal import Refusal, RefusalCode

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

BODY_LIMIT = 256 * 1024
_MOST_VALUES = 20_000  # of one JSON text: an invoice of 99 lines has some three thousand
FHIR_JSON = b"application/fhir+json; charset=utf-8"
_MEDIA_TYPES = frozenset({"application/fhir+json", "application/json"})
_JSON_FORMATS = _MEDIA_TYPES | {"json", "text/json"}
_ANY_FORMAT = frozenset({"*/*", "application/*"})
_MEDIA_PARAMETERS: Mapping[str, frozenset[str]] = {
    "charset": frozenset({"utf-8", "utf8"}),
    "fhirversion": frozenset({"4.0", "4.0.0", "4.0.1"}),  # FHIR R4, section 3.1.0.1.10
}
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
    query: Mapping[str, str] = field(default_factory=dict[str, str])


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
        # Of a list, its lines are one list (RFC 9110, section 5.3).
        headers[name] = (
            b", ".join((headers[name], value))
            if name in headers and name == b"accept"
            else value
        )
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
        query=dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"))),
    )


def check_accepted(request: Request) -> None:
    """Refuse a caller of FHIR that takes no JSON of R4, by ``Accept`` or ``_format``: ``not-acceptable`` (3.1.0)."""
    # A « + » that nobody escaped was read as a space.
    asked = request.query.get("_format", "").partition(";")[0].strip().lower().replace(" ", "+")
    if asked:  # it stands in place of the header
        if asked not in _JSON_FORMATS:
            raise Refusal(RefusalCode.NOT_ACCEPTABLE, where="_format")
        return
    said = request.headers.get(b"accept", b"").decode("latin-1")
    ranges = [part for part in said.split(",") if part.strip()]
    if ranges and not any(map(_takes_json, ranges)):
        raise Refusal(RefusalCode.NOT_ACCEPTABLE, where="Accept")


def _takes_json(accepted: str) -> bool:
    """Tell whether a media range takes FHIR's JSON of R4."""
    media, *parameters = (part.strip().lower() for part in accepted.split(";"))
    if media not in _JSON_FORMATS | _ANY_FORMAT:
        return False
    said = dict(part.split("=", 1) for part in parameters if "=" in part)
    version = said.get("fhirversion", "4.0").strip('"')
    return version in _MEDIA_PARAMETERS["fhirversion"] and _weight(said.get("q", "1")) > 0


def _weight(text: str) -> float:
    """Return the weight of a media range, 1 where it is no number."""
    try:
        return float(text)
    except ValueError:
        return 1.0


def all_headers(response: Response) -> list[tuple[bytes, bytes]]:
    """Return an answer's own headers after those that every answer carries; its own come in their place."""
    own = {name for name, _ in response.headers}
    return [*(pair for pair in SECURITY_HEADERS if pair[0] not in own), *response.headers]


async def send_response(send: Send, response: Response, *, head: bool = False) -> None:
    """Send an answer with the headers that every answer carries; to ``HEAD``, those alone."""
    headers = [
        (b"content-type", response.media_type),
        (b"content-length", str(len(response.body)).encode()),
        *all_headers(response),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else response.body})


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
    body, _ = strict_json(request, root=root)
    return decoded(body, decoder, root=root)


def strict_json(request: Request, *, root: str) -> tuple[bytes, object]:
    """Return a JSON body, without the mark that some editors begin a text with, and all that it says.

    Raises Refusal: ``media-type-unsupported``, ``body-invalid``, ``value-invalid``.
    """
    _check_media(request)
    body = request.body.removeprefix(b"\xef\xbb\xbf")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(RefusalCode.BODY_INVALID, hint="Le texte n'est pas en UTF-8.") from None
    return body, strict_text(text, root=root)


def strict_text(text: str, *, root: str) -> object:
    """Return all that a JSON text says: no key twice, no NUL. Raises Refusal: ``body-invalid``, ``value-invalid``."""
    try:
        # The fast decoder keeps the last of two equal keys; the standard one sees both.
        read = _strict.decode(text)
    except (ValueError, RecursionError):
        raise Refusal(RefusalCode.BODY_INVALID, where=root) from None
    if sum(map(text.count, ",[{")) > _MOST_VALUES:
        # Walking through as many would hold everybody else's answers (GATE I9).
        hint = f"Plus de {_MOST_VALUES} valeurs."
        raise Refusal(RefusalCode.BODY_TOO_LARGE, where=root, hint=hint)
    if "\\u0000" in text and _holds_nul(read):
        hint = "Un texte contient le caractère nul."
        raise Refusal(RefusalCode.VALUE_INVALID, where=root, hint=hint)
    return read


def _check_media(request: Request) -> None:
    """Refuse what is not JSON in UTF-8, as it is; parameters come in any order (RFC 9110, section 8.3)."""
    said = request.headers.get(b"content-type", b"").decode("latin-1")
    media, *parameters = (part.strip() for part in said.split(";"))
    if media.lower() not in _MEDIA_TYPES:
        hint = "Attendu : application/fhir+json, ou application/json."
        raise Refusal(RefusalCode.MEDIA_TYPE_UNSUPPORTED, where="Content-Type", hint=hint)
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        value = value.strip().strip('"').lower()
        known = _MEDIA_PARAMETERS.get(name.strip().lower())
        if known is not None and value not in known:
            hint = f"{name.strip()}={min(known)}"
            raise Refusal(RefusalCode.MEDIA_TYPE_UNSUPPORTED, where="Content-Type", hint=hint)
    encoding = request.headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding not in {b"", b"identity"}:
        hint = "Sans compression (identity)."
        raise Refusal(RefusalCode.MEDIA_TYPE_UNSUPPORTED, where="Content-Encoding", hint=hint)


def decoded(body: bytes, decoder: "msgspec.json.Decoder[Shape]", *, root: str) -> Shape:
    """Return a shape read from JSON; Refusal ``value-invalid``, ``value-missing``, ``body-invalid``, with its place."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _located(str(error), root) from None
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Refusal(RefusalCode.BODY_INVALID, where=root) from None


def _holds_nul(read: object) -> bool:
    """Tell whether a text, or a key, holds the one character that no text of the database holds."""
    left = [read]
    while left:  # as deep as the sender likes: no call for each level
        one = left.pop()
        if isinstance(one, str) and "\0" in one:
            return True
        if isinstance(one, dict):
            for key, value in cast("dict[str, object]", one).items():
                left += [key, value]
        elif isinstance(one, list):
            left += cast("list[object]", one)
    return False


def _located(message: str, root: str) -> Refusal:
    # msgspec ends with " - at `$.item[0]`"; what it says of a value may echo it, so only its
    # words about types and fields, which are ours, are kept.
    said, _, place = message.partition(" - at `$")
    where = root + place.rstrip("`").replace("[...]", "[*]")
    if said.startswith("Object missing required field"):
        return Refusal(RefusalCode.VALUE_MISSING, where=f"{where}.{said.split('`')[1]}")
    return Refusal(RefusalCode.VALUE_INVALID, where=where)
