"""The vendor's client against the real server: enrolled, asking, invoicing, corrected where it errs."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from click.testing import CliRunner

from conftest import Place, Running, now
from egide.cli.people.keys import keys
from egide.client import (
    Client,
    FileKey,
    RefusedError,
    by_card,
    by_engagement,
    by_nir,
    by_numbers,
    item,
)
from egide.client.commands import client as commands
from egide.core.nir import nir_key


class Unsteady(httpx2.BaseTransport):
    """A network that loses some requests before they leave, some answers on their way back."""

    def __init__(self, *faults: str) -> None:
        self.faults = list(faults)
        self.sent: list[str] = []
        self._inner = httpx2.HTTPTransport()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        fault = self.faults.pop(0) if self.faults else ""
        self.sent.append(request.url.path)
        if fault == "lost":
            raise httpx2.ConnectError("lost")
        answer = self._inner.handle_request(request)
        if fault == "unheard":
            answer.read()
            raise httpx2.ReadError("unheard")
        if fault == "busy":
            return httpx2.Response(503, text="busy")
        return answer


@pytest.fixture(scope="module")
def key(server: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A key made, asked for and enrolled by the commands that the tutorial names."""
    file = tmp_path_factory.mktemp("vendor") / "key.pem"
    assert CliRunner().invoke(commands, ["key", str(file)]).exit_code == 0
    establishment = str(_establishment(server.place))
    asked = CliRunner().invoke(commands, ["request", *_options(server, file, establishment)])
    assert asked.exit_code == 0, asked.output
    data = ["--data", str(server.place.settings.data)]
    builds = CliRunner().invoke(keys, ["software", *data]).output
    words = [
        "--establishment",
        establishment,
        "--software",
        builds.split()[0],
        "--origin",
        server.origin,
    ]
    done = CliRunner().invoke(keys, ["enrol", *data, *words, "-"], input=asked.output)
    assert done.exit_code == 0, (done.output, done.exception)
    yield file


def _options(server: Running, file: Path, establishment: str) -> list[str]:
    return ["--key", str(file), "--origin", server.origin, "--establishment", establishment]


def _establishment(place: Place) -> UUID:
    shops = place.france.shops
    return next(shop.establishment_id for shop in shops if shop.profession == "doctor")


@pytest.fixture
def client(server: Running, key: Path) -> Iterator[Client]:
    with Client(server.origin, _establishment(server.place), FileKey.open(key)) as opened:
        yield opened


def _covered(place: Place, start: int = 0) -> Any:
    return next(one for one in place.france.persons[start:] if one.card)


