"""An establishment contests a decision; two persons of the insurer read it in turn; what is lifted decides anew."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Running, now
from egide import db
from egide.client import messages
from egide.client.messages import claim, item
from egide.core.ids import from_code
from egide.core.working_days import is_working_day, working_days_after
from egide.disputes.dispute import (
    MOVES,
    STANDINGS,
    Move,
    State,
    days_of_reading,
    state_on,
)
from egide.disputes.sql import Kept
from egide.drills import Person
from egide.drills.shows import by_card
from egide.statistics import Span, read_statistics
from identity.persons import as_counter, as_portal, refusal
from payments.builders import with_pool
from preauth.builders import (
    DAY,
    TODAY,
    broken,
    call,
    change,
    control,
    paid,
    person,
    refused,
    rows,
    sent,
)
from statements.test_statements import _staff as staff

DRUG = "grouping:PH7"


def _bill(who: Person, number: str, *items: dict[str, Any], replaces: str = "") -> bytes:
    return claim(by_card(who), number, DAY, list(items), replaces=replaces)


def _post(
    server: Running, shop: int, path: str = "", **said: object
) -> tuple[int, dict[str, Any]]:
    return call(server, shop, msgspec.json.encode(said), f"/disputes{path}")


def _contest(server: Running, shop: int, **said: object) -> dict[str, Any]:
    status, answer = _post(server, shop, **said)
    assert status == 200, answer
    return answer


def _insurer(server: Running, who: Person) -> UUID:
    [row] = rows(server, "select insurer_id from insurer where amc_number = $1", who.amc)
    return row["insurer_id"]


def _let_pass(server: Running, dispute: str, days: int) -> None:
    change(
        server,
        """update dispute set answer_by = answer_by - $2::integer, second_by = second_by - $2::integer,
           raise_by = raise_by - $2::integer where dispute_id = $1""",
        from_code(dispute),
        days,
    )


@pytest.fixture
def shop(server: Running) -> int:
    return server.shops("optician")[0]


@pytest.fixture
def rejected(server: Running, shop: int, request: pytest.FixtureRequest) -> tuple[Person, str]:
    """A person, and the number of an invoice that P01 rejected: an optician bills a medicine."""
    place = sum(map(ord, request.node.name)) % 60
    number = f"DISPUTED-{place}"
    who = person(server, 500 + place if place < 40 else 420 + place)
    assert control(sent(server, shop, _bill(who, number, item(1, DRUG, 1_200, DAY)))) == "P01"
    return who, number


def test_a_control_that_the_insurer_lifts_is_lifted_for_that_care_alone(
    server: Running, client: httpx2.Client, shop: int, rejected: tuple[Person, str]
) -> None:
    who, number = rejected
    one = _contest(server, shop, invoice=number, ground="rejection")
    first, _ = days_of_reading(TODAY)
    assert (one["state"], one["who_must_act"], one["by"], one["is_late"], one["control"]) == (
        "first-reading",
        "amc",
        first.isoformat(),
        False,
        "P01",
    )
    assert one["reckoning"][0]["said"][0].startswith("Cet acte n'est pas de ceux")
    # Said twice, it is one dispute; said otherwise, it is refused.
    assert _contest(server, shop, invoice=number, ground="rejection") == one
    again = _bill(who, f"{number}-B", item(1, DRUG, 1_200, DAY), replaces=number)
    assert control(sent(server, shop, again)) == "P01"

    desk = staff(server, client, _insurer(server, who))
    _, queue = desk.call("GET", "/portal/disputes")
    [waiting] = [each for each in queue["disputes"] if each["dispute"] == one["dispute"]]
    assert (waiting["invoice"], waiting["why"]) == (
        number,
        "Cet acte n'est pas de ceux que votre profession facture.",
    )
    assert who.member not in msgspec.json.encode(queue).decode()
    status, _ = desk.post(
        "/portal/disputes/answer", {"dispute": one["dispute"], "reason": "control-waived"}
    )
    assert status == 200
    status, shown = call(server, shop, b"", f"/disputes/{one['dispute']}", "GET")
    assert (shown["state"], shown["who_must_act"], shown["answers"][0]["upheld"]) == (
        "upheld",
        "provider",
        True,
    )
    # Of the same care alone, and only where the rejected invoice is cited.
    other = _bill(who, f"{number}-C", item(1, DRUG, 1_300, DAY), replaces=number)
    assert control(sent(server, shop, other)) == "P01"
    uncited = _bill(who, f"{number}-D", item(1, DRUG, 1_200, DAY))
    assert control(sent(server, shop, uncited)) == "P01"
    redecided = _bill(who, f"{number}-E", item(1, DRUG, 1_200, DAY), replaces=number)
    assert "error" not in sent(server, shop, redecided)
    # And once: the same care is billed by now.
    twice = _bill(who, f"{number}-F", item(1, DRUG, 1_200, DAY), replaces=number)
    assert control(sent(server, shop, twice)) == "X01"
    assert broken(server) == []


def test_a_second_person_of_the_insurer_does_the_second_reading(
    server: Running, client: httpx2.Client, shop: int, rejected: tuple[Person, str]
) -> None:
    who, number = rejected
    one = _contest(server, shop, invoice=number, ground="rejection")
    which = {"dispute": one["dispute"]}
    status, said = _post(server, shop, "/second-reading", **which)
    assert (status, refused(said)) == (409, "dispute-closed")
    first = staff(server, client, _insurer(server, who))
    maintained = {**which, "reason": "as-the-contract"}
    assert first.post("/portal/disputes/answer", maintained)[0] == 200
    status, said = first.post("/portal/disputes/answer", maintained)
    assert (status, refusal(said)) == (404, "dispute-unknown")
    _, shown = call(server, shop, b"", f"/disputes/{one['dispute']}", "GET")
    by = working_days_after(TODAY, 10).isoformat()
    assert (shown["state"], shown["by"], shown["who_must_act"]) == (
        "maintained",
        by,
        "provider",
    )

    raised = _post(server, shop, "/second-reading", **which)[1]
    assert (raised["state"], raised["by"]) == ("second-reading", by)
    status, said = first.post("/portal/disputes/answer", maintained)
    assert (status, refusal(said)) == (409, "dispute-closed")
    _, queue = first.call("GET", "/portal/disputes")
    assert [each["needs_another_person"] for each in queue["disputes"]] == [True]
    second = staff(server, client, _insurer(server, who))
    assert second.post("/portal/disputes/answer", maintained)[0] == 200
    _, listed = call(server, shop, b"", "/disputes", "GET")
    [shown] = [each for each in listed["disputes"] if each["dispute"] == one["dispute"]]
    assert (shown["state"], [each["reading"] for each in shown["answers"]]) == ("final", [1, 2])
    status, said = _post(server, shop, "/second-reading", **which)
    assert (status, refused(said)) == (409, "dispute-closed")
    status, said = _post(server, shop, "/withdraw", **which)
    assert (status, refused(said)) == (409, "dispute-closed")


def test_silence_passes_it_on_and_is_told(
    server: Running, client: httpx2.Client, shop: int, rejected: tuple[Person, str]
) -> None:
    who, number = rejected
    one = _contest(server, shop, invoice=number, ground="rejection")
    first, second = days_of_reading(TODAY)
    _let_pass(server, one["dispute"], (first - TODAY).days + 1)
    _, shown = call(server, shop, b"", f"/disputes/{one['dispute']}", "GET")
    assert (shown["state"], shown["is_late"]) == ("second-reading", False)
    _let_pass(server, one["dispute"], (second - first).days)
    _, shown = call(server, shop, b"", f"/disputes/{one['dispute']}", "GET")
    assert (shown["state"], shown["is_late"], shown["who_must_act"]) == (
        "unanswered",
        True,
        "amc",
    )
    # Late, an answer is an answer still: the first, and another person may be asked to read it again.
    desk = staff(server, client, _insurer(server, who))
    answer = {"dispute": one["dispute"], "reason": "rights-closed"}
    assert desk.post("/portal/disputes/answer", answer)[0] == 200
    _, shown = call(server, shop, b"", f"/disputes/{one['dispute']}", "GET")
    assert (shown["state"], shown["answers"][0]["reading"]) == ("maintained", 1)


def test_an_amount_is_contested_by_line_and_withdrawn(
    server: Running, client: httpx2.Client, shop: int
) -> None:
    who, number = person(server, 410), "DISPUTED-AMOUNT"
    answer = sent(server, shop, _bill(who, number, item(7, "grouping:M03", 12_000, DAY)))
    said = {"invoice": number, "ground": "amount", "line": 7, "expected_cents": 10_000}
    for wrong, where in (
        ({"line": 1}, "dispute.line"),
        ({"expected_cents": -1}, "dispute.expected_cents"),
        ({"ground": "rejection", "line": None, "expected_cents": None}, "dispute.ground"),
        ({"ground": "rejection"}, "dispute.line"),
        ({"ground": "mood"}, "dispute.ground"),
    ):
        status, refusal_ = _post(server, shop, **{**said, **wrong})
        assert (status, refusal_["issue"][0]["expression"]) == (422, [where])
    one = _contest(server, shop, **said)
    texts = [text for each in one["reckoning"] for text in each["said"]]
    assert texts and [each["line"] for each in one["reckoning"]] == [7]
    assert paid(answer) >= 0
    status, refusal_ = _post(server, shop, **{**said, "expected_cents": 9_000})
    assert (status, refused(refusal_)) == (409, "dispute-closed")
    # What an insurer lifts is a control: of an amount there is none.
    desk = staff(server, client, _insurer(server, who))
    waived = {"dispute": one["dispute"], "reason": "control-waived"}
    status, refusal_ = desk.post("/portal/disputes/answer", waived)
    assert (status, refusal(refusal_)) == (422, "value-invalid")
    withdrawn = _post(server, shop, "/withdraw", dispute=one["dispute"])[1]
    assert (withdrawn["state"], withdrawn["who_must_act"]) == ("withdrawn", "nobody")
    _, queue = desk.call("GET", "/portal/disputes")
    assert one["dispute"] not in [each["dispute"] for each in queue["disputes"]]


def test_nobody_elses_and_nothing_ended_is_contested(
    server: Running, client: httpx2.Client, shop: int, rejected: tuple[Person, str]
) -> None:
    who, number = rejected
    another = server.shops("optician")[1]
    status, said = _post(server, another, invoice=number, ground="rejection")
    assert (status, refused(said)) == (404, "claim-unknown")
    one = _contest(server, shop, invoice=number, ground="rejection")
    for path in ("/second-reading", "/withdraw"):
        status, said = _post(server, another, path, dispute=one["dispute"])
        assert (status, refused(said)) == (404, "dispute-unknown")
    for code in (one["dispute"], "1", "ZZZZZZZZZZZZZZZZZZZZZZZZZZ"):
        status, said = call(server, another, b"", f"/disputes/{code}", "GET")
        assert (status, refused(said)) == (404, "dispute-unknown")
    [stranger] = rows(
        server, "select insurer_id from insurer where amc_number <> $1 limit 1", who.amc
    )
    desk = staff(server, client, stranger["insurer_id"])
    assert one["dispute"] not in str(desk.call("GET", "/portal/disputes"))
    answer = {"dispute": one["dispute"], "reason": "control-waived"}
    status, said = desk.post("/portal/disputes/answer", answer)
    assert (status, refusal(said)) == (404, "dispute-unknown")
    cancelled = "DISPUTED-CANCELLED"
    sent(server, shop, _bill(who, cancelled, item(1, "grouping:M03", 9_000, DAY)))
    sent(server, shop, messages.cancelled(cancelled, DAY))
    status, said = _post(server, shop, invoice=cancelled, ground="amount")
    assert (status, refused(said)) == (409, "claim-closed")


def test_reading_a_dispute_is_in_the_access_log(
    server: Running, shop: int, rejected: tuple[Person, str]
) -> None:
    _, number = rejected
    count = "select count(*) as n from gate.entry where purpose = 'reread'"
    one = _contest(server, shop, invoice=number, ground="rejection")
    [before] = rows(server, count)
    call(server, shop, b"", f"/disputes/{one['dispute']}", "GET")
    call(server, shop, b"", "/disputes", "GET")  # references, and shows no care
    [after] = rows(server, count)
    assert after["n"] == before["n"] + 1


_ANSWER = "select answer_dispute($1, $2, $3, $4, current_date + 14) as done"


def _sessions(server: Running, insurer: UUID) -> list[UUID]:
    query = """select s.session_id from web_session s join account k using (account_id)
                where k.insurer_id = $1 and s.closed_at is null order by s.opened_at desc"""
    return [row["session_id"] for row in rows(server, query, insurer)]


def test_what_the_database_holds_of_disputes_whoever_asks(
    server: Running, client: httpx2.Client, shop: int, rejected: tuple[Person, str]
) -> None:
    who, number = rejected
    opened = from_code(_contest(server, shop, invoice=number, ground="rejection")["dispute"])
    mine = server.place.france.shops[shop].establishment_id
    other = server.place.france.shops[server.shops("optician")[1]].establishment_id
    raised = "select dispute_raised($1, $2, current_date) as done"
    withdrawn = "select dispute_withdrawn($1, $2) as done"
    assert not as_counter(server.place, withdrawn, other, opened)[0]["done"]
    insurer = _insurer(server, who)
    [stranger] = rows(
        server, "select insurer_id from insurer where insurer_id <> $1 limit 1", insurer
    )
    for each in (insurer, stranger["insurer_id"]):
        staff(server, client, each)
    reader, foreign = (
        _sessions(server, insurer)[0],
        _sessions(server, stranger["insurer_id"])[0],
    )

    def answer(session: UUID, *, upheld: bool, reason: str) -> bool:
        return bool(
            as_portal(server.place, _ANSWER, session, opened, upheld, reason)[0]["done"]
        )

    assert not answer(foreign, upheld=True, reason="control-waived")
    assert answer(reader, upheld=False, reason="other")
    assert not as_counter(server.place, raised, other, opened)[0]["done"]
    assert as_counter(server.place, raised, mine, opened)[0]["done"]
    assert not answer(reader, upheld=True, reason="control-waived")
    staff(server, client, insurer)
    assert answer(_sessions(server, insurer)[0], upheld=True, reason="rights-corrected")
    assert not as_counter(server.place, withdrawn, mine, opened)[0]["done"]
    # Right for another reason, nothing is lifted: it is decided on the data of then.
    again = _bill(who, f"{number}-B", item(1, DRUG, 1_200, DAY), replaces=number)
    assert control(sent(server, shop, again)) == "P01"


def test_the_laws_controls_are_nobodys_to_lift(
    server: Running, client: httpx2.Client, shop: int
) -> None:
    who, number = person(server, 411), "DISPUTED-LAW"
    dear = _bill(who, number, item(1, "grouping:M01", 90_000, DAY))
    assert control(sent(server, shop, dear)) == "A02"
    one = _contest(server, shop, invoice=number, ground="rejection")
    insurer = _insurer(server, who)
    desk = staff(server, client, insurer)
    said = {"dispute": one["dispute"], "reason": "control-waived"}
    status, answer = desk.post("/portal/disputes/answer", said)
    assert (status, refusal(answer)) == (422, "value-invalid")
    session = _sessions(server, insurer)[0]
    opened = from_code(one["dispute"])
    as_portal(server.place, _ANSWER, session, opened, True, "control-waived")
    [kept] = rows(server, "select state, waived from dispute where dispute_id = $1", opened)
    assert (kept["state"], kept["waived"]) == ("upheld", None)


def test_what_became_of_disputes_is_counted(
    server: Running, client: httpx2.Client, shop: int, rejected: tuple[Person, str]
) -> None:
    who, number = rejected
    shown = server.place.france.shops[shop]
    before = _figures(server, shown.establishment_id, who.amc)
    one = _contest(server, shop, invoice=number, ground="rejection")
    after = _figures(server, shown.establishment_id, who.amc)
    assert (after["opened"], after["waiting"]) == (before["opened"] + 1, before["waiting"] + 1)
    _let_pass(server, one["dispute"], 60)
    assert _figures(server, shown.establishment_id, who.amc)["late"] == before["late"] + 1
    desk = staff(server, client, _insurer(server, who))
    answer = {"dispute": one["dispute"], "reason": "control-waived"}
    assert desk.post("/portal/disputes/answer", answer)[0] == 200
    ended = _figures(server, shown.establishment_id, who.amc)
    assert (ended["upheld"], ended["late"]) == (before["upheld"] + 1, before["late"])


def _figures(server: Running, establishment: UUID, amc: str) -> dict[str, Any]:
    async def work(pool: db.Pool) -> dict[str, Any]:
        span = Span(
            since=now() - timedelta(days=1),
            until=now() + timedelta(days=1),
            establishment=establishment,
        )
        async with db.transaction(pool) as tx:
            found = await read_statistics(tx, span, now(), shows_few=True)
        none = dict.fromkeys(("opened", "upheld", "waiting", "late"), 0)
        return next((dict(row) for row in found["disputes"] if row["amc_number"] == amc), none)

    return with_pool(server.place, work, "owner")


def _kept(state: str, *, is_second: bool, raise_by: date | None) -> Kept:
    first, second = days_of_reading(TODAY)
    return Kept(
        dispute_id=UUID(int=1),
        claim_id=UUID(int=2),
        invoice="F",
        entry_id=UUID(int=3),
        response=b"",
        control=None,
        ground="amount",
        line=None,
        expected_cents=None,
        opened_at=now(),
        answer_by=first,
        second_by=second,
        is_second=is_second,
        raise_by=raise_by,
        state=state,
    )


def test_states_follow_the_days() -> None:
    first, second = days_of_reading(TODAY)
    day = timedelta(days=1)
    opened = _kept("open", is_second=False, raise_by=None)
    assert [state_on(opened, on) for on in (first, first + day, second, second + day)] == [
        State.FIRST,
        State.SECOND,
        State.SECOND,
        State.UNANSWERED,
    ]
    assert state_on(_kept("open", is_second=True, raise_by=TODAY), TODAY) is State.SECOND
    maintained = _kept("maintained", is_second=False, raise_by=first)
    assert state_on(maintained, first) is State.MAINTAINED
    assert state_on(maintained, first + day) is State.FINAL
    assert state_on(_kept("maintained", is_second=True, raise_by=None), TODAY) is State.FINAL
    assert set(STANDINGS) == set(State)
    assert set(MOVES) == set(Move)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 12, 24), 1, date(2026, 12, 28)),  # Christmas is a Friday
        (date(2026, 4, 30), 1, date(2026, 5, 4)),  # 1 May is a Friday
        (date(2026, 5, 7), 1, date(2026, 5, 11)),  # 8 May is a Friday, and a day of TARGET
        (date(2026, 4, 2), 1, date(2026, 4, 3)),  # Good Friday: offices work, TARGET does not
        (date(2026, 7, 13), 2, date(2026, 7, 16)),
        (date(2026, 11, 28), 10, date(2026, 12, 11)),
    ],
)
def test_working_days_skip_week_ends_and_holidays(
    day: date, count: int, expected: date
) -> None:
    assert working_days_after(day, count) == expected


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 30))
def test_so_many_working_days_lie_between(day: date, count: int) -> None:
    end = working_days_after(day, count)
    days = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(map(is_working_day, days)) == count
    assert is_working_day(end)
