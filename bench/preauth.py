"""``egide bench preauth``: demands of a prise en charge for glasses, beside invoices of the same, in one run."""

import random
from collections import deque

import click
import stage
import uvloop

from egide import db
from egide.client.messages import CLAIM_PATH, claim, item, preauthorization
from egide.doubles.software import Software
from egide.drills import France, Person
from egide.drills.shows import by_card


def _queues(
    opticians: list[Software], persons: list[Person], connections: int, *, asks: bool
) -> list["deque[bytes]"]:
    """Return a demand, or an invoice, for each person: nobody's renewal is met twice."""
    rng = random.Random(4)
    instant = stage.now()
    day = instant.date().isoformat()
    queues: list[deque[bytes]] = [deque() for _ in range(connections)]
    for number, person in enumerate(persons):
        items = [
            item(1, "grouping:M03", rng.randint(6_000, 18_000), day),
            item(2, "grouping:VU1", rng.randint(8_000, 20_000), day, side="right"),
            item(3, "grouping:VU1", rng.randint(8_000, 20_000), day, side="left"),
        ]
        name = f"{'D' if asks else 'I'}{person.reference}"
        write = preauthorization if asks else claim
        body = write(by_card(person), name, day, items)
        site = rng.choice(opticians)
        queues[number % connections].append(site.request("POST", CLAIM_PATH, instant, body))
    return queues


@click.command()
@click.option("--persons", default=50_000, show_default=True)
@click.option("--requests", default=3_000, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--connections", default=64, show_default=True)
@click.option("--workers", default=2, show_default=True)
def main(persons: int, requests: int, rounds: int, connections: int, workers: int) -> None:
    """Measure, and print both rates and their ratio."""
    with stage.workplace() as data:
        settings = db.settings(data)
        store = uvloop.run(db.open_store(settings))
        try:
            france = uvloop.run(stage.load_country(store, settings, persons))
            with stage.server(data, workers=workers) as (port, _):
                print(_rounds(france, port, rounds, requests, connections))
        finally:
            store.close()


def _rounds(france: France, port: int, rounds: int, requests: int, connections: int) -> str:
    sites = stage.softwares(france, port)
    opticians = [
        site
        for site, shop in zip(sites, france.shops, strict=True)
        if shop.profession == "optician"
    ]
    holders = iter([person for person in france.persons if person.card and person.covered])
    ratios: list[tuple[float, float, float]] = []
    wrong = 0
    for _ in range(rounds):
        uvloop.run(stage.get_tokens(port, sites))
        rates: list[float] = []
        for asks in (False, True):
            some = [next(holders) for _ in range(requests)]
            queues = _queues(opticians, some, connections, asks=asks)
            load = stage.run_load(port, queues, b'"outcome":"complete"')
            wrong += load.wrong
            rates.append(load.rate)
        ratios.append((rates[1] / rates[0], rates[1], rates[0]))
    ratio, demands, invoices = (
        sorted(column)[len(column) // 2] for column in zip(*ratios, strict=True)
    )
    return (
        f"a pair of glasses, {connections} connections: {demands:.0f} demands/s, {ratio:.2f} of invoices"
        f" ({invoices:.0f}/s), not granted {wrong}"
    )


if __name__ == "__main__":
    main()