class TestClient:
    def test_rights_then_an_invoice_then_its_decision(
        self, server: Running, client: Client
    ) -> None:
        day = now().date()
        answer = client.ask_rights(by_card(_covered(server.place).card), day)
        assert answer["resourceType"] == "CoverageEligibilityResponse"
        engagement = answer["preAuthRef"]
        assert client.engagement(engagement)
        items = [item(1, "ngap:G", 3_000, day.isoformat())]
        decided = client.submit(by_engagement(engagement), "V-1", day, items)
        assert decided["outcome"] == "complete"
        assert client.submit(by_engagement(engagement), "V-1", day, items) == decided
        assert client.claim(decided["id"])["outcome"] == "complete"

    def test_a_person_is_named_by_what_the_card_prints(
        self, server: Running, client: Client
    ) -> None:
        person = _covered(server.place, 50)
        printed = by_numbers(
            amc=person.amc, member=person.member, birth=person.birth, rank=person.rank
        )
        assert "preAuthRef" in client.ask_rights(printed, now().date())
        body = "1900175123456"
        assert "preAuthRef" not in client.ask_rights(
            by_nir(f"{body}{nir_key(body):02d}", "19900101"), now().date()
        )

    def test_a_refusal_says_code_place_and_remedy(self, client: Client) -> None:
        with pytest.raises(RefusedError) as refused:
            client.submit(by_card("?"), "V-2", now().date(), [])
        assert refused.value.status == 422
        assert refused.value.code and ":" in refused.value.remedy
        for gone in (client.claim, client.reconciliation, client.remittance):
            with pytest.raises(RefusedError) as refused:
                gone("01ARZ3NDEKTSV4RRFFQ69G5FAV")
            assert refused.value.status == 404

    def test_what_the_network_loses_is_sent_again_and_counts_once(
        self, server: Running, key: Path
    ) -> None:
        waits: list[float] = []
        network = Unsteady("", "", "unheard", "lost", "busy")
        day = now().date()
        with Client(
            server.origin,
            _establishment(server.place),
            FileKey.open(key),
            transport=network,
            wait=waits.append,
        ) as opened:
            engagement = opened.ask_rights(by_card(_covered(server.place, 90).card), day)[
                "preAuthRef"
            ]
            assert waits == [0.5, 1.0, 2.0]
            network.faults = ["unheard"]
            items = [item(1, "ngap:G", 3_000, day.isoformat())]
            first = opened.submit(by_engagement(engagement), "V-3", day, items)
            assert first["outcome"] == "complete"
            opened._token = ""  # pyright: ignore[reportPrivateUsage] - it must ask for another
            network.faults = ["busy"]  # the token endpoint's
            assert opened.claim(first["id"])["id"] == first["id"]
            network.faults = ["lost"] * 4
            with pytest.raises(httpx2.TransportError):
                opened.claim(first["id"])
            network.faults = ["busy"] * 4
            with pytest.raises(RefusedError):
                opened.claim(first["id"])
        assert network.sent.count("/oauth/token") == 4

    def test_a_key_that_is_not_enrolled_gets_no_token(
        self, server: Running, tmp_path: Path
    ) -> None:
        stranger = FileKey.create(tmp_path / "stranger.pem")
        with (
            Client(server.origin, _establishment(server.place), stranger) as opened,
            pytest.raises(RefusedError) as refused,
        ):
            opened.ask_rights(by_card("0" * 26), now().date())
        assert refused.value.code == "caller-unknown"

    def test_a_token_is_renewed_before_its_end(self, server: Running, key: Path) -> None:
        network, shift = Unsteady(), [0.0]
        moment = now()

        def clock() -> datetime:
            return moment + timedelta(seconds=time.monotonic() - started + shift[0])

        started = time.monotonic()
        with Client(
            server.origin,
            _establishment(server.place),
            FileKey.open(key),
            transport=network,
            now=clock,
        ) as opened:
            for shift[0] in (0.0, 20.0):
                with pytest.raises(RefusedError):
                    opened.claim("01ARZ3NDEKTSV4RRFFQ69G5FAV")
            assert network.sent.count("/oauth/token") == 2
            opened._token_ends -= 275  # pyright: ignore[reportPrivateUsage] - its end comes near
            with pytest.raises(RefusedError):
                opened.claim("01ARZ3NDEKTSV4RRFFQ69G5FAV")
            assert network.sent.count("/oauth/token") == 3


