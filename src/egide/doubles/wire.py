"""A small HTTP/1.1 client on kept connections.

The simulated software shares two cores with the server it calls, so what a call costs here would
be charged to the server's figures: a full client library takes several times the server's work.
"""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, its body, and the nonce it gives for the next token."""

    status: int
    body: bytes
    nonce: str = ""


class Wire:
    """One kept connection; calls on it go one after the other."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, raw: bytes) -> Reply:
        """Send a request already written, on this connection, opening it if it is not."""
        if self._reader is None or self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        self._writer.write(raw)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        lower = head.lower()
        length = int(_header(head, lower, b"content-length"))
        body = await self._reader.readexactly(length)
        if b"connection: close" in lower:
            self.close()
        return Reply(status, body, _header(head, lower, b"dpop-nonce"))

    def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def _header(head: bytes, lower: bytes, name: bytes) -> str:
    start = lower.find(b"\r\n" + name + b":")
    if start < 0:
        return ""
    start += len(name) + 3
    return head[start : head.index(b"\r\n", start)].strip().decode()


def write_request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return a request as it goes on the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: egide"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
