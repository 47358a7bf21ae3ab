"""One object per network connection: what was proved on it, and what a request on it may weigh and take.

A head of more than 32 KiB, a hundred headers or a URL of 4 KiB is refused; one that is not there ten seconds after it
began, or a body thirty, is cut. Who holds connections open half-way holds them that long.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from egide.access import Connection, read_certificate

_LONGEST_HEAD: Final = 32 * 1024
_LONGEST_URL: Final = 4 * 1024
_MOST_HEADERS: Final = 100
_HEAD_SECONDS: Final = 10.0
_BODY_SECONDS: Final = 30.0
_REFUSED: Final = (
    b"HTTP/1.1 %s\r\nconnection: close\r\ncontent-length: 0\r\ncache-control: no-store\r\n\r\n"
)
_TOO_LARGE: Final = b"431 Request Header Fields Too Large"
_TOO_LATE: Final = b"408 Request Timeout"


class _TooLargeError(Exception):
    """A head weighs more than any of ours."""


class ConnectionProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which also gives each connection's own object to the application."""

    _head = 0  # bytes of the head under way, as they came
    _weight = 0  # of what was read of it
    _in_head = True
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it likewise
        """Start a connection with nothing proved but the certificate of its handshake, if it showed one."""
        super().connection_made(transport)
        secured = transport.get_extra_info("ssl_object")
        der = None if secured is None else secured.getpeercert(binary_form=True)
        shown = None if der is None else read_certificate(der)
        self.app_state = {**self.app_state, "connection": Connection(set(), shown)}
        self._within(_HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time that was left."""
        self._within(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came; a head that never ends is refused before it is kept."""
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > _LONGEST_HEAD and not self.transport.is_closing():
            self._refuse(_TOO_LARGE)

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that cannot be read, or that weighs too much."""
        if self._is_too_large():
            self._refuse(_TOO_LARGE)
        else:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        """Start a request: its head is waited for so long."""
        super().on_message_begin()
        self._in_head, self._weight = True, 0
        self._within(_HEAD_SECONDS)

    def on_url(self, url: bytes) -> None:
        """Take a part of the URL."""
        super().on_url(url)
        self._weight += len(url)
        if len(self.url) > _LONGEST_URL:
            raise _TooLargeError

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        super().on_header(name, value)
        self._weight += len(name) + len(value)
        if self._weight > _LONGEST_HEAD or len(self.headers) > _MOST_HEADERS:
            raise _TooLargeError

    def on_headers_complete(self) -> None:
        """Go on to the body, which is waited for so long."""
        self._in_head, self._head = False, 0
        self._within(_BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait no more: the rest is ours to do, or the next request's to begin."""
        self._within(None)
        super().on_message_complete()

    def _is_too_large(self) -> bool:
        if self.headers is None:  # type: ignore[redundant-expr]  # before the first request
            return False
        is_long = self._weight > _LONGEST_HEAD or len(self.url) > _LONGEST_URL
        return is_long or len(self.headers) > _MOST_HEADERS

    def _within(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = (
            None if seconds is None else self.loop.call_later(seconds, self._refuse, _TOO_LATE)
        )

    def _refuse(self, status: bytes) -> None:
        """Answer by one line and close; an answer that is under way is cut."""
        if self.transport.is_closing():
            return
        if self._in_head or self.cycle.response_complete:
            self.transport.write(_REFUSED % status)
        self.transport.close()
