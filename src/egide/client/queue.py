"""Invoices kept while the server cannot be reached: sealed on the machine's disk, sent in order once it answers.

A counter that goes on when the network or Égide does not: each invoice is durable before ``put`` returns, is sent as it
was made, and is paid once, since its number is its own. Proofs are signed when it leaves, never before.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Self

import httpx2
import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from egide.client import messages
from egide.client.client import Client, RefusedError
from egide.edge.http import clock

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
# The server is away, or too busy: it is asked later. Any other refusal is an answer.
_AWAY: Final = frozenset({429, 500, 502, 503, 504})
_TABLE: Final = """
create table if not exists invoice (
    place    integer primary key,
    number   text not null unique,
    since    text not null,
    state    text not null check (state in ('waiting', 'answered', 'refused')),
    why      text not null default '',
    sent     blob not null,
    answer   blob
) strict
"""


class QueueError(Exception):
    """A queue cannot be read, or a number has served for another invoice; the message says which."""


@dataclass(frozen=True, slots=True)
class Queued:
    """An invoice of the queue.

    Args:
        state: ``waiting``, ``answered`` (accepted or rejected: its answer says), ``refused`` (mended, it is put again).
        why: the last refusal, as the server says it.
        answer: the ClaimResponse; None until there is one.
    """

    number: str
    since: datetime
    state: str
    why: str
    answer: dict[str, Any] | None


class InvoiceQueue:
    """The invoices of one machine that have no answer yet, and the answers of those that have.

    Nothing of a person stands in clear in its file; the key that opens it is beside it, for its owner alone, so that a
    copy of the file says nothing. One machine, one queue: two programs may share it.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._box = AESGCM(key)
        path.touch(mode=0o600)
        self._base = sqlite3.connect(path, timeout=30, isolation_level=None)
        try:
            self._base.execute("pragma journal_mode = wal")
            self._base.execute("pragma synchronous = full")  # on disk before it is said kept
            self._base.execute(_TABLE)
        except sqlite3.DatabaseError as error:
            self._base.close()
            message = f"{path} n'est pas une file de factures ({error})."
            raise QueueError(message) from None

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a queue, made where there is none, with its key in ``PATH.key``; QueueError where the key is gone."""
        key_file = path.with_name(f"{path.name}.key")
        if not path.exists() and not key_file.exists():
            descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(os.urandom(_KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
        try:
            key = key_file.read_bytes()
        except FileNotFoundError:
            message = f"{key_file} n'est plus là : la file ne s'ouvre pas sans elle."
            raise QueueError(message) from None
        if len(key) != _KEY_BYTES:
            message = f"{key_file} n'est pas la clé d'une file."
            raise QueueError(message)
        return cls(path, key)

    def close(self) -> None:
        """Close it; what waits stays."""
        self._base.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def put(
        self,
        named: dict[str, Any],
        invoice: str,
        on: date,
        items: list[dict[str, Any]],
        *,
        replaces: str = "",
    ) -> None:
        """Keep an invoice, on disk once this returns; the arguments are those of ``Client.submit``.

        The same again is kept once; a refused one may be put again, mended. Raises: QueueError for a number that waits
        or was answered with another content.
        """
        body = messages.claim(named, invoice, on.isoformat(), items, replaces=replaces)
        with closing(self._base.cursor()) as cursor:
            cursor.execute("begin immediate")
            try:
                self._keep(cursor, invoice, body)
            except BaseException:
                cursor.execute("rollback")
                raise
            cursor.execute("commit")

    def _keep(self, cursor: sqlite3.Cursor, number: str, body: bytes) -> None:
        sealed = self._seal(number, body)
        known = cursor.execute(
            "select state, sent from invoice where number = ?", (number,)
        ).fetchone()
        if known is None:
            values = (number, clock().isoformat(), "waiting", sealed)
            cursor.execute(
                "insert into invoice (number, since, state, sent) values (?, ?, ?, ?)", values
            )
        elif known[0] == "refused":
            cursor.execute(
                "update invoice set state = 'waiting', why = '', sent = ? where number = ?",
                (sealed, number),
            )
        elif self._open(number, known[1]) != body:
            message = f"Le numéro {number} a déjà servi pour une autre facture."
            raise QueueError(message)

    def send(self, client: Client) -> Iterator[Queued]:
        """Send what waits, in its order; yield each as it is answered or refused, and stop where the server is away.

        An answer that was lost is asked again: a number is decided once. Raises nothing for a server that is away: what
        is left waits.
        """
        for number, sent in self._waiting():
            try:
                said = client.send_again(self._open(number, sent))
            except httpx2.TransportError:
                return
            except RefusedError as refused:
                if refused.status in _AWAY:
                    return
                self._note(number, "refused", f"{refused.code} : {refused.remedy}", None)
            else:
                self._note(number, "answered", "", msgspec.json.encode(said))
            yield self.one(number)

    def _waiting(self) -> list[tuple[str, bytes]]:
        return self._base.execute(
            "select number, sent from invoice where state = 'waiting' order by place"
        ).fetchall()

    def _note(self, number: str, state: str, why: str, answer: bytes | None) -> None:
        sealed = None if answer is None else self._seal(number, answer)
        self._base.execute(
            "update invoice set state = ?, why = ?, answer = ? where number = ?",
            (state, why, sealed, number),
        )

    def one(self, number: str) -> Queued:
        """Return an invoice of the queue; QueueError where there is none of that number."""
        row = self._base.execute(
            "select number, since, state, why, answer from invoice where number = ?", (number,)
        ).fetchone()
        if row is None:
            message = f"Aucune facture {number} dans cette file."
            raise QueueError(message)
        return self._queued(*row)

    def every(self) -> list[Queued]:
        """Return the queue, in its order."""
        rows = self._base.execute(
            "select number, since, state, why, answer from invoice order by place"
        ).fetchall()
        return [self._queued(*row) for row in rows]

    def _queued(
        self, number: str, since: str, state: str, why: str, answer: bytes | None
    ) -> Queued:
        said = None if answer is None else msgspec.json.decode(self._open(number, answer))
        return Queued(number, datetime.fromisoformat(since), state, why, said)

    def forget_answered(self) -> int:
        """Forget the invoices that have their answer; return how many. What waits or was refused stays."""
        return self._base.execute("delete from invoice where state = 'answered'").rowcount

    def _seal(self, number: str, body: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._box.encrypt(nonce, body, number.encode())

    def _open(self, number: str, sealed: bytes) -> bytes:
        try:
            return self._box.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], number.encode()
            )
        except InvalidTag:
            message = f"La facture {number} ne s'ouvre pas : la clé est une autre, ou la file a changé."
            raise QueueError(message) from None
