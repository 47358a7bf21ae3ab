"""An insured person comes in by its insurer's own space: once, as its own member, in the browser that left."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import pytest

from conftest import Place, Running, now
from egide.core.identifiers import AmcNumber
from egide.core.refusal import Refusal
from egide.doubles.device import Browser, SecurityKey
from egide.drills import Person
from egide.identity.insurers import Insurers, InsurerSettings
from egide.vault import Addresses, KeyRing
from identity.issuer import CLIENT, SECRET, Issuer, listening
from identity.persons import as_portal, change, refusal, serving

Spaces = dict[str, Issuer]


@pytest.fixture(scope="module")
def spaces(place: Place) -> Iterator[Spaces]:
    """The members' spaces of two insurers, by number; the second does not say who it is (RFC 9207)."""
    first, second = sorted({person.amc for person in place.france.persons})[:2]
    with listening(Issuer(now(), "")) as one, listening(Issuer(now(), "")) as two:
        two.lies["metadata"] = {"authorization_response_iss_parameter_supported": False}
        yield {first: one, second: two}


@pytest.fixture(scope="module")
def served(place: Place, spaces: Spaces) -> Iterator[Running]:
    known = [
        {
            "amc": amc,
            "issuer": issuer.address,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "claim": "reference",
            "level": "eidas1",
        }
        for amc, issuer in spaces.items()
    ]
    with serving(place, EGIDE_INSURERS=known) as running:
        yield running


@pytest.fixture
def http(served: Running) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=served.origin) as client:
        yield client


def _member(place: Place, amc: str, number: int) -> Person:
    return [one for one in place.france.persons if one.amc == amc][number]


def _only_at(place: Place, amc: str, elsewhere: str) -> str:
    """Return the reference of a member of an insurer that is nobody's at another."""
    known = {one.reference for one in place.france.persons if one.amc == elsewhere}
    return next(
        one.reference
        for one in place.france.persons
        if one.amc == amc and one.reference not in known
    )


def _leave(browser: Browser, issuer: Issuer, amc: str, **said: object) -> dict[str, str]:
    issuer.now, issuer.lies["userinfo"] = now(), said
    status, left = browser.post("/portal/insurer/begin", {"amc": amc})
    assert status == 200, left
    [address] = parse_qs(urlsplit(left["location"]).query)["redirect_uri"]
    assert address.endswith(f"/portal/insurer/{amc}")
    return issuer.confirm(left["location"]) | {"amc": address.rpartition("/")[2]}


def test_a_member_makes_its_first_passkey_and_no_second_one(
    served: Running, http: httpx2.Client, spaces: Spaces, place: Place
) -> None:
    amc, issuer = next(iter(spaces.items()))
    person = _member(place, amc, 3)
    names = {
        one["amc"]: one["name"] for one in http.get("/portal/entrances").json()["insurers"]
    }
    assert set(names) == set(spaces) and all(names.values())
    browser, key = Browser(served.origin, http), SecurityKey(served.origin)
    brought = _leave(browser, issuer, amc, reference=person.reference)
    status, options = browser.post("/portal/insurer/finish", brought)
    assert status == 200, options
    made = {"credential": key.make(options), "name": "Téléphone"}
    status, opened = browser.post("/portal/enrol/finish", made)
    assert status == 200, opened
    browser.session = opened["session"]
    assert browser.call("GET", "/portal/me")[1]["role"] == "insured"
    assert browser.post("/portal/accesses", {}) == (200, {"accesses": []})
    # A thief of the password of its members' space finds an account that its own passkey holds.
    thief = Browser(served.origin, http)
    brought = _leave(thief, issuer, amc, reference=person.reference)
    status, said = thief.post("/portal/insurer/finish", brought)
    assert (status, refusal(said)) == (422, "passkey-known")


