"""An establishment enrols itself (GATE, A10): its own site only, an account that its bank confirms, a convention signed by a passkey."""

import asyncio
import hashlib
from collections.abc import Iterator
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import webauthn
from stdnum import luhn

from conftest import HOST, Place, Running, free_port, now, run
from egide import db
from egide.access import Role
from egide.access.jose import b64encode
from egide.client import Client, FileKey, by_card, enrolment_request
from egide.core.identifiers import Finess, Iban, Siret
from egide.core.refusal import Refusal
from egide.doubles.device import Browser, SecurityKey
from egide.doubles.payee import Account, bank_server, compared
from egide.enrolment import Bank, BankSettings
from egide.enrolment.sql import decide
from enrolment.test_iban import operator
from identity.issuer import CLIENT, SECRET, Issuer, listening
from identity.persons import as_portal, change, entered, refusal, serving

GOOD = "FR1420041010050500013M02606"
OTHERS = "DE89370400440532013000"
SILENT = "GB82WEST12345698765432"
NAME = "PHARMACIE DES LILAS"


def _valid(parse: Any, stem: str) -> str:
    """Return a number that begins so and holds its key."""
    for tail in range(1000):
        text = f"{stem}{tail:03d}"
        try:
            parse(text)
        except Refusal:
            continue
        return text
    raise AssertionError(stem)


def site_numbers(number: int) -> tuple[str, str]:
    siren = f"90{number:06d}"
    siren += luhn.calc_check_digit(siren)
    siret = f"{siren}0001"
    siret += luhn.calc_check_digit(siret)
    return _valid(Finess.parse, f"13{number:04d}"), Siret.parse(siret).text


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with listening(Issuer(now(), "")) as one:
        yield one


@pytest.fixture(scope="module")
def served(place: Place, issuer: Issuer) -> Iterator[Running]:
    """A server that Pro Santé Connect knows, and a bank that knows some accounts."""
    bank_port = free_port()
    accounts = {GOOD: Account("Pharmacie des Lilas SELARL"), OTHERS: Account("Garage du Port")}
    bank = bank_server(accounts, HOST, bank_port)
    Thread(target=bank.serve_forever, daemon=True).start()
    psc = {"issuer": issuer.address, "client_id": CLIENT, "client_secret": SECRET}
    known = {"url": f"http://{HOST}:{bank_port}/", "key": "k"}
    with serving(place, EGIDE_PSC=psc, EGIDE_BANK=known) as running:
        yield running
    bank.shutdown()


@pytest.fixture
def http(served: Running) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=served.origin) as client:
        client.cookies = None  # type: ignore[assignment]
        yield client


class _Numbers:
    last = 0


@pytest.fixture
def site(served: Running) -> Iterator[tuple[str, str]]:
    """A pharmacy of the national register that no establishment has."""
    _Numbers.last += 1
    finess, siret = site_numbers(_Numbers.last)
    _register(served, finess, siret)
    yield finess, siret
    change(served, "delete from finess_site")


def _register(served: Running, finess: str, siret: str, category: str = "620") -> None:
    query = "insert into finess_site values ($1, '', $2, $3, $4, '13') on conflict do nothing"
    change(served, query, finess, siret, NAME, category)


def _rpps() -> str:
    return str(10_000_000_000 + uuid4().int % 900_000_000)


def _said(issuer: Issuer, siret: str, *, profession: str = "21", mode: str = "L") -> None:
    activity = {"numeroSiretSite": siret, "codeModeExercice": mode}
    practice = {"codeProfession": profession, "activities": [activity]}
    issuer.lies = {"userinfo": {"SubjectRefPro": {"exercices": [practice]}}}


def _recognised(browser: Browser, issuer: Issuer, rpps: str) -> tuple[int, dict[str, Any]]:
    issuer.rpps, issuer.now = rpps, now()
    _, left = browser.post("/portal/psc/begin", {})
    return browser.post("/portal/psc/finish", issuer.confirm(left["location"]))


def _applicant(
    served: Running, http: httpx2.Client, issuer: Issuer, siret: str
) -> tuple[Browser, SecurityKey]:
    """Enter as who practises at a site, on its own account."""
    _said(issuer, siret)
    browser, key = Browser(served.origin, http), SecurityKey(served.origin)
    status, options = _recognised(browser, issuer, _rpps())
    issuer.lies = {}
    assert status == 200, options
    made = {"credential": key.make(options), "name": "Comptoir"}
    status, opened = browser.post("/portal/enrol/finish", made)
    assert status == 200, opened
    browser.session = opened["session"]
    return browser, key


