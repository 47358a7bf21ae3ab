"""Calls that another process of this machine serves: passed on as they came, answered as it answers."""

import base64
from typing import Any, Final

import httpx2

from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response

# Of one connection (RFC 9110, section 7.6.1), or written anew on the next; a certificate is told by who saw it alone.
_OURS: Final = frozenset(
    {
        b"connection",
        b"content-length",
        b"date",
        b"host",
        b"keep-alive",
        b"proxy-connection",
        b"server",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_CERTIFICATE: Final = b"client-cert"
_SECONDS: Final = 30.0
_CONNECTIONS: Final = (
    16  # a worker: who floods the portal takes that many places, and none of the counter's
)


class Forwarder:
    """Passes calls on to a process that listens on a Unix socket.

    Args:
        relays_certificates: whether ``Client-Cert`` came from a relay that vouches for it.
    """

    def __init__(self, socket: str, *, relays_certificates: bool) -> None:
        limits = httpx2.Limits(
            max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS
        )
        self._client = httpx2.AsyncClient(
            transport=httpx2.AsyncHTTPTransport(uds=socket, limits=limits, retries=1),
            timeout=_SECONDS,
            trust_env=False,
        )
        self._relays_certificates = relays_certificates

    async def send(self, scope: dict[str, Any], request: Request) -> Response:
        """Return what the other process answers; Refusal ``unavailable`` where it does not."""
        path = scope["raw_path"].decode("latin-1")
        query = scope.get("query_string", b"").decode("latin-1")
        kept = [(name, value) for name, value in scope["headers"] if self._passes(name)]
        shown = request.connection.certificate if request.connection is not None else None
        if shown is not None and not self._relays_certificates:
            kept.append((_CERTIFICATE, b":" + base64.b64encode(shown.der) + b":"))
        try:
            answer = await self._client.request(
                request.method,
                f"http://portal{path}" + (f"?{query}" if query else ""),
                headers=kept,
                content=request.body,
            )
        except httpx2.TransportError:
            raise Refusal(RefusalCode.UNAVAILABLE) from None
        headers = tuple(
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.lower() not in _OURS and name.lower() != b"content-type"
        )
        media = answer.headers.get("content-type", "application/json").encode("latin-1")
        return Response(answer.status_code, answer.content, media, headers)

    def _passes(self, name: bytes) -> bool:
        return name not in _OURS and (name != _CERTIFICATE or self._relays_certificates)

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()
