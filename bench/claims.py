"""``egide bench claims``: claims of three lines, through the gate, priced, booked, answered as FHIR.

The floor is the gate's statement by pgbench, as in ``bench rights``: what a claim must do at least.
"""

import random
from collections import deque
from datetime import datetime
from pathlib import Path

import click
import stage
import uvloop

import rights
from egide import db
from egide.client.messages import CLAIM_PATH, claim, item
from egide.doubles.software import Software
from egide.drills import France
from egide.drills.shows import by_card


def _queues(
    france: France,
    sites: list[Software],
    instant: datetime,
    *,
    connections: int,
    requests: int,
    start: int,
) -> list["deque[bytes]"]:
    rng = random.Random(start)
    holders = [person for person in france.persons if person.card and person.covered]
    pharmacies = [n for n, shop in enumerate(france.shops) if shop.profession == "pharmacy"]
    day = instant.date().isoformat()
    queues: list[deque[bytes]] = [deque() for _ in range(connections)]
    for number in range(start, start + requests):
        site, person = sites[rng.choice(pharmacies)], rng.choice(holders)
        items = [
            item(n, f"grouping:{code}", rng.randint(100, 9000), day)
            for n, code in enumerate(("PH7", "PH4", "PH2"), 1)
        ]
        body = claim(by_card(person), f"B{number:08d}", day, items)
        queues[number % connections].append(site.request("POST", CLAIM_PATH, instant, body))
    return queues


@click.command()
@click.option("--persons", default=50_000, show_default=True)
@click.option("--requests", default=6_000, show_default=True)
@click.option("--seconds", default=5, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--connections", default=64, show_default=True)
@click.option("--workers", default=2, show_default=True)
def main(
    persons: int, requests: int, seconds: int, rounds: int, connections: int, workers: int
) -> None:
    """Measure, and print the rate and its ratio to the floor."""
    with stage.workplace() as data:
        settings = db.settings(data)
        store = uvloop.run(db.open_store(settings))
        try:
            france = uvloop.run(stage.load_country(store, settings, persons))
            uvloop.run(rights.floor_table(store, settings, france))
            script = data / "floor.sql"
            script.write_text(rights.floor_scripts()[1])
            with stage.server(data, workers=workers) as (port, process):
                _rounds(
                    store,
                    script,
                    france,
                    (port, process, data),
                    connections,
                    requests,
                    seconds,
                    rounds,
                )
        finally:
            store.close()


def _rounds(
    store: db.Store,
    script: Path,
    france: France,
    place: tuple[int, int, Path],
    connections: int,
    requests: int,
    seconds: int,
    rounds: int,
) -> None:
    port, process, data = place
    results: list[tuple[float, float, float, float, float]] = []
    cpu = [0.0, 0.0]
    wrong = 0
    for number in range(rounds):
        floor = stage.pgbench(store.login("app"), script, connections, seconds)
        sites = stage.softwares(france, port)
        uvloop.run(stage.get_tokens(port, sites))
        queues = _queues(
            france,
            sites,
            stage.now(),
            connections=connections,
            requests=requests,
            start=number * requests,
        )
        before = stage.cpu_seconds(process), stage.cpu_seconds(stage.postmaster(data))
        load = stage.run_load(port, queues, b'"outcome":"complete"')
        cpu[0] += stage.cpu_seconds(process) - before[0]
        cpu[1] += stage.cpu_seconds(stage.postmaster(data)) - before[1]
        wrong += load.wrong
        results.append((load.rate / floor, load.rate, floor, load.at(0.5), load.at(0.99)))
    ratio, rate, floor, middle, late = (
        sorted(column)[len(column) // 2] for column in zip(*results, strict=True)
    )
    asked = rounds * requests
    print(
        f"claims of three lines, {connections} connections: {rate:.0f}/s, {ratio:.2f} of the floor ({floor:.0f}/s),"
        f" p50 {middle:.0f} ms, p99 {late:.0f} ms, CPU a claim: server {cpu[0] / asked * 1e6:.0f} us,"
        f" database {cpu[1] / asked * 1e6:.0f} us, server memory {stage.memory_mib(process):.0f} MiB,"
        f" not accepted {wrong}"
    )


if __name__ == "__main__":
    main()
