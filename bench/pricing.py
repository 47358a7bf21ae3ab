"""``egide bench pricing``: lines priced per second on one core, then a year of claims repriced on two.

Floors, in the same run: the same arithmetic on bare integers (an AMO part, a share of the base, a minimum,
a subtraction), and openfisca-core computing one rate x base rule over the same vector.
"""

import asyncio
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import click
import mix
import stage

from egide import db
from egide.core.ids import uuid7
from egide.core.money import share_cents
from egide.nomenclature import load_nomenclature
from egide.plans import publish, shipped_grids
from egide.pricing import Act, Counters, Guarantee, Law, PricedClaim, Use, price_claim

SINCE = date(2016, 1, 1)
SLICE = 20_000
SHOP, INSURER = UUID(int=7), UUID(int=1)


@dataclass(frozen=True, slots=True)
class Work:
    """A claim ready to be priced, with the counters of its day."""

    claim: mix.MixedClaim
    acts: list[Act]
    guarantee: Guarantee
    law: Law
    counters: Counters


def prepared(claims: list[mix.MixedClaim]) -> Iterator[tuple[Work, PricedClaim]]:
    """Yield claims with the history that those before them made, and their price."""
    nomenclature, catalogue = load_nomenclature(), mix.catalogue()
    held: dict[int, dict[str, tuple[Use, ...]]] = {}
    for claim in claims:
        acts = [
            nomenclature.act(line, age=claim.age, member_since=SINCE) for line in claim.lines
        ]
        day = max(line.care_on for line in claim.lines)
        plan = catalogue.on(claim.plan_code, day)
        assert plan is not None
        counters = dict(held.get(claim.person, {}))
        work = Work(claim, acts, plan.guarantee, nomenclature.law_on(day), counters)
        priced = price_claim(acts, work.guarantee, work.law, counters, explain=False)
        mine = held.setdefault(claim.person, {})
        for use in (one for line in priced.lines for one in line.uses):
            if not use.counter.startswith("amo:"):
                mine[use.counter] = (*mine.get(use.counter, ()), use)
        yield work, priced


def price_all(works: list[Work], *, explain: bool) -> None:
    for work in works:
        price_claim(work.acts, work.guarantee, work.law, work.counters, explain=explain)


def bare(vector: list[tuple[int, int, int]]) -> int:
    """Return what the AMC pays in all, by the barest arithmetic that could be called a price."""
    total = 0
    for expense, base, rate in vector:
        amo = min(share_cents(base, rate), expense)
        amc = min(max(base - amo, 0), expense - amo)
        total += amc
    return total


def rates(count: int, rounds: int, work: Callable[[], object]) -> list[float]:
    """Return how many of ``count`` a second of CPU time does, round by round."""
    found: list[float] = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        found.append(count / (time.process_time() - started))
    return found


