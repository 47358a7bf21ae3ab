"""Invoices kept while the server is away: durable, sealed, sent once in their order, whatever the network loses."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from client.test_client import Unsteady, _establishment, _options
from client.test_client import key as enrolled_key
from conftest import Running, now
from egide.client import Client, FileKey, InvoiceQueue, QueueError, by_card, item
from egide.client.commands import client as commands
from egide.drills import Person
from identity.persons import as_owner

key = enrolled_key
_DAY = now().date()


def _person(server: Running, number: int) -> Person:
    people = server.place.france.persons
    return [one for one in people if one.covered and one.card][-90 - number]


def _items(cents: int = 1_000) -> list[dict[str, Any]]:
    return [item(1, "ngap:G", cents, _DAY.isoformat())]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[InvoiceQueue]:
    with InvoiceQueue.open(tmp_path / "queue.sqlite") as queue:
        yield queue


def _client(server: Running, key: Path, *faults: str) -> Client:
    establishment = _establishment(server.place)
    return Client(
        server.origin,
        establishment,
        FileKey.open(key),
        transport=Unsteady(*faults),
        wait=lambda _: None,
    )


def _claims(server: Running, like: str) -> int:
    query = "select count(*) as n from claim where invoice like $1"
    return int(as_owner(server.place, query, like)[0]["n"])


def test_what_waited_is_sent_once_in_its_order_whatever_is_lost(
    server: Running, key: Path, kept: InvoiceQueue
) -> None:
    for number in range(5):
        who = by_card(_person(server, number).card)
        kept.put(who, f"QU-{number}", _DAY, _items(900 + number))
    kept.put(by_card(_person(server, 0).card), "QU-0", _DAY, _items(900))  # the same again
    away = _client(server, key, *["lost"] * 40)
    assert list(kept.send(away)) == []
    assert [one.state for one in kept.every()] == ["waiting"] * 5
    # The answer of the second is lost on its way back, four times: it is asked again, and decided once.
    shaky = _client(server, key, "", "", "", *["unheard"] * 4)
    first = [one.number for one in kept.send(shaky)]
    assert first == ["QU-0"]
    rest = [one.number for one in kept.send(_client(server, key, "busy", "unheard"))]
    assert rest == ["QU-1", "QU-2", "QU-3", "QU-4"]
    assert _claims(server, "QU-%") == 5
    assert all(one.answer and one.answer["outcome"] == "complete" for one in kept.every())
    assert list(kept.send(_client(server, key))) == []
    assert kept.forget_answered() == 5 and kept.every() == []


def test_nothing_of_a_person_stands_in_its_file_and_a_changed_row_does_not_open(
    server: Running, tmp_path: Path
) -> None:
    path, person = tmp_path / "sealed.sqlite", _person(server, 7)
    with InvoiceQueue.open(path) as queue:
        queue.put(by_card(person.card), "QS-1", _DAY, _items())
        queue.put(by_card(person.card), "QS-2", _DAY, _items(1_100))
    files = list(tmp_path.glob("sealed.sqlite*"))
    assert {
        one.stat().st_mode & 0o777 for one in files if one.suffix in {".sqlite", ".key"}
    } == {0o600}
    assert not any(person.card.encode() in one.read_bytes() for one in files)
    # What was sealed under another number is not taken for this one's.
    base = sqlite3.connect(path)
    base.execute(
        "update invoice set sent = (select sent from invoice where number = 'QS-2') where number = 'QS-1'"
    )
    base.commit()
    base.close()
    with InvoiceQueue.open(path) as queue, pytest.raises(QueueError, match="QS-1"):
        queue.put(by_card(person.card), "QS-1", _DAY, _items())
    path.with_name("sealed.sqlite.key").unlink()
    with pytest.raises(QueueError, match="n'est plus là"):
        InvoiceQueue.open(path)
    other = tmp_path / "other.sqlite"
    other.write_bytes(b"not a database, at all, " * 50)
    other.with_name("other.sqlite.key").write_bytes(b"k" * 32)
    with pytest.raises(QueueError, match="n'est pas une file"):
        InvoiceQueue.open(other)


def test_what_is_refused_keeps_no_other_and_is_put_again_mended(
    server: Running, key: Path, kept: InvoiceQueue
) -> None:
    person, other = _person(server, 9), _person(server, 10)
    kept.put(by_card(person.card), "QR-1", _DAY, _items(-5))
    kept.put(by_card(other.card), "QR-2", _DAY, _items(950))
    with pytest.raises(QueueError, match="QR-2"):
        kept.put(by_card(other.card), "QR-2", _DAY, _items(951))
    done = {one.number: one for one in kept.send(_client(server, key))}
    assert (done["QR-1"].state, done["QR-2"].state) == ("refused", "answered")
    assert "amount-invalid" in done["QR-1"].why
    kept.put(by_card(person.card), "QR-1", _DAY, _items(960))
    assert [one.state for one in kept.send(_client(server, key))] == ["answered"]
    assert _claims(server, "QR-%") == 2


def test_the_commands_keep_send_and_tell(
    server: Running, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "commands.sqlite"
    person = _person(server, 12)
    said = {
        "who": {"card": person.card},
        "invoice": "QC-1",
        "items": [{"act": "ngap:G", "cents": 970}],
    }
    words = ["queue", "put", "--queue", str(path), "-"]
    done = CliRunner().invoke(commands, words, input=json.dumps(said))
    assert (done.exit_code, done.output) == (0, "QC-1 : gardée.\n")
    listed = CliRunner().invoke(commands, ["queue", "waiting", "--queue", str(path)])
    assert listed.output == "QC-1 : attend\n" and person.card not in listed.output
    options = _options(server, key, str(_establishment(server.place)))
    away = [*options]
    away[away.index("--origin") + 1] = "http://127.0.0.1:9"
    monkeypatch.setattr("egide.client.client.time.sleep", lambda _: None)
    failed = CliRunner().invoke(commands, ["queue", "send", "--queue", str(path), *away])
    assert (failed.exit_code, failed.output) == (1, "Il en reste 1.\n")
    done = CliRunner().invoke(commands, ["queue", "send", "--queue", str(path), *options])
    assert (done.exit_code, done.output) == (0, "QC-1 : acceptée\nRien n'attend plus.\n")
