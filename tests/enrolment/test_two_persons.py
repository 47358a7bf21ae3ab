"""Two persons are two, and an establishment keeps its eyes and its administrators, whatever one of them tries."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx2
import pytest

from conftest import Running, now, run
from egide import db
from egide.access import Role
from egide.access.jose import b64encode
from egide.accounts import Invitation, invite
from egide.doubles.device import Browser, SecurityKey
from egide.enrolment import apply_changes
from egide.vault import KeyRing, Sealer
from enrolment.test_iban import age, operator
from identity.persons import as_portal, change, entered, refusal

_IBAN = "FR7630006000011234567890189"


@pytest.fixture
def shop(server: Running) -> Iterator[int]:
    number = server.shops("laboratory")[1]
    yield number
    establishment = server.place.france.shops[number].establishment_id
    for table in ("establishment_change", "notice", "establishment_contact"):
        change(server, f"delete from {table} where establishment_id = $1", establishment)
    change(
        server,
        "update account set closed_at = now() where establishment_id = $1 and closed_at is null",
        establishment,
    )


def _ask(browser: Browser, kind: str, **said: object) -> str:
    status, answer = browser.post(f"/portal/changes/{kind}", said)
    assert status == 200, answer
    return answer["change"]


def _approve(browser: Browser, which: str, **said: object) -> tuple[int, Any]:
    return browser.post("/portal/changes/approve", {"change": which, **said})


def _apply(server: Running) -> None:
    as_portal(server.place, "select apply_establishment_changes()")


def _role(server: Running, account: UUID) -> str:
    [row] = as_portal(server.place, "select role from account where account_id = $1", account)
    return str(row["role"])


def _state(server: Running, which: str) -> tuple[bool, bool]:
    query = "select applied_at, cancelled_at from establishment_change where change_id = $1"
    [row] = as_portal(server.place, query, UUID(which))
    return row["applied_at"] is not None, row["cancelled_at"] is not None


def test_a_flood_of_changes_hides_none(
    server: Running, client: httpx2.Client, shop: int
) -> None:
    first, _, _ = entered(server, client, shop=shop)
    other, _, _ = entered(server, client, shop=shop)
    watch = operator(server, client)
    said: list[str] = []
    for number in range(25):
        sent = {"role": "assistant", "label": f"Assistant {number}"}
        account = first.post("/portal/staff/invite", sent)[1]["account"]
        status, answer = first.post("/portal/changes/administrator", {"account": account})
        said.append("asked" if status == 200 else refusal(answer))
    assert said == ["asked"] * 20 + ["change-open"] * 5
    for which in other.call("GET", "/portal/changes")[1]["changes"][:2]:
        assert other.post("/portal/changes/cancel", {"change": which["change"]})[0] == 200
    iban = _ask(first, "iban", iban=_IBAN)
    for eyes in (other, watch):
        shown = eyes.call("GET", "/portal/changes")[1]["changes"]
        assert iban in {one["change"] for one in shown[:10]}
    codes = [
        first.post("/portal/staff/invite", {"role": "assistant", "label": f"Encore {n}"})
        for n in range(30)
    ]
    assert [status for status, _ in codes].count(200) == 25  # fifty that nobody used
    assert refusal(codes[-1][1]) == "change-open"


def test_two_administrators_do_not_end_each_other(
    server: Running, client: httpx2.Client, shop: int
) -> None:
    one, _, first = entered(server, client, shop=shop)
    two, _, second = entered(server, client, shop=shop)
    third = operator(server, client)
    both = [
        _ask(one, "administrator", account=str(second)),
        _ask(two, "administrator", account=str(first)),
    ]
    for which, subject in zip(both, (second, first), strict=True):
        assert _approve(third, which, account=str(subject))[0] == 200
        age(server, which, 73)
    _apply(server)
    assert sorted(_role(server, one) for one in (first, second)) == [
        "administrator",
        "assistant",
    ]


def test_who_let_somebody_back_in_is_not_its_second_person(
    server: Running, client: httpx2.Client, shop: int
) -> None:
    asker, _, _ = entered(server, client, shop=shop)
    _, _, subject = entered(server, client, shop=shop)
    thief = operator(server, client)
    which = _ask(asker, "recovery", account=str(subject))
    code = _approve(thief, which, account=str(subject))[1]["code"]
    age(server, which, 73)
    _apply(server)
    played = Browser(server.origin, client)
    assert played.enrol(SecurityKey(server.origin), code)[0] == 200
    iban = _ask(played, "iban", iban=_IBAN)
    assert refusal(_approve(thief, iban, iban=_IBAN)[1]) == "change-unknown"
    assert refusal(_approve(asker, iban, iban=_IBAN)[1]) == "change-unknown"  # it asked for it
    assert _approve(operator(server, client), iban, iban=_IBAN)[0] == 200


def test_any_account_sees_and_stops_its_own_recovery(
    server: Running, client: httpx2.Client
) -> None:
    insurer = run(_insurer(server))
    browser, key = Browser(server.origin, client), SecurityKey(server.origin)
    status, said = browser.enrol(key, insurer[1])
    assert status == 200, said
    first, second = operator(server, client), operator(server, client)
    which = _ask(first, "recovery", account=str(insurer[0]))
    assert _approve(second, which, account=str(insurer[0]))[0] == 200
    assert browser.call("GET", "/portal/me")[1]["recovery"]["change"] == which
    assert first.call("GET", "/portal/me")[1]["recovery"] is None
    assert refusal(first.post("/portal/recovery/stop", {})[1]) == "change-unknown"
    assert browser.post("/portal/recovery/stop", {})[0] == 200
    assert browser.call("GET", "/portal/me")[1]["recovery"] is None
    assert _state(server, which) == (False, True)


async def _insurer(server: Running) -> tuple[UUID, str]:
    async with server.place.store.pool("owner") as pool, db.transaction(pool) as tx:
        row = await db.first(tx, "select insurer_id from insurer limit 1")
        assert row is not None
        wanted = Invitation(role=Role.INSURER, label="Mutuelle", insurer_id=row["insurer_id"])
        made = await invite(
            tx, wanted, sealer=Sealer(KeyRing.open(server.place.keys)), now=now()
        )
        return made.account_id, made.code


def test_the_old_address_is_told_when_the_new_one_is_in_force(
    server: Running, client: httpx2.Client, shop: int
) -> None:
    asker, _, _ = entered(server, client, shop=shop)
    other, _, _ = entered(server, client, shop=shop)
    for mail in ("ancien@exemple.fr", "nouveau@exemple.fr"):
        which = _ask(asker, "contact", mail=mail)
        assert _approve(other, which, mail=mail)[0] == 200
        age(server, which, 73)
        _apply(server)
    establishment = server.place.france.shops[shop].establishment_id

    async def addresses() -> int:
        query = """select count(distinct contact_sealed) as n from notice
                    where establishment_id = $1 and event = 'applied' and about = 'contact'"""
        async with server.place.store.pool("owner") as pool, db.statement(pool) as tx:
            row = await db.first(tx, query, establishment)
            assert row is not None
            return int(row["n"])

    assert run(addresses()) == 2


@pytest.mark.parametrize("why", ["demoted", "recovered"])
def test_what_an_account_asked_ends_with_its_power(
    server: Running, client: httpx2.Client, shop: int, why: str
) -> None:
    asker, _, account = entered(server, client, shop=shop)
    other, _, _ = entered(server, client, shop=shop)
    third = operator(server, client)
    iban = _ask(asker, "iban", iban=_IBAN)
    assert _approve(other, iban, iban=_IBAN)[0] == 200
    kind = "administrator" if why == "demoted" else "recovery"
    which = _ask(other, kind, account=str(account))
    assert _approve(third, which, account=str(account))[0] == 200
    age(server, which, 73)
    _apply(server)
    assert _state(server, which) == (True, False)
    assert _state(server, iban) == (False, True)


def test_nobody_keeps_oneself_an_administrator(
    server: Running, client: httpx2.Client, shop: int
) -> None:
    rogue, _, account = entered(server, client, shop=shop)
    other, _, _ = entered(server, client, shop=shop)
    which = _ask(other, "administrator", account=str(account))
    said = rogue.post("/portal/changes/cancel", {"change": which})[1]
    assert refusal(said) == "change-unknown"
    assert other.post("/portal/changes/cancel", {"change": which})[0] == 200


def test_one_change_that_fails_is_stopped_and_hinders_no_other(
    server: Running, client: httpx2.Client, shop: int
) -> None:
    asker, _, _ = entered(server, client, shop=shop)
    other, _, second = entered(server, client, shop=shop)
    _, _, subject = entered(server, client, Role.ASSISTANT, shop)
    which = _ask(asker, "recovery", account=str(subject))
    without = "update establishment_change set approved_by = $2 where change_id = $1"
    with pytest.raises(db.DatabaseError, match="has a code"):
        as_portal(server.place, without, UUID(which), second)
    assert _approve(other, which, account=str(subject))[0] == 200
    change(  # a code that is another's already: it cannot be put in force
        server,
        "insert into invitation (code_hash, account_id, expires_at)"
        " select code_hash, subject, now() from establishment_change where change_id = $1",
        UUID(which),
    )
    iban = _ask(asker, "iban", iban=_IBAN)
    assert _approve(other, iban, iban=_IBAN)[0] == 200
    age(server, which, 74)
    age(server, iban, 73)
    _apply(server)
    assert _state(server, which) == (False, True)
    assert _state(server, iban) == (True, False)


def test_what_nobody_put_in_force_for_a_month_is_stopped(
    server: Running, client: httpx2.Client, shop: int
) -> None:
    asker, _, _ = entered(server, client, shop=shop)
    which = _ask(asker, "iban", iban=_IBAN)
    query = "update establishment_change set asked_at = asked_at - interval '31 days' where change_id = $1"
    change(server, query, UUID(which))

    async def work() -> None:
        async with server.place.store.pool("payer") as pool, db.transaction(pool) as tx:
            await apply_changes(tx)

    run(work())
    assert _state(server, which) == (False, True)


def test_an_injection_stops_no_change_of_another_establishment(
    server: Running, client: httpx2.Client, shop: int
) -> None:
    asker, _, _ = entered(server, client, shop=shop)
    _, _, stranger = entered(server, client, shop=server.shops("pharmacy")[3])
    which = _ask(asker, "iban", iban=_IBAN)
    query = "update establishment_change set cancelled_by = $2 where change_id = $1"
    with pytest.raises(db.DatabaseError, match="who stops a change"):
        as_portal(server.place, query, UUID(which), stranger)


@pytest.mark.parametrize("before", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_no_instant_of_a_page_is_a_defect(
    server: Running, client: httpx2.Client, before: str
) -> None:
    auditor = operator(server, client, Role.AUDITOR)
    said = auditor.post("/portal/trail", {"before": before})[1]
    assert refusal(said) == "value-invalid"


def test_no_text_holds_a_nul(server: Running, client: httpx2.Client, shop: int) -> None:
    browser, _, _ = entered(server, client, Role.ASSISTANT, shop)
    said = browser.post("/portal/tickets/open", {"invoice": "\0", "reason": "other"})[1]
    assert refusal(said) == "value-invalid"
    header = {"alg": "ES256", "typ": "x", "kid": "\0"}
    part = b64encode(json.dumps(header).encode())
    answer = client.post("/software", content=f"{part}.e30.AAAA".encode())
    assert answer.status_code < 500
