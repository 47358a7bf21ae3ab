"""The entrance by Pro Santé Connect, whole: over HTTP, to a first passkey, and for nobody else."""

import json
from collections.abc import Iterator
from uuid import uuid4

import httpx2
import pytest

from conftest import Place, Running, now, run
from egide import db
from egide.access import Role
from egide.doubles.device import Browser, SecurityKey
from identity.issuer import CLIENT, SECRET, Issuer, listening
from identity.persons import invited, refusal, serving


def _professionals(place: Place) -> list[tuple[str, str]]:
    """Return the RPPS and the SIRET of the professionals of the directory."""
    rows = [json.loads(line) for line in place.france.directory]
    sirets = {row["id"]: row["siret"] for row in rows if row["kind"] == "establishment"}
    listed = (row for row in rows if row["kind"] == "professional")
    return [(row["rpps"], sirets[row["establishment"]]) for row in listed]


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with listening(Issuer(now(), "")) as one:
        yield one


@pytest.fixture(scope="module")
def served(place: Place, issuer: Issuer) -> Iterator[Running]:
    """A server that Pro Santé Connect knows."""
    known = {"issuer": issuer.address, "client_id": CLIENT, "client_secret": SECRET}
    with serving(place, EGIDE_PSC=known) as running:
        yield running


@pytest.fixture
def http(served: Running) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=served.origin) as client:
        yield client


def _recognised(
    browser: Browser, issuer: Issuer, number: int, place: Place
) -> tuple[int, dict[str, object]]:
    issuer.rpps, issuer.siret = _professionals(place)[number]
    issuer.now = now()
    _, left = browser.post("/portal/psc/begin", {})
    return browser.post("/portal/psc/finish", issuer.confirm(left["location"]))


def test_a_professional_makes_its_first_passkey_and_no_second_one(
    served: Running, http: httpx2.Client, issuer: Issuer, place: Place
) -> None:
    browser, key = Browser(served.origin, http), SecurityKey(served.origin)
    status, options = _recognised(browser, issuer, 5, place)
    assert status == 200, options
    meanwhile, other = Browser(served.origin, http), SecurityKey(served.origin)
    again = _recognised(meanwhile, issuer, 5, place)[
        1
    ]  # an unfinished first time is begun anew
    made = {"credential": key.make(options), "name": "Ordinateur"}
    status, opened = browser.post("/portal/enrol/finish", made)
    assert status == 200, opened
    late = {"credential": other.make(again), "name": "Voleur"}
    assert refusal(meanwhile.post("/portal/enrol/finish", late)[1]) == "passkey-known"
    assert (
        refusal(_recognised(Browser(served.origin, http), issuer, 5, place)[1])
        == "passkey-known"
    )


def test_a_professional_of_no_contracted_establishment_stays_out(
    served: Running, http: httpx2.Client, issuer: Issuer, place: Place
) -> None:
    professionals = _professionals(place)
    for rpps, siret in (
        (professionals[6][0], professionals[7][1]),  # it practises elsewhere
        (professionals[6][0], ""),
        ("10999999999", professionals[6][1]),  # nobody of the directory
    ):
        browser = Browser(served.origin, http)
        issuer.rpps, issuer.siret, issuer.now = rpps, siret, now()
        _, left = browser.post("/portal/psc/begin", {})
        status, said = browser.post("/portal/psc/finish", issuer.confirm(left["location"]))
        assert (status, refusal(said)) == (403, "psc-no-establishment")


def test_a_place_is_known_by_its_finess_too_and_a_siret_is_no_finess(
    served: Running, http: httpx2.Client, issuer: Issuer, place: Place
) -> None:
    rows = [json.loads(line) for line in place.france.directory]
    professional = [row for row in rows if row["kind"] == "professional"][10]
    establishment = next(row for row in rows if row.get("id") == professional["establishment"])
    issuer.rpps, issuer.now = professional["rpps"], now()
    for siret, finess, status in (
        (establishment["finess"], establishment["siret"], 403),
        ("", establishment["finess"], 200),
    ):
        issuer.siret, issuer.finess = siret, finess
        browser = Browser(served.origin, http)
        _, left = browser.post("/portal/psc/begin", {})
        assert browser.post("/portal/psc/finish", issuer.confirm(left["location"]))[0] == status
    issuer.finess = ""


