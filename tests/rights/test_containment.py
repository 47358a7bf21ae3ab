"""Segments, canaries, caps and facts: what blocks by itself, at once, and never the card."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from conftest import Place, now, run
from egide import db
from egide.core.ids import EntryId, uuid7
from egide.core.refusal import Refusal
from egide.rights import Answer, Basis, Gate, Purpose, Question
from rights.test_gate import _ask as ask
from rights.test_gate import _card as card
from rights.test_gate import _covered as covered
from rights.test_gate import _new_establishment as new_establishment
from rights.test_gate import _outcomes as outcomes
from rights.test_gate import _question as question
from rights.test_gate import _shown as shown
from rights.test_gate import _typed as typed


async def _owner(place: Place, query: str, *values: object) -> list[db.Row]:
    async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
        return await db.many(tx, query, *values)  # type: ignore[arg-type]


async def _contain(place: Place, kind: str, value: str, mode: str, hours: float = 1) -> None:
    query = "select gate.set_segment($1, $2, $3, 'a test', 'test', $4)"
    await _owner(place, query, kind, value, mode, now() + timedelta(hours=hours))


def _of_shop(place: Place, number: int, basis: Basis, address: UUID) -> Question:
    shop = place.france.shops[number]
    one = question(shop.establishment_id, basis, address)
    return replace(one, software_id=shop.software_id, key=f"key-{number}")


async def _facts(place: Place, establishment: UUID) -> list[str]:
    query = "select kind from gate.fact where establishment_id = $1 order by at"
    return [row["kind"] for row in await _owner(place, query, establishment)]


@pytest.mark.parametrize("kind", ["establishment", "key", "vendor", "build", "flow", "profession", "department", "method"])  # fmt: skip
def test_every_segment_is_contained_and_opened_again(place: Place, kind: str) -> None:
    async def work() -> None:
        shop = place.france.shops[1]
        [row] = await _owner(
            place,
            "select w.vendor, w.product, w.version, h.department from software w, establishment h"
            " where w.software_id = $1 and h.establishment_id = $2",
            shop.software_id,
            shop.establishment_id,
        )
        value = {
            "establishment": str(shop.establishment_id),
            "key": "key-1",
            "vendor": row["vendor"],
            "build": f"{row['vendor']} {row['product']} {row['version']}",
            "flow": "rights",
            "profession": shop.profession,
            "department": row["department"],
            "method": "dpop",
        }[kind]
        people = covered(place)

        async def sees() -> tuple[int, int]:
            person = people.pop()
            asked = [
                _of_shop(place, 1, Basis.PRESENCE, card(place, person)),
                _of_shop(place, 1, Basis.TYPED, typed(place, person)),
            ]
            first, second = [isinstance(one, Answer) for one in await ask(place, asked)]
            return int(first), int(second)

        assert await sees() == (1, 1)
        await _contain(place, kind, value, "card-only")
        assert await sees() == (1, 0)
        await _contain(place, kind, value, "off")
        assert await sees() == (0, 0)
        await _contain(place, kind, "another", "off")
        await _contain(place, kind, "another", "open")
        await _contain(place, kind, value, "open")
        assert await sees() == (1, 1)
        kept = await _owner(
            place,
            "select mode from gate.segment_log where kind = $1 and value = $2",
            kind,
            value,
        )
        assert [row["mode"] for row in kept][-3:] == ["card-only", "off", "open"]

    run(work())


def test_an_insurer_is_contained_by_what_was_found(place: Place) -> None:
    async def work() -> None:
        establishment = await new_establishment(place, proved=True)
        first = covered(place)[30]
        other = next(one for one in covered(place) if one.amc != first.amc)
        [row] = await _owner(
            place, "select insurer_id from insurer where amc_number = $1", first.amc
        )
        await _contain(place, "amc", str(row["insurer_id"]), "card-only")
        asked = [
            question(establishment, Basis.PRESENCE, card(place, first)),
            question(establishment, Basis.TYPED, typed(place, first)),
            question(establishment, Basis.TYPED, typed(place, other)),
        ]
        said = [isinstance(one, Answer) for one in await ask(place, asked)]
        await _contain(place, "amc", str(row["insurer_id"]), "open")
        assert said == [True, False, True]

    run(work())


def test_a_segment_ends_by_itself(place: Place) -> None:
    async def work() -> None:
        establishment = await new_establishment(place, proved=True)
        await _contain(place, "establishment", str(establishment), "off")
        one = question(establishment, Basis.PRESENCE, card(place, covered(place)[31]))
        assert shown(await ask(place, [one])) == 0
        await _owner(
            place,
            "update gate.segment set since = since - interval '2 hours', until = until - interval '2 hours'"
            " where value = $1 returning kind",
            str(establishment),
        )
        again = replace(one, proof=uuid4(), entry_id=EntryId(uuid7(now())))
        assert shown(await ask(place, [again])) == 1

    run(work())


@pytest.mark.parametrize("basis", [Basis.TYPED, Basis.PRESENCE])
def test_a_canary_answers_like_nobody_and_its_establishment_shows_cards_from_then_on(
    place: Place, basis: Basis
) -> None:
    async def work() -> None:
        establishment = await new_establishment(place, proved=True)
        person, other = covered(place)[-1], covered(place)[32]
        find = "select person_id from gate.cover where address = gate.kept($1) limit 1"
        [row] = await _owner(place, find, typed(place, person))
        await _owner(
            place, "insert into gate.canary values ($1, 'export 7', now())", row["person_id"]
        )
        where = (typed if basis is Basis.TYPED else card)(place, person)
        said = await ask(place, [question(establishment, basis, where)])
        assert isinstance(said[0], Refusal) and said[0].code == "rights-not-shown"
        assert await _facts(place, establishment) == ["canary"]
        later = [
            question(establishment, Basis.TYPED, typed(place, other)),
            question(establishment, Basis.PRESENCE, card(place, other)),
        ]
        assert [isinstance(one, Answer) for one in await ask(place, later)] == [False, True]
        await _owner(place, "delete from gate.canary where person_id = $1", row["person_id"])
        assert sorted(await outcomes(place, establishment)) == ["canary", "shown", "suspended"]

    run(work())


def test_a_fact_never_loosens_what_a_person_tightened(place: Place) -> None:
    async def work() -> None:
        establishment = await new_establishment(place, proved=True)
        await _contain(place, "establishment", str(establishment), "off", hours=72)
        query = "select gate.set_segment('establishment', $1, 'card-only', 'streak', 'gate', now() + interval '1 day')"
        await _owner(place, query, str(establishment))
        [row] = await _owner(
            place, "select mode, until from gate.segment where value = $1", str(establishment)
        )
        assert row["mode"] == "off" and row["until"] > now() + timedelta(hours=70)

    run(work())


def test_the_same_question_twice_is_a_network_and_another_one_a_thief(place: Place) -> None:
    async def work() -> tuple[list[str], list[str]]:
        establishment = await new_establishment(place, proved=True)
        person, other = covered(place)[33], covered(place)[34]
        one = question(establishment, Basis.PRESENCE, card(place, person))
        await ask(place, [one])
        await ask(place, [replace(one, entry_id=EntryId(uuid7(now())))])
        before = await _facts(place, establishment)
        stolen = replace(one, entry_id=EntryId(uuid7(now())), address=card(place, other))
        assert shown(await ask(place, [stolen])) == 0
        return before, await _facts(place, establishment)

    assert run(work()) == ([], ["replayed"])


def test_a_crowd_meets_the_cap_of_its_segment_exactly(place: Place) -> None:
    """200 colluding establishments of one profession: together they learn what its cap leaves, whatever the order."""

    async def work() -> tuple[int, int]:
        shops = [shop for shop in place.france.shops if shop.profession == "dentist"]
        day = "(now() at time zone 'UTC')::date"
        await _owner(place, "delete from gate.segment_use returning kind")
        await _owner(
            place,
            "insert into gate.segment_cap values ('profession', 'dentist', 40)"
            " on conflict (kind, value) do update set day_cap = 40 returning kind",
        )
        people = covered(place)[:30]
        questions = [
            replace(
                question(shop.establishment_id, Basis.TYPED, typed(place, person)),
                software_id=uuid4(),
            )
            for shop in shops
            for person in people
        ]
        async with (
            place.store.pool("app", size=8) as first,
            place.store.pool("app", size=8) as second,
        ):
            gates = [Gate(first), Gate(second), Gate(first), Gate(second)]
            said = await asyncio.gather(
                *(gates[n % 4].ask(one) for n, one in enumerate(questions)),
                return_exceptions=True,
            )
        # Asked again, whom the cap kept out is kept out: it was told nothing, and is new again.
        again = [
            replace(one, proof=uuid4(), entry_id=EntryId(uuid7(now()))) for one in questions
        ]
        later = await ask(place, again)
        used = await _owner(
            place,
            f"select sum(persons) as n from gate.segment_use where value = 'dentist' and day = {day}",
        )
        await _owner(place, "delete from gate.segment_cap returning kind")
        await _owner(place, "delete from gate.segment_use returning kind")
        await _owner(place, "select gate.size_segments() is null as done")
        assert all(isinstance(one, Answer | Refusal) for one in said)
        shown_first = [isinstance(one, Answer) for one in said]
        assert [isinstance(one, Answer) for one in later] == shown_first
        return sum(shown_first), used[0]["n"]

    assert run(work()) == (40, 40)


def test_whoever_asks_twice_in_one_batch_is_kept_out_twice(place: Place) -> None:
    """Beyond its segment's cap, the twin of a question is told nothing either: its charge was the first one's."""

    async def work() -> tuple[int, list[str]]:
        await _owner(
            place,
            "insert into gate.segment_cap values ('profession', 'dentist', 0)"
            " on conflict (kind, value) do update set day_cap = 0 returning kind",
        )
        shop = next(shop for shop in place.france.shops if shop.profession == "dentist")
        asked = [
            question(shop.establishment_id, Basis.TYPED, typed(place, person))
            for person in covered(place)[-4:]
            for _ in range(3)
        ]
        said = await ask(place, asked)
        await _owner(place, "delete from gate.segment_cap returning kind")
        await _owner(place, "delete from gate.segment_use returning kind")
        await _owner(place, "select gate.size_segments() is null as done")
        return shown(said), (await outcomes(place, shop.establishment_id))[-12:]

    assert run(work()) == (0, ["over-cap"] * 12)


@pytest.mark.parametrize(("days", "held"), [(40, False), (2, True)])
def test_what_was_owed_before_is_owed_after_a_cap(
    place: Place, days: int, *, held: bool
) -> None:
    """A person typed forty days ago, or held two days ago, asked beyond its segment's cap: the old debt stands."""

    async def work() -> tuple[int, int, bool]:
        shops = [shop for shop in place.france.shops if shop.profession == "dentist"]
        establishment = shops[1].establishment_id
        asked = question(establishment, Basis.TYPED, typed(place, covered(place)[52 + days]))
        first = shown(await ask(place, [asked]))
        await _owner(
            place,
            "update gate.unproved_query set held = $3, asked_at = asked_at - make_interval(days => $4),"
            " first_at = first_at - make_interval(days => $4)"
            " where establishment_id = $1 and address = gate.kept($2) returning address",
            establishment,
            asked.address,
            held,
            days,
        )
        await _owner(place, "delete from gate.segment_counted returning address")
        await _owner(
            place,
            "insert into gate.segment_cap values ('profession', 'dentist', 0)"
            " on conflict (kind, value) do update set day_cap = 0 returning kind",
        )
        again = replace(asked, proof=uuid4(), entry_id=EntryId(uuid7(now())))
        second = shown(await ask(place, [again]))
        [row] = await _owner(
            place,
            "select asked_at < now() - make_interval(days => $4, hours => -1) and held = $3 as stands"
            "  from gate.unproved_query where establishment_id = $1 and address = gate.kept($2)",
            establishment,
            asked.address,
            held,
            days,
        )
        await _owner(place, "delete from gate.segment_cap returning kind")
        await _owner(place, "delete from gate.segment_use returning kind")
        await _owner(place, "select gate.size_segments() is null as done")
        return first, second, row["stands"]

    assert run(work()) == (1, 0, True)


