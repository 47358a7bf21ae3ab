"""``egide bench rights``: a rights question through HTTP, as a ratio to two floors.

The bare floor is what no gate could do without: one look-up by address and one insert of the entry,
committed. The other is the gate's own statements (``gate.ask``, then ``gate.told``), one question a transaction:
what batching gains stands between the two. Both by pgbench, prepared, on the same database in the same run. Cards are
shown in 90 % of questions, numbers are typed in 10 %, floors and server alike. ``synchronous_commit`` is on.
"""

import random
from collections import deque
from pathlib import Path
from uuid import UUID

import click
import stage
import uvloop

from egide import db
from egide.client.messages import RIGHTS_PATH, rights_question
from egide.core.identifiers import AmcNumber, BirthDate, MemberNumber
from egide.core.ids import from_code
from egide.doubles.software import Software
from egide.drills import France
from egide.drills.shows import by_card, by_numbers
from egide.vault import Addresses, KeyRing

_SCRIPT = r"""
\set i random(1, :rows)
\set r random(1, 281474976710655)
select gate.intend(array[q.establishment],
                   array[('00000000-0000-4000-8000-' || lpad(to_hex(:r::bigint), 12, '0'))::uuid],
                   array[q.software], array[q.basis], array[q.address], array['bench'], array['dpop'])
  from bench_question q
 where q.i = :i and q.basis = 'U';
select gate.ask(array[q.establishment], array[('00000000-0000-4000-8000-' || lpad(to_hex(:r::bigint), 12, '0'))::uuid],
                array[q.software], array[gen_random_uuid()], array['rights'], array[q.basis], array[q.address],
                array[current_date], array['bench'], array['dpop'])
  from bench_question q
 where q.i = :i;
select t.outcome
  from bench_question q,
       gate.told(array[q.establishment],
                 array[('00000000-0000-4000-8000-' || lpad(to_hex(:r::bigint), 12, '0'))::uuid]) t
 where q.i = :i;
"""
_BARE = r"""
\set i random(1, :rows)
insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address, care_on, outcome,
                        person_id, insurer_id, plan_code, start_on, end_on, key, method)
select q.establishment, gen_random_uuid(), clock_timestamp(), q.software, 'rights', q.basis, q.address, current_date,
       case when c.person_id is null then 'unknown' else 'shown' end,
       c.person_id, c.insurer_id, c.plan_code, c.start_on, c.end_on, 'bench', 'dpop'
  from bench_question q
  left join lateral (select * from gate.cover c where c.address = q.kept and c.basis = q.basis limit 1) c on true
 where q.i = :i;
"""
PATIENT = [f"alter function gate.{name} set lock_timeout = '60s'" for name in ("intend", "ask")]
_TYPED = 0.1
_ROWS = 20_000


def floor_scripts() -> tuple[str, str]:
    """Return pgbench's scripts: the bare floor's, and the gate's own statement."""
    return _BARE.replace(":rows", str(_ROWS)), _SCRIPT.replace(":rows", str(_ROWS))


async def floor_table(store: db.Store, settings: db.Settings, france: France) -> None:
    """Make the questions that pgbench asks, and leave every budget wide enough for the bench."""
    addresses = Addresses(KeyRing.open(settings.secrets / "keyring.json"))
    rng = random.Random(2)
    holders = [person for person in france.persons if person.card and person.covered]
    rows: list[tuple[UUID, UUID, str, UUID]] = []
    for _ in range(_ROWS):
        shop, person = rng.choice(france.shops), rng.choice(holders)
        secret = from_code(person.card)
        if secret is None:
            continue
        basis, address = "P", addresses.card(secret)
        if rng.random() < _TYPED:
            amc, member = AmcNumber.parse(person.amc), MemberNumber.parse(person.member)
            basis, address = (
                "U",
                addresses.member(amc, member, BirthDate.parse(person.birth), 1),
            )
        rows.append((shop.establishment_id, shop.software_id, basis, address))
    async with store.pool("owner") as pool, db.transaction(pool) as tx:
        await db.run(
            tx,
            "create table bench_question (i serial primary key, establishment uuid, software uuid,"
            " basis text, address uuid, kept uuid)",
        )
        await db.run(
            tx,
            "insert into bench_question (establishment, software, basis, address, kept)"
            " select e, s, b, a, gate.kept(a)"
            " from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) as q (e, s, b, a)",
            *[list(column) for column in zip(*rows, strict=True)],
        )
        await db.run(tx, "grant select on bench_question to egide_app")
        # Sixty-four clients of pgbench wait in one line for a cap; a server's few lanes never stand that long.
        for statement in PATIENT:
            await db.run(tx, statement)  # type: ignore[arg-type]
    async with store.pool("owner") as pool, db.statement(pool) as tx:
        await db.run(tx, "vacuum analyze")


