"""Valid requests, changed at random: each is answered or refused in words of its own, whatever was changed."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from conftest import Running, now, run
from egide.client.messages import (
    CLAIM_PATH,
    INQUIRE_PATH,
    RIGHTS_PATH,
    by_engagement,
    by_nir,
    cancelled,
    claim,
    in_stay,
    item,
    named,
    piece,
    preauthorization,
    saying_more,
)
from egide.doubles.wire import Reply, write_request
from egide.drills.shows import by_card
from web.test_fhir_in import DAY, _numbers, _person, _question

_MARK = "QZMARKQZ"
_STRANGE: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**30, -(10**18), 1e308, 0.1 + 0.2, "", " ", _MARK, _MARK * 900, "\u0000", "\ud7ff\u202e",
    "2026-02-30", "0000-01-01", "9999-12-31", "2026", "2026-11-28T23:59:60+14:00", "1_000", "NaN", "#", "#x", "urn:uuid:x",
    [], {}, [[]], [None], [{}], {"": ""}, {"value": _MARK}, [_MARK] * 300, {"extension": [{"url": _MARK}]},
]  # fmt: skip
_NAMES = (
    "id", "_id", "extension", "modifierExtension", "contained", "text", "meta", "implicitRules", "identifier", "coding", "code",
    "system", "value", "reference", "use", "period", "net", "factor", "quantity", "detail", "unitPrice", "servicedPeriod", "status",
    "related", "insurance", "coverage", "focal", "payee", "careTeam", "resourceType", "Item", _MARK, "entry", "parameter",
)  # fmt: skip


def _valid(server: Running) -> list[tuple[str, dict[str, Any]]]:
    """Return requests of every kind, each answered as it stands or refused for a reason of the field."""
    person = _person(server, 260)
    drug = item(1, "grouping:PH7", 590, DAY)
    glasses = item(2, "grouping:VE1", 9000, DAY, side="right")
    more = saying_more(drug, situation=("ald",), base=590, performer="x")
    lines = [drug, glasses, in_stay(more, "A", 100)]
    bodies: list[tuple[str, bytes | dict[str, Any]]] = [
        (RIGHTS_PATH, _question(by_card(person))),
        (RIGHTS_PATH, _question(_numbers(person))),
        (RIGHTS_PATH, _question(by_nir(person.nir, person.birth, amc=person.amc))),
        (RIGHTS_PATH, _question(by_engagement("0" * 26))),
        (CLAIM_PATH, claim(by_card(person), "MUT-1", DAY, lines)),
        (CLAIM_PATH, claim(_numbers(person), "MUT-2", DAY, [drug], replaces="MUT-1")),
        (CLAIM_PATH, preauthorization(by_card(person), "MUT-3", DAY, lines)),
        (CLAIM_PATH, preauthorization(_numbers(person), "MUT-4", DAY, [drug], is_quote=True)),
        (CLAIM_PATH, cancelled("MUT-1", DAY)),
        (INQUIRE_PATH, json.dumps(named("MUT-3", DAY, use="preauthorization")).encode()),
        ("/fhir/Communication", piece("0" * 26, "quote", "x")),
    ]
    return [
        (path, body if isinstance(body, dict) else json.loads(body)) for path, body in bodies
    ]


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container with each of its keys."""
    pairs = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in list(pairs):
        yield node, key
        yield from _places(value)


def _change(body: dict[str, Any], draw: random.Random) -> None:
    held, key = draw.choice(list(_places(body)) or [(body, "status")])
    others = [one[at] for one, at in _places(body)] or [None]
    changes: list[Callable[[], object]] = [
        lambda: held.pop(key),
        lambda: held.__setitem__(key, deepcopy(draw.choice(_STRANGE))),
        lambda: held.__setitem__(key, deepcopy(draw.choice(others))),
        lambda: held.__setitem__(key, [deepcopy(held[key])] * 2),
        lambda: held.__setitem__(key, {draw.choice(_NAMES): deepcopy(held[key])}),
    ]
    if isinstance(held, dict):
        changes += [
            lambda: held.__setitem__(draw.choice(_NAMES), deepcopy(draw.choice(others))),
            lambda: held.__setitem__(draw.choice(_NAMES), deepcopy(draw.choice(_STRANGE))),
            lambda: held.__setitem__(f"{key}"[:-1] + "x", held.pop(key)),
        ]
    else:
        changes.append(lambda: held.insert(key, deepcopy(draw.choice(others))))
    draw.choice(changes)()


def _written(body: dict[str, Any], draw: random.Random) -> bytes:
    raw = json.dumps(body, ensure_ascii=draw.random() < 0.5).encode()
    if draw.random() < 0.05:
        at = draw.randrange(len(raw))
        return draw.choice(
            (
                raw[:at],
                raw[:at] + bytes([draw.randrange(256)]) + raw[at + 1 :],
                raw[:at] + raw[at // 2 :],
            )
        )
    return raw


async def _play(server: Running, seed: int, count: int) -> Counter[int]:
    draw, met = random.Random(seed), Counter[int]()
    valid = _valid(server)
    shops = [
        server.shops(profession)[-1] for profession in ("pharmacy", "optician", "hospital")
    ]
    wires = [(server.wire(), server.software(shop)) for shop in shops]

    async def one(at: int, path: str, raw: bytes) -> Reply:
        wire, software = wires[at]
        await software.ready(wire, now())
        sent = {
            "Content-Type": "application/fhir+json",
            "Authorization": f"DPoP {software.token}",
            "DPoP": software.proof("POST", path, now(), token=software.token),
        }
        return await wire.send(write_request("POST", path, sent, raw))

    for number in range(0, count, len(wires)):
        calls: list[tuple[str, bytes]] = []
        for _ in wires:
            path, body = deepcopy(draw.choice(valid))
            if "identifier" in body and draw.random() < 0.7:
                body["identifier"][0]["value"] = f"MUT-{seed}-{number}"
            for _ in range(draw.choice((1, 1, 1, 2, 4))):
                _change(body, draw)
            calls.append((path, _written(body, draw)))
        replies = await asyncio.gather(*(one(at, *call) for at, call in enumerate(calls)))
        for (path, raw), reply in zip(calls, replies, strict=True):
            met[reply.status] += 1
            assert reply.status < 500, (seed, number, path, raw)
            assert _MARK.encode() not in reply.body or reply.status < 400, (seed, number, path)
            json.loads(reply.body)
    return met


@pytest.mark.parametrize("seed", range(3))
def test_no_change_makes_an_error_of_the_server_nor_is_said_again(
    server: Running, seed: int
) -> None:
    met = run(_play(server, seed, 240))
    assert met[422] > met.total() // 4 and met[200] + met[201] > 5, met


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
def test_twenty_thousand_changes(server: Running, seed: int) -> None:
    met = run(_play(server, seed, 2_000))
    assert met[200] + met[201] > 40, met