@pytest.mark.parametrize("shown_at", [0, 7, 12, 20])
def test_one_that_is_shown_hides_no_row_of_misses(place: Place, shown_at: int) -> None:
    """Twenty unknown persons and one covered, in one batch: eight in a row are a fact, wherever the one stands."""

    async def work() -> list[str]:
        establishment = await new_establishment(place, proved=True)
        asked = [question(establishment, Basis.TYPED, uuid4()) for _ in range(20)]
        one = question(establishment, Basis.TYPED, typed(place, covered(place)[51]))
        await ask(place, [*asked[:shown_at], one, *asked[shown_at:]])
        return await _facts(place, establishment)

    assert run(work()) == ["streak"]


def test_200_questions_at_once_of_every_kind_leave_each_establishment_within_its_budget(
    place: Place,
) -> None:
    async def work() -> None:
        establishments = [
            await new_establishment(place, proved=number > 1) for number in range(4)
        ]
        people = covered(place)[:100]
        questions: list[Question] = []
        for number in range(400):
            establishment, person = establishments[number % 4], people[(number * 7) % 100]
            basis = Basis.PRESENCE if number % 5 == 0 else Basis.TYPED
            where = (card if basis is Basis.PRESENCE else typed)(place, person)
            questions.append(question(establishment, basis, where))
        async with place.store.pool("app", size=12) as pool:
            gates = [Gate(pool) for _ in range(6)]
            said = await asyncio.gather(
                *(gates[n % 6].ask(one) for n, one in enumerate(questions)),
                return_exceptions=True,
            )
        assert all(isinstance(one, Answer | Refusal) for one in said), said
        for establishment in establishments:
            [row] = await _owner(
                place,
                "select count(*) as owed, (select month_limit from gate.budget where establishment_id = $1) as most"
                " from gate.unproved_query where establishment_id = $1",
                establishment,
            )
            assert row["owed"] <= row["most"]
            met = await _owner(
                place,
                "select count(*) as n from gate.unproved_query d join gate.relation r using (establishment_id, person_id)"
                " where d.establishment_id = $1",
                establishment,
            )
            # A scan justifies what was typed before it; what is typed after stands until the next.
            assert met[0]["n"] <= row["owed"]

    run(work())


