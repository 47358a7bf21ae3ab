"""How much longer does one establishment wait at the counter while another asks 1,500 times at once.

The other asks by card, one question after the other, first alone, then while bursts come. The floods are sent by a
process of its own at the lowest priority, since its work is not the server's.
"""

import asyncio
import multiprocessing
import os
import time
from collections import deque
from datetime import datetime
from multiprocessing.synchronize import Event

import click
import stage
import uvloop

from egide import db
from egide.client.messages import RIGHTS_PATH, rights_question
from egide.doubles.software import Software
from egide.doubles.wire import Wire
from egide.drills import Person
from egide.drills.shows import by_card


def _request(site: Software, person: Person, instant: datetime) -> bytes:
    body = rights_question(by_card(person), instant.date().isoformat())
    return site.request("POST", RIGHTS_PATH, instant, body)


def _flood(
    port: int, site: Software, people: list[Person], calls: int, connections: int, ends: Event
) -> None:
    """Send bursts until told to end."""
    os.nice(19)
    asked = 0
    while not ends.is_set():
        queues: list[deque[bytes]] = [deque() for _ in range(connections)]
        for number in range(calls):
            queues[number % connections].append(
                _request(site, people[number % len(people)], stage.now())
            )
        load = stage.run_load(port, queues, b"ClaimResponse")
        asked += 1
        print(f"burst {asked}: {calls} calls in {load.seconds:.2f} s", flush=True)


async def _wait(port: int, site: Software, people: list[Person], seconds: float) -> list[float]:
    """Return how long each question of the other took, in seconds: one each 20 ms at most."""
    wire, took = Wire(stage.HOST, port), list[float]()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        request = _request(site, people[len(took) % len(people)], stage.now())
        began = time.perf_counter()
        reply = await wire.send(request)
        took.append(time.perf_counter() - began)
        if reply.status != 200:
            raise RuntimeError(reply.body.decode())
        await asyncio.sleep(0.02)
    wire.close()
    return took


def _said(name: str, took: list[float]) -> str:
    ordered = sorted(took)
    shares = [ordered[int(len(ordered) * share)] * 1000 for share in (0.5, 0.95, 0.99)]
    figures = ", ".join(
        f"p{name} {value:.1f} ms" for name, value in zip((50, 95, 99), shares, strict=True)
    )
    return f"{name}: {figures} of {len(took)} questions"


@click.command()
@click.option("--calls", default=1_500, show_default=True, help="Of a burst.")
@click.option("--connections", default=1_500, show_default=True)
@click.option("--seconds", default=15.0, show_default=True, help="Quiet, then again flooded.")
@click.option("--workers", default=2, show_default=True)
def main(calls: int, connections: int, seconds: float, workers: int) -> None:
    """Measure, and print both."""
    with stage.workplace() as data:
        settings = db.settings(data)
        store = uvloop.run(db.open_store(settings))
        try:
            france = uvloop.run(stage.load_country(store, settings, 5_000))
            people = [one for one in france.persons if one.covered and one.card]
            with stage.server(data, workers=workers) as (port, _):
                sites = stage.softwares(france, port)[:2]
                uvloop.run(stage.get_tokens(port, sites))
                quiet = uvloop.run(_wait(port, sites[0], people[:500], seconds))
                ends = multiprocessing.get_context("fork").Event()
                thief = multiprocessing.get_context("fork").Process(
                    target=_flood,
                    args=(port, sites[1], people[500:900], calls, connections, ends),
                )
                thief.start()
                time.sleep(3)
                flooded = uvloop.run(_wait(port, sites[0], people[:500], seconds))
                ends.set()
                thief.join()
        finally:
            store.close()
    print(_said("alone", quiet))
    print(_said("while another floods", flooded))


if __name__ == "__main__":
    main()
