"""An insured person comes in by the code of its card, and sees who looked at its rights, and nobody else's."""

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import msgspec
import pytest
from click.testing import CliRunner

from conftest import Place, Running, now, run
from egide import db
from egide.accounts.insured import CodeLimiter
from egide.cli.people.people import people
from egide.client.messages import (
    CLAIM_PATH,
    RIGHTS_PATH,
    by_engagement,
    claim,
    item,
    rights_question,
)
from egide.core.identifiers import AmcNumber
from egide.core.ids import from_short_code, to_short_code
from egide.core.refusal import Refusal
from egide.doubles.device import Browser, SecurityKey
from egide.drills import Person
from egide.drills.shows import by_card, by_numbers
from egide.vault import Addresses, KeyRing
from identity.persons import as_portal, change, entered, refusal
from spreadsheets import rows_of


def _issue(place: Place, folder: Path, *persons: Person) -> list[str]:
    """Give persons of one insurer their codes, as its staff would."""
    out = folder / f"{uuid4()}.csv"
    words = [
        "codes",
        "--data",
        str(place.settings.data),
        "--amc",
        persons[0].amc,
        "--out",
        str(out),
        "-",
    ]
    references = "\n".join(person.reference for person in persons)
    done = CliRunner().invoke(people, words, input=references, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert out.stat().st_mode & 0o777 == 0o600
    rows = rows_of(out.read_bytes())
    assert [row["reference"] for row in rows] == [person.reference for person in persons]
    return [row["code"] for row in rows]


def _covered(place: Place, start: int) -> Person:
    return next(one for one in place.france.persons[start:] if one.card and one.covered)


def _enter(server: Running, client: httpx2.Client, code: str) -> tuple[Browser, SecurityKey]:
    browser, key = Browser(server.origin, client), SecurityKey(server.origin)
    status, said = browser.enrol(key, code)
    assert status == 200, said
    return browser, key


def _accesses(browser: Browser, **page: Any) -> list[dict[str, Any]]:
    status, said = browser.post("/portal/accesses", page)
    assert status == 200, said
    return said["accesses"]


def _ask(server: Running, shop: int, named: dict[str, Any], *, invoice: str = "") -> None:
    """Ask a person's rights at a counter, and invoice if there is something to."""

    async def work() -> None:
        software, wire, day = server.software(shop), server.wire(), now().date().isoformat()
        body = rights_question(named, day)
        reply = await software.call(wire, "POST", RIGHTS_PATH, now(), body)
        if invoice:
            number = msgspec.json.decode(reply.body)["preAuthRef"]
            items = [item(1, "grouping:PH7", 1_234, day)]
            sent = claim(by_engagement(number), invoice, day, items)
            assert (await software.call(wire, "POST", CLAIM_PATH, now(), sent)).status == 200
        wire.close()

    run(work())


class TestWhoLooked:
    def test_every_answer_is_there_and_those_on_others_are_not(
        self, server: Running, client: httpx2.Client, tmp_path: Path
    ) -> None:
        person, other = _covered(server.place, 300), _covered(server.place, 320)
        first, second = server.shops("pharmacy")[2:4]
        _ask(server, first, by_card(person), invoice="LOOK-1")
        _ask(server, second, by_numbers(person))
        _ask(server, second, by_card(other))
        [code] = _issue(server.place, tmp_path, person)
        browser, _ = _enter(server, client, code)
        me = browser.call("GET", "/portal/me")[1]
        assert (me["label"], me["role"], me["may"]) == (
            "Personne assurée",
            "insured",
            ["accesses.read", "cover.read", "self"],
        )
        found = _accesses(browser)
        names = _names(server.place)
        shops = server.place.france.shops
        assert [(one["name"], one["purpose"], one["basis"]) for one in found] == [
            (names[shops[second].establishment_id], "rights", "U"),
            (names[shops[first].establishment_id], "claim", "E"),
            (names[shops[first].establishment_id], "rights", "P"),
        ]
        assert {one["care_on"] for one in found} == {now().date().isoformat()}
        for secret in (person.nir, person.card, person.member, person.reference):
            assert secret not in json.dumps(found)
        earlier = _accesses(browser, before=found[0]["at"])
        assert earlier == found[1:]
        assert (
            refusal(browser.post("/portal/accesses", {"before": "hier"})[1]) == "value-invalid"
        )

    def test_an_answer_that_showed_nothing_is_not_one(
        self, server: Running, client: httpx2.Client, tmp_path: Path
    ) -> None:
        person = _covered(server.place, 340)
        wrong = by_numbers(person)
        wrong["contained"][1]["subscriberId"] = "000000000"
        _ask(server, server.shops("pharmacy")[2], wrong)
        [code] = _issue(server.place, tmp_path, person)
        browser, _ = _enter(server, client, code)
        assert _accesses(browser) == []

    def test_who_is_not_insured_here_sees_nobodys(
        self, server: Running, client: httpx2.Client
    ) -> None:
        browser, _, _ = entered(server, client)
        status, said = browser.post("/portal/accesses", {})
        assert (status, refusal(said)) == (403, "scope-missing")


class TestCodes:
    @pytest.fixture(autouse=True)
    def calm(self) -> None:
        """Let the wrong codes of the test before be forgotten: at most five a second are looked at."""
        time.sleep(1.05)

    def test_a_code_serves_one_passkey_however_it_is_typed(
        self, server: Running, client: httpx2.Client, tmp_path: Path
    ) -> None:
        [code] = _issue(server.place, tmp_path, _covered(server.place, 360))
        assert len(code) == 14 and code[4] == code[9] == "-"
        late, other = Browser(server.origin, client), SecurityKey(server.origin)
        begun = late.post("/portal/enrol/begin", {"code": code})[1]
        browser, key = _enter(server, client, f" {code.lower().replace('-', ' ')} ")
        again = Browser(server.origin, client).post("/portal/enrol/begin", {"code": code})
        assert refusal(again[1]) == "invitation-invalid"
        made = {"credential": other.make(begun), "name": "Voleur"}
        assert refusal(late.post("/portal/enrol/finish", made)[1]) == "passkey-known"
        assert browser.login(key)[0] == 200

    def test_a_code_that_has_served_closes_nobodys_account(
        self, server: Running, client: httpx2.Client, tmp_path: Path
    ) -> None:
        person = _covered(server.place, 460)
        [first] = _issue(server.place, tmp_path, person)
        begun = Browser(server.origin, client)
        assert begun.post("/portal/enrol/begin", {"code": first})[0] == 200  # and left there
        [second] = _issue(server.place, tmp_path, person)
        browser, key = _enter(server, client, second)
        thief = Browser(server.origin, client)
        for code in (first, second):
            said = thief.post("/portal/enrol/begin", {"code": code})[1]
            assert refusal(said) == "invitation-invalid"
        assert browser.login(key)[0] == 200
        addresses = Addresses(KeyRing.open(server.place.keys))
        pseudonym = addresses.person(AmcNumber.parse(person.amc), person.reference)
        whose = "(select account_id from account where person_id = $1)"
        change(
            server,
            f"update passkey set revoked_at = now() where account_id in {whose} and revoked_at is null",
            pseudonym,
        )
        assert (
            refusal(thief.post("/portal/enrol/begin", {"code": second})[1])
            == "invitation-invalid"
        )

    def test_another_code_voids_the_first_and_lets_in_who_lost_its_passkey(
        self, server: Running, client: httpx2.Client, tmp_path: Path
    ) -> None:
        person = _covered(server.place, 380)
        [first] = _issue(server.place, tmp_path, person)
        [second] = _issue(server.place, tmp_path, person)
        stranger = Browser(server.origin, client)
        assert (
            refusal(stranger.post("/portal/enrol/begin", {"code": first})[1])
            == "invitation-invalid"
        )
        lost, lost_key = _enter(server, client, second)
        [third] = _issue(server.place, tmp_path, person)
        browser, _ = _enter(server, client, third)
        assert _accesses(browser) == []
        assert refusal(lost.call("GET", "/portal/me")[1]) == "session-invalid"
        assert refusal(lost.login(lost_key)[1]) == "passkey-refused"

    def test_no_code_says_why_it_is_worth_nothing(
        self, server: Running, client: httpx2.Client, tmp_path: Path
    ) -> None:
        person = _covered(server.place, 400)
        [code] = _issue(server.place, tmp_path, person)
        addresses = Addresses(KeyRing.open(server.place.keys))
        query = "update gate.activation set expires_at = $2 where person_id = $1"
        change(
            server,
            query,
            addresses.person(AmcNumber.parse(person.amc), person.reference),
            now(),
        )
        said = [
            Browser(server.origin, client).post("/portal/enrol/begin", {"code": one})
            for one in (code, "0000-0000-0000", "!!!!-!!!!-!!!!", "UUUUUUUUUUUU", "0" * 26)
        ]
        assert {(status, refusal(body)) for status, body in said} == {
            (401, "invitation-invalid")
        }
        assert len({json.dumps(body, sort_keys=True) for _, body in said}) == 1

    def test_too_many_wrong_codes_in_a_second_are_not_looked_at(self) -> None:
        code_limiter, instant = CodeLimiter(), now()
        for number in range(5):
            code_limiter.take(instant + timedelta(milliseconds=number))
        with pytest.raises(Refusal, match="busy"):
            code_limiter.take(instant + timedelta(milliseconds=999))
        code_limiter.take(instant + timedelta(milliseconds=1_000))
        code_limiter.give_back()  # it was right: another may be looked at
        code_limiter.take(instant + timedelta(milliseconds=1_000))
        with pytest.raises(Refusal, match="busy"):
            code_limiter.take(instant + timedelta(milliseconds=1_000))

    def test_a_flood_of_guesses_is_held_back(
        self, server: Running, client: httpx2.Client
    ) -> None:
        said = [
            refusal(
                Browser(server.origin, client).post(
                    "/portal/enrol/begin", {"code": to_short_code(number)}
                )[1]
            )
            for number in range(60)
        ]
        assert set(said) == {"busy", "invitation-invalid"}
        time.sleep(1.1)
        malformed = {
            refusal(
                Browser(server.origin, client).post(
                    "/portal/enrol/begin", {"code": "UUUU-UUUU-UUUU"}
                )[1]
            )
            for _ in range(30)
        }
        assert malformed == {"invitation-invalid"}

    def test_a_short_code_is_sixty_bits_read_as_written(self) -> None:
        for number in (0, 1, 31, 2**60 - 1, 0x123456789ABCDEF):
            assert from_short_code(to_short_code(number)) == number
        assert to_short_code(2**60 - 1) == "ZZZZ-ZZZZ-ZZZZ"
        assert from_short_code("oIl0 0000 0000") == from_short_code("0110-0000-0000")
        for wrong in ("", "ZZZZ-ZZZZ-ZZZ", "ZZZZ-ZZZZ-ZZZZZ", "UZZZ-ZZZZ-ZZZZ", "É" * 12):
            assert from_short_code(wrong) is None

    def test_a_reference_that_names_nobody_leaves_no_file_and_no_code(
        self, server: Running, client: httpx2.Client, tmp_path: Path
    ) -> None:
        person = _covered(server.place, 420)
        [code] = _issue(server.place, tmp_path, person)
        out = tmp_path / "codes.csv"
        words = [
            "codes",
            "--data",
            str(server.place.settings.data),
            "--amc",
            person.amc,
            "--out",
            str(out),
            "-",
        ]
        done = CliRunner().invoke(people, words, input=f"{person.reference}\nNOBODY\n")
        assert isinstance(done.exception, Refusal) and done.exception.where == "ligne 2"
        assert not out.exists()
        done = CliRunner().invoke(
            people, words, input=f"{person.reference}\n{person.reference}\n"
        )
        assert isinstance(done.exception, Refusal) and "répétée" in done.exception.hint
        assert not out.exists()
        _enter(server, client, code)  # the code it had is still the one
        out.write_text("kept")
        done = CliRunner().invoke(people, words, input=person.reference)
        assert isinstance(done.exception, Refusal) and out.read_text() == "kept"


class TestTheDatabase:
    """What an injection under the counter's own login cannot learn."""

    @pytest.mark.parametrize(
        "query",
        [
            "select person_id from gate.activation",
            "select person_id from gate.entry",
            (
                "insert into account (account_id, role, person_id, label_sealed, created_at)"
                " values (gen_random_uuid(), 'insured', gen_random_uuid(), ''::bytea, now())"
            ),
            "update account set person_id = gen_random_uuid()",
        ],
    )
    def test_it_reads_no_code_and_becomes_nobody(self, server: Running, query: str) -> None:
        with pytest.raises(db.DatabaseError, match="permission denied"):
            as_portal(server.place, query)

    def test_accesses_are_those_of_an_open_session_alone(
        self, server: Running, client: httpx2.Client, tmp_path: Path
    ) -> None:
        person = _covered(server.place, 440)
        _ask(server, server.shops("pharmacy")[2], by_card(person))
        [code] = _issue(server.place, tmp_path, person)
        browser, _ = _enter(server, client, code)
        [session] = browser.call("GET", "/portal/me")[1]["sessions"]
        query = "select name from accesses_of($1, $2)"
        later = now() + timedelta(seconds=5)
        addresses = Addresses(KeyRing.open(server.place.keys))
        pseudonym = addresses.person(AmcNumber.parse(person.amc), person.reference)
        known = run(_answers_on(server.place, pseudonym))
        shown = as_portal(server.place, query, UUID(session["session"]), later)
        assert len(shown) == known >= 1
        assert as_portal(server.place, query, uuid4(), later) == []
        ended = "update web_session set ends_at = opened_at where session_id = $1"
        professional, _, _ = entered(server, client)
        [theirs] = professional.call("GET", "/portal/me")[1]["sessions"]
        assert as_portal(server.place, query, UUID(theirs["session"]), later) == []
        change(server, ended, UUID(session["session"]))
        assert as_portal(server.place, query, UUID(session["session"]), later) == []


async def _answers_on(place: Place, person: UUID) -> int:
    query = "select count(*) as n from gate.entry where person_id = $1"
    async with place.store.pool("owner") as pool, db.statement(pool) as tx:
        row = await db.first(tx, query, person)
        return 0 if row is None else row["n"]


def _names(place: Place) -> dict[UUID, str]:
    rows = [json.loads(line) for line in place.france.directory]
    return {UUID(row["id"]): row["name"] for row in rows if row["kind"] == "establishment"}
