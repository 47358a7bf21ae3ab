"""An establishment's account is changed by two persons and three days, and its number is never shown again."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from conftest import Place, Running, run
from conftest import utc_now as now
from egide import db
from egide.access import Role
from egide.accounts import Invitation, invite
from egide.doubles.device import Browser, SecurityKey
from egide.vault import KeyRing, Sealer
from identity.persons import as_portal, change, entered, refusal
from payments.builders import close, submit_claims, write

_NEW = "FR1420041010050500013M02606"
_OTHER = "DE89370400440532013000"


@pytest.fixture
def shop(server: Running) -> Iterator[int]:
    """A pharmacy that claims are submitted at, without a change under way."""
    number = server.shops("pharmacy")[0]
    yield number
    establishment = server.place.france.shops[number].establishment_id
    change(
        server, "delete from establishment_change where establishment_id = $1", establishment
    )


def _ask(browser: Browser, iban: str = _NEW) -> str:
    status, said = browser.post("/portal/changes/iban", {"iban": iban})
    assert status == 200, said
    assert said["shown"] == iban[-3:]
    return said["change"]


def _approve(browser: Browser, which: str, iban: str = _NEW) -> tuple[int, Any]:
    return browser.post("/portal/changes/approve", {"change": which, "iban": iban})


def _changes(browser: Browser) -> list[dict[str, Any]]:
    return browser.call("GET", "/portal/changes")[1]["changes"]


def age(server: Running, which: str, hours: float) -> None:
    """Let hours go by, as only the owner of the database can."""
    query = "update establishment_change set approved_at = approved_at - $2::interval where change_id = $1"
    change(server, query, UUID(which), timedelta(hours=hours))


def operator(server: Running, client: httpx2.Client, role: Role = Role.OPERATOR) -> Browser:
    async def work() -> str:
        async with server.place.store.pool("owner") as pool, db.transaction(pool) as tx:
            wanted = Invitation(role=role, label="Exploitation")
            sealer = Sealer(KeyRing.open(server.place.keys))
            return (await invite(tx, wanted, sealer=sealer, now=now())).code

    browser = Browser(server.origin, client)
    assert browser.enrol(SecurityKey(server.origin), run(work()))[0] == 200
    return browser


def _paid_to(server: Running, prefix: str, folder: Path) -> tuple[str, Any]:
    submit_claims(server, prefix, 4)
    settlement = close(server.place)
    assert settlement is not None
    return (write(server.place, settlement, folder) / "pain.001.xml").read_text(), settlement


class TestTheChange:
    def test_it_is_in_force_72_hours_after_another_person_approved_it(
        self, server: Running, client: httpx2.Client, shop: int, tmp_path: Path
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        other, _, _ = entered(server, client, shop=shop)
        before = asker.call("GET", "/portal/changes")[1]["tail"]
        which = _ask(asker)
        assert refusal(_approve(asker, which)[1]) == "change-unknown"
        assert _approve(other, which)[0] == 200
        assert refusal(_approve(other, which)[1]) == "change-unknown"
        age(server, which, 71.9)
        early, settlement = _paid_to(server, "IBAN-A", tmp_path / "early")
        assert _NEW not in early
        age(server, which, 0.2)
        late, _ = _paid_to(server, "IBAN-B", tmp_path / "late")
        assert late.count(_NEW) == 1
        assert _changes(asker) == []
        assert asker.call("GET", "/portal/changes")[1]["tail"] == "606" != before
        again = write(server.place, settlement, tmp_path / "again") / "pain.001.xml"
        assert again.read_text() == early  # an order already given goes where it was sent

    def test_one_that_nobody_approved_is_never_in_force(
        self, server: Running, client: httpx2.Client, shop: int, tmp_path: Path
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        which = _ask(asker, _OTHER)
        query = "update establishment_change set asked_at = asked_at - interval '30 days' where change_id = $1"
        change(server, query, UUID(which))
        assert _OTHER not in _paid_to(server, "IBAN-C", tmp_path)[0]

    def test_anybody_who_may_decide_stops_it_and_its_number_is_forgotten(
        self, server: Running, client: httpx2.Client, shop: int, tmp_path: Path
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        other, _, _ = entered(server, client, shop=shop)
        which = _ask(asker, _OTHER)
        assert _approve(other, which, _OTHER)[0] == 200
        assert asker.post("/portal/changes/cancel", {"change": which})[0] == 200
        for path in ("cancel", "approve"):
            said = other.post(f"/portal/changes/{path}", {"change": which, "iban": _OTHER})[1]
            assert refusal(said) == "change-unknown"
        assert _sealed(server.place, which) == b""
        assert _OTHER not in _paid_to(server, "IBAN-D", tmp_path)[0]
        _ask(other, _OTHER)  # another may begin

    def test_who_approves_types_the_same_number(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        other, _, _ = entered(server, client, shop=shop)
        which = _ask(asker)
        assert refusal(_approve(other, which, _OTHER)[1]) == "change-unknown"
        assert refusal(_approve(other, which, "606")[1]) == "iban-invalid"
        assert _approve(other, which, "FR14 2004 1010 0505 0001 3M02 606")[0] == 200
        [one] = _changes(asker)
        assert one["approved_by"] == "Compte d'essai"

    @pytest.mark.parametrize("whose", ["asker", "approver"])
    def test_it_ends_with_the_account_of_who_asked_or_approved(
        self, server: Running, client: httpx2.Client, shop: int, tmp_path: Path, whose: str
    ) -> None:
        asker, _, first = entered(server, client, shop=shop)
        other, _, second = entered(server, client, shop=shop)
        which = _ask(asker, _OTHER)
        assert _approve(other, which, _OTHER)[0] == 200
        age(server, which, 80)
        gone = first if whose == "asker" else second
        change(server, "update account set closed_at = now() where account_id = $1", gone)
        assert _sealed(server.place, which) == b""
        assert _OTHER not in _paid_to(server, f"IBAN-{whose}", tmp_path)[0]

    def test_one_at_a_time_and_only_a_valid_number(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        wrong = asker.post("/portal/changes/iban", {"iban": _NEW[:-1] + "7"})[1]
        assert refusal(wrong) == "iban-invalid" and _NEW[:-1] not in str(wrong)
        _ask(asker)
        assert refusal(asker.post("/portal/changes/iban", {"iban": _OTHER})[1]) == "change-open"

    def test_the_whole_establishment_sees_it_and_nobody_sees_the_number(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        which = _ask(asker)
        for role in (Role.ADMINISTRATOR, Role.PROFESSIONAL, Role.ASSISTANT):
            seen, _, _ = entered(server, client, role, shop)
            status, said = seen.call("GET", "/portal/changes")
            assert status == 200 and _NEW[:20] not in str(said)
            [one] = said["changes"]
            assert (one["change"], one["shown"], one["asked_by"]) == (
                which,
                "606",
                "Compte d'essai",
            )
            if role is not Role.ADMINISTRATOR:
                for path in ("approve", "cancel"):
                    answer = seen.post(
                        f"/portal/changes/{path}", {"change": which, "iban": _NEW}
                    )
                    assert (answer[0], refusal(answer[1])) == (403, "scope-missing")

    def test_another_establishment_neither_sees_nor_decides_it(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        stranger, _, _ = entered(server, client, shop=server.shops("pharmacy")[1])
        which = _ask(asker)
        assert which not in {one["change"] for one in _changes(stranger)}
        for path in ("approve", "cancel"):
            said = stranger.post(f"/portal/changes/{path}", {"change": which, "iban": _NEW})[1]
            assert refusal(said) == "change-unknown"
        [one] = _changes(asker)
        assert one["approved_at"] is None

    def test_the_operator_is_the_second_person_of_a_establishment_that_has_one(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        which = _ask(asker)
        second = operator(server, client)
        assert which in {one["change"] for one in _changes(second) if one["may_approve"]}
        assert _approve(second, which)[0] == 200
        [one] = _changes(asker)
        assert one["in_force_at"] > one["approved_at"] and not one["may_approve"]
        said = second.post("/portal/changes/iban", {"iban": _OTHER})
        assert (said[0], refusal(said[1])) == (403, "scope-missing")

    def test_a_hijacked_session_asks_for_nothing_without_the_passkey(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        browser, key, account = entered(server, client, shop=shop)
        query = "update web_session set reauthenticated_at = $2 where account_id = $1"
        change(server, query, account, now() - timedelta(minutes=6))
        for path, body in (
            ("iban", {"iban": _NEW}),
            ("approve", {"change": str(uuid4()), "iban": _NEW}),
            ("cancel", {"change": str(uuid4())}),
        ):
            assert (
                refusal(browser.post(f"/portal/changes/{path}", body)[1])
                == "reauthentication-needed"
            )
        assert _changes(browser) == []
        assert browser.reauthenticate(key)[0] == 200
        _ask(browser)


def _sealed(place: Place, which: str) -> bytes:
    async def work() -> bytes:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            query = "select sealed from establishment_change where change_id = $1"
            row = await db.first(tx, query, UUID(which))
            assert row is not None
            return bytes(row["sealed"])

    return run(work())


class TestTheDatabase:
    """What an injection under the counter's own login cannot do."""

    @pytest.mark.parametrize(
        "query",
        [
            "select sealed from establishment_change",
            "select iban_sealed from establishment",
            "select iban_sealed from transfer",
            "update establishment_change set sealed = ''::bytea",
            "update establishment_change set approved_at = now()",
            "update establishment_change set asked_at = now()",
            "update establishment_change set applied_at = now()",
            "update establishment set iban_sealed = ''::bytea",
            "delete from establishment_change",
        ],
    )
    def test_it_reads_no_number_and_hurries_nothing(self, server: Running, query: str) -> None:
        with pytest.raises(db.DatabaseError, match="permission denied"):
            as_portal(server.place, query)

    def test_its_dates_are_the_databases_own_and_one_person_is_not_two(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        browser, _, account = entered(server, client, shop=shop)
        _, _, other = entered(server, client, shop=shop)
        _, _, assistant = entered(server, client, Role.ASSISTANT, shop)
        _, _, stranger = entered(server, client, shop=server.shops("pharmacy")[1])
        establishment = server.place.france.shops[shop].establishment_id
        columns = (
            "kind, change_id, establishment_id, sealed, shown, address, asked_by, asked_at"
        )
        values = "'iban', $1, $2, $3, 'XXX', $1, $4, now() - interval '90 days'"
        ask = f"insert into establishment_change ({columns}) values ({values})"
        for nobody in (assistant, stranger):
            with pytest.raises(db.DatabaseError, match="administrator of the establishment"):
                as_portal(server.place, ask, uuid4(), establishment, os.urandom(40), nobody)
        for more in ("approved_by, approved_at", "applied_at"):
            given = ", ".join(
                "$4" if one == "approved_by" else "now()" for one in more.split(", ")
            )
            forged = f"insert into establishment_change ({columns}, {more}) values ({values}, {given})"
            with pytest.raises(db.DatabaseError, match="permission denied"):
                as_portal(server.place, forged, uuid4(), establishment, os.urandom(40), account)
        which = uuid4()
        as_portal(server.place, ask, which, establishment, os.urandom(40), account)
        approve = "update establishment_change set approved_by = $2 where change_id = $1"
        with pytest.raises(db.DatabaseError, match="establishment_change_by_two"):
            as_portal(server.place, approve, which, account)
        for nobody in (assistant, stranger):
            with pytest.raises(db.DatabaseError, match="may decide"):
                as_portal(server.place, approve, which, nobody)
        as_portal(server.place, approve, which, other)
        with pytest.raises(db.DatabaseError, match="approved once"):
            as_portal(server.place, approve, which, None)
        [seen] = _changes(browser)
        assert seen["asked_at"] > (now() - timedelta(minutes=1)).isoformat()[:16]
        assert seen["approved_at"] > (now() - timedelta(minutes=1)).isoformat()[:16]
        early = "update establishment_change set applied_at = now() where change_id = $1"
        with pytest.raises(db.DatabaseError, match="establishment_change_waits"):
            change(server, early, which)  # not even the owner, before its time
        cancel = "update establishment_change set cancelled_by = $2 where change_id = $1"
        as_portal(server.place, cancel, which, account)
        again = "update establishment_change set cancelled_by = null where change_id = $1"
        with pytest.raises(db.DatabaseError, match="has ended"):
            as_portal(server.place, again, which)

    def test_an_import_reads_no_number_either(self, server: Running) -> None:
        async def work() -> None:
            async with server.place.store.pool("loader") as pool, db.transaction(pool) as tx:
                await db.many(tx, "select iban_sealed from establishment")

        with pytest.raises(db.DatabaseError, match="permission denied"):
            run(work())
