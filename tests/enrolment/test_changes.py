"""What two persons and three days change besides an account number: contact, administrators, a lost account."""

import asyncio
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner

from conftest import HOST, Running, free_port, run
from egide import db
from egide.access import Role
from egide.cli.people.people import people
from egide.doubles.device import Browser, SecurityKey
from egide.outbox import Mailbox, send_notices
from egide.vault import KeyRing, Sealer
from enrolment.test_iban import age, operator
from identity.persons import as_portal, change, entered, refusal


@pytest.fixture
def shop(server: Running) -> Iterator[int]:
    number = server.shops("laboratory")[0]
    yield number
    establishment = server.place.france.shops[number].establishment_id
    change(
        server, "delete from establishment_change where establishment_id = $1", establishment
    )
    change(server, "delete from notice where establishment_id = $1", establishment)
    change(
        server, "delete from establishment_contact where establishment_id = $1", establishment
    )
    closing = (
        "update account set closed_at = now() where establishment_id = $1 and closed_at is null"
    )
    change(server, closing, establishment)


def _due(server: Running, which: str) -> None:
    """Let three days go by and a worker see it."""
    age(server, which, 73)
    as_portal(server.place, "select apply_establishment_changes()")


def _role(server: Running, account: UUID) -> str:
    [row] = as_portal(server.place, "select role from account where account_id = $1", account)
    return str(row["role"])


def _ask(browser: Browser, kind: str, **said: object) -> str:
    status, answer = browser.post(f"/portal/changes/{kind}", said)
    assert status == 200, answer
    return answer["change"]


def _approve(browser: Browser, which: str, **said: object) -> tuple[int, Any]:
    return browser.post("/portal/changes/approve", {"change": which, **said})


