"""The drill's street: a small country with its server, for the thieves who need the whole house."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from egide import db
from egide.cli.context import clear_data, keyring, now, open_pool, run
from egide.cli.demo.installation import HOST, free_port, serve, take_in
from egide.cli.stop import stop_server
from egide.core.identifiers import AmcNumber
from egide.core.period import civil_day
from egide.drills import France, Person, make_france
from egide.drills.campaign import Street, Taken, open_street, play_street
from egide.vault import Addresses, Sealer

_PERSONS: Final = 400
_SHOPS: Final = 8


def play_in_the_street(data: Path, seeds: Sequence[int]) -> dict[int, list[Taken]]:
    """Make an installation, play the seeds' thieves in it, and delete it.

    Needs an embedded database: a street is a whole installation of its own.
    """
    data.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="street-", dir=data))
    folder.chmod(data.stat().st_mode)
    try:
        store = run(db.open_store(db.settings(folder)))
        try:
            france = make_france(
                seeds[0], today=civil_day(now()), persons=_PERSONS, shops=_SHOPS
            )
            take_in(folder, france, is_quiet=True)
            port = free_port(0)
            serve(folder, port)
            try:
                return run(_play(folder, port, france, seeds))
            finally:
                stop_server(folder)
        finally:
            store.close()
    finally:
        clear_data(folder)


async def _play(
    folder: Path, port: int, france: France, seeds: Sequence[int]
) -> dict[int, list[Taken]]:
    settings = db.settings(folder)
    ring = keyring(settings)
    addresses = Addresses(ring)

    def person_id(person: Person) -> UUID:
        return addresses.person(AmcNumber.parse(person.amc), person.reference)

    async with open_pool(settings, "owner") as owner, open_pool(settings, "app") as app:
        street = Street(
            origin=f"http://{HOST}:{port}",
            host=HOST,
            port=port,
            app=app,
            owner=owner,
            france=france,
            sealer=Sealer(ring),
            person_id=person_id,
            clock=now,
        )
        await open_street(street, seeds[0])
        return {seed: await play_street(street, seed) for seed in seeds}
