"""A real Chromium with a virtual authenticator, and the portal it opens."""

import json
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from uuid import UUID

import msgspec
import pytest

from conftest import HOST, Place, Running, free_port, now, run, start_server
from egide import db
from egide.access import Role
from egide.accesslog.configured import log_key
from egide.accesslog.grow import grow
from egide.accounts import Invitation, invite, issue_codes
from egide.client.messages import (
    CLAIM_PATH,
    RIGHTS_PATH,
    claim,
    item,
    preauthorization,
    rights_question,
)
from egide.core.identifiers import AmcNumber
from egide.doubles.software import Software
from egide.doubles.wire import Wire
from egide.drills import Person
from egide.drills.shows import by_card, by_numbers
from egide.vault import Addresses, KeyRing, Sealer
from payments.builders import close, submit_claims

playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def portal(place: Place) -> Iterator[str]:
    port = free_port()
    origin = f"http://localhost:{port}"
    process = start_server(place, port, "--origin", origin, "--host", HOST)
    try:
        yield origin
    finally:
        process.terminate()
        process.wait(30)


def _last_pharmacy(place: Place) -> UUID:
    """Return an establishment whose software makes no claim in these tests: one of them takes its key away."""
    return [one.establishment_id for one in place.france.shops if one.profession == "pharmacy"][
        -2
    ]


@pytest.fixture
def code(place: Place) -> str:
    """An activation code; made before the browser, whose loop lets no other run."""

    async def work() -> str:
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            wanted = Invitation(
                role=Role.ADMINISTRATOR,
                label="Pharmacie de l'Étoile, titulaire",
                establishment_id=_last_pharmacy(place),
            )
            made = await invite(tx, wanted, sealer=Sealer(KeyRing.open(place.keys)), now=now())
            return made.code

    return run(work())


@pytest.fixture
def pair_codes(place: Place) -> list[str]:
    """Codes of two administrators of one establishment, of which no other test changes the account."""

    async def work() -> list[str]:
        sealer = Sealer(KeyRing.open(place.keys))
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            wanted = [
                Invitation(
                    role=Role.ADMINISTRATOR,
                    label=label,
                    establishment_id=place.france.shops[-1].establishment_id,
                )
                for label in ("Titulaire", "Adjointe")
            ]
            return [(await invite(tx, one, sealer=sealer, now=now())).code for one in wanted]

    return run(work())


@pytest.fixture(scope="module")
def staff_codes(place: Place, server: Running) -> list[str]:
    """Codes of two persons of an insurer that a settlement has called, of an operator and of an establishment."""
    submit_claims(server, "BROWSER", 6)
    assert close(place) is not None

    async def work() -> list[str]:
        sealer = Sealer(KeyRing.open(place.keys))
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            row = await db.first(
                tx, "select insurer_id from funds_call order by settlement_id desc limit 1"
            )
            assert row is not None
            whose = row["insurer_id"]
            staff = [
                Invitation(role=Role.INSURER, label=label, insurer_id=whose)
                for label in ("Mutuelle, règlements", "Mutuelle, contrôle")
            ]
            helped = Invitation(
                role=Role.ASSISTANT,
                label="Comptoir",
                establishment_id=place.france.shops[
                    server.shops("pharmacy")[0]
                ].establishment_id,
            )
            wanted = [*staff, Invitation(role=Role.OPERATOR, label="Assistance"), helped]
            return [(await invite(tx, one, sealer=sealer, now=now())).code for one in wanted]

    return run(work())


async def _ask_first(place: Place, portal: str, person: Person, request: str) -> str:
    """Have an optician ask for a prise en charge of a person; return its outcome."""
    shop = next(shop for shop in place.france.shops if shop.profession == "optician")
    software = Software(
        origin=portal, establishment_id=shop.establishment_id, key=shop.key, jwk=shop.jwk
    )
    wire, day = Wire(HOST, int(portal.rpartition(":")[2])), now().date().isoformat()
    items = [item(1, "grouping:M03", 12_000, day), item(2, "grouping:VU1", 9_000, day)]
    body = preauthorization(by_card(person), request, day, items)
    reply = await software.call(wire, "POST", CLAIM_PATH, now(), body)
    wire.close()
    return str(msgspec.json.decode(reply.body)["outcome"])


