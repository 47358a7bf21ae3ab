"""An establishment's first-contact rate among persons it never met: who works is not slowed, who is stolen stops after six."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from conftest import Place, run
from egide import db
from egide.core.refusal import Refusal
from egide.drills.france import Person
from egide.rights import Answer, Basis, Question, ask_gate, intend, told
from rights.test_gate import _ask as ask
from rights.test_gate import _card as card
from rights.test_gate import _covered as covered
from rights.test_gate import _new_establishment as new_establishment
from rights.test_gate import _question as question
from rights.test_gate import _shown as shown
from rights.test_gate import _typed as typed


async def _owner(place: Place, query: str, *values: object) -> list[db.Row]:
    async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
        return await db.many(tx, query, *values)  # type: ignore[arg-type]


async def _knows(place: Place, establishment: UUID, count: int, *, days: float = 11) -> None:
    await _owner(
        place,
        "insert into gate.relation select $1, gen_random_uuid(), gen_random_uuid(), now() - $2::interval"
        " from generate_series(1, $3::integer)",
        establishment,
        timedelta(days=days),
        count,
    )


async def _type(place: Place, establishment: UUID, persons: Sequence[Person]) -> int:
    asked = [question(establishment, Basis.TYPED, typed(place, one)) for one in persons]
    return shown(await ask(place, asked))


def test_a_establishment_that_works_is_held_to_six_strangers_and_to_its_own_as_before(
    place: Place,
) -> None:
    async def work() -> None:
        establishment, people = await new_establishment(place, proved=True), covered(place)
        own, strangers = people[100:120], people[120:150]
        await _knows(place, establishment, 40)
        cards = [question(establishment, Basis.PRESENCE, card(place, one)) for one in own]
        assert shown(await ask(place, cards)) == 20
        assert await _type(place, establishment, own) == 20
        assert await _type(place, establishment, strangers) == 6
        # A card justifies one of the six: another comes in its place. A person asked again is not charged twice.
        one = question(establishment, Basis.PRESENCE, card(place, strangers[0]))
        assert shown(await ask(place, [one])) == 1
        assert await _type(place, establishment, strangers) == 7
        assert await _type(place, establishment, strangers[7:]) == 0

    run(work())


def test_strangers_beyond_the_rate_are_charged_hit_or_miss_and_repaid_by_their_card(
    place: Place,
) -> None:
    """A list is not filtered for free: what is held is an unproved query like any other, and its owner's card repays it."""

    async def work() -> None:
        establishment, people = await new_establishment(place, proved=True), covered(place)
        own, strangers = people[100:110], people[120:150]
        await _knows(place, establishment, 40)
        cards = [question(establishment, Basis.PRESENCE, card(place, one)) for one in own]
        assert shown(await ask(place, cards)) == 10
        assert await _type(place, establishment, strangers) == 6
        misses = [question(establishment, Basis.TYPED, uuid4()) for _ in range(7)]
        assert shown(await ask(place, misses)) == 0
        assert await _used(place, establishment) == 37
        assert (
            await _type(place, establishment, strangers) == 6
        )  # asked again: still held, not charged twice
        assert await _used(place, establishment) == 37
        repaid = [
            question(establishment, Basis.PRESENCE, card(place, one)) for one in strangers[6:20]
        ]
        assert shown(await ask(place, repaid)) == 14
        assert await _used(place, establishment) == 23
        more = [question(establishment, Basis.TYPED, uuid4()) for _ in range(40)]
        for at in range(8):  # between hits: no streak
            await _type(place, establishment, own[at : at + 1])
            await ask(place, more[5 * at : 5 * at + 5])
        assert await _used(place, establishment) == 60
        # Its own too are asked for their card.
        assert await _type(place, establishment, own[8:]) == 0

    run(work())


async def _used(place: Place, establishment: UUID) -> int:
    query = "select month_used from gate.standing($1, $2, '', '')"
    [row] = await _owner(place, query, establishment, uuid4())
    return row["month_used"]


def test_beyond_the_rate_a_canary_rings_and_guesses_tell_nothing(place: Place) -> None:
    """What is held back counts for nothing, member or nobody: what is told depends on what was shown (GATE, I7)."""

    async def work() -> list[list[str]]:
        facts: list[list[str]] = []
        ghost = covered(place)[150]
        for what in ("canary", "nobody", "members"):
            establishment = await new_establishment(place, proved=True)
            await _knows(place, establishment, 40)
            assert await _type(place, establishment, covered(place)[120:140]) == 6
            if what == "canary":
                query = "insert into gate.canary select person_id, 'list', now() from gate.cover where address = gate.kept($1) limit 1"
                await _owner(place, query, typed(place, ghost))
                assert await _type(place, establishment, [ghost]) == 0
                await _owner(place, "delete from gate.canary where label = 'list'")
            elif what == "nobody":
                guesses = [question(establishment, Basis.TYPED, uuid4()) for _ in range(8)]
                assert shown(await ask(place, guesses)) == 0
            else:
                assert await _type(place, establishment, covered(place)[140:148]) == 0
            query = "select kind from gate.fact where establishment_id = $1"
            facts.append([row["kind"] for row in await _owner(place, query, establishment)])
        return facts

    assert run(work()) == [["canary"], [], []]


