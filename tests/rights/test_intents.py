"""What is asked without a proof is said and counted first: who asks, measures and rolls back is bounded, and in the log."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from conftest import Place, run
from egide import db
from egide.rights import Answer, Basis, Question, ask_gate, intend, told
from rights.test_gate import _ask as ask
from rights.test_gate import _card as card
from rights.test_gate import _covered as covered
from rights.test_gate import _new_establishment as new_establishment
from rights.test_gate import _question as question
from rights.test_gate import _typed as typed


class _UndoneError(Exception):
    """A transaction is undone."""


async def _owner(place: Place, query: str, *values: object) -> list[dict[str, Any]]:
    async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
        return [dict(row) for row in await db.many(tx, query, *values)]  # type: ignore[arg-type]


async def _measured(tx: db.Tx, one: Question) -> int:
    """Return how much of the write-ahead log a question costs: more where somebody is found."""
    query = "explain (analyze, wal, format json) select gate.ask($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    columns = (
        [one.establishment_id],
        [one.entry_id],
        [one.software_id],
        [one.proof],
        [one.purpose.value],
        [one.basis.value],
        [one.address],
        [one.care_on],
        [one.key],
        [one.method],
        [one.amc],
    )
    [row] = await db.many(tx, query, *columns)  # type: ignore[arg-type]
    plan: Any = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return int(plan[0]["Plan"]["WAL Records"])


async def _stolen(place: Place, questions: Sequence[Question]) -> list[int]:
    """Play who holds the counter's login and its key ring: say, ask, measure, roll back."""
    costs: list[int] = []
    async with place.store.pool("app", size=2) as pool:
        for one in questions:
            async with db.statement(pool) as tx:
                await intend(tx, [one])
            try:
                async with db.transaction(pool) as tx:
                    costs.append(await _measured(tx, one))
                    raise _UndoneError
            except _UndoneError:
                pass
    return costs


def test_who_measures_and_rolls_back_learns_of_its_budgets_persons_alone(place: Place) -> None:
    people = covered(place)[120:160]

    async def work() -> tuple[list[int], int, list[dict[str, Any]]]:
        establishment = await new_establishment(place, proved=True)
        await _owner(
            place,
            "update gate.budget set day_limit = 10 where establishment_id = $1",
            establishment,
        )
        asked = [
            question(establishment, Basis.TYPED, typed(place, person)) for person in people
        ]
        costs = await _stolen(place, asked)
        # What it left is of ten persons, and counts: an honest question finds no room.
        left = await _owner(
            place, "select * from gate.intent where establishment_id = $1", establishment
        )
        [answer] = await ask(
            place, [question(establishment, Basis.TYPED, typed(place, covered(place)[161]))]
        )
        assert not isinstance(answer, Answer)
        await _owner(
            place,
            "update gate.intent set at = at - interval '3 minutes' where establishment_id = $1",
            establishment,
        )
        async with place.store.pool("logger") as pool, db.statement(pool) as tx:
            await db.run(tx, "select gate.log_left()")
            await db.run(tx, "select gate.log_left()")
        logged = await _owner(
            place,
            "select person_id, outcome from gate.entry where establishment_id = $1 and outcome = 'shown'",
            establishment,
        )
        return costs, len(left), logged

    costs, left, logged = run(work())
    assert left == 10
    # Beyond its budget every question costs the same, but for a page that fills up: nobody is looked up.
    assert max(costs[10:]) - min(costs[10:]) <= 3
    assert max(costs[10:]) + 5 < min(costs[:10])
    # And those of whom it could learn are in the log, each once.
    assert len(logged) == len({row["person_id"] for row in logged}) == 10


def test_what_nobody_said_before_is_not_shown(place: Place) -> None:
    async def work() -> list[bool]:
        establishment = await new_establishment(place, proved=True)
        one, two, other = (
            question(establishment, Basis.TYPED, typed(place, person))
            for person in covered(place)[170:173]
        )
        shown: list[bool] = []
        async with place.store.pool("app", size=2) as pool, db.statement(pool) as tx:
            await ask_gate(tx, [one])  # never said
            shown += [isinstance(each, Answer) for each in await told(tx, [one])]
            async with db.transaction(pool) as same:
                await intend(same, [two])  # said by the transaction that asks
                await ask_gate(same, [two])
            shown += [isinstance(each, Answer) for each in await told(tx, [two])]
            await intend(tx, [two])  # said of another person
            await db.run(
                tx,
                "select gate.intend(array[$1::uuid], array[$2::uuid], array[$3::uuid], array['U'], array[$4::uuid],"
                " array['k'], array['dpop'])",
                other.establishment_id,
                other.entry_id,
                other.software_id,
                two.address,
            )
            await ask_gate(tx, [other])
            shown += [isinstance(each, Answer) for each in await told(tx, [other])]
        return shown

    assert run(work()) == [False, False, False]


def test_a_card_needs_no_word_beforehand(place: Place) -> None:
    async def work() -> bool:
        establishment = await new_establishment(place, proved=True)
        one = question(establishment, Basis.PRESENCE, card(place, covered(place)[174]))
        async with place.store.pool("app") as pool, db.statement(pool) as tx:
            await ask_gate(tx, [one])
            [answer] = await told(tx, [one])
        return isinstance(answer, Answer)

    assert run(work())