def _begin(browser: Browser, finess: str, iban: str = GOOD) -> tuple[int, dict[str, Any]]:
    sent = {"finess": finess, "iban": iban, "mail": "lilas@exemple.fr"}
    return browser.post("/portal/application/begin", sent)


def _sign(
    browser: Browser, key: SecurityKey, begun: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    sent = {
        "application": begun["application"],
        "nonce": begun["nonce"],
        "credential": key.answer(begun["options"]),
    }
    return browser.post("/portal/application/sign", sent)


class TestEnrolment:
    def test_a_pharmacist_enrols_its_pharmacy_and_asks_as_a_newcomer(
        self, served: Running, http: httpx2.Client, issuer: Issuer, site: tuple[str, str]
    ) -> None:
        browser, key = _applicant(served, http, issuer, site[1])
        shown = browser.call("GET", "/portal/application")[1]
        assert [one["finess"] for one in shown["sites"]] == [site[0]]
        status, begun = _begin(browser, site[0])
        assert (status, begun["payee"]) == (200, "match")
        assert (
            NAME in begun["document"]
            and site[1] in begun["document"]
            and GOOD not in str(begun)
        )
        status, done = _sign(browser, key, begun)
        assert status == 200 and done["establishment"]
        me = browser.call("GET", "/portal/me")[1]
        assert me["role"] == "administrator"
        assert browser.call("GET", "/portal/changes")[1]["tail"] == GOOD[-3:]
        establishment = UUID(done["establishment"])
        [row] = as_portal(
            served.place,
            "select profession, name, department from establishment where establishment_id = $1",
            establishment,
        )
        assert tuple(row) == ("pharmacy", NAME, "13")
        self._asks_as_a_newcomer(served, browser, establishment)

    def _asks_as_a_newcomer(
        self, served: Running, browser: Browser, establishment: UUID
    ) -> None:
        key = FileKey.create(served.place.settings.data / f"{establishment}.pem")
        request = enrolment_request(
            key, origin=served.origin, establishment=establishment, now=now()
        )
        _, shown = browser.call("GET", "/portal/keys")
        sent = {"software": shown["software"][0]["software"], "request": request}
        assert browser.post("/portal/keys/enrol", sent)[0] == 200
        people = [one for one in served.place.france.persons if one.card][:4]
        with Client(served.origin, establishment, key) as client:
            assert "preAuthRef" in client.ask_rights(by_card(people[0].card), now().date())

        async def budget() -> tuple[int, int]:
            async with served.place.store.pool("owner") as pool, db.statement(pool) as tx:
                query = (
                    "select day_limit, month_limit from gate.budget where establishment_id = $1"
                )
                row = await db.first(tx, query, establishment)
                assert row is not None
                return row["day_limit"], row["month_limit"]

        assert run(budget()) == (2, 10)

    def test_the_signature_is_verified_again_by_who_doubts_it(
        self, served: Running, http: httpx2.Client, issuer: Issuer, site: tuple[str, str]
    ) -> None:
        browser, key = _applicant(served, http, issuer, site[1])
        _, begun = _begin(browser, site[0])
        assert _sign(browser, key, begun)[0] == 200

        async def kept() -> db.Row:
            async with served.place.store.pool("owner") as pool, db.statement(pool) as tx:
                query = """select c.*, h.document, p.public_key
                             from convention_signature c join establishment_application h using (application_id)
                             join passkey p using (credential_id) where c.application_id = $1"""
                row = await db.first(tx, query, UUID(begun["application"]))
                assert row is not None
                return row

        row = run(kept())
        signed = hashlib.sha256(
            b"egide convention\0" + row["nonce"] + row["document"].encode()
        ).digest()
        response = {
            "clientDataJSON": b64encode(row["client_data"]),
            "authenticatorData": b64encode(row["authenticator_data"]),
            "signature": b64encode(row["signature"]),
        }
        identifier = b64encode(row["credential_id"])
        webauthn.verify_authentication_response(
            credential={
                "id": identifier,
                "rawId": identifier,
                "type": "public-key",
                "response": response,
            },
            expected_challenge=signed,
            expected_rp_id=HOST,
            expected_origin=served.origin,
            credential_public_key=row["public_key"],
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        assert (row["ends_on"] - row["starts_on"]).days == 365

    def test_another_document_is_not_what_was_signed(
        self, served: Running, http: httpx2.Client, issuer: Issuer, site: tuple[str, str]
    ) -> None:
        browser, key = _applicant(served, http, issuer, site[1])
        _, first = _begin(browser, site[0], SILENT)
        _, second = _begin(browser, site[0])  # begun anew: the first is forgotten
        assert refusal(_sign(browser, key, first)[1]) == "change-unknown"
        swapped = second | {"nonce": b64encode(bytes(32))}
        assert refusal(_sign(browser, key, swapped)[1]) == "passkey-refused"
        reauthenticated = browser.post("/portal/reauthentication/begin")[1]
        assert (
            refusal(_sign(browser, key, second | {"options": reauthenticated})[1])
            == "passkey-refused"
        )
        assert _sign(browser, SecurityKey(served.origin, kept=list(key.kept)), second)[0] == 200


class TestRefused:
    @pytest.mark.parametrize("cause", ["salaried", "unknown profession", "hospital", "no site"])
    def test_nobody_applies_who_keeps_no_such_site(
        self,
        served: Running,
        http: httpx2.Client,
        issuer: Issuer,
        site: tuple[str, str],
        cause: str,
    ) -> None:
        siret = site[1]
        if cause == "hospital":
            _Numbers.last += 1
            finess, siret = site_numbers(_Numbers.last)
            _register(served, finess, siret, "101")
        _said(
            issuer,
            "" if cause == "no site" else siret,
            mode="S" if cause == "salaried" else "L",
            profession="99" if cause == "unknown profession" else "21",
        )
        browser = Browser(served.origin, http)
        status, said = _recognised(browser, issuer, _rpps())
        issuer.lies = {}
        if cause == "hospital":
            assert status == 200  # it has an account, and nothing to apply for
            return
        assert (status, refusal(said)) == (403, "psc-no-establishment")

    def test_nobody_applies_for_anothers_site_nor_for_a_establishment_that_is_there(
        self, served: Running, http: httpx2.Client, issuer: Issuer, site: tuple[str, str]
    ) -> None:
        _Numbers.last += 1
        theirs = site_numbers(_Numbers.last)
        _register(served, *theirs)
        browser, key = _applicant(served, http, issuer, site[1])
        there = served.place.france.shops[0]
        [row] = as_portal(
            served.place,
            "select finess from establishment where establishment_id = $1",
            there.establishment_id,
        )
        for finess in (theirs[0], row["finess"], "", "139999999"):
            assert refusal(_begin(browser, finess)[1]) == "site-not-yours"
        # Taken meanwhile by another: the signature comes too late.
        second, other = _applicant(served, http, issuer, site[1])
        _, late = _begin(browser, site[0])
        _, begun = _begin(second, site[0])
        assert _sign(second, other, begun)[1]["establishment"]
        assert _sign(browser, key, late)[1] == {"establishment": None}
        assert browser.call("GET", "/portal/me")[1]["role"] == "applicant"

    def test_what_pro_sante_connect_said_is_worth_thirty_days(
        self, served: Running, http: httpx2.Client, issuer: Issuer, site: tuple[str, str]
    ) -> None:
        browser, _ = _applicant(served, http, issuer, site[1])
        me = UUID(browser.session)
        older = """update applicant set proved_at = now() - interval '30 days'
                    where account_id = (select account_id from web_session where session_id = $1)"""
        change(served, older, me)
        assert browser.call("GET", "/portal/application")[1]["sites"] == []
        assert refusal(_begin(browser, site[0])[1]) == "site-not-yours"
        columns = "application_id, account_id, finess, siret, iban_sealed, iban_tail, contact_sealed, contact_shown, payee, document, asked_at"
        forged = f"""insert into establishment_application ({columns})
                     select gen_random_uuid(), account_id, $2, $3, '', '', '', '', 'match', '', now()
                       from web_session where session_id = $1"""
        with pytest.raises(db.DatabaseError, match="practises at the site"):
            as_portal(served.place, forged, me, *site)

    def test_an_account_of_somebody_else_is_refused(
        self, served: Running, http: httpx2.Client, issuer: Issuer, site: tuple[str, str]
    ) -> None:
        browser, _ = _applicant(served, http, issuer, site[1])
        assert refusal(_begin(browser, site[0], OTHERS)[1]) == "payee-refused"
        assert refusal(_begin(browser, site[0], GOOD[:-1] + "7")[1]) == "iban-invalid"

    def test_nor_can_a_establishment_change_to_one(
        self, served: Running, http: httpx2.Client
    ) -> None:
        asker, _, _ = entered(served, http, shop=served.shops("dentist")[0])
        assert (
            refusal(asker.post("/portal/changes/iban", {"iban": OTHERS})[1]) == "payee-refused"
        )

    def test_who_applies_opens_nothing_else(
        self, served: Running, http: httpx2.Client, issuer: Issuer, site: tuple[str, str]
    ) -> None:
        browser, _ = _applicant(served, http, issuer, site[1])
        for path in ("keys", "changes", "tickets", "statements", "applications"):
            assert refusal(browser.call("GET", f"/portal/{path}")[1]) == "scope-missing"


class TestTheOperator:
    def test_it_decides_where_the_bank_does_not_say(
        self, served: Running, http: httpx2.Client, issuer: Issuer, site: tuple[str, str]
    ) -> None:
        browser, key = _applicant(served, http, issuer, site[1])
        _, begun = _begin(browser, site[0], SILENT)
        assert begun["payee"] == "unavailable"
        second = operator(served, http)
        sent = {"application": begun["application"], "accept": True}
        assert refusal(second.post("/portal/applications/decide", sent)[1]) == "change-unknown"
        assert _sign(browser, key, begun)[1] == {"establishment": None}
        assert refusal(_begin(browser, site[0])[1]) == "change-open"
        shown = second.call("GET", "/portal/applications")[1]["applications"]
        [waiting] = [one for one in shown if one["application"] == begun["application"]]
        assert (waiting["finess"], waiting["payee"]) == (site[0], "unavailable")
        assert "exemple" not in str(waiting) and "iban" not in str(waiting)
        assert second.post("/portal/applications/decide", sent)[0] == 200
        assert browser.call("GET", "/portal/me")[1]["role"] == "administrator"
        assert refusal(second.post("/portal/applications/decide", sent)[1]) == "change-unknown"

    def test_of_two_accepted_for_one_site_at_once_one_has_it(
        self, served: Running, http: httpx2.Client, issuer: Issuer, site: tuple[str, str]
    ) -> None:
        numbers: list[UUID] = []
        for _ in range(2):
            browser, key = _applicant(served, http, issuer, site[1])
            _, begun = _begin(browser, site[0], SILENT)
            assert _sign(browser, key, begun)[0] == 200
            numbers.append(UUID(begun["application"]))
        operator(served, http)
        [row] = as_portal(
            served.place,
            "select account_id from account where role = 'operator' and closed_at is null limit 1",
        )
        by = row["account_id"]

        async def second(pool: db.Pool) -> bool:
            async with db.transaction(pool) as tx:
                return await decide(tx, numbers[1], by=by, accept=True)

        async def both() -> tuple[bool, bool]:
            async with served.place.store.pool("portal") as pool:
                async with db.transaction(pool) as tx:
                    first = await decide(tx, numbers[0], by=by, accept=True)
                    later = asyncio.create_task(second(pool))
                    await asyncio.sleep(0.3)
                    assert not later.done()
                return first, await later

        assert run(both()) == (True, False)

    def test_it_looks_at_a_practice_that_stands_where_the_register_has_something_else(
        self, served: Running, http: httpx2.Client, issuer: Issuer, site: tuple[str, str]
    ) -> None:
        """A doctor with a matching account does not enrol the hospital it works in, of itself."""
        change(served, "update finess_site set category = '101' where finess = $1", site[0])
        _said(issuer, site[1], profession="10")
        browser, key = Browser(served.origin, http), SecurityKey(served.origin)
        _, options = _recognised(browser, issuer, _rpps())
        issuer.lies = {}
        made = {"credential": key.make(options), "name": "Cabinet"}
        browser.session = browser.post("/portal/enrol/finish", made)[1]["session"]
        _, begun = _begin(browser, site[0])
        assert begun["payee"] == "match"
        assert _sign(browser, key, begun)[1] == {"establishment": None}
        shown = operator(served, http).call("GET", "/portal/applications")[1]["applications"]
        [waiting] = [one for one in shown if one["application"] == begun["application"]]
        assert (waiting["category"], waiting["profession"]) == ("101", "doctor")

    def test_refused_it_may_be_begun_anew(
        self, served: Running, http: httpx2.Client, issuer: Issuer, site: tuple[str, str]
    ) -> None:
        browser, key = _applicant(served, http, issuer, site[1])
        _, begun = _begin(browser, site[0], SILENT)
        _sign(browser, key, begun)
        sent = {"application": begun["application"], "accept": False}
        assert operator(served, http).post("/portal/applications/decide", sent)[0] == 200
        assert browser.call("GET", "/portal/application")[1]["application"]["accepted"] is False
        assert _sign(browser, key, _begin(browser, site[0])[1])[1]["establishment"]


class TestTheDatabase:
    def test_the_counters_login_makes_no_establishment(
        self, served: Running, http: httpx2.Client, issuer: Issuer, site: tuple[str, str]
    ) -> None:
        browser, _ = _applicant(served, http, issuer, site[1])
        _, begun = _begin(browser, site[0], SILENT)
        number = UUID(begun["application"])
        [row] = as_portal(
            served.place, "select decide_application($1, $1, null, true) as done", number
        )
        assert row["done"] is False  # not signed
        for query in (
            "insert into establishment select * from establishment",
            "insert into applicant select * from applicant",
            "update establishment_application set payee = 'match'",
            "update account set role = 'operator'",
            "select iban_sealed from establishment_application",
            "update convention_signature set signature = ''",
        ):
            with pytest.raises(db.DatabaseError, match="permission denied"):
                as_portal(served.place, query)
        columns = "application_id, account_id, finess, siret, iban_sealed, iban_tail, contact_sealed, contact_shown, payee, document, asked_at"
        forged = f"""insert into establishment_application ({columns})
                     select gen_random_uuid(), account_id, 'X', 'Y', '', '', '', '', 'match', '', now()
                       from establishment_application where application_id = $1"""
        with pytest.raises(db.DatabaseError, match="practises at the site"):
            as_portal(served.place, forged, number)


class TestStaff:
    def test_an_administrator_lets_in_an_assistant_and_shuts_it_out(
        self, served: Running, http: httpx2.Client
    ) -> None:
        boss, _, _ = entered(served, http, shop=3)
        status, made = boss.post(
            "/portal/staff/invite", {"role": "assistant", "label": "Comptoir 2"}
        )
        assert status == 200, made
        browser, key = Browser(served.origin, http), SecurityKey(served.origin)
        assert browser.enrol(key, made["code"])[0] == 200
        me = browser.call("GET", "/portal/me")[1]
        assert (me["role"], me["label"]) == ("assistant", "Comptoir 2")
        assert (
            refusal(
                browser.post("/portal/staff/invite", {"role": "assistant", "label": "x"})[1]
            )
            == "scope-missing"
        )
        stranger, _, _ = entered(served, http, shop=4)
        sent = {"account": made["account"]}
        assert refusal(stranger.post("/portal/staff/close", sent)[1]) == "change-unknown"
        assert boss.post("/portal/staff/close", sent)[0] == 200
        assert refusal(browser.call("GET", "/portal/me")[1]) == "session-invalid"
        assert refusal(Browser(served.origin, http).login(key)[1]) == "passkey-refused"
        query = "select revoked_why from passkey where account_id = $1"
        rows = as_portal(served.place, query, UUID(made["account"]))
        assert [row["revoked_why"] for row in rows] == ["closed"]

    def test_no_administrator_is_made_or_shut_out_so(
        self, served: Running, http: httpx2.Client
    ) -> None:
        boss, _, _ = entered(served, http, shop=3)
        _, _, other = entered(served, http, shop=3)
        said = boss.post("/portal/staff/invite", {"role": "administrator", "label": "x"})
        assert said[0] == 422
        assert (
            refusal(boss.post("/portal/staff/invite", {"role": "assistant", "label": " "})[1])
            == "value-invalid"
        )
        assert (
            refusal(boss.post("/portal/staff/close", {"account": str(other)})[1])
            == "change-unknown"
        )
        _, _, assistant = entered(served, http, Role.ASSISTANT, 3)
        for session in (uuid4(), UUID(int=0)):
            for query in (
                "select invite_to_establishment($1, gen_random_uuid(), 'assistant', '', 'x') as done",
                f"select shut_out_of_establishment($1, '{assistant}') as done",
            ):
                [row] = as_portal(served.place, query, session)
                assert row["done"] is False


class TestTheBank:
    @pytest.mark.parametrize(
        ("asked", "known", "said"),
        [
            ("PHARMACIE DES LILAS", "Pharmacie des Lilas SELARL", "match"),
            ("Opticien Dupré", "OPTICIEN-DUPRE", "match"),
            ("PHARMACIE DES LILAS", "PHARMACIE DU LILAS", "close-match"),
            ("PHARMACIE DES LILAS", "GARAGE DU PORT", "no-match"),
        ],
    )
    def test_it_compares_names(self, asked: str, known: str, said: str) -> None:
        assert compared(asked, known) == said

    def test_where_it_is_down_nobody_says(self) -> None:
        nowhere = Bank(BankSettings(url=f"http://{HOST}:{free_port()}/"))
        assert run(nowhere.check(Iban.parse(GOOD), name="x", siren="1")) == "unavailable"