def test_a_claim_passes_the_same_gate(place: Place) -> None:
    async def work() -> None:
        establishment = await new_establishment(place, proved=False)
        people = covered(place)[40:44]
        asked = [
            replace(
                question(establishment, Basis.TYPED, typed(place, person)),
                purpose=Purpose.CLAIM,
            )
            for person in people
        ]
        assert shown(await ask(place, asked)) == 2

    run(work())


def test_an_import_sizes_the_caps_of_every_segment(place: Place) -> None:
    rows = run(
        _owner(
            place,
            "select kind, count(*) as n, min(day_cap) as least from gate.segment_cap group by 1",
        )
    )
    assert {row["kind"] for row in rows} == {"profession", "department", "vendor"}
    assert all(row["least"] >= 1000 for row in rows)


def test_an_alias_that_was_tried_first_is_a_debt_all_the_same(place: Place) -> None:
    async def work() -> tuple[int, int]:
        establishment = await new_establishment(place, proved=False)
        people = covered(place)[50:54]
        tried = [
            question(establishment, Basis.RELATION, typed(place, person)) for person in people
        ]
        assert shown(await ask(place, tried)) == 0
        asked = [
            question(establishment, Basis.TYPED, typed(place, person)) for person in people
        ]
        seen = shown(await ask(place, asked))
        query = "select count(*) as n from gate.unproved_query where establishment_id = $1 and basis = 'U'"
        return seen, (await _owner(place, query, establishment))[0]["n"]

    assert run(work()) == (2, 2)  # a newcomer's day


