"""Claims to settle, and settlements, for the tests of payments and of the laws."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from conftest import Place, Running, now, run
from egide import db
from egide.accesslog.configured import log_key
from egide.accesslog.grow import grow
from egide.client.messages import CLAIM_PATH, claim, item
from egide.core.identifiers import Iban
from egide.drills.shows import by_card
from egide.payments import Debtor, Settlement, close_settlement, write_settlement
from egide.vault import Attester, KeyRing, Sealer

DEBTOR = Debtor("Égide & Cie", Iban.parse("FR7630006000011234567890189"))
DAY = now().date().isoformat()
_AMOUNTS = itertools.count(1000)  # the same care is never paid twice, so each claim differs


def submit_claims(
    server: Running, prefix: str, count: int, *, shops: int = 4, step: int = 1
) -> int:
    """Submit claims at a few pharmacies, each of the ``step``th person after; return what they are owed, in cents."""
    people = [
        person for person in server.place.france.persons if person.covered and person.card
    ]

    async def work() -> int:
        total = 0
        for number in range(count):
            pharmacies = server.shops("pharmacy")
            software = server.software(pharmacies[number % shops])
            body = claim(
                by_card(people[(100 + number * step) % len(people)]),
                f"{prefix}-{number}",
                DAY,
                [item(1, "grouping:PH7", next(_AMOUNTS), DAY)],
            )
            answer: dict[str, Any] = msgspec.json.decode(
                (await software.call(server.wire(), "POST", CLAIM_PATH, now(), body)).body
            )
            assert answer["outcome"] == "complete", answer
            total += round(answer["payment"]["amount"]["value"] * 100)
        return total

    return run(work())


def grow_tree(place: Place) -> None:
    """Put what was answered in the tree of the access log, as ``egide log run`` does."""
    key = log_key(KeyRing.open(place.keys))
    with_pool(place, lambda pool: grow(pool, key), "logger")


def with_pool(place: Place, work: Callable[[db.Pool], Any], role: db.Role = "payer") -> Any:
    async def inside() -> Any:
        async with place.store.pool(role) as pool:
            return await work(pool)

    return run(inside())


def close(place: Place) -> Settlement | None:
    day = now().date() + timedelta(days=1)
    keys = KeyRing.open(place.keys)
    attester, sealer = Attester(keys), Sealer(keys)
    return with_pool(
        place,
        lambda pool: close_settlement(
            pool, execute_on=day, attester=attester, sealer=sealer, now=now()
        ),
    )


def write(place: Place, settlement: Settlement, folder: Path) -> Path:
    sealer = Sealer(KeyRing.open(place.keys))
    return with_pool(
        place,
        lambda pool: write_settlement(
            pool, settlement, folder, debtor=DEBTOR, sealer=sealer, now=now()
        ),
    )
