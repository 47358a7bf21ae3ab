"""What a server tells Prometheus: counts and queues, of nobody; and the rules and the picture that read it."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import yaml

from conftest import HOST, ROOT, Place, Running, free_port, now, run, start_server
from egide import db
from egide.client.messages import RIGHTS_PATH
from egide.drills.shows import by_card
from identity.persons import as_owner
from web.test_fhir_in import _person, _question, _send, _shows

_NAME = re.compile(r"\begide_[a-z_]+")
# What a histogram or a counter is called beside its own name.
_SUFFIXES = ("_total", "_bucket", "_sum", "_count", "_created")
_MADE_OF = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|[0-9A-HJKMNP-TV-Z]{26}|\b\d{9,}\b")


@pytest.fixture(scope="module")
def told(place: Place) -> Iterator[tuple[Running, str]]:
    """A server that counts, and the address where it tells."""
    port, listen = free_port(), f"{HOST}:{free_port()}"
    process = start_server(place, port, "--host", HOST, "--metrics", listen)
    try:
        yield Running(place, port), f"http://{listen}/metrics"
    finally:
        process.terminate()
        process.wait(30)


def _scrape(address: str) -> str:
    until = time.monotonic() + 90
    while True:
        try:
            with urlopen(address, timeout=10) as answer:
                return str(answer.read().decode())
        except URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _base(name: str) -> str:
    return next((name.removesuffix(one) for one in _SUFFIXES if name.endswith(one)), name)


def test_calls_and_answers_are_counted_and_nobody_is_named(told: tuple[Running, str]) -> None:
    server, address = told
    assert _shows(_send(server, RIGHTS_PATH, _question(by_card(_person(server, 60))))[1])
    _send(server, "/fhir/ClaimResponse/01M8F0JP6AETFACR8XE5QJXPGA", b"", method="GET")
    said = _scrape(address)
    asked = 'egide_requests_total{method="POST",route="/fhir/CoverageEligibilityRequest/$submit",status="200"} 1.0'
    assert asked in said
    assert 'egide_gate_answers_total{basis="P",outcome="shown",purpose="rights"} 1.0' in said
    assert 'route="/fhir/ClaimResponse/{claim}"' in said
    assert 'egide_refusals_total{code="claim-unknown"} 1.0' in said
    assert "egide_database_up 1.0" in said
    for line in said.splitlines():
        if not line.startswith("#"):
            labels = line.rpartition(" ")[0]
            assert not _MADE_OF.search(labels), line


def test_the_last_check_of_the_laws_is_told(told: tuple[Running, str]) -> None:
    server, address = told
    query = "insert into law_check values ($1, 3, $2::text::jsonb) returning 1"
    as_owner(server.place, query, now() + timedelta(days=1), '{"a": ["1"], "b": ["2", "3"]}')
    try:
        assert "egide_laws_broken 2.0" in _scrape(address)
    finally:
        as_owner(server.place, "delete from law_check where checked_at > $1 returning 1", now())


def test_a_database_that_hangs_is_not_up(told: tuple[Running, str]) -> None:
    server, address = told

    async def work() -> str:
        async with server.place.store.pool("owner") as pool, db.transaction(pool) as tx:
            await db.run(tx, "lock table law_check in access exclusive mode")
            return await asyncio.to_thread(_scrape, address)

    assert "egide_database_up 0.0" in run(work())
    assert "egide_database_up 1.0" in _scrape(address)


def test_the_counter_s_own_address_tells_nothing_of_it(told: tuple[Running, str]) -> None:
    status, _ = _send(told[0], "/metrics", b"", method="GET")
    assert status == 404


def test_rules_and_picture_read_what_there_is(told: tuple[Running, str]) -> None:
    server, address = told
    _send(server, RIGHTS_PATH, _question(by_card(_person(server, 61))))
    known = {_base(name) for name in _NAME.findall(_scrape(address))}
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text("utf-8"))
    asked = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    picture = json.loads((ROOT / "deploy/grafana/egide.json").read_text("utf-8"))
    asked += [each["expr"] for panel in picture["panels"] for each in panel["targets"]]
    assert len(asked) > 30
    for expression in asked:
        names = _NAME.findall(expression)
        assert names, expression
        for name in names:
            assert _base(name) in known, name
    named = [rule["alert"] for group in rules["groups"] for rule in group["rules"]]
    assert len(named) == len(set(named))
    for group in rules["groups"]:
        for rule in group["rules"]:
            page = rule["annotations"].get("runbook")
            assert page is None or (ROOT / page).exists(), page
