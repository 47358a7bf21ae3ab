"""An insurer that answers by itself: what it says is what is answered, what it does not say is what its contract says."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
import pytest

from conftest import now, run
from egide.client.messages import (
    CLAIM_PATH,
    RIGHTS_PATH,
    by_engagement,
    claim,
    item,
    rights_question,
)
from egide.core.identifiers import AmcNumber
from egide.core.ids import to_code
from egide.doubles.insurer import Trouble
from egide.doubles.wire import Wire
from egide.drills.shows import by_card, by_numbers
from egide.vault import Addresses, KeyRing
from insurers.conftest import Asking
from preauth.builders import (
    DAY,
    broken,
    call,
    change,
    control,
    demand,
    invoice,
    paid,
    pair,
    refused,
    rows,
    sent,
    state,
)

_UNUSABLE = (
    Trouble.SLOW,
    Trouble.ERROR,
    Trouble.GARBAGE,
    Trouble.ENDLESS,
    Trouble.ELSEWHERE,
    Trouble.LIES,
    Trouble.FORGETS,
    Trouble.TWICE,
    Trouble.OTHER,
    Trouble.QUEUES,
)


@pytest.fixture(autouse=True)
def well(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give the insurer back its health, and one good answer to whoever left it alone."""
    yield
    for name in ("guaranteeing", "by_card_alone"):
        if name in request.fixturenames:
            asking: Asking = request.getfixturevalue(name)
            asking.insurer.trouble, asking.insurer.share_bp = Trouble.NONE, 10_000
            asking.insurer.delay = 0.0
            asking.insurer.uncovered.clear()
            _try_until_asked(asking)


def _try_until_asked(asking: Asking) -> None:
    """Wait until an insurer that was left alone is asked again, and answers."""
    before = len(asking.insurer.seen)
    for _ in range(200):
        _rights(asking, 0)
        if len(asking.insurer.seen) > before:
            return
        time.sleep(0.1)
    pytest.fail("nobody asks it any more")


def _shop(asking: Asking, profession: str = "optician") -> int:
    return asking.server.shops(profession)[1]


def _rights(asking: Asking, number: int, named: Any = by_card) -> dict[str, Any]:
    body = rights_question(named(asking.person(number)), DAY)
    status, answer = call(asking.server, _shop(asking), body, RIGHTS_PATH)
    assert status == 200
    return answer


def _glasses(asking: Asking, who: int, number: str, cents: int = 4_000) -> bytes:
    return claim(by_card(asking.person(who)), number, DAY, pair(cents, cents))


class TestRights:
    def test_its_word_is_the_answer_and_its_no_is_every_no(self, guaranteeing: Asking) -> None:
        shown = _rights(guaranteeing, 1)
        assert "insurance" in shown
        path, headers, asked = guaranteeing.insurer.seen[-1]
        assert path == "/CoverageEligibilityRequest/$submit"
        number = asked["patient"]["identifier"]["value"]
        guaranteeing.insurer.uncovered.add(number)
        no = _rights(guaranteeing, 1)
        nobody = by_numbers(guaranteeing.person(1))
        nobody["contained"][-1]["subscriberId"] = "999999999"
        status, unknown = call(
            guaranteeing.server,
            _shop(guaranteeing),
            rights_question(nobody, DAY),
            RIGHTS_PATH,
        )
        assert (status, no) == (200, unknown)
        self._is_ours(guaranteeing, headers, asked)

    @staticmethod
    def _is_ours(asking: Asking, headers: dict[str, str], asked: dict[str, Any]) -> None:
        """The question bears no name, is of the number that the insurer was given, and is signed."""
        person = asking.person(1)
        text = json.dumps(asked)
        for secret in (person.card, person.member, person.birth, person.reference):
            assert secret not in text
        ring = KeyRing.open(asking.server.place.settings.secrets / "keyring.json")
        number = Addresses(ring).person(AmcNumber.parse(person.amc), person.reference)
        assert asked["patient"]["identifier"]["value"] == to_code(number)
        head, payload, _ = headers["authorization"].removeprefix("Bearer ").split(".")
        said = json.loads(base64.urlsafe_b64decode(payload + "=="))
        assert json.loads(base64.urlsafe_b64decode(head + "=="))["typ"] == "egide-question+jwt"
        sent_as = msgspec.json.encode(asked)
        digest = base64.urlsafe_b64encode(hashlib.sha256(sent_as).digest()).rstrip(b"=")
        assert said["body"] == digest.decode() and said["exp"] - said["iat"] == 60
        assert said["aud"].endswith("/CoverageEligibilityRequest/$submit")

    @pytest.mark.parametrize("trouble", [Trouble.ERROR, Trouble.GARBAGE, Trouble.OTHER])
    def test_silent_its_grid_answers(self, guaranteeing: Asking, trouble: Trouble) -> None:
        guaranteeing.insurer.trouble = trouble
        assert "insurance" in _rights(guaranteeing, 2)

    def test_silent_the_card_alone_opens(self, by_card_alone: Asking) -> None:
        by_card_alone.insurer.trouble = Trouble.ERROR
        assert "insurance" in _rights(by_card_alone, 3)
        assert "insurance" not in _rights(by_card_alone, 4, by_numbers)
        by_card_alone.insurer.trouble = Trouble.NONE
        assert "insurance" in _rights(by_card_alone, 4, by_numbers)


