"""The gate in the database: budgets, bases, proofs, the log, and what the application cannot do."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner

from conftest import Place, now, run
from egide import db
from egide.cli.gate.proved import proved
from egide.core.identifiers import AmcNumber, BirthDate, MemberNumber
from egide.core.ids import EntryId, EstablishmentId, from_code, uuid7
from egide.core.nir import Nir
from egide.core.refusal import Refusal
from egide.drills import Person
from egide.rights import Answer, Basis, Gate, Purpose, Question, ask_gate, intend, told
from egide.vault import Addresses, KeyRing

TODAY = now().date()


def _addresses(place: Place) -> Addresses:
    return Addresses(KeyRing.open(place.keys))


def _typed(place: Place, person: Person) -> UUID:
    amc, member = AmcNumber.parse(person.amc), MemberNumber.parse(person.member)
    return _addresses(place).member(amc, member, BirthDate.parse(person.birth), person.rank)


def _card(place: Place, person: Person) -> UUID:
    secret = from_code(person.card)
    assert secret is not None
    return _addresses(place).card(secret)


def _question(establishment: UUID, basis: Basis, address: UUID) -> Question:
    return Question(
        entry_id=EntryId(uuid7(now())),
        establishment_id=EstablishmentId(establishment),
        software_id=uuid4(),
        proof=uuid4(),
        purpose=Purpose.RIGHTS,
        basis=basis,
        address=address,
        care_on=TODAY,
    )


async def _new_establishment(place: Place, *, proved: bool) -> UUID:
    establishment = uuid4()
    async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
        await db.run(tx, "select gate.open_budget($1, $2)", establishment, proved)
    return establishment


async def _ask(place: Place, questions: Sequence[Question]) -> list[Answer | Refusal]:
    answers: list[Answer | Refusal] = []
    async with place.store.pool("app") as pool, db.statement(pool) as tx:
        for first in range(0, len(questions), 64):
            await intend(tx, questions[first : first + 64])
            await ask_gate(tx, questions[first : first + 64])
            answers += await told(tx, questions[first : first + 64])
    return answers


async def _outcomes(place: Place, establishment: UUID) -> list[str]:
    query = "select outcome from gate.entry where establishment_id = $1 order by entry_id"
    async with place.store.pool("owner") as pool, db.statement(pool) as tx:
        return [row["outcome"] for row in await db.many(tx, query, establishment)]


def _covered(place: Place) -> list[Person]:
    return [person for person in place.france.persons if person.covered and person.card]


def _shown(answers: list[Answer | Refusal]) -> int:
    return sum(isinstance(answer, Answer) for answer in answers)


@pytest.mark.parametrize(
    "table", ["person", "cover", "card_revoked", "budget", "unproved_query", "entry", "proof"]
)
@pytest.mark.parametrize("verb", ["select * from", "delete from", "truncate", "insert into"])
def test_the_application_cannot_touch_what_the_gate_guards(
    place: Place, table: str, verb: str
) -> None:
    async def work() -> None:
        tail = " default values" if verb == "insert into" else ""
        async with place.store.pool("app") as pool, db.statement(pool) as tx:
            with pytest.raises(db.DatabaseError, match="permission denied"):
                await db.run(tx, f"{verb} gate.{table}{tail}")

    run(work())


@pytest.mark.parametrize(
    "call",
    [
        "select gate.charge(gen_random_uuid(), gen_random_uuid(), 'U', null, false)",
        "select gate.justify(array[gen_random_uuid()], array[gen_random_uuid()])",
        "select gate.set_segment('flow', 'rights', 'open', 'r', 'a', now())",
        "select gate.open_budget(gen_random_uuid(), true)",
        "select gate.prove(gen_random_uuid())",
        "select gate.instant()",
        "set role egide_gate",
        "set role egide_loader",
        "create table gate.mine (a int)",
        "create table public.mine (a int)",
        "create or replace function gate.instant() returns timestamptz language sql as 'select now()'",
    ],
)
def test_the_application_cannot_move_its_own_limits(place: Place, call: str) -> None:
    async def work() -> None:
        async with place.store.pool("app") as pool, db.statement(pool) as tx:
            with pytest.raises(db.DatabaseError):
                await db.run(tx, call)

    run(work())


def test_a_card_shows_cover_and_costs_nothing(place: Place) -> None:
    async def work() -> None:
        establishment = await _new_establishment(place, proved=False)
        people = _covered(place)[:70]
        answers = await _ask(
            place, [_question(establishment, Basis.PRESENCE, _card(place, p)) for p in people]
        )
        assert _shown(answers) == 70

    run(work())


@pytest.mark.parametrize(
    ("proved", "limit"), [(False, 2), (True, 60)], ids=["newcomer", "proved"]
)
def test_typed_numbers_are_charged_hit_or_miss_alike(
    place: Place, proved: bool, limit: int
) -> None:
    async def work() -> None:
        establishment = await _new_establishment(place, proved=proved)
        people = _covered(place)[:4]
        known, *typed = [
            _question(establishment, Basis.TYPED, _typed(place, person)) for person in people
        ]
        # One that is shown now and then, so that no row of misses closes the counter.
        others = iter(_covered(place)[4:])
        spent = [
            _question(
                establishment, Basis.TYPED, uuid4() if n % 7 else _typed(place, next(others))
            )
            for n in range(1, limit - 1)
        ]
        hits = 1 + (limit - 2) // 7
        assert _shown(await _ask(place, [known, *spent])) == hits
        assert [isinstance(answer, Answer) for answer in await _ask(place, typed)] == [
            True,
            False,
            False,
        ]
        # Over budget is never frozen: the card still works, and so does the person already charged.
        card = _question(establishment, Basis.PRESENCE, _card(place, people[2]))
        again = _question(establishment, Basis.TYPED, _typed(place, people[0]))
        assert _shown(await _ask(place, [card, again])) == 2
        assert (await _outcomes(place, establishment)).count("over-budget") == 2

    run(work())


def test_200_questions_at_once_cannot_exceed_the_budget(place: Place) -> None:
    async def work() -> None:
        establishment = await _new_establishment(place, proved=True)
        people = _covered(place)[:200]
        assert len(people) == 200
        questions = [
            _question(establishment, Basis.TYPED, _typed(place, person)) for person in people
        ]
        async with (
            place.store.pool("app", size=8) as first,
            place.store.pool("app", size=8) as second,
        ):
            gates = [Gate(first), Gate(second), Gate(first), Gate(second)]
            asked = [gates[n % 4].ask(question) for n, question in enumerate(questions)]
            answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(answer, Answer) for answer in answers) == 60
        assert all(isinstance(answer, Answer | Refusal) for answer in answers)
        assert len(await _outcomes(place, establishment)) == 200

    run(work())


def test_the_window_slides(place: Place) -> None:
    async def work() -> None:
        establishment = await _new_establishment(place, proved=False)
        people = _covered(place)[:12]

        def ask(person: Person) -> list[Question]:
            return [_question(establishment, Basis.TYPED, _typed(place, person))]

        async def age(period: timedelta) -> None:
            async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
                await db.run(
                    tx,
                    "update gate.unproved_query set asked_at = asked_at - $2::interval where establishment_id = $1",
                    establishment,
                    period,
                )

        for day in range(5):  # ten in thirty days, two a day
            assert _shown(await _ask(place, ask(people[2 * day]))) == 1
            assert _shown(await _ask(place, ask(people[2 * day + 1]))) == 1
            assert _shown(await _ask(place, ask(people[11]))) == 0
            await age(timedelta(hours=24, seconds=1))
        assert _shown(await _ask(place, ask(people[10]))) == 0  # the month is spent
        assert (
            _shown(await _ask(place, ask(people[0]))) == 1
        )  # one already counted is not charged again
        await age(timedelta(days=26))
        assert _shown(await _ask(place, ask(people[10]))) == 1

    run(work())


def test_a_proof_is_used_once_by_whichever_process(place: Place) -> None:
    async def work() -> None:
        establishment = await _new_establishment(place, proved=True)
        question = _question(establishment, Basis.PRESENCE, _card(place, _covered(place)[0]))
        again = replace(question, entry_id=EntryId(uuid7(now())))
        assert _shown(await _ask(place, [question])) == 1
        answers = await _ask(place, [again])
        assert isinstance(answers[0], Refusal) and answers[0].code == "proof-replayed"
        both = replace(question, proof=uuid4(), entry_id=EntryId(uuid7(now())))
        twin = replace(both, entry_id=EntryId(uuid7(now())))
        assert _shown(await _ask(place, [both, twin])) == 1  # twice in one batch

    run(work())


def test_every_no_is_one_no_and_its_cause_is_logged(place: Place) -> None:
    async def work() -> None:
        establishment = await _new_establishment(place, proved=True)
        ended = next(
            person for person in place.france.persons if not person.covered and person.card
        )
        live = _covered(place)[5]
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            lost = _covered(place)[6]
            await db.run(tx, "select gate.revoke_card($1)", _card(place, lost))
        answers = await _ask(
            place,
            [
                _question(establishment, Basis.TYPED, uuid4()),
                _question(establishment, Basis.PRESENCE, _card(place, ended)),
                _question(establishment, Basis.PRESENCE, _card(place, lost)),
                _question(uuid4(), Basis.PRESENCE, _card(place, live)),
                # A card's secret typed as numbers, and numbers sent as a card, find nobody.
                _question(establishment, Basis.TYPED, _card(place, live)),
                _question(establishment, Basis.PRESENCE, _typed(place, live)),
            ],
        )
        assert {answer.code for answer in answers if isinstance(answer, Refusal)} == {
            "rights-not-shown"
        }
        assert _shown(answers) == 0
        logged = sorted(await _outcomes(place, establishment))
        assert logged == ["not-covered", "revoked", "unknown", "unknown", "unknown"]

    run(work())


@pytest.mark.parametrize(
    ("state", "card", "typed"), [("card-only", 1, 0), ("off", 0, 0), ("open", 1, 1)]
)
def test_an_establishment_is_contained_at_once(
    place: Place, state: str, card: int, typed: int
) -> None:
    async def work() -> None:
        establishment = await _new_establishment(place, proved=True)
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            query = "select gate.set_segment('establishment', $1, $2, 'test', 'test', now() + interval '1 hour')"
            await db.run(tx, query, str(establishment), state)
        person = _covered(place)[8]
        assert (
            _shown(
                await _ask(
                    place, [_question(establishment, Basis.PRESENCE, _card(place, person))]
                )
            )
            == card
        )
        assert (
            _shown(
                await _ask(
                    place, [_question(establishment, Basis.TYPED, _typed(place, person))]
                )
            )
            == typed
        )

    run(work())


def test_a_newcomer_that_is_proved_gets_the_budget_of_the_others(place: Place) -> None:
    async def work() -> tuple[int, int]:
        establishment = await _new_establishment(place, proved=False)
        typed = [_typed(place, person) for person in _covered(place)[20:24]]
        asked = [_question(establishment, Basis.TYPED, one) for one in typed]
        before = _shown(await _ask(place, asked))
        words = ["--data", str(place.settings.data), str(establishment)]
        done = await asyncio.to_thread(CliRunner().invoke, proved, words)
        assert done.exit_code == 0, done.output
        again = [_question(establishment, Basis.TYPED, one) for one in typed]
        return before, _shown(await _ask(place, again))

    assert run(work()) == (2, 4)
    words = ["--data", str(place.settings.data), str(uuid4())]
    done = CliRunner().invoke(proved, words)
    assert isinstance(done.exception, Refusal) and done.exception.where == "ESTABLISHMENT"


def test_a_nir_with_its_birth_date_finds_the_person(place: Place) -> None:
    async def work() -> None:
        establishment = await _new_establishment(place, proved=True)
        person = _covered(place)[9]
        nir, birth = Nir.parse(person.nir), BirthDate.parse(person.birth)
        right = _addresses(place).nir(nir, birth, person.rank)
        wrong = _addresses(place).nir(nir, BirthDate.parse("19010101"), person.rank)
        answers = await _ask(
            place, [_question(establishment, Basis.TYPED, one) for one in (right, wrong)]
        )
        assert [isinstance(answer, Answer) for answer in answers] == [True, False]

    run(work())


def test_an_engagement_opens_its_person_to_its_establishment_alone(place: Place) -> None:
    async def work() -> None:
        establishment, other = (
            await _new_establishment(place, proved=True),
            await _new_establishment(place, proved=True),
        )
        asked = _question(establishment, Basis.PRESENCE, _card(place, _covered(place)[10]))
        first = (await _ask(place, [asked]))[0]
        assert isinstance(first, Answer)
        mine = _question(establishment, Basis.ENGAGEMENT, asked.entry_id)
        theirs = _question(other, Basis.ENGAGEMENT, asked.entry_id)
        late = replace(
            mine,
            care_on=TODAY + timedelta(days=31),
            entry_id=EntryId(uuid7(now())),
            proof=uuid4(),
        )
        answers = await _ask(place, [mine, theirs, late])
        assert [isinstance(answer, Answer) for answer in answers] == [True, False, False]

    run(work())


@pytest.mark.parametrize(
    "change",
    [
        "update gate.entry set outcome = 'unknown'",
        "delete from gate.entry",
        "truncate gate.entry",
    ],
)
def test_the_log_only_grows_even_for_its_owner(place: Place, change: str) -> None:
    async def work() -> None:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            with pytest.raises(db.DatabaseError, match="append-only"):
                await db.run(tx, change)

    run(work())


def test_one_bad_question_does_not_take_down_its_neighbours(place: Place) -> None:
    async def work() -> None:
        establishment = await _new_establishment(place, proved=True)
        good = [
            _question(establishment, Basis.PRESENCE, _card(place, person))
            for person in _covered(place)[:5]
        ]
        twin = replace(good[0], proof=uuid4())  # the number of an entry that exists: a defect
        async with place.store.pool("app") as pool:
            gate = Gate(pool)
            answers = await asyncio.gather(
                *(gate.ask(one) for one in [*good, twin]), return_exceptions=True
            )
        assert sum(isinstance(answer, Answer) for answer in answers) == 5
        assert isinstance(answers[-1], db.UniqueViolation)

    run(work())


def test_who_was_unknown_when_typed_and_is_found_later_is_repaid_by_its_card(
    place: Place,
) -> None:
    """Asked again, nothing is charged anew; of whom it turned out to be is noted all the same."""

    async def work() -> None:
        establishment = await _new_establishment(place, proved=True)
        person = _covered(place)[45]
        typed = _typed(place, person)
        assert _shown(await _ask(place, [_question(establishment, Basis.TYPED, typed)])) == 1
        # As it stands where the person was not imported yet the first time.
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            await db.run(
                tx,
                "update gate.unproved_query set person_id = null where establishment_id = $1",
                establishment,
                changes=1,
            )
        assert _shown(await _ask(place, [_question(establishment, Basis.TYPED, typed)])) == 1
        await _ask(place, [_question(establishment, Basis.PRESENCE, _card(place, person))])
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            left = await db.many(
                tx,
                "select 1 as one from gate.unproved_query where establishment_id = $1",
                establishment,
            )
        assert left == []

    run(work())
