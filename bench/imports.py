"""``egide bench import``: an insurer's file taken in, sealed and addressed, on disk.

The floor is the same number of rows written by PostgreSQL's own COPY from a ready-made file into a
table of the same columns as one of those that the import fills: what writing alone costs.
"""

import os
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import click
import stage
import uvloop

from egide import db
from egide.core.ids import to_code, uuid7
from egide.core.nir import nir_key
from egide.db.cluster import install_folder
from egide.directory import take_in
from egide.drills import make_france
from egide.members import ImportOutcome, ImportTerms, import_members
from egide.plans import publish, read_grid
from egide.vault import KeyRing, Sealer


def _lines(amc: str, persons: int) -> Iterator[bytes]:
    yield b'{"format":"egide-members/1"}\n'
    for n in range(persons):
        day = n % 89 + 10 - 5 * (n % 89 + 10 == 20)
        body = f"{1 + n % 2}{n % 100:02d}{n % 12 + 1:02d}{day:02d}{n // 999 % 989 + 1:03d}{n % 998 + 1:03d}"
        card = to_code(uuid7(stage.now()))
        yield (
            f'{{"amc":"{amc}","person":"B{n:08d}","contract":"C{n // 2:08d}",'
            f'"member":"{n // 2 + 10000000}","nir":"{body}{nir_key(body):02d}",'
            f'"birth":"19{n % 100:02d}{n % 12 + 1:02d}{n % 28 + 1:02d}","rank":{n % 2 + 1},'
            f'"family_name":"Valroumou","given_name":"Corfan",'
            f'"contact":{{"email":"","phone":"0100000000"}},"card":"{card}",'
            f'"covers":[{{"from":"2025-01-01","to":"2026-12-31","plan":"PROPRETE-ART9"}}]}}\n'
        ).encode()


def _floor(store: db.Store, data: Path, rows: int) -> float:
    """Return the rows a second of a plain COPY into a keyed table."""
    file = data / "floor.csv"
    with file.open("w") as output:
        output.writelines(
            f"{uuid7(stage.now())},{uuid7(stage.now())},2025-01-01,2026-12-31,P,{uuid7(stage.now())},PLAN\n"
            for _ in range(rows)
        )
    login = store.login("owner")
    environment = {**os.environ, "PGUSER": login.user or "", "PGPASSWORD": login.password or ""}
    psql = [str(install_folder() / "bin" / "psql"), "-qX", login.url, "-c"]
    subprocess.run(
        [*psql, "create table bench_floor (like gate.cover including all)"],
        env=environment,
        check=True,
    )
    began = time.perf_counter()
    subprocess.run(
        [*psql, f"\\copy bench_floor from '{file}' csv"], env=environment, check=True
    )
    return rows / (time.perf_counter() - began)


async def _prepare(store: db.Store, settings: db.Settings) -> str:
    france = make_france(1, today=stage.now().date(), persons=10)
    ring = KeyRing.open(settings.secrets / "keyring.json")
    async with store.pool("owner") as pool:
        async with db.transaction(pool) as tx:
            await publish(tx, read_grid(stage.GRID.read_text("utf-8")))
        await take_in(pool, france.directory, sealer=Sealer(ring), now=stage.now())
    return france.insurers[0]


async def _import(store: db.Store, settings: db.Settings, file: Path) -> ImportOutcome:
    async with store.pool("loader") as pool:
        return await import_members(
            pool,
            file,
            ImportTerms(keys=settings.secrets / "keyring.json", skip_refused=False),
            now=stage.now(),
        )


@click.command()
@click.option("--persons", default=300_000, show_default=True)
@click.option(
    "--rounds",
    default=2,
    show_default=True,
    help="Each on twice the persons of the one before.",
)
def main(persons: int, rounds: int) -> None:
    """Measure, and print rates, the ratio to the floor and the memory for two sizes."""
    for number in range(rounds):
        with stage.workplace() as data:
            settings = db.settings(data)
            store = uvloop.run(db.open_store(settings))
            try:
                amc = uvloop.run(_prepare(store, settings))
                count = persons * 2**number
                file = data / "members.ndjson"
                with file.open("wb") as output:
                    output.writelines(_lines(amc, count))
                floor = _floor(store, data, count)
                began = time.perf_counter()
                outcome = uvloop.run(_import(store, settings, file))
                rate = outcome.persons / (time.perf_counter() - began)
                own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(
                    f"{outcome.persons} persons ({file.stat().st_size / 2**20:.0f} MiB): {rate:.0f}/s,"
                    f" {rate / floor:.2f} of the floor (COPY {floor:.0f} rows/s into one keyed table; the import writes"
                    f" five rows a person), peak memory {own:.0f} MiB"
                )
            finally:
                store.close()


if __name__ == "__main__":
    main()