def _queues(
    france: France, sites: list[Software], connections: int, requests: int, *, proved: bool
) -> list["deque[bytes]"]:
    rng = random.Random(3)
    holders = [person for person in france.persons if person.card and person.covered]
    instant = stage.now()
    day = instant.date().isoformat()
    queues: list[deque[bytes]] = [deque() for _ in range(connections)]
    for number in range(requests):
        queue = queues[number % connections]
        # A connection bound to its token belongs to one establishment.
        site = rng.choice(sites) if proved else sites[number % connections % len(sites)]
        person = rng.choice(holders)
        typed = rng.random() < _TYPED and proved
        body = rights_question(by_numbers(person) if typed else by_card(person), day)
        signed = proved or not queue
        queue.append(site.request("POST", RIGHTS_PATH, instant, body, proved=signed))
    return queues


@click.command()
@click.option("--persons", default=50_000, show_default=True)
@click.option("--requests", default=12_000, show_default=True)
@click.option("--seconds", default=5, show_default=True, help="Each run of the floor.")
@click.option(
    "--rounds", default=3, show_default=True, help="Floor and server in turn; medians are kept."
)
@click.option("--workers", default=2, show_default=True)
def main(persons: int, requests: int, seconds: int, rounds: int, workers: int) -> None:
    """Measure, and print the ratios."""
    with stage.workplace() as data:
        settings = db.settings(data)
        store = uvloop.run(db.open_store(settings))
        try:
            france = uvloop.run(stage.load_country(store, settings, persons))
            uvloop.run(floor_table(store, settings, france))
            scripts = data / "bare.sql", data / "gate.sql"
            for script, text in zip(scripts, floor_scripts(), strict=True):
                script.write_text(text)
            print(
                f"{persons} persons, {len(france.shops)} establishments; 10 % typed; disk {data}"
            )
            for trust in (False, True):
                name = (
                    "token bound to the connection"
                    if trust
                    else "token and DPoP proof on each call"
                )
                with stage.server(data, workers=workers, trust_connections=trust) as (
                    port,
                    process,
                ):
                    for connections in (16, 64):
                        _measure(
                            store,
                            scripts,
                            france,
                            (port, process, data),
                            name,
                            connections,
                            requests,
                            seconds,
                            rounds,
                            proved=not trust,
                        )
        finally:
            store.close()


def _measure(
    store: db.Store,
    scripts: tuple[Path, Path],
    france: France,
    place: tuple[int, int, Path],
    name: str,
    connections: int,
    requests: int,
    seconds: int,
    rounds: int,
    *,
    proved: bool,
) -> None:
    port, process, data = place
    sites = stage.softwares(france, port)
    results: list[tuple[float, ...]] = []
    server_cpu = database_cpu = 0.0
    wrong = asked = 0
    for _ in range(rounds):
        bare = stage.pgbench(store.login("owner"), scripts[0], connections, seconds)
        floor = stage.pgbench(store.login("app"), scripts[1], connections, seconds)
        for site in sites:
            site.token = ""
        uvloop.run(stage.get_tokens(port, sites))
        queues = _queues(france, sites, connections, requests, proved=proved)
        before = stage.cpu_seconds(process), stage.cpu_seconds(stage.postmaster(data))
        load = stage.run_load(
            port, queues, b"preAuthRef" if not proved else b"CoverageEligibilityResponse"
        )
        server_cpu += stage.cpu_seconds(process) - before[0]
        database_cpu += stage.cpu_seconds(stage.postmaster(data)) - before[1]
        wrong += load.wrong
        asked += requests
        results.append(
            (
                load.rate / bare,
                load.rate / floor,
                load.rate,
                bare,
                floor,
                load.at(0.99) / load.at(0.5),
            )
        )
    of_bare, of_gate, rate, bare, floor, spread = (
        sorted(column)[len(column) // 2] for column in zip(*results, strict=True)
    )
    print(
        f"{name}, {connections} connections: {of_bare:.2f} of the bare floor, {of_gate:.2f} of the gate's statement"
        f" ({rate:.0f}/s, {bare:.0f}/s, {floor:.0f}/s), p99/p50 {spread:.1f},"
        f" CPU a question: server {server_cpu / asked * 1e6:.0f} us, database {database_cpu / asked * 1e6:.0f} us,"
        f" server memory {stage.memory_mib(process):.0f} MiB, wrong answers {wrong}"
    )


if __name__ == "__main__":
    main()
