"""Facts: told within a minute to who listens, kept for who does not yet; a canary rings from the first question."""

import asyncio
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner

from conftest import Place, Running, now, run
from egide import db
from egide.accesslog.facts import tell_facts
from egide.cli.gate.canaries import canaries
from egide.cli.gate.facts import facts
from egide.client.messages import RIGHTS_PATH, rights_question
from egide.core.refusal import Refusal
from egide.doubles.wire import Wire
from egide.drills.attack import reuse_token
from egide.drills.shows import by_card, by_numbers


async def _rows(place: Place, query: str, *values: object) -> list[db.Row]:
    async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
        return await db.many(tx, query, *values)  # type: ignore[arg-type]


@pytest.fixture
def quiet(place: Place) -> None:
    run(
        _rows(
            place, "update gate.fact set told_at = now() where told_at is null returning kind"
        )
    )


def test_a_canary_of_a_leaked_list_rings_and_is_told_once(server: Running, quiet: None) -> None:
    place = server.place
    ghost = next(one for one in place.france.persons[550:] if one.card and one.covered)
    words = ["--data", str(place.settings.data), "--amc", ghost.amc, "--label", "export 12"]
    done = CliRunner().invoke(canaries, words, input=f"{ghost.reference}\n")
    assert done.exit_code == 0, done.output
    unknown = CliRunner().invoke(canaries, words, input=f"{ghost.reference}\nNOBODY\n")
    assert isinstance(unknown.exception, Refusal) and unknown.exception.where == "ligne 2"
    shop = server.shops("dentist")[0]

    async def ask() -> bytes:
        wire, software = server.wire(), server.software(shop)
        body = rights_question(by_numbers(ghost), now().date().isoformat())
        reply = await software.call(wire, "POST", RIGHTS_PATH, now(), body)
        nobody = rights_question(by_card(ghost), now().date().isoformat())
        other = await software.call(wire, "POST", RIGHTS_PATH, now(), nobody)
        wire.close()
        assert other.body == reply.body  # its card answers like nobody's too
        return reply.body

    assert b"preAuthRef" not in run(ask())
    heard: list[dict[str, Any]] = []

    async def tell(said: dict[str, Any]) -> None:
        heard.append(said)

    async def told() -> tuple[int, int]:
        async with place.store.pool("owner") as pool:
            return await tell_facts(pool, tell)

    assert run(told()) == (2, 0) and run(told()) == (0, 0)
    establishment = str(place.france.shops[shop].establishment_id)
    assert {(one["kind"], one["establishment"], one["detail"]) for one in heard} == {
        ("canary", establishment, "export 12")
    }
    assert ghost.member not in str(heard) and ghost.nir not in str(heard)
    run(_rows(place, "delete from gate.canary returning label"))
    run(
        _rows(
            place,
            "update gate.segment set until = since where value = $1 returning kind",
            establishment,
        )
    )


def test_a_stolen_token_is_a_fact(server: Running, quiet: None) -> None:
    """A1: it learns nothing, and it is told."""
    shop = server.shops("dentist")[1]

    async def work() -> tuple[int, list[db.Row]]:
        wire, software = server.wire(), server.software(shop)
        await software.ready(wire, now())
        disclosed = await reuse_token(wire, software, server.place.france.persons[:3], now)
        wire.close()
        await asyncio.sleep(1.5)
        query = (
            "select kind, key from gate.fact where establishment_id = $1 and told_at is null"
        )
        return disclosed.hits, await _rows(server.place, query, software.establishment_id)

    hits, found = run(work())
    assert hits == 0
    assert {row["kind"] for row in found} == {"key-mismatch"}
    assert len(found) <= 2  # one a minute an establishment, and a worker


def test_what_is_not_heard_is_told_again(place: Place, quiet: None) -> None:
    insert = "insert into gate.fact (fact_id, at, kind, establishment_id) values (gen_random_uuid(), now(), $1, gen_random_uuid()) returning kind"  # fmt: skip
    for kind in ("streak", "replayed"):
        run(_rows(place, insert, kind))

    async def deaf(said: dict[str, Any]) -> None:
        if said["kind"] == "streak":
            message = "down"
            raise httpx2.ConnectError(message)

    async def told() -> tuple[int, int]:
        async with place.store.pool("owner") as pool:
            return await tell_facts(pool, deaf)

    assert run(told()) == (1, 1)
    assert run(told()) == (0, 1)
    words = ["--data", str(place.settings.data), "--webhook", "http://127.0.0.1:9/"]
    assert CliRunner().invoke(facts, words).exit_code == 1
    nobody = CliRunner().invoke(facts, words[:2])
    assert isinstance(nobody.exception, Refusal)
    assert Wire
