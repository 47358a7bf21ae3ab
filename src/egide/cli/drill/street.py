"""The drill's street: a small country with its server, for the thieves who need the whole establishment."""

import tempfile
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from egide import db
from egide.cli.context import clear_data, keyring, now, open_pool, run
from egide.cli.demo.installation import HOST, free_port, serve, take_in
from egide.cli.serving.stop import stop_server
from egide.core.identifiers import AmcNumber
from egide.core.period import civil_day
from egide.drills import France, Person, make_france
from egide.drills.campaign import Street, Taken, open_street, play_street
from egide.vault import Addresses, Sealer

_PERSONS: Final = 400
_SHOPS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A small country that is served."""

    settings: db.Settings
    port: int
    france: France


def play_in_the_street(data: Path, seeds: Sequence[int]) -> dict[int, list[Taken]]:
    """Make an installation, play the seeds' thieves in it, and delete it.

    Needs an embedded database: a street is a whole installation of its own.
    """

    async def work(installed: Installed) -> dict[int, list[Taken]]:
        async with street_of(installed) as street:
            await open_street(street, seeds[0])
            return {seed: await play_street(street, seed) for seed in seeds}

    with installation(data, seeds[0]) as installed:
        return run(work(installed))


@contextmanager
def installation(data: Path, seed: int) -> Generator[Installed]:
    """Take in and serve a small country in a folder of its own, deleted at the end."""
    data.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="street-", dir=data))
    folder.chmod(data.stat().st_mode)
    settings = db.settings(folder)
    try:
        store = run(db.open_store(settings))
        try:
            france = make_france(seed, today=civil_day(now()), persons=_PERSONS, shops=_SHOPS)
            take_in(folder, france, is_quiet=True)
            port = free_port(0)
            serve(folder, port)
            try:
                yield Installed(settings=settings, port=port, france=france)
            finally:
                stop_server(folder)
        finally:
            store.close()
    finally:
        clear_data(folder)


@asynccontextmanager
async def street_of(installed: Installed) -> AsyncGenerator[Street]:
    """Open what the thieves need of an installation."""
    settings, port = installed.settings, installed.port
    ring = keyring(settings)
    addresses = Addresses(ring)

    def person_id(person: Person) -> UUID:
        return addresses.person(AmcNumber.parse(person.amc), person.reference)

    async with (
        open_pool(settings, "owner", creates=True) as owner,
        open_pool(settings, "portal", creates=True) as portal,
    ):
        yield Street(
            origin=f"http://{HOST}:{port}",
            host=HOST,
            port=port,
            portal=portal,
            owner=owner,
            france=installed.france,
            sealer=Sealer(ring),
            person_id=person_id,
            clock=now,
        )