class TestContact:
    def test_it_is_in_force_after_three_days_and_never_shown(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        other, _, _ = entered(server, client, shop=shop)
        which = _ask(asker, "contact", mail="Labo.Dupont@exemple.fr", phone="04 91 00 11 22")
        wrong = {"mail": "labo.dupont@exemple.fr", "phone": "+33491001123"}
        assert refusal(_approve(other, which, **wrong)[1]) == "change-unknown"
        right = {"mail": "labo.dupont@exemple.fr", "phone": "+33491001122"}
        assert refusal(_approve(asker, which, **right)[1]) == "change-unknown"
        assert _approve(other, which, **right) == (200, {})
        shown = asker.call("GET", "/portal/changes")[1]
        assert shown["contact"] is None
        assert "exemple" not in str(shown) and "1122" not in str(shown)
        _due(server, which)
        assert asker.call("GET", "/portal/changes")[1]["contact"] == "l…@…fr, …22"

    @pytest.mark.parametrize(
        ("said", "where"),
        [
            ({"mail": "labo"}, "mail"),
            ({"mail": "a@b.fr\nBcc: c@d.fr"}, "mail"),
            ({"mail": "a@b.fr", "phone": "12"}, "phone"),
        ],
    )
    def test_a_wrong_one_is_named(
        self,
        server: Running,
        client: httpx2.Client,
        shop: int,
        said: dict[str, str],
        where: str,
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        _, answer = asker.post("/portal/changes/contact", said)
        assert (refusal(answer), answer["issue"][0]["expression"]) == ("value-invalid", [where])

    def test_the_counters_login_reads_none(self, server: Running) -> None:
        for query in (
            "select contact_sealed from establishment_contact",
            "select contact_sealed from notice",
            "update establishment_contact set shown = ''",
            "insert into notice select * from notice",
        ):
            with pytest.raises(db.DatabaseError, match="permission denied"):
                as_portal(server.place, query)


class TestAdministrators:
    def test_another_becomes_one_then_is_one_no_more(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        asker, _, first = entered(server, client, shop=shop)
        assistant, _, subject = entered(server, client, Role.ASSISTANT, shop)
        second = operator(server, client)
        which = _ask(asker, "administrator", account=str(subject))
        assert _approve(second, which, account=str(subject))[0] == 200
        assert _role(server, subject) == "assistant"
        _due(server, which)
        assert _role(server, subject) == "administrator"
        # What it has open was opened under another role.
        assert refusal(assistant.call("GET", "/portal/me")[1]) == "session-invalid"
        back = _ask(asker, "administrator", account=str(subject))
        assert _approve(second, back, account=str(subject))[0] == 200
        _due(server, back)
        assert (_role(server, subject), _role(server, first)) == ("assistant", "administrator")

    def test_a_establishment_keeps_its_last(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        asker, _, asking = entered(server, client, shop=shop)
        _, _, subject = entered(server, client, shop=shop)
        which = _ask(asker, "administrator", account=str(subject))
        assert _approve(operator(server, client), which, account=str(subject))[0] == 200
        change(server, "update account set role = 'assistant' where account_id = $1", asking)
        _due(server, which)
        assert _role(server, subject) == "administrator"

    def test_nobody_decides_on_itself_nor_on_another_establishment(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        asker, _, asking = entered(server, client, shop=shop)
        other, _, subject = entered(server, client, shop=shop)
        _, _, stranger = entered(server, client, shop=server.shops("laboratory")[1])
        for account in (asking, stranger, uuid4()):
            said = asker.post("/portal/changes/administrator", {"account": str(account)})[1]
            assert refusal(said) == "change-unknown"
        which = _ask(asker, "administrator", account=str(subject))
        assert refusal(_approve(other, which, account=str(subject))[1]) == "change-unknown"
        establishment = server.place.france.shops[shop].establishment_id
        columns = "change_id, kind, establishment_id, subject, sealed, shown, address, asked_by, asked_at"
        forged = f"""insert into establishment_change ({columns})
                     values ($1, 'administrator', $2, $3, '', 'administrator', $1, $4, now())"""
        for whom, by, law in (
            (subject, subject, "administrator of the establishment"),
            (stranger, asking, "of the establishment"),
            (None, asking, "its_subject"),
        ):
            with pytest.raises(db.DatabaseError, match=law):
                as_portal(server.place, forged, uuid4(), establishment, whom, by)
        with pytest.raises(db.DatabaseError, match="may decide"):
            approve = "update establishment_change set approved_by = $2 where change_id = $1"
            as_portal(server.place, approve, UUID(which), subject)


class TestRecovery:
    def test_by_two_administrators_and_three_days(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        other, _, _ = entered(server, client, shop=shop)
        lost, lost_key, subject = entered(server, client, Role.ASSISTANT, shop)
        which = _ask(asker, "recovery", account=str(subject))
        status, said = _approve(other, which, account=str(subject))
        assert status == 200
        found, key = Browser(server.origin, client), SecurityKey(server.origin)
        assert refusal(found.enrol(key, said["code"])[1]) == "invitation-invalid"
        assert lost.call("GET", "/portal/me")[0] == 200
        _due(server, which)
        assert refusal(lost.call("GET", "/portal/me")[1]) == "session-invalid"
        assert refusal(Browser(server.origin, client).login(lost_key)[1]) == "passkey-refused"
        assert found.enrol(key, said["code"])[0] == 200
        assert (
            refusal(
                Browser(server.origin, client).enrol(SecurityKey(server.origin), said["code"])[
                    1
                ]
            )
            == "invitation-invalid"
        )

    def test_by_two_operators_for_a_establishment_with_one_administrator(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        _, _, subject = entered(server, client, shop=shop)
        first, second = operator(server, client), operator(server, client)
        which = _ask(first, "recovery", account=str(subject))
        assert refusal(_approve(first, which, account=str(subject))[1]) == "change-unknown"
        assert "code" in _approve(second, which, account=str(subject))[1]

    def test_who_is_recovered_stops_it_while_it_can_still_enter(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        awake, _, subject = entered(server, client, shop=shop)
        first, second = operator(server, client), operator(server, client)
        which = _ask(first, "recovery", account=str(subject))
        assert _approve(second, which, account=str(subject))[0] == 200
        assert awake.post("/portal/changes/cancel", {"change": which})[0] == 200
        assert refusal(_approve(second, which, account=str(subject))[1]) == "change-unknown"
        as_portal(server.place, "select apply_establishment_changes()")
        assert awake.call("GET", "/portal/me")[0] == 200

    def test_a_code_is_not_set_by_another_way(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        other, _, _ = entered(server, client, shop=shop)
        _, _, subject = entered(server, client, Role.ASSISTANT, shop)
        which = _ask(asker, "recovery", account=str(subject))
        early = "update establishment_change set code_hash = $2 where change_id = $1"
        as_portal(server.place, early, UUID(which), b"x" * 32)
        assert _hash(server, which) is None
        assert _approve(other, which, account=str(subject))[0] == 200
        with pytest.raises(db.DatabaseError, match="approved once"):
            as_portal(server.place, early, UUID(which), b"x" * 32)


def _hash(server: Running, which: str) -> bytes | None:
    async def work() -> bytes | None:
        async with server.place.store.pool("owner") as pool, db.statement(pool) as tx:
            query = "select code_hash from establishment_change where change_id = $1"
            row = await db.first(tx, query, UUID(which))
            assert row is not None
            return row["code_hash"]

    return run(work())


class Post:
    """A mail server that keeps what it is sent, or refuses it."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.open = True

    async def handle_DATA(self, _: object, __: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if not self.open:
            return "451 later"
        read = message_from_bytes(envelope.content, policy=default)
        assert isinstance(read, EmailMessage)
        self.taken.append(read)
        return "250 OK"


@pytest.fixture
def post() -> Iterator[tuple[Post, Mailbox]]:
    handler, port = Post(), free_port()
    controller = Controller(handler, hostname=HOST, port=port)
    controller.start()
    try:
        yield (
            handler,
            Mailbox(host=HOST, port=port, security="none", sender="avis@egide.example"),
        )
    finally:
        controller.stop()


class TestNotices:
    def _send(self, server: Running, box: Mailbox) -> tuple[int, int]:
        async def work() -> tuple[int, int]:
            sealer = Sealer(KeyRing.open(server.place.keys))
            async with server.place.store.pool("messenger") as pool:
                return await send_notices(pool, sealer, box.sender, box.send)

        return run(work())

    def _with_contact(
        self, server: Running, client: httpx2.Client, shop: int
    ) -> tuple[Browser, Browser]:
        asker, _, _ = entered(server, client, shop=shop)
        other, _, _ = entered(server, client, shop=shop)
        which = _ask(asker, "contact", mail="ancien@exemple.fr")
        assert _approve(other, which, mail="ancien@exemple.fr")[0] == 200
        _due(server, which)
        change(server, "delete from notice")
        return asker, other

    def test_old_and_new_address_are_told_at_each_step(
        self, server: Running, client: httpx2.Client, shop: int, post: tuple[Post, Mailbox]
    ) -> None:
        asker, other = self._with_contact(server, client, shop)
        which = _ask(asker, "contact", mail="nouveau@exemple.fr")
        assert _approve(other, which, mail="nouveau@exemple.fr")[0] == 200
        assert self._send(server, post[1]) == (4, 0)
        assert self._send(server, post[1]) == (0, 0)
        to = sorted(str(one["To"]) for one in post[0].taken)
        assert to == ["ancien@exemple.fr"] * 2 + ["nouveau@exemple.fr"] * 2
        assert asker.post("/portal/changes/cancel", {"change": which})[0] == 200
        assert self._send(server, post[1]) == (2, 0)
        said = post[0].taken[-1].get_content()
        assert "arrêté" in said and "exemple.fr" not in said

    def test_a_passkey_more_and_a_browser_never_seen_are_told(
        self, server: Running, client: httpx2.Client, shop: int, post: tuple[Post, Mailbox]
    ) -> None:
        self._with_contact(server, client, shop)
        _, key, _ = entered(server, client, shop=shop)
        assert self._send(server, post[1])[0] == 1
        assert "clé d'accès a été créée" in post[0].taken[-1].get_content()
        stranger = Browser(server.origin, client)
        assert stranger.login(key)[0] == 200
        assert self._send(server, post[1])[0] == 1
        assert "navigateur jamais vu" in post[0].taken[-1].get_content()
        assert [one["is_new"] for one in stranger.call("GET", "/portal/me")[1]["sessions"]] == [
            True,
            False,
        ]
        assert stranger.login(key)[0] == 200  # seen now
        assert self._send(server, post[1])[0] == 0

    def test_one_that_is_not_taken_is_kept_and_leaves_later(
        self, server: Running, client: httpx2.Client, shop: int, post: tuple[Post, Mailbox]
    ) -> None:
        asker, _ = self._with_contact(server, client, shop)
        _ask(asker, "iban", iban="FR1420041010050500013M02606")
        post[0].open = False
        assert self._send(server, post[1]) == (0, 1)
        post[0].open = True
        assert self._send(server, post[1]) == (0, 0)  # not yet
        change(server, "update notice set next_try_at = now() where sent_at is null")
        assert self._send(server, post[1]) == (1, 0)
        [message] = post[0].taken
        assert "finissant par 606" in message.get_content()
        assert "FR14" not in message.as_string()

    def test_two_senders_send_each_once(
        self, server: Running, client: httpx2.Client, shop: int, post: tuple[Post, Mailbox]
    ) -> None:
        asker, _ = self._with_contact(server, client, shop)
        for _ in range(4):
            which = _ask(asker, "iban", iban="FR1420041010050500013M02606")
            assert asker.post("/portal/changes/cancel", {"change": which})[0] == 200
        sealer = Sealer(KeyRing.open(server.place.keys))

        async def work() -> int:
            async with server.place.store.pool("messenger") as pool:
                both = [
                    send_notices(pool, sealer, post[1].sender, post[1].send) for _ in range(2)
                ]
                return sum(sent for sent, _ in await asyncio.gather(*both))

        assert run(work()) == 8
        assert len({str(one["Message-ID"]) for one in post[0].taken}) == 8

    def test_the_command_sends_what_is_due(
        self,
        server: Running,
        client: httpx2.Client,
        shop: int,
        post: tuple[Post, Mailbox],
        tmp_path: Path,
    ) -> None:
        asker, _ = self._with_contact(server, client, shop)
        _ask(asker, "iban", iban="FR1420041010050500013M02606")
        box = tmp_path / "box.json"
        box.touch(mode=0o600)
        box.write_text(
            f'{{"host":"{HOST}","port":{post[1].port},"security":"none","sender":"a@b.fr"}}'
        )
        words = ["notices", "--data", str(server.place.settings.data), "--mailbox", str(box)]
        done = CliRunner().invoke(people, words)
        assert done.exit_code == 0, (done.output, done.exception)
        assert len(post[0].taken) == 1
        box.write_text('{"host":"mail.example","security":"none","sender":"a@b.fr"}')
        assert CliRunner().invoke(people, words).exit_code == 1
        box.chmod(0o644)
        assert CliRunner().invoke(people, words).exit_code == 1