class TestInvoices:
    def test_it_pays_what_it_says(self, guaranteeing: Asking) -> None:
        for share, number in ((10_000, "IN-1"), (2_500, "IN-2"), (0, "IN-3")):
            guaranteeing.insurer.share_bp = share
            body = _glasses(guaranteeing, 5 + share // 2_500, number)
            answer = sent(guaranteeing.server, _shop(guaranteeing), body)
            total = {
                one["category"]["coding"][-1]["code"]: round(one["amount"]["value"] * 100)
                for one in answer["total"]
            }
            left = total["submitted"] - total["amo"]
            assert abs(total["amc"] - left * share // 10_000) <= 3
            assert total["submitted"] == total["amo"] + total["amc"] + total["patient"]
            asked = len(guaranteeing.insurer.seen)
            assert sent(guaranteeing.server, _shop(guaranteeing), body) == answer
            assert len(guaranteeing.insurer.seen) == asked  # what is decided is not asked again
        [row] = rows(guaranteeing.server, "select said_by from claim where invoice = 'IN-2'")
        assert row["said_by"] == "insurer"
        assert not broken(guaranteeing.server)

    def test_it_refuses_for_a_reason_of_the_list(self, guaranteeing: Asking) -> None:
        guaranteeing.insurer.trouble = Trouble.REFUSES
        body = _glasses(guaranteeing, 12, "IN-4")
        answer = sent(guaranteeing.server, _shop(guaranteeing), body)
        assert control(answer) == "I01"
        assert "ne prévoit pas" in answer["error"][0]["code"]["text"]
        # A reason of none is no answer.
        guaranteeing.insurer.reason = "<script>anything</script>"
        body = _glasses(guaranteeing, 13, "IN-5", 2_000)
        said = sent(guaranteeing.server, _shop(guaranteeing), body)
        assert "error" not in said and "script" not in json.dumps(said)
        guaranteeing.insurer.reason = "not-in-contract"

    @pytest.mark.parametrize("trouble", _UNUSABLE)
    def test_what_cannot_be_used_is_silence(
        self, guaranteeing: Asking, trouble: Trouble
    ) -> None:
        guaranteeing.insurer.trouble, guaranteeing.insurer.delay = trouble, 2.4
        at = _UNUSABLE.index(trouble)
        small = claim(
            by_card(guaranteeing.person(14 + at)),
            f"SI-{at}",
            DAY,
            [item(1, "grouping:VU1", 2_000, DAY, side="left")],
        )
        answer = sent(guaranteeing.server, _shop(guaranteeing), small)
        assert 0 < paid(answer) <= 2_000
        [row] = rows(
            guaranteeing.server, "select said_by from claim where invoice = $1", f"SI-{at}"
        )
        assert row["said_by"] == "silence"
        # Above what it guarantees, nothing is kept, and the same is sent again once it is back.
        large = _glasses(guaranteeing, 25 + at, f"SL-{at}", 15_000)
        status, said = call(guaranteeing.server, _shop(guaranteeing), large)
        assert (status, refused(said)) == (503, "insurer-away")
        known = "select count(*) as n from claim where invoice = $1"
        assert rows(guaranteeing.server, known, f"SL-{at}")[0]["n"] == 0

    def test_sent_again_it_is_asked_the_same_question(self, by_card_alone: Asking) -> None:
        by_card_alone.insurer.trouble = Trouble.GARBAGE
        who = by_card_alone.person(5)
        lines = [item(1, "grouping:VU1", 2_000, DAY, side="left")]
        body = claim(by_numbers(who), "SA-1", DAY, lines)
        status, said = call(by_card_alone.server, _shop(by_card_alone), body)
        assert (status, refused(said)) == (503, "insurer-away")
        by_card_alone.insurer.trouble = Trouble.NONE
        assert paid(sent(by_card_alone.server, _shop(by_card_alone), body)) > 0
        numbers = [
            asked["identifier"][0]["value"]
            for path, _, asked in by_card_alone.insurer.seen
            if path == "/Claim/$submit"
        ]
        assert len(numbers) == 2 and len(set(numbers)) == 1

    def test_one_that_fails_is_left_alone_then_tried(self, by_card_alone: Asking) -> None:
        by_card_alone.insurer.trouble = Trouble.ERROR
        for number in range(9):
            _rights(by_card_alone, 10 + number)
        before = len(by_card_alone.insurer.seen)
        _rights(by_card_alone, 20)
        assert len(by_card_alone.insurer.seen) == before
        by_card_alone.insurer.trouble = Trouble.NONE

    def test_one_that_is_slow_delays_its_own_alone(self, guaranteeing: Asking) -> None:
        guaranteeing.insurer.trouble, guaranteeing.insurer.delay = Trouble.SLOW, 0.35
        server, ended = guaranteeing.server, list[str]()
        other = next(
            one
            for one in server.place.france.persons
            if one.covered and one.card and one.amc != guaranteeing.amc
        )
        lines = [item(1, "grouping:VU1", 2_000, DAY, side="left")]

        async def one(name: str, who: Any, wait: float) -> None:
            await asyncio.sleep(wait)
            software = server.software(_shop(guaranteeing))
            body = claim(by_card(who), name, DAY, lines)
            reply = await software.call(server.wire(), "POST", CLAIM_PATH, now(), body)
            assert reply.status == 200, reply.body
            ended.append(name)

        async def work() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(one("SLOW", guaranteeing.person(40), 0.0))
                group.create_task(one("QUICK", other, 0.1))

        run(work())
        assert ended == ["QUICK", "SLOW"]

    def test_what_it_is_told_was_kept(self, guaranteeing: Asking) -> None:
        body = _glasses(guaranteeing, 41, "KP-1")
        answer = sent(guaranteeing.server, _shop(guaranteeing), body)
        question = guaranteeing.insurer.seen[-1][2]["identifier"][0]["value"]
        path = f"insurer-kept?day={DAY}"
        kept: list[dict[str, Any]] = []
        while more := guaranteeing.signed(b"", path=path, method="GET")[1]["claims"]:
            kept += more
            path = f"insurer-kept?day={DAY}&after={more[-1]['after']}"
        [one] = [each for each in kept if each["claim"] == answer["id"]]
        assert (one["question"], one["said_by"], one["state"]) == (
            question,
            "insurer",
            "payable",
        )
        assert one["amc_cents"] == paid(answer)
        assert len({each["claim"] for each in kept}) == len(kept)

    def test_the_card_or_an_engagement_is_guaranteed_alike(self, by_card_alone: Asking) -> None:
        shown = _rights(by_card_alone, 30)
        by_card_alone.insurer.trouble = Trouble.ERROR
        lines = [item(1, "grouping:VU1", 2_100, DAY, side="left")]
        body = claim(by_engagement(shown["preAuthRef"]), "CC-1", DAY, lines)
        assert paid(sent(by_card_alone.server, _shop(by_card_alone), body)) > 0

    def test_asked_of_the_rights_alone_its_no_is_a_no_to_an_invoice(
        self, of_rights_alone: Asking
    ) -> None:
        lines = [item(1, "grouping:VU1", 2_200, DAY, side="left")]
        shop = _shop(of_rights_alone)
        body = claim(by_card(of_rights_alone.person(31)), "RA-1", DAY, lines)
        answer = sent(of_rights_alone.server, shop, body)
        assert paid(answer) > 0
        [row] = rows(of_rights_alone.server, "select said_by from claim where invoice = 'RA-1'")
        assert row["said_by"] == "grid"
        asked = of_rights_alone.insurer.seen[-1]
        assert asked[0] == "/CoverageEligibilityRequest/$submit"
        of_rights_alone.insurer.uncovered.add(asked[2]["patient"]["identifier"]["value"])
        again = claim(by_card(of_rights_alone.person(31)), "RA-2", DAY, lines)
        status, said = call(of_rights_alone.server, shop, again)
        assert (status, refused(said)) == (422, "rights-not-shown")
        granted = call(
            of_rights_alone.server, shop, demand(of_rights_alone.person(31), "RA-D", pair())
        )
        assert refused(granted[1]) == "rights-not-shown"


class TestManyAtOnce:
    def test_one_invoice_sent_eight_times_is_one_question_and_one_entry(
        self, guaranteeing: Asking
    ) -> None:
        guaranteeing.insurer.trouble, guaranteeing.insurer.delay = Trouble.SLOW, 0.2
        server, shop = guaranteeing.server, _shop(guaranteeing)
        before = len(guaranteeing.insurer.seen)
        filler = _glasses(guaranteeing, 42, "MA-0", 2_000)
        same = _glasses(guaranteeing, 43, "MA-1", 2_000)

        async def work() -> list[bytes]:
            software, wires = server.software(shop), [server.wire() for _ in range(9)]
            await software.ready(wires[0], now())

            async def one(wire: Wire, body: bytes) -> bytes:
                reply = await software.call(wire, "POST", CLAIM_PATH, now(), body)
                assert reply.status == 200, reply.body
                return reply.body

            bodies = [filler, *[same] * 8]
            return list(await asyncio.gather(*map(one, wires, bodies)))

        answers = run(work())
        assert len(set(answers[1:])) == 1
        asked = [
            one["identifier"][0]["value"] for _, _, one in guaranteeing.insurer.seen[before:]
        ]
        assert len(asked) == len(set(asked)) == 2
        entries = rows(
            server,
            "select e.entry_id from claim c join gate.entry e using (establishment_id, entry_id)"
            " where c.invoice = 'MA-1'",
        )
        assert len(entries) == 1

    def test_a_crowd_waits_for_a_place_and_is_not_silence(self, guaranteeing: Asking) -> None:
        guaranteeing.insurer.trouble, guaranteeing.insurer.delay = Trouble.SLOW, 0.1
        server = guaranteeing.server
        shops = [*server.shops("optician")[:3], *server.shops("pharmacy")[:2]]
        lines = [item(1, "grouping:PH7", 1_111, DAY)]

        async def work() -> None:
            async def one(number: int) -> None:
                software = server.software(shops[number % len(shops)])
                who = guaranteeing.person(60 + number % 30)
                body = claim(by_card(who), f"CR-{number}", DAY, lines)
                reply = await software.call(server.wire(), "POST", CLAIM_PATH, now(), body)
                assert reply.status == 200, reply.body

            await asyncio.gather(*map(one, range(60)))

        run(work())
        said = rows(
            server,
            "select said_by, count(*) as n from claim where invoice like 'CR-%' and control is null group by 1",
        )
        assert {one["said_by"] for one in said} == {"insurer"}

    def test_a_no_of_the_insurer_is_a_miss_like_a_strangers(self, guaranteeing: Asking) -> None:
        server = guaranteeing.server
        place, refusing = server.place, guaranteeing.insurer
        refusing.trouble = Trouble.REFUSES
        for table in ("segment", "segment_use", "segment_counted"):
            change(server, f"delete from gate.{table}")

        def ask(shop: int, number: int, *, is_known: bool) -> None:
            named = by_numbers(guaranteeing.person(100 + number))
            if not is_known:
                named["contained"][-1]["subscriberId"] = f"{shop:04d}{number:05d}"
            call(server, shop, rights_question(named, DAY), RIGHTS_PATH)

        def begin_row(shop: int) -> None:
            one = place.france.shops[shop].establishment_id
            change(server, "update gate.budget set misses = 0 where establishment_id = $1", one)

        def is_counted(shop: int) -> bool:
            """Whether a stranger counts here at all: other tests hold some establishments back."""
            one = place.france.shops[shop].establishment_id
            if rows(server, "select 1 from gate.fact where establishment_id = $1", one):
                return False
            begin_row(shop)
            ask(shop, 0, is_known=False)
            query = "select misses from gate.budget where establishment_id = $1"
            counted = [row["misses"] for row in rows(server, query, one)] == [1]
            begin_row(shop)
            return counted

        shops = range(len(place.france.shops) - 1, 20, -1)
        members, strangers = islice((shop for shop in shops if is_counted(shop)), 2)
        for number in range(1, 9):
            ask(members, number, is_known=True)
            ask(strangers, number, is_known=False)
        told: list[tuple[int, int]] = []
        for shop in (members, strangers):
            one = place.france.shops[shop].establishment_id
            [budget] = rows(
                server, "select misses from gate.budget where establishment_id = $1", one
            )
            facts = rows(
                server,
                "select 1 from gate.fact where establishment_id = $1 and kind = 'streak'",
                one,
            )
            told.append((budget["misses"], len(facts)))
        # The eighth is a fact, and the row begins anew; whether it blocks is the fact's own business.
        assert told == [(0, 1), (0, 1)]
        for shop in (members, strangers):
            one = place.france.shops[shop].establishment_id
            change(server, "delete from gate.segment where value = $1", str(one))


class TestPreauthorizations:
    def test_what_it_grants_is_paid_whatever_its_grid_gives(self, guaranteeing: Asking) -> None:
        who, shop = guaranteeing.person(50), _shop(guaranteeing)
        granted = sent(guaranteeing.server, shop, demand(who, "PE-1", pair(30_000, 20_000)))
        assert state(granted) == "granted" and paid(granted) == 70_000 - 9
        asked = len(guaranteeing.insurer.seen)
        guaranteeing.insurer.trouble = Trouble.REFUSES
        billed = invoice(granted["preAuthRef"], "PE-F1", pair(30_000, 20_000))
        assert paid(sent(guaranteeing.server, shop, billed)) == paid(granted)
        assert len(guaranteeing.insurer.seen) == asked  # what it promised is owed
        assert not broken(guaranteeing.server)

    def test_it_refuses_or_pays_a_part(self, guaranteeing: Asking) -> None:
        shop = _shop(guaranteeing)
        guaranteeing.insurer.share_bp = 5_000
        part = sent(
            guaranteeing.server, shop, demand(guaranteeing.person(51), "PE-2", pair(20_000))
        )
        assert state(part) == "granted" and 0 < paid(part) < 20_000
        guaranteeing.insurer.trouble = Trouble.REFUSES
        no = sent(guaranteeing.server, shop, demand(guaranteeing.person(52), "PE-3", pair()))
        assert (state(no), control(no)) == ("refused", "I01")

    @pytest.mark.parametrize("trouble", [Trouble.QUEUES, Trouble.GARBAGE])
    def test_silent_or_queued_it_waits_for_it(
        self, guaranteeing: Asking, trouble: Trouble
    ) -> None:
        guaranteeing.insurer.trouble = trouble
        who = guaranteeing.person(53 if trouble is Trouble.QUEUES else 54)
        request = f"PQ-{trouble}"
        shop = _shop(guaranteeing)
        waits = sent(guaranteeing.server, shop, demand(who, request, pair(30_000, 20_000)))
        assert state(waits) == "pended-payer"
        [one] = [
            each
            for each in guaranteeing.waiting()["preauths"]
            if each["preauth"] == waits["identifier"][0]["value"]
        ]
        data = {name: one[name] for name in ("establishment", "preauth", "revision")}
        most: dict[str, int] = one["at_most"]
        above = {"amounts": {"1": most["1"] + 1}, "decision": "grant"}
        assert (
            refused(guaranteeing.event("preauth.answered", data | above)[1]) == "value-invalid"
        )
        assert [line["line"] for line in one["lines"]] == [1, 2, 3]
        part = data | {"decision": "grant", "amounts": {"1": 1_000}}
        assert refused(guaranteeing.event("preauth.answered", part)[1]) == "value-invalid"
        granted = data | {"decision": "grant", "amounts": most}
        assert guaranteeing.event("preauth.answered", granted)[0] == 200
        inquired = sent_inquiry(guaranteeing, request)
        assert state(inquired) == "granted" and paid(inquired) == sum(most.values())
        billed = invoice(inquired["preAuthRef"], f"F{request}"[:20], pair(30_000, 20_000))
        assert paid(sent(guaranteeing.server, shop, billed)) == paid(inquired)
        again = guaranteeing.event("preauth.answered", granted)
        assert (again[0], refused(again[1])) == (404, "event-unknown")
        assert not broken(guaranteeing.server)

    def test_what_it_promised_outlives_its_service_and_a_silent_extension(
        self, guaranteeing: Asking
    ) -> None:
        who, shop, server = guaranteeing.person(57), _shop(guaranteeing), guaranteeing.server
        granted = sent(server, shop, demand(who, "PX-1", pair(30_000, 20_000)))
        assert paid(granted) > 60_000
        guaranteeing.insurer.trouble = Trouble.ERROR
        more = demand(who, "PX-2", pair(32_000, 20_000), extends="PX-1")
        status, said = call(server, shop, more)
        assert (status, refused(said)) == (503, "insurer-away")
        # Another contract changes nothing of what was said under this one.
        change(
            server,
            """insert into insurer_service select insurer_id, now(), url, public_key, '{}', deadline_ms, on_silence,
               guaranteed_cents, accept_days, silence_accepts from insurer_service
               where insurer_id = $1 order by since desc limit 1""",
            guaranteeing.insurer_id,
        )
        time.sleep(5.5)
        billed = invoice(granted["preAuthRef"], "PX-F1", pair(30_000, 20_000))
        assert paid(sent(server, shop, billed)) == paid(granted)
        change(
            server,
            "delete from insurer_service where insurer_id = $1 and asked = '{}'",
            guaranteeing.insurer_id,
        )
        time.sleep(5.5)

    def test_nothing_of_any_line_is_a_refusal_and_holds_nothing(
        self, guaranteeing: Asking
    ) -> None:
        guaranteeing.insurer.share_bp = 0
        who, shop = guaranteeing.person(58), _shop(guaranteeing)
        no = sent(guaranteeing.server, shop, demand(who, "PZ-1", pair()))
        assert (state(no), control(no)) == ("refused", "I01")
        held = "select count(*) as n from reservation r join preauth p using (preauth_id) where p.request = 'PZ-1'"
        assert rows(guaranteeing.server, held)[0]["n"] == 0

    def test_a_quote_is_priced_by_whoever_answers(self, guaranteeing: Asking) -> None:
        shop, use = _shop(guaranteeing), "predetermination"
        guaranteeing.insurer.share_bp = 1_000
        said = sent(
            guaranteeing.server, shop, demand(guaranteeing.person(55), "DV-1", pair(), use=use)
        )
        guaranteeing.insurer.trouble = Trouble.ERROR
        silent = sent(
            guaranteeing.server, shop, demand(guaranteeing.person(56), "DV-2", pair(), use=use)
        )
        assert state(said) == state(silent) == "rated"
        assert paid(said) < paid(silent)
        assert ["sa grille" in one["disposition"] for one in (said, silent)] == [False, True]


def sent_inquiry(asking: Asking, request: str) -> dict[str, Any]:
    body = {
        "resourceType": "Claim",
        "status": "active",
        "use": "preauthorization",
        "identifier": [{"system": "urn:egide:preauth-request", "value": request}],
    }
    path = "/fhir/Claim/$inquire"
    status, answer = call(asking.server, _shop(asking), msgspec.json.encode(body), path)
    assert status == 200
    return answer
