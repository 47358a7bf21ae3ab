"""Who floods: heads without end, connections held half-way, archives that swell (GATE, A14)."""

import gzip
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conftest import Running
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import strict_text
from egide.members.read_file import read_chunks


def _said(server: Running, *pieces: bytes) -> bytes:
    """Send pieces over a connection of one's own; return the line that came back."""
    address = urlsplit(server.origin)
    with socket.create_connection((address.hostname or "", address.port or 0), 15) as wire:
        for piece in pieces:
            try:
                wire.sendall(piece)
            except OSError:
                break
        try:
            return wire.recv(4096).partition(b"\r\n")[0]
        except ConnectionResetError:
            return b"reset"


_LINE = b"GET /health HTTP/1.1\r\nhost: x\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        [_LINE, b"a: ", *[b"x" * 65_536] * 4],
        [_LINE, *[b"a: b\r\n"] * 200, b"\r\n"],
        [b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n"],
        [_LINE, b"a: " + b"x" * 40_000 + b"\r\n\r\n"],
    ],
    ids=["endless", "many", "long url", "long header"],
)
def test_a_head_that_weighs_too_much_is_refused_before_it_is_kept(
    server: Running, pieces: list[bytes]
) -> None:
    assert _said(server, *pieces) in {
        b"HTTP/1.1 431 Request Header Fields Too Large",
        b"reset",
    }


def test_an_ordinary_head_is_read_in_pieces_and_twice(server: Running) -> None:
    assert _said(server, _LINE, b"a: " + b"x" * 8_000 + b"\r\n", b"\r\n") == b"HTTP/1.1 200 OK"
    assert _said(server, _LINE + b"\r\n" + _LINE + b"\r\n") == b"HTTP/1.1 200 OK"


def test_connections_held_half_way_are_cut_and_nobody_waits_for_them(server: Running) -> None:
    address = urlsplit(server.origin)
    begun = time.monotonic()
    held = [
        socket.create_connection((address.hostname or "", address.port or 0), 20)
        for _ in range(200)
    ]
    for wire in held:
        wire.sendall(_LINE)
    assert _said(server, _LINE + b"\r\n") == b"HTTP/1.1 200 OK"
    assert time.monotonic() - begun < 5
    for wire in held:
        with wire:
            assert wire.recv(64).startswith(b"HTTP/1.1 408")


def test_an_archive_that_swells_is_refused_where_it_does(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.ndjson.gz"
    with gzip.open(bomb, "wb") as file:
        for _ in range(80):
            file.write(b"\n" * (1 << 20))
    assert bomb.stat().st_size < 200_000
    with pytest.raises(Refusal, match="import-invalid"):
        for _ in read_chunks(bomb):
            pass


def test_a_body_of_a_hundred_thousand_values_is_not_read() -> None:
    """Reading it would hold everybody else's answers; an invoice of ninety-nine lines is far below."""
    small = b'{"resourceType":"Claim","x":[' + b"[]," * 9_000 + b"0]}"
    large = b'{"resourceType":"Claim","x":[' + b"[]," * 60_000 + b"0]}"
    codes = [strict_refusal(body) for body in (small, large)]
    assert codes == [None, RefusalCode.BODY_TOO_LARGE]


def strict_refusal(body: bytes) -> RefusalCode | None:
    try:
        strict_text(body.decode(), root="Claim")
    except Refusal as refusal:
        return refusal.code
    return None
