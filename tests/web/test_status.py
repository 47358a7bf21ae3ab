"""What works now, told to anybody: by flow, without a reason, also while the database is away."""

from collections.abc import Iterator

import httpx2
import pytest

from conftest import Running, now, run
from egide import db
from egide.edge.http import Request, Response
from egide.web.status import show_json, show_page
from identity.persons import change

_SET = "select gate.set_segment('flow', $1, $2, $3, 'test', now() + interval '1 hour')"


@pytest.fixture(autouse=True)
def opened_again(server: Running) -> Iterator[None]:
    change(server, "delete from gate.segment")
    yield
    change(server, "delete from gate.segment")


def _read(server: Running, path: str) -> httpx2.Response:
    return httpx2.get(f"{server.origin}{path}", timeout=10)


def test_each_flow_is_told_and_what_changed_and_never_why(server: Running) -> None:
    said = _read(server, "/status.json").json()
    assert said["status"] == "ok"
    assert {one["mode"] for one in said["flows"].values()} == {"open"}
    assert "Tout répond" in _read(server, "/status").text
    change(server, _SET, "portal", "off", "un secret de l'enquête")
    change(server, _SET, "rights", "card-only", "un secret de l'enquête")
    said = _read(server, "/status.json").json()
    assert said["status"] == "degraded"
    modes = {flow: one["mode"] for flow, one in said["flows"].items()}
    assert modes == {
        "rights": "card-only",
        "preauth": "open",
        "claim": "open",
        "payments": "open",
        "portal": "off",
    }
    assert said["flows"]["portal"]["since"] and said["flows"]["claim"]["since"] is None
    page = _read(server, "/status")
    assert "montre sa carte" in page.text and "Portail des personnes, arrêté" in page.text
    for told in (page.text, _read(server, "/status.json").text):
        assert "secret" not in told and "test" not in told.replace("latest", "")
    assert "script" not in page.text and "nonce-" in page.headers["content-security-policy"]
    change(server, "select gate.set_segment('flow', 'portal', 'open', 'fini', 'test', now())")
    said = _read(server, "/status.json").json()
    assert said["flows"]["portal"]["mode"] == "open"
    assert [one["mode"] for one in said["changes"][:1]] == ["open"]
    assert "rouvert" in _read(server, "/status").text


def test_it_answers_while_the_database_is_away(server: Running) -> None:
    async def work() -> list[Response]:
        pool = await db.open_pool(server.place.store.login("app"), size=1)
        await pool.close()
        asked = Request(
            method="GET",
            path="/status",
            headers={},
            body=b"",
            now=now(),
            connection=None,
            values={},
        )
        return [await show_page(pool, asked), await show_json(pool, asked)]

    page, answer = run(work())
    assert (page.status, answer.status) == (503, 503)
    assert "ne répond pas" in page.body.decode() and b"unavailable" in answer.body
