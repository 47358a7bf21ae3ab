"""Pricing again: what was decided is found again to the cent, in parts, from a day on, under another grid."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from conftest import Running, now, run
from egide.claims import Changed, Repricing, Span, Tally
from egide.client.messages import CLAIM_PATH, claim, item
from egide.drills.shows import by_card
from egide.plans import read_grid
from pricing.builders import grid_text

DAY = now().date().isoformat()
AGES = datetime(2020, 1, 1, tzinfo=UTC)


def reprice(
    server: Running, repricing: Repricing, *, plan: str = "PROPRETE-ART9", **span: Any
) -> Tally:
    known = {"since": AGES, "until": now() + timedelta(minutes=1), **span}

    async def work() -> dict[str, Tally]:
        async with server.place.store.pool("owner") as pool:
            return await repricing.run(pool, Span(**known))

    return run(work()).get(plan, Tally())


def send(server: Running, shop: int, *bodies: bytes) -> list[dict[str, Any]]:
    async def work() -> list[dict[str, Any]]:
        wire, software = server.wire(), server.software(shop)
        return [
            msgspec.json.decode(
                (await software.call(wire, "POST", CLAIM_PATH, now(), body)).body
            )
            for body in bodies
        ]

    return run(work())


@pytest.fixture(scope="module", autouse=True)
def middle(server: Running) -> datetime:
    """Return an instant between the claims of this module: a frame and drugs, then the frame again."""
    people = [one for one in server.place.france.persons if one.covered and one.card]
    optician, pharmacy = server.shops("optician")[0], server.shops("pharmacy")[0]
    frame = [item(1, "grouping:M03", 12_000, DAY)]
    first = claim(by_card(people[40]), "RP-1", DAY, frame)
    drugs = [
        claim(by_card(one), f"RP-2-{n}", DAY, [item(1, "grouping:PH4", 1_000, DAY)])
        for n, one in enumerate(people[41:61])
    ]
    [paid] = send(server, optician, first)
    send(server, pharmacy, *drugs)
    between = now()
    again = claim(by_card(people[40]), "RP-3", DAY, [item(1, "grouping:M03", 12_100, DAY)])
    [late] = send(server, optician, again)
    amounts = [one["total"][2]["amount"]["value"] for one in (paid, late)]
    assert amounts[0] > 10 > amounts[1]  # one frame every two years
    return between


def test_every_amount_is_found_again_and_what_came_before_is_remembered(
    server: Running, middle: datetime
) -> None:

    whole = reprice(server, Repricing())
    assert whole.claims >= 22
    assert (whole.changed, whole.unpriceable, whole.before) == (0, 0, whole.after)
    halves = [reprice(server, Repricing(), part=part, parts=2) for part in (0, 1)]
    assert sum(half.claims for half in halves) == whole.claims
    assert sum(half.after for half in halves) == whole.after
    assert all(half.claims for half in halves)
    rest = reprice(server, Repricing(), since=middle)
    assert rest.claims >= 1
    assert (rest.changed, rest.claims < whole.claims) == (0, True)


def test_another_grid_says_what_it_would_have_changed(server: Running) -> None:
    text = grid_text(("pharmacie | 100 % BR",), "comprise", "non", "", "AUTRE", "civil")
    told: list[Changed] = []
    counted: list[int] = []
    repricing = Repricing(
        instead={"PROPRETE-ART9": "AUTRE"},
        extra=(read_grid(text),),
        changed=told.append,
        progress=counted.append,
    )
    whole = reprice(server, repricing)
    assert whole.changed == len(told) > 0
    assert sum(counted) >= whole.claims
    assert sum(one.after - one.before for one in told) == whole.after - whole.before
    assert any(one.after == 0 for one in told)  # the frame is not in that grid


def test_a_plan_that_is_not_there_is_counted_and_changes_nothing(server: Running) -> None:
    whole = reprice(server, Repricing(instead={"PROPRETE-ART9": "ABSENT"}))
    assert whole.unpriceable == whole.claims > 0
    assert whole.before == whole.after
