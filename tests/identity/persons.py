"""Accounts for the tests of people: invited, entered, changed behind the counter's back."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
from cryptography.hazmat.primitives.asymmetric import ec

from conftest import HOST, Place, Running, free_port, now, run, start_server
from egide import db
from egide.access import Role
from egide.access.jose import b64encode
from egide.accounts import Invitation, invite
from egide.client import FileKey, enrolment_request
from egide.doubles.device import Browser, SecurityKey
from egide.vault import KeyRing, Sealer


@contextmanager
def serving(place: Place, **known: Any) -> Generator[Running]:
    """Run a server of one worker that knows other establishments: what each variable's file of settings says."""
    environment: dict[str, str] = {}
    for variable, said in known.items():
        path = place.settings.data / f"{variable}-{uuid4()}.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(said))
        environment[variable] = str(path)
    port = free_port()
    process = start_server(place, port, "--host", HOST, workers=1, environment=environment)
    try:
        yield Running(place, port)
    finally:
        process.terminate()
        process.wait(30)
        for file in environment.values():
            Path(file).unlink()


def invited(server: Running, role: Role, shop: int = 0) -> tuple[UUID, str]:
    establishment = server.place.france.shops[shop].establishment_id

    async def work() -> tuple[UUID, str]:
        async with server.place.store.pool("owner") as pool, db.transaction(pool) as tx:
            wanted = Invitation(
                role=role, label="Compte d'essai", establishment_id=establishment
            )
            sealer = Sealer(KeyRing.open(server.place.keys))
            made = await invite(tx, wanted, sealer=sealer, now=now())
            return made.account_id, made.code

    return run(work())


def change(server: Running, query: str, *values: object) -> None:
    async def work() -> None:
        async with server.place.store.pool("owner") as pool, db.statement(pool) as tx:
            await db.run(tx, query, *values)  # type: ignore[arg-type]

    run(work())


def forge_session(server: Running, account: UUID, session: UUID) -> None:
    """Make a session as a server that was taken makes one."""
    change(
        server,
        f"""insert into web_session (session_hash, session_id, account_id, thumbprint, device, opened_at, seen_at,
            reauthenticated_at, ends_at) values (sha256('{session}'), '{session}', '{account}', '', '', now(), now(),
            now(), now() + interval '1 hour')""",
    )


def as_counter(place: Place, query: str, *values: object) -> list[db.Row]:
    """Run a statement under the counter's own login, as an injection would."""
    return _under(place, "app", query, *values)


def as_portal(place: Place, query: str, *values: object) -> list[db.Row]:
    """Run a statement under the portal's own login, as an injection would."""
    return _under(place, "portal", query, *values)


def as_owner(place: Place, query: str, *values: object) -> list[db.Row]:
    """Run a statement as whoever runs the installation, to see what no login may."""
    return _under(place, "owner", query, *values)


def _under(place: Place, role: db.Role, query: str, *values: object) -> list[db.Row]:
    async def work() -> list[db.Row]:
        async with place.store.pool(role) as pool, db.transaction(pool) as tx:
            return await db.many(tx, query, *values)  # type: ignore[arg-type]

    return run(work())


def entered(
    server: Running, client: httpx2.Client, role: Role = Role.ADMINISTRATOR, shop: int = 0
) -> tuple[Browser, SecurityKey, UUID]:
    account, code = invited(server, role, shop)
    browser, key = Browser(server.origin, client), SecurityKey(server.origin)
    status, said = browser.enrol(key, code)
    assert status == 200, said
    return browser, key, account


def jwk_of(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    public = key.public_key().public_numbers()
    x, y = (b64encode(one.to_bytes(32, "big")) for one in (public.x, public.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def asking(server: Running, key: ec.EllipticCurvePrivateKey, shop: int = 0) -> str:
    """Return what a software shows to an administrator, so that its key be enrolled."""
    establishment = server.place.france.shops[shop].establishment_id
    signer = FileKey(key)
    return enrolment_request(
        signer, origin=server.origin, establishment=establishment, now=now()
    )


def add_passkey(browser: Browser, key: SecurityKey) -> None:
    _, options = browser.post("/portal/passkeys/begin")
    made = {"credential": key.make(options), "name": "Téléphone"}
    assert browser.post("/portal/passkeys/finish", made)[0] == 200


def refusal(said: Any) -> str:
    return said["issue"][0]["details"]["coding"][0]["code"]