@pytest.fixture
def desk_code(place: Place, portal: str) -> str:
    """The code of a person of an insurer for whose answer a demand waits."""
    person = next(one for one in place.france.persons[520:] if one.card and one.covered)

    async def work() -> str:
        sealer = Sealer(KeyRing.open(place.keys))
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            row = await db.first(
                tx, "select insurer_id from insurer where amc_number = $1", person.amc
            )
            assert row is not None
            query = "insert into preauth_terms values ($1, '2026-01-01', 60, 15, 5, 30, 0)"
            await db.run(tx, query, row["insurer_id"])
            wanted = Invitation(
                role=Role.INSURER, label="Mutuelle, accords", insurer_id=row["insurer_id"]
            )
            code = (await invite(tx, wanted, sealer=sealer, now=now())).code
        assert await _ask_first(place, portal, person, "BR-2") == "queued"
        return code

    return run(work())


@pytest.fixture
def disputed(place: Place, portal: str) -> tuple[str, str]:
    """The code of a person of an insurer, and the number of an invoice whose rejection an optician contests."""
    person = next(one for one in place.france.persons[540:] if one.card and one.covered)
    shop = next(shop for shop in place.france.shops if shop.profession == "optician")
    software = Software(
        origin=portal, establishment_id=shop.establishment_id, key=shop.key, jwk=shop.jwk
    )

    async def work() -> tuple[str, str]:
        wire, day = Wire(HOST, int(portal.rpartition(":")[2])), now().date().isoformat()
        body = claim(by_card(person), "BR-3", day, [item(1, "grouping:PH7", 1_200, day)])
        assert (await software.call(wire, "POST", CLAIM_PATH, now(), body)).status == 200
        said = msgspec.json.encode({"invoice": "BR-3", "ground": "rejection"})
        assert (await software.call(wire, "POST", "/disputes", now(), said)).status == 200
        wire.close()
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            row = await db.first(
                tx, "select insurer_id from insurer where amc_number = $1", person.amc
            )
            assert row is not None
            wanted = Invitation(
                role=Role.INSURER, label="Mutuelle, litiges", insurer_id=row["insurer_id"]
            )
            made = await invite(tx, wanted, sealer=Sealer(KeyRing.open(place.keys)), now=now())
            return made.code, "BR-3"

    return run(work())


@pytest.fixture
def card_code(place: Place, portal: str) -> str:
    """The code of a person whom a pharmacy has just asked about, by card and by numbers."""
    person = next(one for one in place.france.persons[500:] if one.card and one.covered)
    shop = [shop for shop in place.france.shops if shop.profession == "pharmacy"][-1]
    software = Software(
        origin=portal, establishment_id=shop.establishment_id, key=shop.key, jwk=shop.jwk
    )

    async def work() -> str:
        wire, day = Wire(HOST, int(portal.rpartition(":")[2])), now().date().isoformat()
        for named in (by_card(person), by_numbers(person)):
            body = rights_question(named, day)
            assert (await software.call(wire, "POST", RIGHTS_PATH, now(), body)).status == 200
        assert await _ask_first(place, portal, person, "BR-1") == "complete"
        wire.close()
        async with place.store.pool("logger") as pool:
            await grow(pool, log_key(KeyRing.open(place.keys)))
        async with place.store.pool("loader") as pool, db.transaction(pool) as tx:
            addresses = Addresses(KeyRing.open(place.keys))
            amc = AmcNumber.parse(person.amc)
            [(_, code)] = await issue_codes(tx, addresses, amc, [person.reference], now())
            return code

    return run(work())


@pytest.fixture
def finess_of_a_establishment(place: Place) -> str:
    """The number that an establishment shows at its counter."""
    rows = (json.loads(line) for line in place.france.directory)
    return next(row["finess"] for row in rows if row["kind"] == "establishment")


@contextmanager
def _chromium(origin: str) -> Generator["playwright.Page"]:
    """A page of a real Chromium with a device that makes passkeys."""
    if _CHROMIUM is None:
        pytest.skip("no Chromium here")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(base_url=origin, locale="fr-FR")
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield page
        browser.close()


@pytest.fixture
def page(code: str, portal: str) -> Iterator["playwright.Page"]:
    with _chromium(portal) as opened:
        yield opened


@pytest.fixture
def insured(member: str) -> Iterator["playwright.Page"]:
    with _chromium(member) as opened:
        yield opened


@pytest.fixture
def newcomer(new_establishment: str) -> Iterator["playwright.Page"]:
    with _chromium(new_establishment) as opened:
        yield opened
