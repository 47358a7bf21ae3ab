"""An insurer that answers by itself, played, and a server that asks it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from conftest import Place, Running, free_port, now, run, start_server
from egide import db, directory
from egide.doubles.insurer import PlayedInsurer, played
from egide.doubles.wire import write_request
from egide.drills import Person
from egide.insurers import (
    Asked,
    OnSilence,
    Service,
    checked_service,
    put_service,
    signature_of,
)
from payments.builders import with_pool

_REFRESHED = 5.5  # seconds after which every worker reads the contracts again


@dataclass(frozen=True, slots=True)
class Asking:
    """A server, and the insurer that it asks."""

    server: Running
    insurer: PlayedInsurer
    amc: str
    insurer_id: UUID

    def person(self, number: int) -> Person:
        """Return a person of that insurer, with a card."""
        every = [
            one
            for one in self.server.place.france.persons
            if one.covered and one.card and one.amc == self.amc
        ]
        return every[-41 - number]

    def signed(
        self,
        body: bytes,
        *,
        number: str = "",
        at: datetime | None = None,
        key: Any = None,
        path: str = "insurer-events",
        method: str = "POST",
    ) -> tuple[int, dict[str, Any]]:
        """Send what the insurer's own service signs."""
        headers = signature_of(
            key or self.insurer.key, number or f"ev_{uuid4().hex}", at or now(), body
        )
        if method == "POST":
            headers["Content-Type"] = "application/json"

        async def work() -> tuple[int, dict[str, Any]]:
            separator = "&" if "?" in path else "?"
            request = write_request(method, f"/{path}{separator}amc={self.amc}", headers, body)
            reply = await self.server.wire().send(request)
            return reply.status, msgspec.json.decode(reply.body)

        return run(work())

    def event(self, kind: str, data: dict[str, Any], **how: Any) -> tuple[int, dict[str, Any]]:
        said = {"type": kind, "timestamp": now().isoformat(), "data": data}
        return self.signed(msgspec.json.encode(said), **how)

    def waiting(self) -> dict[str, Any]:
        status, said = self.signed(b"", path="insurer-waiting", method="GET")
        assert status == 200, said
        return said


Contract = Callable[[Service], Service]


def _put(place: Place, amc: str, url: str, insurer: PlayedInsurer, terms: Contract) -> UUID:
    async def work(pool: db.Pool) -> UUID:
        async with db.transaction(pool) as tx:
            known = {number: one for one, (number, _) in (await directory.insurers(tx)).items()}
            service = Service(
                insurer_id=known[amc],
                since=now(),
                url=url,
                public_key=insurer.key.public_key().public_bytes_raw(),
                asked=frozenset(Asked),
                deadline_ms=2_000,
                on_silence=OnSilence.GUARANTEE,
                guaranteed_cents=10_000,
                accept_days=None,
                silence_accepts=True,
            )
            await put_service(tx, checked_service(terms(service)))
        return known[amc]

    return with_pool(place, work, "owner")


def asking(place: Place, which: int, terms: Contract) -> Iterator[Asking]:
    """Run a server, one worker, beside the played service of an insurer; put its grid back at the end."""
    insurer, amc = PlayedInsurer(), place.france.insurers[which]
    url, stop = played(insurer)
    insurer_id = _put(place, amc, url, insurer, terms)
    port = free_port()
    process = start_server(place, port, workers=1)
    try:
        yield Asking(Running(place, port), insurer, amc, insurer_id)
    finally:
        _put(
            place,
            amc,
            url,
            insurer,
            lambda one: replace(one, asked=frozenset(), accept_days=None),
        )
        process.terminate()
        process.wait(30)
        stop()
        time.sleep(_REFRESHED)


@pytest.fixture(scope="module")
def guaranteeing(place: Place) -> Iterator[Asking]:
    """An insurer that guarantees 100 euros while it is silent."""
    yield from asking(place, 0, lambda one: one)


@pytest.fixture(scope="module")
def by_card_alone(place: Place) -> Iterator[Asking]:
    """An insurer that guarantees nothing without the card while it is silent."""
    yield from asking(place, 1, lambda one: replace(one, on_silence=OnSilence.CARD_AND_CALL))


@pytest.fixture(scope="module")
def accepting(place: Place) -> Iterator[Asking]:
    """An insurer whose grid answers, and that accepts each invoice within two working days, or its silence does."""
    yield from asking(place, 0, lambda one: replace(one, asked=frozenset(), accept_days=2))


@pytest.fixture(scope="module")
def refusing(place: Place) -> Iterator[Asking]:
    """The same, whose silence refuses."""
    yield from asking(
        place,
        1,
        lambda one: replace(one, asked=frozenset(), accept_days=2, silence_accepts=False),
    )


@pytest.fixture(scope="module")
def of_rights_alone(place: Place) -> Iterator[Asking]:
    """An insurer that is asked of the rights alone: its grid gives the prices."""
    yield from asking(place, 2, lambda one: replace(one, asked=frozenset({Asked.RIGHTS})))
