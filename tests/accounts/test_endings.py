"""What is ended is ended everywhere at once: keys, passkeys, codes, sessions, accounts; and stays so."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from conftest import Running, now, run
from egide import db
from egide.access import REQUEST_TYPE, Role
from egide.accounts import close, close_dormant, invite_again
from egide.client import FileKey
from egide.client.key import signed
from egide.client.messages import RIGHTS_PATH
from egide.doubles.device import Browser, SecurityKey
from egide.doubles.software import Software
from egide.doubles.wire import write_request
from identity.persons import add_passkey, asking, change, entered, invited, jwk_of, refusal


def own(browser: Browser) -> list[str]:
    return [one["passkey"] for one in browser.call("GET", "/portal/me")[1]["passkeys"]]


class TestSoftwareKeys:
    def test_a_revoked_key_stops_within_two_seconds_whatever_token_it_holds(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, _, _ = entered(server, client)
        _, shown = browser.call("GET", "/portal/keys")
        key = ec.generate_private_key(ec.SECP256R1())
        sent = {"software": shown["software"][0]["software"], "request": asking(server, key)}
        _, enrolled = browser.post("/portal/keys/enrol", sent)
        establishment = server.place.france.shops[0].establishment_id
        software = Software(
            origin=server.origin, establishment_id=establishment, key=key, jwk=jwk_of(key)
        )

        async def asked() -> int:
            wire = server.wire()
            await software.ready(wire, now())
            headers = {
                "Content-Type": "application/fhir+json",
                "Authorization": f"DPoP {software.token}",
                "DPoP": software.proof("POST", RIGHTS_PATH, now(), token=software.token),
            }
            return (await wire.send(write_request("POST", RIGHTS_PATH, headers, b"{}"))).status

        assert run(asked()) == 422  # let in, and told that the question is not one
        assert browser.post("/portal/keys/revoke", enrolled)[0] == 200
        time.sleep(2)
        assert {run(asked()) for _ in range(8)} == {401}  # at every worker

    def test_one_key_has_one_spelling(self, server: Running, client: httpx2.Client) -> None:
        browser, _, _ = entered(server, client)
        _, shown = browser.call("GET", "/portal/keys")
        key = ec.generate_private_key(ec.SECP256R1())
        build, jwk = shown["software"][0]["software"], jwk_of(key)
        sent = {"software": build, "request": asking(server, key)}
        assert browser.post("/portal/keys/enrol", sent)[0] == 200
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        spare = letters[letters.index(jwk["x"][-1]) ^ 1]  # the last two bits say nothing
        for x in (jwk["x"][:-1] + spare, jwk["x"] + "="):
            header = {"typ": REQUEST_TYPE, "jwk": jwk | {"x": x}}
            establishment = str(server.place.france.shops[0].establishment_id)
            claims = {"aud": server.origin, "sub": establishment, "iat": int(now().timestamp())}
            other = {"software": build, "request": signed(FileKey(key), header, claims)}
            assert browser.post("/portal/keys/enrol", other)[0] == 422

    def test_only_the_keys_of_its_own_establishment_are_shown(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, _, _ = entered(server, client)
        other, _, _ = entered(server, client, shop=1)
        shown = [
            {one["thumbprint"] for one in each.call("GET", "/portal/keys")[1]["keys"]}
            for each in (browser, other)
        ]
        assert all(shown)
        assert not shown[0] & shown[1]

    @pytest.mark.parametrize("thumbprint", ["A" * 44, ""])
    def test_what_is_no_thumbprint_is_no_key(
        self, server: Running, client: httpx2.Client, thumbprint: str
    ) -> None:
        browser, _, _ = entered(server, client)
        said = browser.post("/portal/keys/revoke", {"thumbprint": thumbprint})[1]
        assert refusal(said) == "key-unknown"


class TestPasskeys:
    def test_taking_one_away_closes_every_other_session(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, stolen, _ = entered(server, client)
        add_passkey(browser, second := SecurityKey(server.origin))
        thief, third = Browser(server.origin, client), Browser(server.origin, client)
        assert thief.login(stolen)[0] == third.login(second)[0] == 200
        first = own(browser)[0]
        assert browser.post("/portal/passkeys/revoke", {"passkey": first})[0] == 200
        for gone in (thief, third):
            assert refusal(gone.call("GET", "/portal/me")[1]) == "session-invalid"
            assert refusal(gone.post("/portal/passkeys/begin")[1]) == "session-invalid"
        assert own(browser)
        assert refusal(thief.login(stolen)[1]) == "passkey-refused"

    def test_two_at_once_never_take_the_last_one(
        self, server: Running, client: httpx2.Client
    ) -> None:
        for _ in range(4):
            browser, _, _ = entered(server, client)
            add_passkey(browser, second := SecurityKey(server.origin))
            other = Browser(server.origin, client)
            assert other.login(second)[0] == 200
            known = own(browser)
            with ThreadPoolExecutor(2) as both:
                asked = [
                    both.submit(one.post, "/portal/passkeys/revoke", {"passkey": passkey})
                    for one, passkey in zip((browser, other), known, strict=True)
                ]
                statuses = [one.result()[0] for one in asked]
            assert statuses.count(200) == 1, statuses

    @pytest.mark.parametrize("name", ["a\x00b", "a\u202eb", " ", "n" * 41])
    def test_a_name_is_forty_letters_that_can_be_read(
        self, server: Running, client: httpx2.Client, name: str
    ) -> None:
        browser, _, _ = entered(server, client)
        _, options = browser.post("/portal/passkeys/begin")
        made = {"credential": SecurityKey(server.origin).make(options), "name": name}
        assert refusal(browser.post("/portal/passkeys/finish", made)[1]) == "value-invalid"

    def test_a_challenge_given_to_another_is_none(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        other, _, _ = entered(server, client)
        _, reauthentication = other.post("/portal/reauthentication/begin")
        answered = {"credential": key.answer(reauthentication)}
        assert (
            refusal(browser.post("/portal/reauthentication/finish", answered)[1])
            == "passkey-refused"
        )
        _, options = other.post("/portal/passkeys/begin")
        made = {"credential": SecurityKey(server.origin).make(options)}
        assert refusal(browser.post("/portal/passkeys/finish", made)[1]) == "passkey-refused"

    def test_an_answer_is_worth_nothing_from_another_browser(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        browser.session = ""
        thief = Browser(server.origin, client)
        _, options = browser.post("/portal/login/begin")
        signed = {"credential": key.answer(options)}
        assert refusal(thief.post("/portal/login/finish", signed)[1]) == "passkey-refused"
        assert refusal(browser.post("/portal/login/finish", signed)[1]) == "passkey-refused"
        _, code = invited(server, Role.ASSISTANT)
        _, options = browser.post("/portal/enrol/begin", {"code": code})
        made = {"credential": SecurityKey(server.origin).make(options)}
        assert refusal(thief.post("/portal/enrol/finish", made)[1]) == "passkey-refused"
        assert refusal(browser.post("/portal/enrol/finish", made)[1]) == "passkey-refused"
        for path in ("/portal/login/begin", "/portal/enrol/begin"):
            body = {"code": code}
            assert refusal(browser.call("POST", path, body, proof="")[1]) == "proof-invalid"

    @pytest.mark.parametrize(
        ("before", "status"),
        [
            ('a b=c; x={"a":1}; ', 200),
            ("café=1; ", 200),
            ("{own}; ", 401),
            ("__Host-egid=1; ", 200),
        ],
    )
    def test_the_cookies_of_others_change_nothing(
        self, server: Running, client: httpx2.Client, before: str, status: int
    ) -> None:
        browser, _, _ = entered(server, client)
        own_one = browser.cookie
        browser.cookie = before.replace("{own}", own_one)
        browser.cookie = (browser.cookie + own_one).encode("latin-1")  # type: ignore[assignment]
        assert browser.call("GET", "/portal/me")[0] == status

    def test_an_answer_serves_once_even_if_the_key_does_not_count(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        key.counts = False
        browser.session = ""
        _, options = browser.post("/portal/login/begin")
        answered = {"credential": key.answer(options)}
        assert browser.post("/portal/login/finish", answered)[0] == 200
        assert refusal(browser.post("/portal/login/finish", answered)[1]) == "passkey-refused"

    def test_a_wrong_answer_uses_the_challenge_up_and_time_does_too(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        key.counts = False
        browser.session = ""
        _, options = browser.post("/portal/login/begin")
        answer = key.answer(options)
        wrong = answer | {"response": answer["response"] | {"signature": "AAAA"}}
        assert browser.post("/portal/login/finish", {"credential": wrong})[0] == 401
        assert browser.post("/portal/login/finish", {"credential": answer})[0] == 401
        _, options = browser.post("/portal/login/begin")
        change(server, "update ceremony set expires_at = $1", now())
        answered = {"credential": key.answer(options)}
        assert browser.post("/portal/login/finish", answered)[0] == 401


class TestAccounts:
    def owner(self, server: Running, account: UUID, *, closing: bool) -> Any:
        async def work() -> Any:
            async with server.place.store.pool("owner") as pool, db.transaction(pool) as tx:
                return await (close if closing else invite_again)(tx, account, now())

        return run(work())

    def test_who_is_invited_again_has_nothing_of_before(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, lost, account = entered(server, client)
        first = self.owner(server, account, closing=False)
        second = self.owner(server, account, closing=False)
        assert refusal(browser.call("GET", "/portal/me")[1]) == "session-invalid"
        assert refusal(browser.login(lost)[1]) == "passkey-refused"
        fresh = Browser(server.origin, client)
        key = SecurityKey(server.origin)
        assert refusal(fresh.enrol(key, first)[1]) == "invitation-invalid"
        assert fresh.enrol(key, second)[0] == 200

    def test_a_closed_account_lets_nobody_in(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, account = entered(server, client)
        waiting, code = invited(server, Role.ASSISTANT)
        assert self.owner(server, account, closing=True)
        assert self.owner(server, waiting, closing=True)
        assert not self.owner(server, account, closing=True)
        assert not self.owner(server, uuid4(), closing=True)
        assert refusal(browser.call("GET", "/portal/me")[1]) == "session-invalid"
        assert refusal(browser.login(key)[1]) == "passkey-refused"
        late = Browser(server.origin, client).enrol(SecurityKey(server.origin), code)
        assert refusal(late[1]) == "invitation-invalid"
        assert self.owner(server, account, closing=False) is None

    def test_sessions_of_others_are_not_shown(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, _, _ = entered(server, client)
        entered(server, client)
        shown = browser.call("GET", "/portal/me")[1]["sessions"]
        assert [one["session"] for one in shown] == [browser.session]


ENDED = [
    ("account", "closed_at"),
    ("passkey", "revoked_at"),
    ("invitation", "used_at"),
    ("web_session", "closed_at"),
    ("caller_key", "revoked_at"),
]
MAY: dict[str, set[str]] = {
    "account": {"select", "update(used_at)"},
    "passkey": {
        "insert",
        "select",
        "update(revoked_at)",
        "update(revoked_why)",
        "update(sign_count)",
        "update(used_at)",
    },
    "invitation": {"select", "update(used_at)"},
    "ceremony": {"delete", "insert", "select"},
    "web_session": {
        "insert",
        "select",
        "update(closed_at)",
        "update(device_from)",
        "update(device_jwk)",
        "update(seen_at)",
        "update(reauthenticated_at)",
    },
    "caller_key": {"insert", "select", "update(revoked_at)", "update(revoked_by)"},
}
_GRANTS = """
select lower(privilege_type) as may
  from information_schema.table_privileges
 where grantee = 'egide_portal' and table_name = $1
 union
