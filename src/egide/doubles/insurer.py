"""An insurer that answers by itself, played: its own service, with what goes wrong at one.

It knows nothing of Égide's code but what is documented: FHIR over HTTP, and Standard Webhooks.
"""

import base64
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PUBLIC_PREFIX: Final = "whpk_"
_BENEFIT: Final = {
    "coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/adjudication", "code": "benefit"}
    ]
}


class Trouble(StrEnum):
    """What goes wrong."""

    NONE = "none"
    SLOW = "slow"  # it answers after its deadline
    ERROR = "error"  # 500
    GARBAGE = "garbage"  # what is no JSON
    ENDLESS = "endless"  # a megabyte
    ELSEWHERE = "elsewhere"  # a redirection
    LIES = "lies"  # more than is left of each line
    FORGETS = "forgets"  # a line without an amount
    TWICE = "twice"  # a line said twice
    OTHER = "other"  # the answer to another question
    QUEUES = "queues"  # it will answer later
    REFUSES = "refuses"


@dataclass(slots=True)
class PlayedInsurer:
    """What the service does.

    Args:
        share_bp: what it pays of what the AMO leaves of each line, in basis points.
        uncovered: the numbers of the persons that it does not cover.
        seen: every question, as it came: path, headers, body.
    """

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    share_bp: int = 10_000
    trouble: Trouble = Trouble.NONE
    delay: float = 0.0
    reason: str = "not-in-contract"
    uncovered: set[str] = field(default_factory=set[str])
    seen: list[tuple[str, dict[str, str], dict[str, Any]]] = field(
        default_factory=list[tuple[str, dict[str, str], dict[str, Any]]]
    )

    @property
    def public_key(self) -> str:
        """Return its key as Standard Webhooks write one."""
        raw = self.key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        return PUBLIC_PREFIX + base64.b64encode(raw).decode()

    def answer(self, path: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        """Return the status and the body of an answer."""
        if self.trouble is Trouble.SLOW:
            time.sleep(self.delay)
        simple: dict[Trouble, tuple[int, bytes]] = {
            Trouble.ERROR: (500, b"{}"),
            Trouble.GARBAGE: (200, b"<html>ok</html>"),
            Trouble.ENDLESS: (200, b'{"resourceType":"' + b"a" * 1_000_000 + b'"}'),
            Trouble.ELSEWHERE: (302, b"{}"),
            Trouble.OTHER: (200, b'{"resourceType":"Patient"}'),
        }
        if self.trouble in simple:
            return simple[self.trouble]
        said = self._rights(asked) if "Eligibility" in path else self._claim(asked)
        return 200, json.dumps(said).encode()

    def _rights(self, asked: dict[str, Any]) -> dict[str, Any]:
        person = asked["patient"]["identifier"]["value"]
        inforce = person not in self.uncovered and self.trouble is not Trouble.REFUSES
        return {
            "resourceType": "CoverageEligibilityResponse",
            "status": "active",
            "outcome": "complete",
            "insurance": [{"inforce": inforce}],
        }

    def _claim(self, asked: dict[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = {"resourceType": "ClaimResponse", "status": "active"}
        if self.trouble is Trouble.QUEUES:
            return said | {"outcome": "queued"}
        if self.trouble is Trouble.REFUSES:
            coding = {"system": "urn:egide:refusal-reason", "code": self.reason}
            return said | {"outcome": "error", "error": [{"code": {"coding": [coding]}}]}
        items = [self._item(line) for line in asked["item"]]
        if self.trouble is Trouble.FORGETS:
            items = items[1:]
        if self.trouble is Trouble.TWICE:
            items += items[:1]
        return said | {"outcome": "complete", "item": items}

    def _item(self, line: dict[str, Any]) -> dict[str, Any]:
        amo = round(line["extension"][0]["valueMoney"]["value"] * 100)
        left = round(line["net"]["value"] * 100) - amo
        cents = left * self.share_bp // 10_000 + (
            left + 1 if self.trouble is Trouble.LIES else 0
        )
        amount = {"value": cents / 100, "currency": "EUR"}
        return {
            "itemSequence": line["sequence"],
            "adjudication": [{"category": _BENEFIT, "amount": amount}],
        }


def insurer_server(insurer: PlayedInsurer, host: str, port: int) -> ThreadingHTTPServer:
    """Return a server of an insurer's service; the caller runs and closes it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            asked = json.loads(self.rfile.read(length))
            headers = {name.lower(): value for name, value in self.headers.items()}
            insurer.seen.append((self.path, headers, asked))
            status, body = insurer.answer(self.path, asked)
            self.send_response(status)
            if status == 302:
                self.send_header("location", f"http://{host}:{port}/again")
            self.send_header("content-type", "application/fhir+json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 256  # a crowd of callers is no outage

    return Server((host, port), Handler)


def played(insurer: PlayedInsurer, host: str = "127.0.0.1") -> tuple[str, Callable[[], None]]:
    """Run an insurer's service beside its caller; return its address, and what stops it."""
    server = insurer_server(insurer, host, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return f"http://{host}:{server.server_port}", stop
