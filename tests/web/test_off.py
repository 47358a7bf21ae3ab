"""What is set off is shut: each route of software, under each segment that it is in (GATE, section 6)."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from conftest import Running, now, run
from egide import db
from egide.access.jose import Jwk, thumbprint
from egide.client.messages import CLAIM_PATH, RIGHTS_PATH, claim, item, rights_question
from egide.doubles.software import Software
from egide.drills.shows import by_card
from payments.builders import close

DAY = now().date().isoformat()
_PAYMENTS = {"/transfers", "/remittances/{transfer}", "/fhir/PaymentReconciliation/{transfer}"}
# What shuts a call whatever it asks for, and what leaves an establishment its payments' documents.
_OF_THE_CALLER = ("key", "vendor", "build", "method")
_OF_ALL = ("establishment", "profession", "department")


class _Shop:
    """A pharmacy with an answer, a claim and a payment of its own, and the segments it is in."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.number = server.shops("pharmacy")[3]
        self.software = server.software(self.number)
        people = [one for one in server.place.france.persons if one.covered and one.card]
        self.question = rights_question(by_card(people[61]), DAY)
        self.invoice = claim(
            by_card(people[62]), "OFF-1", DAY, [item(1, "grouping:PH7", 3111, DAY)]
        )
        shown = self.call("POST", RIGHTS_PATH, self.question)[1]
        billed = self.call("POST", CLAIM_PATH, self.invoice)[1]
        close(server.place)
        [paid] = _owner(
            server,
            "select a.transfer_id, s.vendor, s.vendor || ' ' || s.product || ' ' || s.version as build,"
            " e.profession, e.department, k.thumbprint"
            " from allocation a join claim c using (claim_id)"
            " join establishment e on e.establishment_id = c.establishment_id"
            " join caller_key k on k.establishment_id = e.establishment_id join software s using (software_id)"
            " where c.invoice = 'OFF-1' and k.thumbprint = $1",
            thumbprint(msgspec.convert(self.software.jwk, Jwk)),
        )
        self.paths = {
            "/engagements/{number}": f"/engagements/{shown['preAuthRef']}",
            "/engagements/{number}/receipt": f"/engagements/{shown['preAuthRef']}/receipt",
            "/fhir/ClaimResponse/{claim}": f"/fhir/ClaimResponse/{billed['id']}",
            "/standing": "/standing",
            "/transfers": "/transfers",
            "/remittances/{transfer}": f"/remittances/{paid['transfer_id']}",
            "/fhir/PaymentReconciliation/{transfer}": f"/fhir/PaymentReconciliation/{paid['transfer_id']}",
        }
        self.segments = {
            "key": paid["thumbprint"],
            "vendor": paid["vendor"],
            "build": paid["build"],
            "method": "dpop",
            "establishment": str(self.software.establishment_id),
            "profession": paid["profession"],
            "department": paid["department"],
        }

    def call(self, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
        async def work() -> tuple[int, bytes]:
            reply = await self.software.call(self.server.wire(), method, path, now(), body)
            return reply.status, reply.body

        status, said = run(work())
        try:
            return status, msgspec.json.decode(said)
        except msgspec.DecodeError:
            return status, said

    def fresh(self) -> Software:
        return self.server.software(self.number)


def _owner(server: Running, query: str, *values: object) -> list[db.Row]:
    async def work() -> list[db.Row]:
        async with server.place.store.pool("owner") as pool, db.statement(pool) as tx:
            return await db.many(tx, query, *values)  # type: ignore[arg-type]

    return run(work())


@pytest.fixture(scope="module")
def shop(server: Running) -> _Shop:
    return _Shop(server)


@pytest.fixture
def opened(server: Running) -> Iterator[None]:
    yield
    _owner(server, "delete from gate.segment where reason = 'off' returning kind")


def _shut(server: Running, kind: str, value: str) -> None:
    query = (
        "insert into gate.segment values ($1, $2, 'off', 'off', 'test', now(), now() + interval '1 hour')"
        " on conflict (kind, value) do update set mode = 'off', reason = 'off', until = excluded.until returning kind"
    )
    _owner(server, query, kind, value)


def test_who_reads_again_what_it_was_handed_is_in_the_log(server: Running, shop: _Shop) -> None:
    """A stolen key, no list: whatever it reads of a person is that person's to see, and names it in the victims."""
    person = "select distinct person_id from claim where invoice = 'OFF-1'"
    [billed] = _owner(server, person)
    query = (
        "select person_id from gate.entry where purpose = 'reread' and basis = 'R' and key = $1"
        " and establishment_id = $2"
    )
    mine = (shop.segments["key"], shop.software.establishment_id)
    for path, asked in shop.paths.items():
        before = len(_owner(server, query, *mine))
        assert shop.call("GET", asked)[0] in {200, 503}
        read = [row["person_id"] for row in _owner(server, query, *mine)]
        if path in {"/standing", "/transfers"}:  # of no person
            assert len(read) == before
        else:
            assert len(read) > before, path
    assert billed["person_id"] in {row["person_id"] for row in _owner(server, query, *mine)}


@pytest.mark.parametrize("kind", [*_OF_THE_CALLER, *_OF_ALL])
@pytest.mark.usefixtures("opened")
def test_off_is_nothing_but_the_documents_of_ones_own_payments(
    server: Running, shop: _Shop, kind: str
) -> None:
    before = {path: shop.call("GET", asked)[0] for path, asked in shop.paths.items()}
    del before["/engagements/{number}/receipt"]  # until the tree has grown, it is asked again
    assert set(before.values()) == {200}
    _shut(server, kind, shop.segments[kind])
    for path, asked in shop.paths.items():
        status, said = shop.call("GET", asked)
        if path in _PAYMENTS and kind in _OF_ALL:
            assert status == 200, path
        else:
            assert (status, said["issue"][0]["details"]["coding"][0]["code"]) == (
                403,
                "contained",
            ), path
    # An invoice sent again reads its answer again; a question is shown nothing, as every other that is not.
    status, said = shop.call("POST", CLAIM_PATH, shop.invoice)
    assert said["issue"][0]["details"]["coding"][0]["code"] == "contained"
    assert "preAuthRef" not in shop.call("POST", RIGHTS_PATH, shop.question)[1]
    status, said = shop.call("POST", "/certificate", b"{}")
    assert status == 403


@pytest.mark.parametrize("kind", [*_OF_THE_CALLER, *_OF_ALL])
@pytest.mark.usefixtures("opened")
def test_a_key_that_is_off_gets_no_token_and_an_establishment_one_for_its_payments(
    server: Running, shop: _Shop, kind: str
) -> None:
    _shut(server, kind, shop.segments[kind])

    async def work() -> int:
        return (await shop.fresh().ask_token(server.wire(), now())).status

    assert run(work()) == (200 if kind in _OF_ALL else 400)