select 'update(' || column_name || ')'
  from information_schema.column_privileges
 where grantee = 'egide_portal' and table_name = $1 and privilege_type = 'UPDATE'
"""


class TestDormantAccounts:
    def close(self, server: Running) -> int:
        async def work() -> int:
            async with server.place.store.pool("portal") as pool, db.transaction(pool) as tx:
                return await close_dormant(tx)

        return run(work())

    @pytest.mark.parametrize(("days", "is_closed"), [(179.9, False), (180.1, True)])
    def test_one_that_nobody_used_for_180_days_is_closed_with_all_that_let_in(
        self, server: Running, client: httpx2.Client, days: float, is_closed: bool
    ) -> None:
        self.close(server)
        browser, key, account = entered(server, client)
        _, code = invited(server, Role.PROFESSIONAL)
        assert browser.login(key)[0] == 200
        query = "update account set used_at = $2 where account_id = $1"
        change(server, query, account, now() - timedelta(days=days))
        assert self.close(server) == is_closed
        status, _ = browser.call("GET", "/portal/me")
        assert status == (401 if is_closed else 200)
        assert browser.login(key)[0] == (401 if is_closed else 200)
        assert (
            Browser(server.origin, client).post("/portal/enrol/begin", {"code": code})[0] == 200
        )

    def test_one_that_was_never_entered_is_dormant_from_its_invitation(
        self, server: Running, client: httpx2.Client
    ) -> None:
        account, code = invited(server, Role.PROFESSIONAL)
        change(
            server,
            "update account set created_at = created_at - interval '181 days' where account_id = $1",
            account,
        )
        change(
            server,
            "update invitation set expires_at = expires_at + interval '1 day' where account_id = $1",
            account,
        )
        assert self.close(server) == 1
        said = Browser(server.origin, client).post("/portal/enrol/begin", {"code": code})[1]
        assert refusal(said) == "invitation-invalid"

    def test_an_insured_persons_stays(self, server: Running) -> None:
        query = """insert into account (account_id, role, person_id, label_sealed, created_at)
                   values (gen_random_uuid(), 'insured', gen_random_uuid(), ''::bytea, now() - interval '2 years')"""
        change(server, query)
        assert self.close(server) == 0


class TestTheDatabase:
    @pytest.mark.parametrize("table", MAY)
    def test_the_counter_may_do_this_and_no_more(self, server: Running, table: str) -> None:
        async def may() -> set[str]:
            async with server.place.store.pool("owner") as pool, db.statement(pool) as tx:
                return {str(row["may"]) for row in await db.many(tx, _GRANTS, table)}

        assert run(may()) == MAY[table]

    @pytest.mark.parametrize(("table", "ended"), ENDED)
    def test_what_has_ended_is_not_opened_again(
        self, server: Running, client: httpx2.Client, table: str, ended: str
    ) -> None:
        browser, key, account = entered(server, client)
        add_passkey(browser, key)
        assert browser.post("/portal/passkeys/revoke", {"passkey": own(browser)[0]})[0] == 200
        TestAccounts().owner(server, account, closing=True)
        if table == "caller_key":
            browser, _, account = entered(server, client)
            _, shown = browser.call("GET", "/portal/keys")
            asked = asking(server, ec.generate_private_key(ec.SECP256R1()))
            sent = {"software": shown["software"][0]["software"], "request": asked}
            _, enrolled = browser.post("/portal/keys/enrol", sent)
            assert browser.post("/portal/keys/revoke", enrolled)[0] == 200
            with pytest.raises(db.DatabaseError, match="set once"):
                change(
                    server,
                    "update caller_key set revoked_by = null where revoked_by = $1",
                    account,
                )
        for value in (None, datetime(2030, 1, 1, tzinfo=now().tzinfo)):
            query = f"update {table} set {ended} = $1 where {ended} is not null"
            with pytest.raises(db.DatabaseError, match="set once"):
                change(server, query, value)

    def test_no_session_outlives_its_four_hours(
        self, server: Running, client: httpx2.Client
    ) -> None:
        _, _, account = entered(server, client)
        query = "update web_session set ends_at = opened_at + interval '9 years' where account_id = $1"
        with pytest.raises(db.DatabaseError, match="web_session_short"):
            change(server, query, account)