def test_who_had_a_passkey_or_an_account_that_was_closed_needs_an_invitation(
    served: Running, http: httpx2.Client, issuer: Issuer, place: Place
) -> None:
    browser, key = Browser(served.origin, http), SecurityKey(served.origin)
    _, options = _recognised(browser, issuer, 11, place)
    made = {"credential": key.make(options), "name": "Ordinateur"}
    assert browser.post("/portal/enrol/finish", made)[0] == 200
    rpps = _professionals(place)[11][0]

    async def end(query: str) -> None:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            await db.run(tx, query, rpps)

    whose = "(select account_id from account where rpps = $1)"
    run(
        end(
            f"update passkey set revoked_at = now(), revoked_why = 'counter' where account_id in {whose}"
        )
    )
    thief = Browser(served.origin, http)
    assert refusal(_recognised(thief, issuer, 11, place)[1]) == "passkey-known"
    # Who lost its passkeys and comes back so has asked for what another person must approve.
    query = f"select asked_by, subject from establishment_change where kind = 'recovery' and subject in {whose}"

    async def asked() -> list[db.Row]:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            return await db.many(tx, query, rpps)

    [one] = run(asked())
    assert one["asked_by"] == one["subject"]
    run(end("update account set closed_at = now() where rpps = $1"))
    assert refusal(_recognised(thief, issuer, 11, place)[1]) == "psc-no-establishment"


def test_what_was_given_to_one_browser_serves_no_other(
    served: Running, http: httpx2.Client, issuer: Issuer, place: Place
) -> None:
    victim, thief = Browser(served.origin, http), Browser(served.origin, http)
    issuer.rpps, issuer.siret = _professionals(place)[8]
    issuer.now = now()
    _, left = victim.post("/portal/psc/begin", {})
    brought = issuer.confirm(left["location"])
    assert refusal(thief.post("/portal/psc/finish", brought)[1]) == "psc-refused"
    status, options = _recognised(victim, issuer, 8, place)
    made = {"credential": SecurityKey(served.origin).make(options), "name": "Voleur"}
    assert status == 200
    assert refusal(thief.post("/portal/enrol/finish", made)[1]) == "passkey-refused"


def test_the_page_offers_the_entrance_where_there_is_one(
    served: Running, server: Running, http: httpx2.Client
) -> None:
    assert http.get("/portal/entrances").json() == {"psc": True, "insurers": []}
    with httpx2.Client(base_url=server.origin) as other:
        assert other.get("/portal/entrances").json() == {"psc": False, "insurers": []}
        said = Browser(server.origin, other).post("/portal/psc/begin", {})
    assert (said[0], refusal(said[1])) == (503, "psc-unreachable")


def test_the_counter_opens_no_account_but_of_a_professional_without_one(
    server: Running, place: Place
) -> None:
    rpps = _professionals(place)[9][0]
    query = "select enrol_professional($1, $2, $3, $4) as account_id"

    async def work(role: db.Role, who: str) -> object:
        async with place.store.pool(role) as pool, db.transaction(pool) as tx:
            row = await db.first(tx, query, uuid4(), who, b"sealed", now())
            return row and row["account_id"]

    assert run(work("portal", "10999999999")) is None
    assert run(work("portal", rpps)) is not None
    assert run(work("portal", rpps)) is None
    with pytest.raises(db.DatabaseError, match="permission denied"):
        run(work("loader", rpps))
    invited(server, Role.PROFESSIONAL)  # one that is invited has no number: it is nobody's twin
