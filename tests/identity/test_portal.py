"""People come in by passkey only, by sessions worth nothing elsewhere; each thief of the list learns nothing."""

import re
from datetime import timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from conftest import Running, now, run
from egide import db
from egide.access import ROLE_SCOPES, Role
from egide.access.scopes import DEFAULT_SCOPES, PERSON_SCOPES
from egide.accounts import invite_again
from egide.doubles.device import PRESENT, Browser, SecurityKey
from identity.persons import (
    add_passkey,
    as_owner,
    asking,
    change,
    entered,
    forge_session,
    invited,
    refusal,
)
from web.route_table import FRESH_ONES
from web.route_table import NAMED as ROUTES


class TestComingIn:
    def test_an_invited_person_enrols_leaves_and_comes_back(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        status, me = browser.call("GET", "/portal/me")
        assert status == 200
        assert (me["label"], me["role"]) == ("Compte d'essai", "administrator")
        assert [one["name"] for one in me["passkeys"]] == ["Clé d'essai"]
        assert [one["is_this"] for one in me["sessions"]] == [True]
        assert browser.post("/portal/sessions/close", {"session": browser.session})[0] == 200
        assert refusal(browser.call("GET", "/portal/me")[1]) == "session-invalid"
        assert browser.login(key)[0] == 200
        assert browser.call("GET", "/portal/me")[0] == 200

    def test_a_code_serves_once_and_a_wrong_one_is_told_no_more(
        self, server: Running, client: httpx2.Client
    ) -> None:
        _, code = invited(server, Role.ASSISTANT)
        browser, key = Browser(server.origin, client), SecurityKey(server.origin)
        assert browser.enrol(key, code)[0] == 200
        used = browser.enrol(key, code)
        unknown = browser.enrol(key, "0" * 26)
        no_code = browser.enrol(key, "?")
        assert used == unknown == no_code
        assert refusal(used[1]) == "invitation-invalid"

    def test_two_who_race_for_one_code_make_one_passkey(
        self, server: Running, client: httpx2.Client
    ) -> None:
        _, code = invited(server, Role.ASSISTANT)
        made = []
        browsers = [Browser(server.origin, client) for _ in range(2)]
        for browser in browsers:
            _, options = browser.post("/portal/enrol/begin", {"code": code})
            made.append(SecurityKey(server.origin).make(options))
        statuses = [
            browser.post("/portal/enrol/finish", {"credential": one})[0]
            for browser, one in zip(browsers, made, strict=True)
        ]
        assert sorted(statuses) == [200, 401]

    def test_an_old_code_is_no_code(self, server: Running, client: httpx2.Client) -> None:
        account, code = invited(server, Role.ASSISTANT)
        change(
            server,
            "update invitation set expires_at = $2 where account_id = $1",
            account,
            now() - timedelta(seconds=1),
        )
        browser = Browser(server.origin, client)
        assert (
            refusal(browser.enrol(SecurityKey(server.origin), code)[1]) == "invitation-invalid"
        )

    def test_who_lost_the_passkeys_is_invited_again_and_a_closed_account_is_not(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, _, account = entered(server, client)

        async def again() -> str | None:
            async with server.place.store.pool("owner") as pool, db.transaction(pool) as tx:
                return await invite_again(tx, account, now())

        code = run(again())
        assert code is not None
        assert browser.enrol(SecurityKey(server.origin), code)[0] == 200
        change(
            server, "update account set closed_at = $2 where account_id = $1", account, now()
        )
        assert run(again()) is None
        assert refusal(browser.call("GET", "/portal/me")[1]) == "session-invalid"

    def test_the_cookie_is_the_browsers_alone(
        self, server: Running, client: httpx2.Client
    ) -> None:
        _, code = invited(server, Role.ASSISTANT)
        browser, key = Browser(server.origin, client), SecurityKey(server.origin)
        _, options = browser.post("/portal/enrol/begin", {"code": code})
        answer = client.post(
            "/portal/enrol/finish",
            json={"credential": key.make(options)},
            headers={"DPoP": browser.proof("POST", "/portal/enrol/finish")},
        )
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-egide=")
        for attribute in ("Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=14400"):
            assert attribute in cookie
        assert "Domain" not in cookie


def answered(browser: Browser, key: SecurityKey, **wrong: Any) -> tuple[int, Any]:
    """Answer a login with something of it changed."""
    browser.session = ""
    _, options = browser.post("/portal/login/begin")
    credential = key.answer(options | wrong.pop("options", {}))
    credential["response"] |= wrong
    return browser.post("/portal/login/finish", {"credential": credential})


class TestPasskeys:
    def test_another_origin_is_refused(self, server: Running, client: httpx2.Client) -> None:
        browser, key, _ = entered(server, client)
        key.origin = "https://egide.example"
        assert refusal(browser.login(key)[1]) == "passkey-refused"

    def test_another_party_is_refused(self, server: Running, client: httpx2.Client) -> None:
        browser, key, _ = entered(server, client)
        status, said = answered(browser, key, options={"rpId": "egide.example"})
        assert (status, refusal(said)) == (401, "passkey-refused")

    def test_without_verifying_the_person_it_is_refused(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        key.flags = PRESENT
        assert refusal(browser.login(key)[1]) == "passkey-refused"
        _, code = invited(server, Role.ASSISTANT)
        assert refusal(browser.enrol(key, code)[1]) == "passkey-refused"

    def test_a_wrong_signature_and_nonsense_are_refused_alike(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        stranger = SecurityKey(server.origin)
        wrong = answered(browser, key, signature="AAAA")
        assert refusal(wrong[1]) == "passkey-refused"
        stranger.make({"user": {"id": "AAAA"}, "rp": {"id": "127.0.0.1"}, "challenge": "AAAA"})
        unknown = answered(browser, stranger)
        browser.session = ""
        empty = browser.post("/portal/login/finish", {"credential": {}})
        assert wrong == unknown == empty

    def test_a_challenge_is_answered_once_and_for_its_own_purpose(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        _, reauthentication = browser.post("/portal/reauthentication/begin")
        browser.session, kept = "", browser.session
        _, options = browser.post("/portal/login/begin")
        first = {"credential": key.answer(options)}
        assert browser.post("/portal/login/finish", first)[0] == 200
        assert refusal(browser.post("/portal/login/finish", first)[1]) == "passkey-refused"
        crossed = {"credential": key.answer(reauthentication)}
        assert refusal(browser.post("/portal/login/finish", crossed)[1]) == "passkey-refused"
        invented = {"credential": key.answer(options | {"challenge": "QUFBQQ"})}
        assert refusal(browser.post("/portal/login/finish", invented)[1]) == "passkey-refused"
        browser.session = kept

    def test_a_counter_that_goes_back_revokes_the_key_and_closes_the_sessions(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, account = entered(server, client)
        assert browser.login(key)[0] == 200
        thief = Browser(server.origin, client)
        key.kept[0].count -= 1  # a copy that has counted once less
        assert refusal(thief.login(key)[1]) == "passkey-refused"
        assert refusal(browser.call("GET", "/portal/me")[1]) == "session-invalid"
        key.kept[0].count += 5
        assert refusal(browser.login(key)[1]) == "passkey-refused"

        async def why() -> str:
            query = "select revoked_why from passkey where account_id = $1"
            async with server.place.store.pool("owner") as pool, db.statement(pool) as tx:
                row = await db.first(tx, query, account)
                return "" if row is None else str(row["revoked_why"])

        assert run(why()) == "counter"

    def test_a_key_that_does_not_count_comes_in_again_and_again(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        key.counts = False
        assert [browser.login(key)[0] for _ in range(2)] == [200, 200]

    def test_the_reauthentication_of_another_is_no_reauthentication(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, _, _ = entered(server, client)
        _, other, _ = entered(server, client)
        assert refusal(browser.reauthenticate(other)[1]) == "passkey-refused"


class TestSessions:
    def test_a_stolen_cookie_is_worth_nothing_under_another_key(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, _, _ = entered(server, client)
        thief = Browser(server.origin, client, cookie=browser.cookie, session=browser.session)
        for method, path in ROUTES:
            if ROUTES[method, path] in PERSON_SCOPES:
                status, said = thief.call(method, path, {} if method == "POST" else None)
                assert (status, refusal(said)) == (401, "session-invalid"), path
        assert browser.call("GET", "/portal/me")[0] == 200

    @pytest.mark.parametrize(
        "claims",
        [
            {"htm": "POST"},
            {"htu": "http://127.0.0.1/portal/keys"},
            {"ath": "AAAA"},
            {"iat": 0},
            {"jti": ""},
        ],
        ids=lambda claims: next(iter(claims)),
    )
    def test_a_proof_of_something_else_is_refused(
        self, server: Running, client: httpx2.Client, claims: dict[str, Any]
    ) -> None:
        browser, _, _ = entered(server, client)
        proof = browser.proof("GET", "/portal/me", **claims)
        assert refusal(browser.call("GET", "/portal/me", proof=proof)[1]) == "proof-invalid"

    def test_a_proof_serves_once(self, server: Running, client: httpx2.Client) -> None:
        browser, _, _ = entered(server, client)
        proof = browser.proof("GET", "/portal/me")
        assert browser.call("GET", "/portal/me", proof=proof)[0] == 200
        assert refusal(browser.call("GET", "/portal/me", proof=proof)[1]) == "proof-replayed"
        assert refusal(browser.call("GET", "/portal/me", proof="")[1]) == "proof-invalid"

    def test_a_login_takes_no_session_over(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        planted = browser.cookie
        victim = Browser(server.origin, client, cookie=planted)
        assert victim.login(key)[0] == 200
        assert victim.cookie != planted

    @pytest.mark.parametrize(
        "column",
        [
            "seen_at = $2::timestamptz - interval '61 minutes'",
            "ends_at = $2::timestamptz - interval '1 second'",
        ],
    )
    def test_it_ends_when_idle_and_after_four_hours(
        self, server: Running, client: httpx2.Client, column: str
    ) -> None:
        browser, _, account = entered(server, client)
        change(server, f"update web_session set {column} where account_id = $1", account, now())
        assert refusal(browser.call("GET", "/portal/me")[1]) == "session-invalid"

    def test_closing_all_is_felt_at_the_next_call_of_each(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        other = Browser(server.origin, client)
        assert other.login(key)[0] == 200
        assert browser.post("/portal/sessions/close")[1] == {"closed": 2}
        assert refusal(other.call("GET", "/portal/me")[1]) == "session-invalid"

    def test_the_session_of_another_cannot_be_closed(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, _, _ = entered(server, client)
        other, _, _ = entered(server, client)
        status, said = browser.post("/portal/sessions/close", {"session": other.session})
        assert (status, refusal(said)) == (404, "key-unknown")
        assert other.call("GET", "/portal/me")[0] == 200

    def test_a_session_shows_what_it_may_while_it_and_its_account_serve(
        self, server: Running, client: httpx2.Client
    ) -> None:
        """What every function that takes a session asks first."""
        _, _, account = entered(server, client)
        session, later = uuid4(), uuid4()
        asked = "select account_id from session_account($1, variadic $2::text[])"

        def shown(number: UUID, *roles: str) -> list[UUID]:
            found = as_owner(server.place, asked, number, list(roles))
            return [one["account_id"] for one in found]

        def set_session(what: str) -> None:
            change(server, f"update web_session set {what} where session_id = $1", session)

        forge_session(server, account, session)
        assert shown(session, "operator", "administrator") == [account]
        assert shown(session, "operator", "auditor", "insurer", "insured") == []
        set_session("ends_at = now()")
        assert shown(session, "administrator") == []
        set_session("ends_at = now() + interval '1 hour'")
        assert shown(session, "administrator") == [account]
        set_session("closed_at = now()")
        assert shown(session, "administrator") == []
        change(server, "update account set closed_at = now() where account_id = $1", account)
        forge_session(server, account, later)
        assert shown(later, "administrator") == []


class TestTwoTabs:
    def test_an_answer_that_arrives_late_is_refused_and_revokes_nothing(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        assert browser.login(key)[0] == 200
        tabs = [Browser(server.origin, client) for _ in range(2)]
        begun = [tab.post("/portal/login/begin")[1] for tab in tabs]
        answers = [{"credential": key.answer(options)} for options in begun]
        assert tabs[1].post("/portal/login/finish", answers[1])[0] == 200
        late = tabs[0].post("/portal/login/finish", answers[0])
        assert (late[0], refusal(late[1])) == (401, "passkey-refused")
        assert browser.call("GET", "/portal/me")[0] == 200  # nothing was closed
        assert browser.login(key)[0] == 200
        key.kept[0].count = 0  # and one that was copied, begun since, still is
        assert refusal(browser.login(key)[1]) == "passkey-refused"
        assert refusal(browser.login(key)[1]) == "passkey-refused"
        key.kept[0].count = 90
        assert refusal(browser.login(key)[1]) == "passkey-refused"


class TestWhatMatters:
    def later(self, server: Running, account: UUID) -> None:
        query = "update web_session set reauthenticated_at = $2 where account_id = $1"
        change(server, query, account, now() - timedelta(minutes=6))

    def test_keys_are_changed_only_after_a_fresh_reauthentication(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, account = entered(server, client)
        self.later(server, account)
        for method, path in FRESH_ONES:
            held = ROUTES[method, path] in ROLE_SCOPES[Role.ADMINISTRATOR]
            wanted = "reauthentication-needed" if held else "scope-missing"
            assert refusal(browser.call(method, path, {})[1]) == wanted, path
        assert browser.call("GET", "/portal/keys")[0] == 200
        assert browser.reauthenticate(key)[0] == 200
        assert (
            refusal(browser.post("/portal/keys/revoke", {"thumbprint": ""})[1]) == "key-unknown"
        )

    def test_a_second_passkey_comes_in_and_the_last_is_never_taken(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        first = browser.call("GET", "/portal/me")[1]["passkeys"][0]["passkey"]
        last = browser.post("/portal/passkeys/revoke", {"passkey": first})
        assert refusal(last[1]) == "last-passkey"
        _, options = browser.post("/portal/passkeys/begin")
        assert [one["id"] for one in options["excludeCredentials"]]
        add_passkey(browser, key)
        assert browser.post("/portal/passkeys/revoke", {"passkey": first})[0] == 200
        assert refusal(browser.login(key, 0)[1]) == "passkey-refused"
        assert browser.login(key, 1)[0] == 200

    def test_the_passkey_of_another_cannot_be_taken(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, key, _ = entered(server, client)
        add_passkey(browser, key)
        _, stranger, _ = entered(server, client)
        theirs = stranger.kept[0].identifier.hex()
        assert refusal(browser.post("/portal/passkeys/revoke", {"passkey": theirs})[1]) == "key-unknown"  # fmt: skip

    def test_an_administrator_changes_the_keys_of_its_own_software(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, _, _ = entered(server, client)
        _, shown = browser.call("GET", "/portal/keys")
        build = shown["software"][0]["software"]
        asked = asking(server, Browser(server.origin, client).key)
        sent = {"software": build, "request": asked}
        status, said = browser.post("/portal/keys/enrol", sent)
        assert status == 200
        assert refusal(browser.post("/portal/keys/enrol", sent)[1]) == "key-known"
        unknown = browser.post(
            "/portal/keys/enrol", {"software": str(uuid4()), "request": asked}
        )
        assert refusal(unknown[1]) == "key-known"
        [mine] = [
            one
            for one in browser.call("GET", "/portal/keys")[1]["keys"]
            if one["thumbprint"] == said["thumbprint"]
        ]
        assert (mine["enrolled_by"], mine["revoked_by"]) == ("Compte d'essai", "")
        assert browser.post("/portal/keys/revoke", said)[0] == 200
        [mine] = [
            one
            for one in browser.call("GET", "/portal/keys")[1]["keys"]
            if one["thumbprint"] == said["thumbprint"]
        ]
        assert mine["revoked_at"] and mine["revoked_by"] == "Compte d'essai"
        assert refusal(browser.post("/portal/keys/revoke", said)[1]) == "key-unknown"

    def test_the_key_of_another_establishment_cannot_be_taken(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, _, _ = entered(server, client)
        other, _, _ = entered(server, client, shop=1)
        theirs = other.call("GET", "/portal/keys")[1]["keys"][0]["thumbprint"]
        status, said = browser.post("/portal/keys/revoke", {"thumbprint": theirs})
        assert (status, refusal(said)) == (404, "key-unknown")


ALLOWED: dict[Role, set[str]] = {
    Role.PROFESSIONAL: {"self", "keys.read", "establishment.read", "tickets", "ticket.open"},
    Role.ADMINISTRATOR: {
        "self",
        "keys.read",
        "keys.change",
        "establishment.read",
        "establishment.ask",
        "establishment.decide",
        "recovery.ask",
        "tickets",
        "ticket.open",
        "staff.change",
    },
    Role.ASSISTANT: {"self", "establishment.read", "tickets", "ticket.open"},
    Role.INSURER: {
        "self",
        "statements.read",
        "exports",
        "preauth.read",
        "preauth.answer",
        "disputes.read",
        "disputes.answer",
    },
    Role.OPERATOR: {
        "self",
        "establishment.read",
        "establishment.decide",
        "recovery.ask",
        "tickets",
        "support.view",
        "applications",
        "segments.read",
        "segments.change",
    },
    Role.APPLICANT: {"self", "apply"},
    Role.AUDITOR: {"self", "trail.read", "segments.read"},
    Role.INSURED: {"self", "accesses.read", "cover.read"},
}


class TestTheTable:
    def test_every_role_has_exactly_its_scopes(self) -> None:
        assert {role: {one.value for one in scopes} for role, scopes in ROLE_SCOPES.items()} == ALLOWED  # fmt: skip

    def test_what_changes_money_keys_or_passkeys_asks_for_a_fresh_reauthentication(
        self,
    ) -> None:
        changing = {
            path for method, path in ROUTES if method == "POST" and path.startswith("/portal/")
        }
        free = {"enrol/begin", "enrol/finish", "login/begin", "login/finish", "psc/begin", "psc/finish", "insurer/begin",
                "insurer/finish", "device/bind", "device/renew",
                "reauthentication/begin", "reauthentication/finish", "sessions/close", "recovery/stop", "accesses", "accesses/proof", "accesses/confirm", "accesses/object", "presence",
                "tickets/open", "tickets/close", "trail", "claims", "estimate", "statements/show"}  # fmt: skip
        assert {path for _, path in FRESH_ONES} == changing - {f"/portal/{one}" for one in free}

    def test_no_scope_is_of_persons_and_of_software(self) -> None:
        assert not PERSON_SCOPES & DEFAULT_SCOPES
        assert {scope for scope in ROUTES.values() if scope} == PERSON_SCOPES | DEFAULT_SCOPES

    @pytest.mark.parametrize("role", [Role.PROFESSIONAL, Role.ADMINISTRATOR, Role.ASSISTANT])
    def test_each_role_is_refused_what_it_has_not(
        self, server: Running, client: httpx2.Client, role: Role
    ) -> None:
        browser, _, _ = entered(server, client, role)
        for (method, path), scope in ROUTES.items():
            if scope in PERSON_SCOPES:
                body = {"session": str(uuid4())} if method == "POST" else None
                _, said = browser.call(method, path, body)
                is_refused = "issue" in said and refusal(said) == "scope-missing"
                assert is_refused is (scope.value not in ALLOWED[role]), path

    def test_a_token_of_software_opens_no_page_of_persons(
        self, server: Running, client: httpx2.Client
    ) -> None:
        async def token() -> str:
            wire, software = server.wire(), server.software(0)
            await software.ready(wire, now())
            return software.token

        headers = {"Authorization": f"DPoP {run(token())}"}
        for (method, path), scope in ROUTES.items():
            if scope in PERSON_SCOPES:
                answer = client.request(method, path, headers=headers)
                assert refusal(answer.json()) == "session-invalid", path


def test_the_page_loads_nothing_but_its_own(client: httpx2.Client) -> None:
    page = client.get("/portal")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers.get_list("content-security-policy")
    assert len(policy) == 1
    found = re.search(
        r"default-src 'none'; script-src 'nonce-([\w-]{22})'; style-src 'nonce-\1'", policy[0]
    )
    assert found and page.text.count(f'nonce="{found[1]}"') == page.text.count(
        "<script"
    ) + page.text.count("<link")
    again = client.get("/portal")
    assert found[1] not in again.headers["content-security-policy"]  # this once
    assert "unsafe" not in policy[0]
    assert "onclick" not in page.text and "<style" not in page.text
    assert client.get("/portal/portal.js").headers["x-content-type-options"] == "nosniff"


def test_each_element_of_the_page_has_its_own_name_and_each_that_is_shown_exists() -> None:
    folder = files("egide.portal")
    page, script = (folder.joinpath(f"portal.{kind}").read_text() for kind in ("html", "js"))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))
    named = set(re.findall(r'\b(?:show|on)\("([^"]+)"', script))
    assert named <= set(ids), named - set(ids)
    labels = set(re.findall(r'<label for="([^"]+)"', page))
    assert labels <= set(ids), labels - set(ids)