def test_asking_again_keeps_nothing_from_going_stale(place: Place) -> None:
    async def work() -> tuple[int, int]:
        establishment, people = await new_establishment(place, proved=True), covered(place)
        assert await _type(place, establishment, people[100:112]) == 12
        await _owner(
            place,
            "update gate.unproved_query set first_at = first_at - interval '11 days', asked_at = asked_at - interval '9 days'"
            " where establishment_id = $1",
            establishment,
        )
        again = await _type(place, establishment, people[100:112])
        return again, await _type(place, establishment, people[112:120])

    assert run(work()) == (12, 0)


def test_a_establishment_that_was_here_before_learns_for_thirty_days(place: Place) -> None:
    async def work() -> None:
        establishment = await new_establishment(place, proved=True)
        await _knows(place, establishment, 60)
        query = "update gate.budget set first_contact_on = (now() at time zone 'UTC')::date + 30 where establishment_id = $1"
        await _owner(place, query, establishment)
        assert await _type(place, establishment, covered(place)[100:130]) == 30

    run(work())


def test_a_establishment_of_few_or_new_acquaintances_has_its_budget_alone(place: Place) -> None:
    async def work() -> None:
        few, new = [await new_establishment(place, proved=True) for _ in range(2)]
        await _knows(place, few, 39)
        await _knows(place, new, 60, days=9.9)
        for establishment in (few, new):
            assert await _type(place, establishment, covered(place)[100:130]) == 30

    run(work())


def test_a_rate_is_twice_the_third_busiest_justified_day_of_six_periods(place: Place) -> None:
    async def rate(days: list[tuple[int, int, bool]]) -> int:
        """Return the first-contact rate of an establishment that had so many persons justified, so many periods ago, unmet or not."""
        establishment = await new_establishment(place, proved=True)
        await _knows(place, establishment, 40)
        for at, (ago, count, is_unmet) in enumerate(days):
            await _owner(
                place,
                "insert into gate.justified (establishment_id, period, person_id, unmet, asked_on)"
                " select $1, gate.period(now()) - $2, gen_random_uuid(), $3, date '2026-01-01' + $4::integer"
                " from generate_series(1, $5::integer)",
                establishment, ago, is_unmet, at, count,
            )  # fmt: skip
        [row] = await _owner(place, "select gate.first_contact_rate($1) as rate", establishment)
        return row["rate"]

    async def work() -> list[int]:
        return [
            await rate([]),
            await rate([(0, 30, True), (0, 30, True)]),  # two staged days change nothing
            await rate([(0, 9, True), (3, 8, True), (5, 7, True), (1, 2, True)]),
            await rate([(0, 9, True), (3, 8, True), (6, 7, True)]),  # too old
            await rate([(0, 9, True), (3, 8, True), (5, 7, False)]),  # met
            await rate([(0, 4, True), (1, 4, True), (2, 3, True)]),
        ]

    assert run(work()) == [6, 6, 14, 6, 6, 6]


def test_a_standing_says_the_rate_and_not_who_was_a_stranger(place: Place) -> None:
    async def work() -> None:
        establishment = await new_establishment(place, proved=True)
        await _knows(place, establishment, 40)
        await _type(place, establishment, covered(place)[100:102])
        query = "select * from gate.standing($1, $2, '', '')"
        [row] = await _owner(place, query, establishment, uuid4())
        assert row["first_contact_limit"] == 6
        assert not {"unmet_used", "unmet_month_used"} & set(row.keys())
        assert (row["day_used"], row["month_used"]) == (2, 2)

    run(work())


def test_what_is_contained_while_a_batch_waits_for_its_budget_is_contained(
    place: Place,
) -> None:
    async def work() -> list[bool]:
        establishment = await new_establishment(place, proved=True)
        first, second = covered(place)[100:102]
        asked = [
            question(establishment, Basis.TYPED, typed(place, first)),
            question(establishment, Basis.PRESENCE, card(place, second)),
        ]
        async with place.store.pool("app") as pool, db.statement(pool) as tx:
            await intend(tx, asked)  # said, and then held up
        async with place.store.pool("owner") as pool, db.transaction(pool) as held:
            await db.run(
                held,
                "select from gate.budget where establishment_id = $1 for update",
                establishment,
            )
            waiting = asyncio.create_task(_ask_alone(place, asked))
            await _until_somebody_waits(place)
            await _owner(
                place,
                "select gate.set_segment('establishment', $1, 'card-only', 'r', 'test', now() + interval '1 hour')",
                str(establishment),
            )
        return [isinstance(one, Answer) for one in await waiting]

    assert run(work()) == [False, True]


async def _ask_alone(place: Place, asked: Sequence[Question]) -> list[Answer | Refusal]:
    async with place.store.pool("app") as pool, db.statement(pool) as tx:
        await ask_gate(tx, asked)
        return await told(tx, asked)


async def _until_somebody_waits(place: Place) -> None:
    query = "select count(*) as n from pg_stat_activity where wait_event_type = 'Lock' and query like '%gate.ask%'"
    for _ in range(200):
        [row] = await _owner(place, query)
        if row["n"]:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")