class TestCommands:
    def _run(self, server: Running, key: Path, *words: str, sent: object = None) -> Any:
        options = _options(server, key, str(_establishment(server.place)))
        return CliRunner().invoke(commands, [*words, *options], input=json.dumps(sent))

    def test_the_tutorials_path(self, server: Running, key: Path) -> None:
        who = {"card": _covered(server.place, 120).card}
        asked = self._run(server, key, "rights", "-", sent={"who": who})
        assert asked.exit_code == 0, asked.output
        engagement = json.loads(asked.output)["preAuthRef"]
        invoice = {
            "who": {"engagement": engagement},
            "invoice": "V-9",
            "items": [{"act": "ngap:G", "cents": 3000}],
        }
        decided = self._run(server, key, "invoice", "-", sent=invoice)
        assert decided.exit_code == 0, decided.output
        number = json.loads(decided.output)["id"]
        assert json.loads(self._run(server, key, "claim", number).output)["id"] == number
        corrected = invoice | {"invoice": "V-9-R", "replaces": "V-9"}
        corrected["items"] = [{"act": "ngap:G", "cents": 2900}]
        assert self._run(server, key, "invoice", "-", sent=corrected).exit_code == 0
        ended = self._run(server, key, "cancel", "V-9-R")
        assert json.loads(ended.output)["status"] == "cancelled"
        shown = self._run(server, key, "inquire", "V-9")
        assert json.loads(shown.output)["status"] == "cancelled"

    def test_a_prise_en_charge_and_a_batch(self, server: Running, key: Path) -> None:
        who = {"card": _covered(server.place, 140).card}
        items = [{"act": "ngap:G", "cents": 3000}]
        demand = {"who": who, "request": "V-D1", "items": items}
        quote = self._run(
            server, key, "preauth", "--quote", "-", sent=demand | {"request": "V-Q"}
        )
        assert "preAuthRef" not in json.loads(quote.output)
        asked = self._run(server, key, "preauth", "-", sent=demand)
        granted = json.loads(asked.output)["preAuthRef"]
        again = self._run(server, key, "inquire", "--preauth", "V-D1")
        assert json.loads(again.output)["preAuthRef"] == granted
        refused = self._run(server, key, "piece", granted, "last-refund", "2024-01-01")
        assert refused.exit_code == 1 and "preauth-closed" in refused.output
        used = {"who": {"engagement": granted}, "invoice": "V-10", "items": items}
        assert json.loads(self._run(server, key, "invoice", "-", sent=used).output)[
            "preAuthRef"
        ]
        kept = self._run(server, key, "cancel", "--preauth", "V-D1")
        assert kept.exit_code == 1 and "preauth-used" in kept.output
        line = {
            "who": who,
            "invoice": "V-11",
            "items": [{"act": "ngap:G", "cents": 3100, "on": now().date().isoformat()}],
        }
        sent = self._run(server, key, "batch", "--name", "V-LOT", "-", sent=line)
        assert '"accepted": 1' in sent.output, sent.output
        assert (
            '"accepted": 1'
            in self._run(server, key, "batch", "--name", "V-LOT", "-", sent=line).output
        )

    @pytest.mark.parametrize(
        ("words", "sent", "said"),
        [
            (("rights", "-"), {"who": {"carte": "X"}}, "who : champ inconnu, « carte »"),
            (("rights", "-"), {}, "il manque le champ « who »"),
            (("rights", "-"), {"who": {"card": "X"}}, "422 "),
            (("claim", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), None, "404 "),
            (("payment", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), None, "404 "),
        ],
    )
    def test_a_mistake_is_said_and_ends_with_one(
        self, server: Running, key: Path, words: tuple[str, ...], sent: object, said: str
    ) -> None:
        done = self._run(server, key, *words, sent=sent)
        assert done.exit_code == 1 and said in done.output

    @pytest.mark.parametrize(("command", "number"), [("invoice", "V-12"), ("preauth", "V-D2")])
    def test_what_is_rejected_is_shown_whole_and_ends_with_one(
        self, server: Running, key: Path, command: str, number: str
    ) -> None:
        frame = {"act": "grouping:M03", "cents": 12_000}  # of an optician, not of this doctor
        name = {"invoice": "invoice", "preauth": "request"}[command]
        sent = {"who": {"card": _covered(server.place, 145).card}, name: number}
        done = self._run(server, key, command, "-", sent=sent | {"items": [frame]})
        assert done.exit_code == 1
        answer = json.loads(done.stdout)
        assert answer["error"][0]["code"]["coding"][0]["code"] == "P01"
        told = ["--preauth"] if command == "preauth" else []
        assert self._run(server, key, "inquire", *told, number).exit_code == 0

    def test_a_server_that_is_not_there_is_named(self, key: Path, place: Place) -> None:
        words = ["claim", "X", "--key", str(key), "--origin", "http://127.0.0.1:9"]
        done = CliRunner().invoke(
            commands, [*words, "--establishment", str(_establishment(place))]
        )
        assert done.exit_code == 1
        assert "http://127.0.0.1:9 ne répond pas (ConnectError)." in done.output

    def test_a_key_is_not_written_over(self, key: Path) -> None:
        done = CliRunner().invoke(commands, ["key", str(key)])
        assert done.exit_code == 1 and "existe déjà" in done.output

    def test_a_key_is_revoked_by_the_operator_and_once(
        self, server: Running, tmp_path: Path
    ) -> None:
        file, data = tmp_path / "gone.pem", ["--data", str(server.place.settings.data)]
        establishment = str(_establishment(server.place))
        made = CliRunner().invoke(commands, ["key", str(file)]).output
        request = (
            CliRunner()
            .invoke(commands, ["request", *_options(server, file, establishment)])
            .output
        )
        build = CliRunner().invoke(keys, ["software", *data]).output.split()[0]
        words = [
            "--establishment",
            establishment,
            "--software",
            build,
            "--origin",
            server.origin,
        ]
        CliRunner().invoke(
            keys, ["enrol", *data, *words, "-"], input=request, catch_exceptions=False
        )
        again = CliRunner().invoke(keys, ["enrol", *data, *words, "-"], input=request)
        assert "key-known" in repr(again.exception)
        revoke = ["revoke", *data, "--establishment", establishment, made.split()[1]]
        assert CliRunner().invoke(keys, revoke).exit_code == 0
        assert "key-unknown" in repr(CliRunner().invoke(keys, revoke).exception)
