"""A bank, played: it knows some accounts, and says whose they are as a bank does."""

import difflib
import unicodedata
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import msgspec

_CLOSE: Final = 0.8
_FORMS: Final = frozenset({"SARL", "SAS", "SELARL", "SELAS", "SNC", "EURL", "SCP", "SCM", "SA"})


class Account(msgspec.Struct, frozen=True):
    """An account as its bank knows it."""

    name: str
    siren: str = ""


class _Asked(msgspec.Struct):
    iban: str
    name: str
    siren: str = ""


_read = msgspec.json.Decoder(_Asked)


def compared(asked: str, known: str) -> str:
    """Return how near two names are: accents, case, punctuation and legal forms say nothing."""
    one, other = _plain(asked), _plain(known)
    if one == other:
        return "match"
    near = difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()
    return "close-match" if near >= _CLOSE else "no-match"


def _plain(name: str) -> str:
    bare = "".join(
        s for s in unicodedata.normalize("NFKD", name) if not unicodedata.combining(s)
    )
    words = "".join(s if s.isalnum() else " " for s in bare.upper()).split()
    return " ".join(word for word in words if word not in _FORMS)


def bank_server(accounts: Mapping[str, Account], host: str, port: int) -> ThreadingHTTPServer:
    """Return a server that answers what ``egide.enrolment.Bank`` asks; the caller runs and closes it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                length = int(self.headers.get("content-length", 0))
                asked = _read.decode(self.rfile.read(length))
            except (ValueError, msgspec.DecodeError):
                self._say(400, b"{}")
                return
            known = accounts.get(asked.iban)
            if known is None:
                result = "unavailable"
            elif asked.siren and asked.siren == known.siren:
                result = "match"
            else:
                result = compared(asked.name, known.name)
            self._say(200, msgspec.json.encode({"result": result}))

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    return ThreadingHTTPServer((host, port), Handler)