def openfisca(vector: list[tuple[int, int, int]], rounds: int) -> float | None:
    python = os.environ.get("EGIDE_BENCH_PYTHON")
    if python is None:
        return None
    script = Path(__file__).with_name("openfisca_floor.py")
    text = "\n".join(f"{base / 100} {rate / 10_000}" for _, base, rate in vector)
    done = subprocess.run(
        [python, str(script), str(rounds)],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return len(vector) / float(done.stdout)


def measure_lines(claims: int, rounds: int) -> None:
    works = [work for work, _ in prepared(mix.claims(1, claims, claims // 5))]
    acts = [act for work in works for act in work.acts]
    vector = [(act.expense_cents, act.base_cents, act.rate_bp) for act in acts]
    gc.collect()
    gc.freeze()  # what is ready before the clock starts is not looked through again
    lines = len(acts)
    print(f"{len(works)} claims, {lines} lines, {len(mix.covers())} plans, one core")
    floor = statistics.median(rates(lines, rounds, lambda: bare(vector)))
    print(f"floor, bare integers: {floor:,.0f} lines/s")
    engine = openfisca(vector, rounds)
    if engine is not None:
        print(
            f"floor, openfisca-core, one rate x base rule on the whole vector: {engine:,.0f} lines/s"
        )
    for explain, asked in ((True, 40_000), (False, 120_000)):
        found = rates(lines, rounds, lambda: price_all(works, explain=explain))  # noqa: B023
        median = statistics.median(found)
        said = "with reckoning" if explain else "without"
        beside = f", {median / floor:.2f} of bare integers"
        if engine is not None:
            beside += f", {median / engine:.3f} of openfisca-core"
        spread = f"{min(found):,.0f} to {max(found):,.0f}"
        print(f"{said}: {median:,.0f} lines/s ({spread}; asked {asked:,}){beside}")


async def store_claims(store: db.Store, count: int) -> datetime:
    """Store a year of priced claims as adjudication does; return when the first was received."""
    first = datetime(mix.YEAR, 3, 1, tzinfo=UTC)
    persons = max(count // 5, 1)
    people = [UUID(int=number * 2**64 + number % 251) for number in range(persons)]
    async with store.pool("owner") as pool:
        async with db.transaction(pool) as tx:
            for grid in shipped_grids():
                await publish(tx, grid)
        async with db.transaction(pool) as tx:
            rows = [
                (person, INSURER, mix.YEAR - number % 90, b"", b"", b"", [])
                for number, person in enumerate(people)
            ]
            await _copy(tx, "person", "gate", rows)
        batch: list[tuple[Work, PricedClaim]] = []
        number = 0
        for one in prepared(mix.claims(2, count, persons)):
            batch.append(one)
            if len(batch) == SLICE:
                number = await _store(pool, batch, people, number, first)
                batch = []
        await _store(pool, batch, people, number, first)
        async with db.statement(pool) as tx:
            await db.run(tx, "analyze")
    return first


async def _store(
    pool: db.Pool,
    batch: list[tuple[Work, PricedClaim]],
    people: list[UUID],
    number: int,
    first: datetime,
) -> int:
    rows = Rows()
    for work, priced in batch:
        number += 1
        at = first + timedelta(seconds=number)
        rows.add(work, priced, people[work.claim.person], number, at)
    async with db.transaction(pool) as tx:
        await _copy(tx, "entry", "gate", rows.entries)
        await _copy(tx, "claim", "public", rows.claims)
        await _copy(tx, "claim_line", "public", rows.lines)
    return number


class Rows:
    """The rows that adjudication leaves of some claims, by table and in the order of their columns."""

    def __init__(self) -> None:
        self.entries: list[tuple[object, ...]] = []
        self.claims: list[tuple[object, ...]] = []
        self.lines: list[tuple[object, ...]] = []

    def add(
        self, work: Work, priced: PricedClaim, person: UUID, number: int, at: datetime
    ) -> None:
        claim, entry = uuid7(at), uuid7(at)
        total, code = priced.total, work.claim.plan_code
        day = max(line.care_on for line in work.claim.lines)
        expense = sum(line.expense.cents for line in work.claim.lines)
        asked = (SHOP, entry, at, SHOP, "claim", "P", person, day, "shown")
        self.entries.append((*asked, person, INSURER, code, SINCE, None))
        key = number.to_bytes(16, "big")
        named = (SHOP, f"F{number}", claim, key, entry, key, person, INSURER, code)
        state = ("payable" if total.amc_cents else "nothing-due", None)
        kept = (at, day, b"{}", expense - sum(total), bytes(32))
        self.claims.append((*named, *state, expense, *total, *kept))
        pairs = zip(work.claim.lines, priced.lines, strict=True)
        for index, (line, decided) in enumerate(pairs, 1):
            share, cents = decided.share, line.expense.cents
            act = (SHOP, claim, index, f"{line.system}:{line.code}", line.care_on, cents)
            told = (line.quantity, line.side, ",".join(sorted(line.situation)))
            base = None if line.base is None else line.base.cents
            rest = (cents - sum(share), base, line.performer, line.stay)
            self.lines.append((*act, *share, entry, *told, *rest))


_COLUMNS = """
select attname from pg_attribute
 where attrelid = ($1 || '.' || $2)::regclass and attnum > 0 and not attisdropped
 order by attnum
"""


async def _copy(tx: db.Tx, table: str, schema: str, rows: list[tuple[object, ...]]) -> None:
    columns = [row["attname"] for row in await db.many(tx, _COLUMNS, schema, table)]
    await tx.connection.copy_records_to_table(
        table,
        schema_name=schema,
        records=rows,
        columns=columns[: len(rows[0])] if rows else None,
    )


_WITH_MEMORY = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print(f"peak memory of the largest process {peak} MiB", file=sys.stderr)
"""


def measure_reprice(count: int) -> None:
    with stage.workplace() as data:
        store = asyncio.run(db.open_store(db.settings(data)))
        try:
            started = time.monotonic()
            first = asyncio.run(store_claims(store, count))
            print(f"{count} claims stored in {time.monotonic() - started:.0f} s")
            until = first + timedelta(seconds=count + 1)
            command = [sys.executable, "-c", _WITH_MEMORY, sys.executable, "-m", "egide.cli"]
            command += ["reprice", "--data", str(data)]
            command += [
                "--from",
                f"{first:%Y-%m-%d}",
                "--to",
                f"{until + timedelta(days=1):%Y-%m-%d}",
            ]
            started = time.monotonic()
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=True,
                env={**os.environ, "COLUMNS": "140"},
            )
            took = time.monotonic() - started
        finally:
            store.close()
    print(done.stdout)
    print(
        f"{count} claims repriced in {took:.0f} s, {count / took:,.0f}/s on two processes,"
        f" {done.stderr.strip().splitlines()[-1]}"
    )


@click.command()
@click.option("--claims", default=20_000, show_default=True)
@click.option("--rounds", default=7, show_default=True)
@click.option(
    "--reprice", default=100_000, show_default=True, help="Claims to reprice; 0 for none."
)
def main(claims: int, rounds: int, reprice: int) -> None:
    """Measure, and print each rate beside its floors."""
    measure_lines(claims, rounds)
    if reprice:
        measure_reprice(reprice)


if __name__ == "__main__":
    main()