def test_an_insurer_vouches_for_its_own_members_alone_and_every_no_is_the_same(
    served: Running, http: httpx2.Client, spaces: Spaces, place: Place
) -> None:
    (amc, issuer), (other, _) = spaces.items()
    closed = _member(place, amc, 4)
    pseudonym = Addresses(KeyRing.open(place.keys)).person(
        AmcNumber.parse(amc), closed.reference
    )
    change(
        served,
        "insert into account (account_id, role, person_id, label_sealed, created_at, closed_at)"
        " values ($1, 'insured', $2, ''::bytea, now(), now())",
        uuid4(),
        pseudonym,
    )
    no: set[str] = set()
    for reference in (
        _only_at(place, other, amc),
        "NOBODY",
        closed.reference,
        "",
        7,
        None,
    ):
        browser = Browser(served.origin, http)
        brought = _leave(browser, issuer, amc, reference=reference)
        status, said = browser.post("/portal/insurer/finish", brought)
        assert (status, refusal(said)) == (401, "insurer-refused"), reference
        no.add(json.dumps(said, sort_keys=True))
    assert len(no) == 1


def test_what_comes_back_serves_once_from_the_issuer_and_to_the_browser_it_left(
    served: Running, http: httpx2.Client, spaces: Spaces, place: Place
) -> None:
    (amc, issuer), (other, other_issuer) = spaces.items()
    person = _member(place, amc, 6)
    browser, thief = Browser(served.origin, http), Browser(served.origin, http)
    brought = _leave(browser, issuer, amc, reference=person.reference)
    assert refusal(thief.post("/portal/insurer/finish", brought)[1]) == "insurer-refused"
    assert refusal(browser.post("/portal/insurer/finish", brought)[1]) == "insurer-refused"
    # A code of one insurer does not pass for another's, whatever it says of itself.
    theirs = _leave(browser, other_issuer, other, reference=person.reference)
    mine = _leave(browser, issuer, amc, reference=person.reference)
    for mixed in (mine | {"code": theirs["code"]}, theirs | {"iss": issuer.address}):
        assert refusal(browser.post("/portal/insurer/finish", mixed)[1]) == "insurer-refused"
    # A space that does not say who it is: what came to another's address is nobody's.
    for at, code in ((amc, "insurer-refused"), (other, "")):
        member = _member(place, other, 7)
        theirs = _leave(browser, other_issuer, other, reference=member.reference)
        theirs.pop("iss", None)
        said = browser.post("/portal/insurer/finish", theirs | {"amc": at})[1]
        assert (refusal(said) if code else "") == code and ("challenge" in said) is not bool(
            code
        )
    # What left for an insurer is nobody's proof at the professionals' door.
    mine = _leave(browser, issuer, amc, reference=person.reference)
    assert refusal(browser.post("/portal/psc/finish", mine)[1]) == "psc-unreachable"
    assert refusal(browser.post("/portal/insurer/begin", {"amc": "00000000"})[1]) == (
        "insurer-unreachable"
    )


def test_an_injection_opens_no_account_for_a_person_of_another_insurer(
    served: Running, spaces: Spaces, place: Place
) -> None:
    amc, other = spaces
    person = _member(place, amc, 8)
    address = Addresses(KeyRing.open(place.keys)).person(AmcNumber.parse(amc), person.reference)
    query = "select enrol_insured($1, $2, $3, ''::bytea) as account_id"
    [row] = as_portal(place, query, other, address, uuid4())
    assert row["account_id"] is None
    [row] = as_portal(place, query, amc, uuid4(), uuid4())
    assert row["account_id"] is None


def test_a_number_that_is_no_insurers_or_comes_twice_stops_the_server() -> None:
    known = InsurerSettings("99999999", "https://i.example", CLIENT, SECRET)
    for wrong in ([known, known], [InsurerSettings("?", "https://i.example", CLIENT, SECRET)]):
        with pytest.raises(Refusal, match="amc-invalid"):
            Insurers(wrong, "https://egide.example")
