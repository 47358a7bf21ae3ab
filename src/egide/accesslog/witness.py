"""A witness: it sees checkpoints of logs it knows, and never two that contradict each other.

It runs apart, on another machine and by other hands, and keeps for each log the last checkpoint it saw. What it
answers to and how is C2SP's tlog-witness.
"""

import base64
import binascii
import hashlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from egide.accesslog import tree
from egide.accesslog.grow import FORKED

_PATH: Final = "/add-checkpoint"
_LONGEST: Final = 64 * 1024
_SIZE_TYPE: Final = "text/x.tlog.size"
_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a witness answers."""

    status: HTTPStatus
    text: str
    media_type: str = "text/plain; charset=utf-8"


@dataclass(slots=True)
class WitnessState:
    """A witness's key, the logs it knows, and a folder of what it last saw of each.

    Args:
        clock: seconds since 1970.
    """

    name: str
    key: Ed25519PrivateKey
    logs: dict[str, tree.NoteKey]
    folder: Path
    clock: Callable[[], float] = time.time
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def public(self) -> tree.NoteKey:
        """Return what whoever checks its cosignatures knows of it."""
        return tree.NoteKey(self.name, self.key.public_key().public_bytes_raw())

    def add(self, body: bytes) -> Answer:
        """Answer a checkpoint shown to it; what it has seen is on disk before it says so."""
        try:
            old, proof, note = _read_request(body)
            checkpoint, signatures = tree.read_note(note)
        except (tree.LogError, UnicodeDecodeError, ValueError) as error:
            return Answer(status=HTTPStatus.BAD_REQUEST, text=f"{error}\n")
        log = self.logs.get(checkpoint.origin)
        if log is None:
            return Answer(status=HTTPStatus.NOT_FOUND, text="unknown log\n")
        if not any(log.signed(checkpoint, *one) for one in signatures):
            return Answer(status=HTTPStatus.FORBIDDEN, text="not signed by its log\n")
        if old > checkpoint.size:
            return Answer(
                status=HTTPStatus.BAD_REQUEST, text="old is larger than the checkpoint\n"
            )
        with self._lock:
            return self._seen(checkpoint, note, old, proof)

    def _seen(
        self, checkpoint: tree.Checkpoint, note: str, old: int, proof: list[bytes]
    ) -> Answer:
        path = self.folder / f"{hashlib.sha256(checkpoint.origin.encode()).hexdigest()}.note"
        last = tree.read_note(path.read_text())[0] if path.exists() else None
        known = 0 if last is None else last.size
        if old != known:
            text = f"{known}\n"
            return Answer(status=HTTPStatus.CONFLICT, text=text, media_type=_SIZE_TYPE)
        before = tree.root(0, _no_node) if last is None else last.root
        try:
            tree.consistent(old, checkpoint.size, proof, (before, checkpoint.root))
        except tree.LogError as error:
            status = (
                HTTPStatus.CONFLICT
                if old == checkpoint.size
                else HTTPStatus.UNPROCESSABLE_ENTITY
            )
            return Answer(
                status=status, text=f"{known}\n" if old == checkpoint.size else f"{error}\n"
            )
        _write(path, note)
        line = tree.cosign(checkpoint, self.name, self.key, int(self.clock()))
        return Answer(status=HTTPStatus.OK, text=line)


def _no_node(level: int, index: int) -> bytes:
    raise tree.LogError(f"{level} {index}")  # noqa: EM102 - an empty tree has no node to ask for


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    with part.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_request(body: bytes) -> tuple[int, list[bytes], str]:
    head, found, note = body.decode().partition("\n\n")
    first, *lines = head.split("\n")
    word, _, number = first.partition(" ")
    if not found or word != "old" or not number.isascii() or not number.isdigit():
        raise ValueError("not a request")
    try:
        proof = [base64.b64decode(line, validate=True) for line in lines]
    except binascii.Error:
        raise ValueError("not a proof") from None
    return int(number), proof, note


def witness_server(state: WitnessState, host: str, port: int) -> ThreadingHTTPServer:
    """Return a server that answers for a witness, ready to be served."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if self.path != _PATH or not length.isdigit() or int(length) > _LONGEST:
                said = Answer(status=HTTPStatus.NOT_FOUND, text="POST /add-checkpoint\n")
            else:
                said = state.add(self.rfile.read(int(length)))
            body = said.text.encode()
            self.send_response(said.status)
            self.send_header("content-type", said.media_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the base's own name
            """Say nothing: what it saw is in its folder."""

    return ThreadingHTTPServer((host, port), Handler)


def witness_key(path: Path) -> Ed25519PrivateKey:
    """Return a witness's key, made on first use in a file that only its owner reads."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(Ed25519PrivateKey.generate().private_bytes_raw())
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


class RemoteWitness:
    """A witness as a log asks it over HTTP.

    Args:
        key: by which its lines are checked before they are kept.
    """

    def __init__(self, url: str, key: tree.NoteKey) -> None:
        self._url = url.rstrip("/") + _PATH
        self._key = key

    async def __call__(self, old: int, proof: Sequence[bytes], note: str) -> list[str] | int:
        """Show a checkpoint; return its lines, or the size it has seen instead; nothing where it does not answer."""
        lines = [f"old {old}", *(base64.b64encode(one).decode() for one in proof)]
        body = "\n".join(lines) + "\n\n" + note
        try:
            async with httpx2.AsyncClient(timeout=_SECONDS) as client:
                answer = await client.post(self._url, content=body.encode())
        except httpx2.HTTPError:
            return []
        if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
            return FORKED
        if answer.status_code == HTTPStatus.CONFLICT and answer.text.strip().isdigit():
            return int(answer.text)
        if answer.status_code != HTTPStatus.OK:
            return []
        checkpoint, _ = tree.read_note(note)
        try:
            _, said = tree.read_note(f"{checkpoint.text}\n{answer.text}")
        except tree.LogError:
            return []
        return (
            [answer.text] if any(self._key.cosigned(checkpoint, *one) for one in said) else []
        )