@pytest.mark.parametrize("again", [1, 3])
def test_what_was_answered_leaves_nothing_and_is_asked_again_for_free(
    place: Place, again: int
) -> None:
    async def work() -> tuple[list[bool], int, int]:
        establishment = await new_establishment(place, proved=True)
        person = covered(place)[176 + again]
        answers = [
            isinstance(
                (
                    await ask(
                        place, [question(establishment, Basis.TYPED, typed(place, person))]
                    )
                )[0],
                Answer,
            )
            for _ in range(again)
        ]
        count = "select count(*) as n from {} where establishment_id = $1"
        [left] = await _owner(place, count.format("gate.intent"), establishment)
        [charged] = await _owner(place, count.format("gate.unproved_query"), establishment)
        return answers, left["n"], charged["n"]

    assert run(work()) == ([True] * again, 0, 1)


def test_a_question_that_broke_off_counts_once_until_it_is_answered(place: Place) -> None:
    async def work() -> tuple[bool, bool]:
        establishment = await new_establishment(place, proved=True)
        await _owner(
            place,
            "update gate.budget set day_limit = 1 where establishment_id = $1",
            establishment,
        )
        one, two = covered(place)[185:187]

        def of(person: Any) -> Question:
            return question(establishment, Basis.TYPED, typed(place, person))

        async with place.store.pool("app") as pool, db.statement(pool) as tx:
            for _ in range(3):  # busy, and tried again
                await intend(tx, [of(one)])
        first = isinstance((await ask(place, [of(one)]))[0], Answer)
        second = isinstance((await ask(place, [of(two)]))[0], Answer)
        return first, second

    assert run(work()) == (True, False)


def test_the_word_is_nobody_elses_to_use(place: Place) -> None:
    async def work() -> list[bool]:
        mine, other = [await new_establishment(place, proved=True) for _ in range(2)]
        one = question(mine, Basis.TYPED, typed(place, covered(place)[190]))
        async with place.store.pool("app") as pool, db.statement(pool) as tx:
            await intend(tx, [one])
            stolen = question(other, Basis.TYPED, one.address)
            stolen = Question(**{**_fields(stolen), "entry_id": one.entry_id})
            await ask_gate(tx, [stolen])
            answers = await told(tx, [stolen])
            # Nor to take away: who said it is answered.
            await ask_gate(tx, [one])
            answers += await told(tx, [one])
        return [isinstance(answer, Answer) for answer in answers]

    assert run(work()) == [False, True]


def _fields(one: Question) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Question.__dataclass_fields__}


def test_what_is_left_is_told_to_nobody_opens_nothing_and_a_canary_contains(
    place: Place,
) -> None:
    """Contained on cards alone, or not: what the log writes of a broken question is no answer and no engagement."""

    async def work() -> tuple[list[bool], int, list[str]]:
        establishment, other = [await new_establishment(place, proved=True) for _ in range(2)]
        person, bait = covered(place)[195:197]
        one = question(establishment, Basis.TYPED, typed(place, person))
        ring = question(other, Basis.TYPED, typed(place, bait))
        await _owner(
            place,
            """insert into gate.canary (person_id, label, made_at)
               select person_id, 'bait', now() from gate.cover where address = gate.kept($1) and basis = 'U' limit 1""",
            ring.address,
        )
        async with place.store.pool("app") as pool, db.statement(pool) as tx:
            await intend(tx, [one, ring])
        await _owner(
            place,
            "update gate.intent set at = at - interval '3 minutes' where establishment_id = any ($1)",
            [establishment, other],
        )
        async with place.store.pool("logger") as pool, db.statement(pool) as tx:
            await db.run(tx, "select gate.log_left()")
        engaged = question(establishment, Basis.ENGAGEMENT, one.entry_id)
        async with place.store.pool("app") as pool, db.statement(pool) as tx:
            said = len(await db.many(tx, _TOLD, [establishment], [one.entry_id]))
        shown = [isinstance(each, Answer) for each in await ask(place, [engaged])]
        held = await _owner(
            place,
            "select mode from gate.segment where value = $1 and reason = 'canary' and until > now()",
            str(other),
        )
        await _owner(place, "delete from gate.canary where label = 'bait' returning 1 as one")
        await _owner(
            place, "delete from gate.segment where value = $1 returning 1 as one", str(other)
        )
        return shown, said, [row["mode"] for row in held]

    assert run(work()) == ([False], 0, ["card-only"])


_TOLD = "select outcome from gate.told($1, $2)"


def test_of_one_address_eight_words_an_hour_are_left(place: Place) -> None:
    async def work() -> tuple[int, int]:
        establishment = await new_establishment(place, proved=True)
        address = typed(place, covered(place)[185])
        words = [question(establishment, Basis.TYPED, address) for _ in range(12)]
        other = question(establishment, Basis.TYPED, typed(place, covered(place)[186]))
        async with place.store.pool("app") as pool, db.statement(pool) as tx:
            for one in (*words, other):
                await intend(tx, [one])
        kept = "select entry_id from gate.intent where establishment_id = $1"
        entries = {row["entry_id"] for row in await _owner(place, kept, establishment)}
        return len(entries & {one.entry_id for one in words}), len(entries & {other.entry_id})

    assert run(work()) == (8, 1)
