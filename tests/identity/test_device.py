"""Sessions bound to their machine: from then on a copy of the whole browser is worth nothing elsewhere."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import joserfc.jws
import pytest
from joserfc.jwk import ECKey

from conftest import Running, now
from egide.doubles.device import Browser
from egide.identity.device import LASTS, Tickets
from identity.persons import change, entered, refusal

_CHALLENGE = re.compile(r'challenge="([^"]+)"')


class _Machine:
    """The key that a browser keeps in its machine; signed by another library than the product's."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.key = ECKey.generate_key("P-256")
        self.ticket = ""

    def sign(self, challenge: str, *, shows_key: bool, typ: str = "dbsc+jwt") -> str:
        header: dict[str, Any] = {"alg": "ES256", "typ": typ}
        if shows_key:
            header["jwk"] = self.key.as_dict(private=False)
        payload = f'{{"jti":"{challenge}"}}'
        return joserfc.jws.serialize_compact(header, payload, self.key)

    def send(self, path: str, proof: str = "", session: str = "") -> httpx2.Response:
        headers = {"Cookie": self.browser.cookie}
        if proof:
            headers["Secure-Session-Response"] = f'"{proof}"'
        if session:
            headers["Sec-Secure-Session-Id"] = f'"{session}"'
        return self.browser.client.post(path, headers=headers)

    def keep(self, answer: httpx2.Response) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        cookie = answer.headers["set-cookie"]
        assert "Secure; HttpOnly; SameSite=Strict; Max-Age=600" in cookie
        self.ticket = cookie.split(";")[0]
        return answer.json()

    def renew(self) -> httpx2.Response:
        asked = self.send("/portal/device/renew", session=self.browser.session)
        assert asked.status_code == 403
        said = asked.headers["secure-session-challenge"]
        assert said.endswith(f';id="{self.browser.session}"')
        proof = self.sign(said.split('"')[1], shows_key=False)
        return self.send("/portal/device/renew", proof, self.browser.session)

    def me(self, ticket: str | None = None) -> tuple[int, Any]:
        kept = self.browser.cookie
        shown = self.ticket if ticket is None else ticket
        self.browser.cookie = f"{kept}; {shown}" if shown else kept
        try:
            return self.browser.call("GET", "/portal/me")
        finally:
            self.browser.cookie = kept


def _entered(server: Running, client: httpx2.Client) -> tuple[_Machine, str]:
    """Return a machine whose browser is in, and what it was asked to sign at the login."""
    browser, key, _ = entered(server, client)
    asked: list[str] = []

    def note(answer: httpx2.Response) -> None:
        if found := answer.headers.get("secure-session-registration"):
            assert found.startswith('(ES256);path="/portal/device/bind";')
            asked.extend(_CHALLENGE.findall(found))

    client.event_hooks["response"].append(note)
    try:
        browser.login(key)
    finally:
        client.event_hooks["response"].remove(note)
    [challenge] = asked
    return _Machine(browser), challenge


def _past_grace(server: Running, session: str) -> None:
    query = "update web_session set device_from = device_from - interval '1 minute' where session_id = $1"
    change(server, query, UUID(session))


def _altered(ticket: str) -> str:
    """Return a ticket with one character changed, not its last: that one holds bits which are not read."""
    return ticket[:-3] + ("B" if ticket[-3] == "A" else "A") + ticket[-2:]


def test_a_bound_session_asks_for_its_machine_and_renews_by_itself(
    server: Running, client: httpx2.Client
) -> None:
    machine, challenge = _entered(server, client)
    assert machine.me()[0] == 200  # a browser that does not know of it goes on
    said = machine.keep(
        machine.send("/portal/device/bind", machine.sign(challenge, shows_key=True))
    )
    assert said["session_identifier"] == machine.browser.session
    assert said["refresh_url"] == "/portal/device/renew"
    assert [one["name"] for one in said["credentials"]] == [machine.ticket.split("=")[0]]
    assert machine.me("")[0] == 200  # what was on its way when it was bound
    _past_grace(server, machine.browser.session)
    assert machine.me()[0] == 200
    for thief in ("", _altered(machine.ticket), f"{machine.ticket}; {machine.ticket}"):
        status, refused = machine.me(thief)
        assert (status, refusal(refused)) == (401, "session-invalid")
    machine.ticket = ""
    machine.keep(machine.renew())
    assert machine.me()[0] == 200


def test_a_session_is_bound_once_with_what_its_own_login_asked(
    server: Running, client: httpx2.Client
) -> None:
    machine, challenge = _entered(server, client)
    other, others = _entered(server, client)

    def refused(proof: str) -> bool:
        answer = machine.send("/portal/device/bind", proof)
        return (answer.status_code, refusal(answer.json())) == (401, "session-invalid")

    assert refused("") and refused("a.b.c")
    assert refused(machine.sign(others, shows_key=True))  # another session's
    assert refused(machine.sign(challenge, shows_key=False))
    assert refused(machine.sign(challenge, shows_key=True, typ="dpop+jwt"))
    bare = httpx2.Client(base_url=server.origin)
    proof = machine.sign(challenge, shows_key=True)
    answer = bare.post("/portal/device/bind", headers={"Secure-Session-Response": proof})
    assert answer.status_code == 401  # a challenge without the session's cookie
    machine.keep(machine.send("/portal/device/bind", proof))
    assert refused(proof)
    del other


def test_only_the_machine_that_was_bound_renews(server: Running, client: httpx2.Client) -> None:
    machine, challenge = _entered(server, client)
    unbound = machine.send("/portal/device/renew", session=machine.browser.session)
    assert (unbound.status_code, refusal(unbound.json())) == (401, "session-invalid")
    machine.keep(machine.send("/portal/device/bind", machine.sign(challenge, shows_key=True)))
    session, key = machine.browser.session, machine.key

    def asked() -> str:
        answer = machine.send("/portal/device/renew", session=session)
        return answer.headers["secure-session-challenge"].split('"')[1]

    machine.key = ECKey.generate_key("P-256")
    for shows_key in (True, False):
        proof = machine.sign(asked(), shows_key=shows_key)
        assert machine.send("/portal/device/renew", proof, session).status_code == 401
    machine.key = key
    shown = machine.sign(asked(), shows_key=True)
    assert machine.send("/portal/device/renew", shown, session).status_code == 401
    proof = machine.sign(asked(), shows_key=False)
    assert machine.send("/portal/device/renew", proof, session).status_code == 200
    assert machine.send("/portal/device/renew", proof, session).status_code == 401  # once
    for unknown in (str(uuid4()), "?", ""):
        assert machine.send("/portal/device/renew", session=unknown).status_code == 401
    machine.browser.post("/portal/sessions/close", {"session": session})
    assert machine.send("/portal/device/renew", session=session).status_code == 401


@pytest.mark.parametrize("value", ["", "?", "AAAA", "A" * 54])
def test_a_ticket_is_of_one_session_and_ten_minutes(value: str) -> None:
    tickets, session, instant = Tickets(b"k" * 32), uuid4(), now()
    given = tickets.give(session, instant).split(";")[0].partition("=")[2]
    assert tickets.holds(given, session, instant + LASTS - timedelta(seconds=1))
    assert not tickets.holds(given, session, instant + LASTS)
    assert not tickets.holds(given, uuid4(), instant)
    assert not Tickets(b"l" * 32).holds(given, session, instant)
    assert not tickets.holds(value, session, instant)
