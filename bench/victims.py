"""Victims: how long to name, exactly, whom one actor exposed, in a log of a hundred million answers.

The floor is the same window read by psql with nothing but the index: what PostgreSQL itself needs.
"""

import asyncio
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import click
import stage
import uvloop

from egide import db

_CHUNK = 5_000_000
_ESTABLISHMENTS = 20_000
_FILL = """
insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address, care_on, outcome,
                        person_id, insurer_id, plan_code, start_on, key, method)
select md5('establishment ' || (n % {establishments}))::uuid, gen_random_uuid(),
       timestamptz '2026-01-01' + n * interval '{step} microseconds', '00000000-0000-4000-8000-000000000001',
       case when n % 3 = 0 then 'claim' else 'rights' end, case when n % 20 = 0 then 'U' else 'P' end,
       gen_random_uuid(),
       date '2026-01-01' + (n / {a_day})::integer, 'shown', md5('person ' || (n * 7919 % {persons}))::uuid,
       '00000000-0000-4000-8000-000000000002', 'PLAN', '2026-01-01', 'key', 'dpop'
  from generate_series({first}::bigint, {last}::bigint) n
"""
_CONCERNED = """
insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address, care_on, outcome,
                        person_id, insurer_id, plan_code, start_on, key, method)
select $1, gen_random_uuid(), timestamptz '2026-03-01' + n * interval '4 minutes',
       '00000000-0000-4000-8000-000000000001', 'rights', 'U', gen_random_uuid(), '2026-03-01', 'shown',
       gen_random_uuid(),
       '00000000-0000-4000-8000-000000000002', 'PLAN', '2026-01-01', 'key', 'dpop'
  from generate_series(1, $2::integer) n
"""
_BEFORE = """
alter table gate.entry disable trigger user;
alter table gate.entry drop constraint entry_pkey;
drop index gate.entry_person_idx, gate.entry_xid_idx, gate.entry_at_idx, gate.entry_support_idx;
set synchronous_commit = off;
"""
_AFTER = (
    "alter table gate.entry add primary key (establishment_id, entry_id)",
    "create index entry_at_idx on gate.entry (establishment_id, at)",
    "create index entry_person_idx on gate.entry (person_id, at) where person_id is not null",
    "create index entry_xid_idx on gate.entry (xid)",
    "vacuum (analyze) gate.entry",
)
_FLOOR = """
select count(*), count(distinct person_id) from gate.entry
 where establishment_id = $1 and at >= '2026-01-01' and at < '2027-01-01' and outcome = 'shown'
"""


async def _fill(store: db.Store, entries: int, concerned: int) -> UUID:
    establishment = uuid4()
    days = 330
    step = days * 86_400_000_000 // entries
    async with store.pool("owner", size=1) as pool, pool.acquire() as connection:
        await connection.execute(_BEFORE)
        await connection.execute(
            "set maintenance_work_mem = '2GB'; set max_parallel_maintenance_workers = 2"
        )
        for first in range(0, entries, _CHUNK):
            last = min(first + _CHUNK, entries) - 1
            await connection.execute(
                _FILL.format(
                    establishments=_ESTABLISHMENTS,
                    step=step,
                    a_day=max(entries // days, 1),
                    persons=max(entries // 10, 1),
                    first=first,
                    last=last,
                ),
                timeout=3600,
            )
            print(f"{last + 1} entries", file=sys.stderr)
        await connection.execute(_CONCERNED, establishment, concerned)
        for one in _AFTER:
            began = time.perf_counter()
            await connection.execute(one, timeout=7200)
            print(f"{time.perf_counter() - began:.0f} s: {one}", file=sys.stderr)
    return establishment


async def _floor(store: db.Store, establishment: UUID) -> float:
    async with store.pool("owner", size=1) as pool, db.statement(pool) as tx:
        began = time.perf_counter()
        await db.many(tx, _FLOOR, establishment)
        return time.perf_counter() - began


def _command(data: Path, establishment: UUID) -> tuple[float, int]:
    words = [
        sys.executable,
        "-m",
        "egide.cli",
        "victims",
        "--data",
        str(data),
        "--actor",
        f"establishment:{establishment}",
    ]
    began = time.perf_counter()
    done = subprocess.run(
        [*words, "--from", "2026-01-01", "--to", "2027-01-01"], capture_output=True, check=True
    )
    return time.perf_counter() - began, len(done.stdout.splitlines()) - 1


@click.command()
@click.option("--entries", default=100_000_000, show_default=True)
@click.option("--concerned", default=10_000, show_default=True)
def main(entries: int, concerned: int) -> None:
    """Fill a log once, then measure the command and its floor, cold and warm."""
    with stage.workplace() as data:
        store = uvloop.run(db.open_store(db.settings(data)))
        try:
            began = time.perf_counter()
            establishment = uvloop.run(_fill(store, entries, concerned))
            print(f"filled in {timedelta(seconds=round(time.perf_counter() - began))}")
            for turn in ("first", "second", "third"):
                seconds, lines = _command(data, establishment)
                floor = uvloop.run(_floor(store, establishment))
                print(
                    f"{turn}: {lines} persons of {entries} entries in {seconds:.2f} s, the command whole;"
                    f" the window read by itself: {floor * 1000:.0f} ms"
                )
                asyncio.run(asyncio.sleep(0))
        finally:
            store.close()


if __name__ == "__main__":
    main()
