"""What justifies a typed person, and what an establishment cannot do to itself or to others (GATE, I6, I7 and I9)."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from conftest import Place, run
from egide import db
from egide.drills.france import Person
from egide.rights import Basis
from rights.test_gate import _ask as ask
from rights.test_gate import _card as card
from rights.test_gate import _covered as covered
from rights.test_gate import _new_establishment as new_establishment
from rights.test_gate import _question as question
from rights.test_gate import _shown as shown
from rights.test_gate import _typed as typed

_PERSON = "select person_id from gate.cover where address = gate.kept($1) limit 1"


async def _owner(place: Place, query: str, *values: object) -> list[db.Row]:
    async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
        return await db.many(tx, query, *values)  # type: ignore[arg-type]


async def _type(place: Place, establishment: UUID, persons: Sequence[Person]) -> int:
    asked = [question(establishment, Basis.TYPED, typed(place, one)) for one in persons]
    return shown(await ask(place, asked))


async def _show(place: Place, establishment: UUID, persons: Sequence[Person]) -> None:
    asked = [question(establishment, Basis.PRESENCE, card(place, one)) for one in persons]
    assert shown(await ask(place, asked)) == len(persons)


async def _settle(
    place: Place, establishment: UUID, persons: Sequence[Person], days: int
) -> None:
    """Have the insurer accept claims on persons, so many days ago."""
    ids = [(await _owner(place, _PERSON, typed(place, one)))[0]["person_id"] for one in persons]
    await _owner(place, "select gate.settle($1, $2)", [establishment] * len(ids), ids)
    await _owner(
        place,
        "update gate.claimed set accepted_at = accepted_at - $2::integer * interval '1 day'"
        " where establishment_id = $1 returning 1",
        establishment,
        days,
    )
    await _owner(place, "select gate.justify_claimed()")


async def _unproved(place: Place, establishment: UUID) -> int:
    query = "select count(*) as n from gate.unproved_query where establishment_id = $1"
    return (await _owner(place, query, establishment))[0]["n"]


def test_who_shows_no_card_justifies_nothing_by_its_own_claims(place: Place) -> None:
    """A13: types, invoices, has its claims accepted in bulk, and types again."""

    async def work() -> tuple[int, int, int]:
        establishment, people = await new_establishment(place, proved=True), covered(place)
        assert await _type(place, establishment, people[:60]) == 60
        await _settle(place, establishment, people[:60], days=9)
        none = await _unproved(place, establishment)
        await _show(place, establishment, people[200:207])
        await _settle(place, establishment, [], days=0)
        seven = await _unproved(place, establishment)
        await _settle(place, establishment, [], days=0)
        return none, seven, await _unproved(place, establishment)

    assert run(work()) == (60, 53, 53)


def test_claims_wait_five_days_for_the_persons_word_against_them(place: Place) -> None:
    async def work() -> tuple[int, int, int]:
        establishment, people = await new_establishment(place, proved=True), covered(place)
        await _show(place, establishment, people[200:220])
        assert await _type(place, establishment, people[:10]) == 10
        await _settle(place, establishment, people[:10], days=4)
        early = await _unproved(place, establishment)
        [against] = await _owner(place, _PERSON, typed(place, people[0]))
        await _owner(
            place,
            "insert into gate.objection values ($1, $2, now()) returning at",
            establishment,
            against["person_id"],
        )
        await _settle(place, establishment, [], days=1)
        late = await _unproved(place, establishment)
        known = await _owner(
            place,
            "select person_id from gate.relation where establishment_id = $1 and person_id = $2",
            establishment,
            against["person_id"],
        )
        return early, late, len(known)

    assert run(work()) == (10, 1, 0)


def test_one_establishment_spends_a_shared_cap_once_a_person_a_day(place: Place) -> None:
    """A14: card and typed turns on one person drained the cap of a profession."""
    used = """
    select coalesce(sum(persons), 0) as n from gate.segment_use
     where kind = 'profession' and value = (select profession from establishment where establishment_id = $1)
    """

    async def work() -> int:
        establishment = place.france.shops[5].establishment_id
        person = covered(place)[300]
        [before] = await _owner(place, used, establishment)
        for _ in range(8):
            await _type(place, establishment, [person])
            await _show(place, establishment, [person])
        [after] = await _owner(place, used, establishment)
        return after["n"] - before["n"]

    assert run(work()) == 1


def test_pages_open_a_hundred_answers_a_day_whoever_plays_the_persons(place: Place) -> None:
    async def work() -> tuple[int, int]:
        establishment = await new_establishment(place, proved=True)
        codes = [uuid4() for _ in range(130)]
        persons = [
            (await _owner(place, _PERSON, typed(place, one)))[0]["person_id"]
            for one in covered(place)[:130]
        ]
        await _owner(
            place,
            "insert into gate.presence select gate.kept(c), $1, p, now() + interval '1 minute'"
            " from unnest($2::uuid[], $3::uuid[]) t (c, p) returning 1",
            establishment,
            codes,
            persons,
        )
        asked = [question(establishment, Basis.APP, one) for one in codes]
        first = shown(await ask(place, asked))
        await _owner(
            place,
            "update gate.page_opened set at = at - interval '25 hours' where establishment_id = $1 returning 1",
            establishment,
        )
        again = uuid4()
        await _owner(
            place,
            "insert into gate.presence values (gate.kept($1), $2, $3, now() + interval '1 minute') returning 1",
            again,
            establishment,
            persons[0],
        )
        return first, shown(await ask(place, [question(establishment, Basis.APP, again)]))

    assert run(work()) == (100, 1)


def test_a_person_of_many_accepted_claims_is_noted_once(place: Place) -> None:
    async def work() -> int:
        establishment = await new_establishment(place, proved=True)
        persons = [uuid4() for _ in range(100)]
        settle = "select gate.settle($1, $2)"
        await _owner(place, settle, [establishment] * 400, persons * 4)
        query = "select count(*) as n from gate.claimed where establishment_id = $1"
        return (await _owner(place, query, establishment))[0]["n"]

    assert run(work()) == 100


def test_two_worlds_that_differ_in_a_person_never_shown_look_the_same(place: Place) -> None:
    """Members held back, of a contained insurer, or nobody at all: answers, standing and containment are equal."""
    standing = "select * from gate.standing($1, $2, '', '')"

    async def watch(
        addresses: list[UUID], *, contained: bool
    ) -> tuple[list[str], list[object]]:
        establishment, software = await new_establishment(place, proved=True), uuid4()
        if not contained:  # forty persons met: a first-contact rate holds what is beyond six
            await _owner(
                place,
                "insert into gate.relation select $1, gen_random_uuid(), gen_random_uuid(), now() - interval '11 days'"
                " from generate_series(1, 40) returning 1",
                establishment,
            )
            await _type(place, establishment, covered(place)[400:406])
        seen: list[str] = []
        for address in addresses:
            [said] = await ask(place, [question(establishment, Basis.TYPED, address)])
            seen.append(str(said))
        [row] = await _owner(place, standing, establishment, software)
        return seen, list(row.values())

    async def work() -> None:
        members = [typed(place, one) for one in covered(place)[406:421]]
        nobody = [uuid4() for _ in members]
        assert await watch(members, contained=False) == await watch(nobody, contained=False)
        amcs = await _owner(
            place,
            "insert into gate.segment select 'amc', insurer_id::text, 'card-only', 'x', 'x', now(),"
            " now() + interval '1 hour' from insurer on conflict do nothing returning value",
        )
        try:
            assert await watch(members, contained=True) == await watch(nobody, contained=True)
        finally:
            values = [row["value"] for row in amcs]
            await _owner(
                place,
                "delete from gate.segment where kind = 'amc' and value = any ($1) returning 1",
                values,
            )

    run(work())