def test_a_streak_does_not_tell_who_was_covered_once(place: Place) -> None:
    async def work() -> tuple[list[str], list[str]]:
        ended = next(one for one in place.france.persons if not one.covered and one.card)
        facts: list[list[str]] = []
        for last in (typed(place, ended), uuid4()):
            establishment = await new_establishment(place, proved=True)
            misses = [question(establishment, Basis.TYPED, uuid4()) for _ in range(7)]
            await ask(place, misses)
            await ask(place, [question(establishment, Basis.TYPED, last)])
            facts.append(await _facts(place, establishment))
        return facts[0], facts[1]

    assert run(work()) == (["streak"], ["streak"])


def test_an_engagement_dies_with_the_person_it_was_on(place: Place) -> None:
    async def work() -> int:
        establishment = await new_establishment(place, proved=True)
        person = covered(place)[-7]
        first = question(establishment, Basis.PRESENCE, card(place, person))
        assert shown(await ask(place, [first])) == 1
        find = "select person_id from gate.cover where address = gate.kept($1) limit 1"
        [row] = await _owner(place, find, card(place, person))
        await _owner(place, "select erase_person($1)", row["person_id"])
        return shown(
            await ask(place, [question(establishment, Basis.ENGAGEMENT, first.entry_id)])
        )

    assert run(work()) == 0


def test_who_plays_persons_confirms_three_a_day_at_most(place: Place) -> None:
    """A taken server opens accounts and sessions of persons: their word is worth a few an establishment."""

    async def work() -> list[bool]:
        establishment = await new_establishment(place, proved=True)
        people = covered(place)[60:66]
        await ask(
            place,
            [question(establishment, Basis.TYPED, typed(place, person)) for person in people],
        )
        done: list[bool] = []
        for person in people:
            find = "select person_id from gate.cover where address = gate.kept($1) limit 1"
            [row] = await _owner(place, find, typed(place, person))
            account, session = uuid4(), uuid4()
            await _owner(
                place,
                "insert into account (account_id, role, person_id, label_sealed, created_at)"
                " values ($1, 'insured', $2, '', now()) on conflict do nothing returning role",
                account,
                row["person_id"],
            )
            [owner] = await _owner(
                place,
                "select account_id from account where person_id = $1 and closed_at is null",
                row["person_id"],
            )
            await _owner(
                place,
                "insert into web_session (session_hash, session_id, account_id, thumbprint, device, opened_at, seen_at,"
                " reauthenticated_at, ends_at) values ($1, $2, $3, 'x', 'x', now(), now(), now(), now() + interval '1 hour')"
                " returning device",
                session.bytes,
                session,
                owner["account_id"],
            )
            [said] = await _owner(
                place, "select confirm_presence($1, $2) as done", session, establishment
            )
            done.append(said["done"])
        return done

    assert run(work()) == [True] * 3 + [False] * 3
