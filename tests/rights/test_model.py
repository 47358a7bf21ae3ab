"""The database's gate against the same gate in plain Python: batch by batch, answer by answer, counter by counter."""

import asyncio
import json
from contextlib import AsyncExitStack, suppress
from datetime import UTC, date, datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from conftest import Place
from egide import db
from egide.rights.gate_model import Asked, Cover, House, Model, newcomer, period, proved

_START = datetime(2026, 3, 2, 8, tzinfo=UTC)
_DAY = date(2026, 3, 2)
_INSURER = uuid5(NAMESPACE_OID, "insurer")
_HOUSES = ("a", "b", "new", "newer")
_PERSONS = 90
_STEPS = [
    timedelta(minutes=1),
    timedelta(hours=23),
    timedelta(hours=24),
    timedelta(hours=25),
    timedelta(days=29),
    timedelta(days=30),
    timedelta(days=31),
]
_CLOCK = """
create or replace function gate.instant() returns timestamptz language sql volatile
as $$ select current_setting('egide.test_instant')::timestamptz $$
"""
_ASK = """
select t.ordinal, t.outcome, t.alias, e.outcome as logged
  from gate.ask($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::date[], $9::text[],
                $10::text[]) t
  join unnest($1::uuid[], $2::uuid[]) with ordinality as k (house, entry, ord) on k.ord = t.ordinal
  left join gate.entry e on e.establishment_id = k.house and e.entry_id = k.entry
 order by t.ordinal
"""
_KEPT = """
select (select b.month_limit from gate.budget b where b.establishment_id = $1) as month_limit,
       (select b.unmet_limit from gate.budget b where b.establishment_id = $1) as pace,
       (select b.misses from gate.budget b where b.establishment_id = $1) as misses,
       (select coalesce(jsonb_object_agg(d.address, jsonb_build_array(d.person_id, d.unmet, d.held)), '{}') from gate.debt d
         where d.establishment_id = $1 and d.basis = 'U')::text as debts,
       (select coalesce(jsonb_agg(jsonb_build_array(x.person_id, x.asked_on) order by x.person_id, x.period), '[]')
          from gate.explained x where x.establishment_id = $1 and x.unmet)::text as unmet_explained,
       (select count(*) from gate.explained x where x.establishment_id = $1) as explained,
       (select count(*) from gate.relation r where r.establishment_id = $1) as met,
       (select max(s.until) from gate.segment s where s.value = $1::text and s.mode = 'card-only' and s.until > gate.instant()) as until
"""


def _id(text: str) -> UUID:
    return uuid5(NAMESPACE_OID, text)


def _covers() -> dict[str, list[Cover]]:
    """Return whom each typed number finds: one covered, one not any more, two at once, one who does not exist."""
    every = {f"u{n}": [Cover(f"p{n}", "i", date(2020, 1, 1), None)] for n in range(_PERSONS)}
    every["u3"] = [Cover("p3", "i", date(2020, 1, 1), date(2021, 1, 1))]
    every["u4"] = [*every["u4"], Cover("p400", "i", date(2020, 1, 1), None)]
    every["u5"] = [Cover("p5", "i", date(2020, 1, 1), None, is_canary=True)]
    every["u6"] = [Cover("p6", "i", date(2020, 1, 1), _DAY + timedelta(days=40))]
    return every


class _Undo(Exception):
    """Nothing of a run stays."""


class _Gates(RuleBasedStateMachine):
    """The two gates, fed alike."""

    place: Place

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.now = _START
        self.typed = _covers()
        cards = {f"c{address[1:]}": covers for address, covers in self.typed.items()}
        self.houses: dict[str, House] = {
            name: newcomer() if name.startswith("new") else proved() for name in _HOUSES
        }
        self.model = Model(self.houses, cards, self.typed)
        self.aliases: dict[tuple[str, str], str] = {}
        self.codes = 0
        self.entries: list[tuple[str, str]] = []

    def run(self, query: str, *values: object) -> list[db.Row]:
        async def work() -> list[db.Row]:
            return await db.many(self.tx, query, *values)  # type: ignore[arg-type]

        return self.loop.run_until_complete(work())

    @initialize()
    def load(self) -> None:
        async def begin() -> None:
            pool = await self.stack.enter_async_context(self.place.store.pool("owner"))
            self.tx = await self.stack.enter_async_context(db.transaction(pool))
            await db.run(self.tx, _CLOCK)
            # What other tests contained lasts until the real year's end; here it is March.
            await db.run(self.tx, "delete from gate.segment")

        self.loop.run_until_complete(begin())
        self.tick(timedelta(0))
        self._insert([(address, one) for address, every in self.typed.items() for one in every])
        for name, house in self.houses.items():
            self.run("select gate.open_budget($1, $2)", _id(name), house.is_proved)

    def _insert(self, covers: list[tuple[str, Cover]]) -> None:
        columns = (
            [_id(cover.person) for _, cover in covers],
            [_id(address) for address, _ in covers],
            [_id(f"c{address[1:]}") for address, _ in covers],
            [cover.start_on for _, cover in covers],
            [cover.end_on for _, cover in covers],
        )
        self.run(
            "insert into gate.person (person_id, insurer_id, birth_year, sealed, wrapped_key, digest, addresses)"
            " select p, $4, 1980, '', '', '', array[u, c] from unnest($1::uuid[], $2::uuid[], $3::uuid[]) t (p, u, c)",
            *columns[:3],
            _INSURER,
        )
        self.run(
            "insert into gate.cover select a.address, p, s, e, a.basis, $6, 'plan'"
            " from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[], $5::date[]) t (p, u, c, s, e)"
            " cross join lateral (values (u, 'U'), (c, 'P')) a (address, basis)",
            *columns,
            _INSURER,
        )
        ghosts = [_id(cover.person) for _, cover in covers if cover.is_canary]
        self.run(
            "insert into gate.canary select g, 'list', gate.instant() from unnest($1::uuid[]) g",
            ghosts,
        )

    @rule(step=st.sampled_from(_STEPS))  # fmt: skip
    def tick(self, step: timedelta) -> None:
        self.now += step
        self.run("select set_config('egide.test_instant', $1, true)", self.now.isoformat())

    @rule(
        house=st.sampled_from(_HOUSES),
        first=st.integers(0, _PERSONS + 80),
        count=st.integers(1, 60),
        basis=st.sampled_from("UUUUP"),
    )
    def ask_many(self, house: str, first: int, count: int, basis: str) -> None:
        letter = "u" if basis == "U" else "c"
        self.ask([(house, basis, f"{letter}{first + n}") for n in range(count)])

    @rule(
        data=st.lists(
            st.tuples(st.sampled_from(_HOUSES), st.sampled_from("UUPPHE"), st.integers(0, 40)),
            min_size=1,
            max_size=12,
        ),
        twice=st.booleans(),
    )
    def ask_some(self, data: list[tuple[str, str, int]], twice: bool) -> None:
        batch: list[tuple[str, str, str]] = []
        for house, basis, number in data:
            match basis:
                case "H":
                    known = sorted(self.aliases) or [(house, "unknown alias")]
                    batch.append((house, basis, known[number % len(known)][1]))
                case "E":
                    known = self.entries or [(house, "unknown entry")]
                    batch.append((house, basis, known[number % len(known)][1]))
                case _:
                    batch.append((house, basis, f"{'u' if basis == 'U' else 'c'}{number}"))
        self.ask(batch, twice=twice)

    @rule(house=st.sampled_from(_HOUSES), other=st.sampled_from(_HOUSES), number=st.integers(0, 9), late=st.booleans())  # fmt: skip
    def ask_with_a_code_of_the_persons_page(
        self, house: str, other: str, number: int, late: bool
    ) -> None:
        self.ask([(house, "U", f"u{number}")])  # what the code explains
        for asker in (house, other):
            code = self._give_code(house, number)
            if late:
                self.tick(timedelta(seconds=60))
            self.ask([(asker, "A", code)])
            self.ask([(house, "A", code)])  # used up, whoever used it

    def _give_code(self, house: str, number: int) -> str:
        self.codes += 1
        code, until = f"code{self.codes}", self.now + timedelta(seconds=60)
        self.model.codes[code] = house, f"p{number}", until
        values = (_id(code), _id(house), _id(f"p{number}"), until)
        self.run("insert into gate.presence values ($1, $2, $3, $4)", *values)
        return code

    @rule(house=st.sampled_from(_HOUSES), number=st.integers(0, _PERSONS - 1))
    def settle_a_claim(self, house: str, number: int) -> None:
        self.model.settle(house, f"p{number}", self.now)
        self.run("select gate.settle($1, $2)", [_id(house)], [_id(f"p{number}")])

    @rule(house=st.sampled_from(_HOUSES), number=st.integers(0, _PERSONS - 1))
    def have_a_person_say_it_was_there(self, house: str, number: int) -> None:
        self.model.explain(house, f"p{number}")
        self.run("select gate.explain($1, $2)", [_id(house)], [_id(f"p{number}")])

    @rule(
        house=st.sampled_from(("a", "b")),
        persons=st.sampled_from([39, 40, 60]),
        days=st.sampled_from([9, 10, 11]),
        busy=st.sampled_from([[], [5, 5], [5, 5, 5], [4, 7, 2, 6], [7, 7, 7, 7, 7], [2, 2, 2]]),
        step=st.sampled_from(_STEPS),
        later=st.sampled_from([0, 17]),
    )
    def know_its_patients_then_hurry(
        self, house: str, persons: int, days: int, busy: list[int], step: timedelta, later: int
    ) -> None:
        """Meet so many persons, have strangers of some days explained, then type strangers until it is refused."""
        self.tick(timedelta(days=182))  # nothing typed before counts
        self._meet(house, [f"p{2000 + number}" for number in range(persons)])
        self.tick(timedelta(days=days - len(busy)))
        for day, count in enumerate(busy):
            self.tick(timedelta(days=1))
            numbers = [30 + 7 * day + n for n in range(count)]
            self._forget(house, [f"p{number}" for number in numbers])
            self.ask([(house, "U", f"u{number}") for number in numbers])
            self.tick(timedelta(hours=later))
            for number in numbers:
                self.have_a_person_say_it_was_there(house, number)
            self.tick(timedelta(hours=-later))
        self.tick(timedelta(hours=23))
        self.ask([(house, "U", f"u{7 + n}") for n in range(20)])
        for _ in range(3):
            self.tick(step)
            self.codes += 1
            self.ask([(house, "U", f"stranger{self.codes} {n}") for n in range(15)])
            self.ask([(house, "U", "u9"), (house, "P", "c9"), (house, "U", "u9")])
            self.ask([(house, "U", f"u{70 + n}") for n in range(5)])
            self.ask([(house, "U", "u70"), (house, "P", "c71"), (house, "U", "u71")])
            if step > timedelta(days=2):
                self.ask([(house, "U", "u5")])  # a canary rings, held or not

    def _meet(self, house: str, persons: list[str]) -> None:
        for person in persons:
            self.houses[house].met.setdefault(person, self.now)
        self.run(
            "insert into gate.relation select $1, p, gen_random_uuid(), gate.instant() from unnest($2::uuid[]) as t (p)"
            " on conflict do nothing",
            _id(house),
            [_id(person) for person in persons],
        )

    def _forget(self, house: str, persons: list[str]) -> None:
        for person in persons:
            self.houses[house].met.pop(person, None)
        for known in (self.aliases, self.model.aliases):
            for key in [
                key for key, whom in known.items() if key[0] == house and whom in persons
            ]:
                del known[key]
        query = "delete from gate.relation where establishment_id = $1 and person_id = any ($2)"
        self.run(query, _id(house), [_id(person) for person in persons])

    @rule(
        house=st.sampled_from(_HOUSES),
        persons=st.sampled_from([10, 41, 42, 250]),
        ago=st.integers(0, 2),
    )
    def remember_an_explained_past(self, house: str, persons: int, ago: int) -> None:
        before = period(self.now) - ago
        for number in range(persons):
            self.houses[house].explained.setdefault((before, f"p{1000 + number}"), None)
        self.run(
            "insert into gate.explained (establishment_id, period, person_id)"
            " select $1, $2, p from unnest($3::uuid[]) as t (p) on conflict do nothing",
            _id(house),
            before,
            [_id(f"p{1000 + number}") for number in range(persons)],
        )

    @rule(house=st.sampled_from(("a", "b")), limit=st.sampled_from([66, 150, 290, 300]))
    def have_grown(self, house: str, limit: int) -> None:
        kept = self.houses[house]
        kept.month_limit, kept.adapted_in = limit, period(self.now)
        query = "update gate.budget set month_limit = $2, adapted_in = $3 where establishment_id = $1"
        self.run(query, _id(house), limit, period(self.now))

    @rule(
        house=st.sampled_from(_HOUSES),
        count=st.sampled_from([1, 2, 58, 60]),
        first=st.integers(7, 20),
        step=st.sampled_from(_STEPS),
    )
    def come_back(self, house: str, count: int, first: int, step: timedelta) -> None:
        """Spend what there is, on persons who are covered, and ask for others some time later."""
        self.ask([(house, "U", f"u{first + n}") for n in range(count)])
        self.tick(step)
        self.ask([(house, "U", f"u{first + count + n}") for n in range(3)])

    @rule(
        house=st.sampled_from(("a", "b")),
        count=st.sampled_from([11, 12, 13, 25]),
        days=st.sampled_from([9, 10, 11, 160, 181]),
        explained=st.sampled_from([0, 24, 30, 60]),
    )
    def leave_debts_unexplained(
        self, house: str, count: int, days: int, explained: int
    ) -> None:
        self.tick(timedelta(days=182))  # nothing of before counts
        self.ask([(house, "U", f"u{10 + n}") for n in range(count)])
        if explained:
            self.remember_an_explained_past(house, explained, 0)
        self.tick(timedelta(days=days))
        self.ask([(house, "U", f"u{50 + n}") for n in range(3)])

    @rule(house=st.sampled_from(_HOUSES), number=st.integers(7, 40))
    def renew_an_engagement_by_itself(self, house: str, number: int) -> None:
        for address in (f"c{number}", None, None):
            basis = "E" if address is None else "P"
            self.ask([(house, basis, address or self._last_entry(house))])

    def _last_entry(self, house: str) -> str:
        return next((entry for at, entry in reversed(self.entries) if at == house), "no entry")

    @rule(house=st.sampled_from(("a", "b")))
    def grow_to_the_last(self, house: str) -> None:
        self.have_grown(house, 290)
        self.remember_an_explained_past(house, 250, 0)
        self.tick(timedelta(days=31))
        self.ask([(house, "U", "u8")])

    @rule(house=st.sampled_from(("a", "b")))
    def not_grow_from_these_thirty_days(self, house: str) -> None:
        self.tick(timedelta(days=31))
        self.remember_an_explained_past(house, 250, 0)
        self.ask([(house, "U", "u9")])

    @rule(house=st.sampled_from(_HOUSES), count=st.integers(6, 9))
    def guess(self, house: str, count: int) -> None:
        for _ in range(count):
            self.codes += 1
            self.ask([(house, "U", f"guess{self.codes}")])

    @rule(house=st.sampled_from(("new", "newer")))
    def prove(self, house: str) -> None:
        kept = self.houses[house]
        kept.is_proved, kept.month_limit = True, max(kept.month_limit, 60)
        self.run("select gate.prove($1)", _id(house))

    @rule(number=st.integers(0, _PERSONS - 1))
    def lose_a_card(self, number: int) -> None:
        self.model.revoked.add(f"c{number}")
        self.run("select gate.revoke_card($1)", _id(f"c{number}"))

    def ask(self, batch: list[tuple[str, str, str]], *, twice: bool = False) -> None:
        asked = [
            Asked(house, basis, address, max(_DAY, self.now.date()), str(uuid4()), str(uuid4()))
            for house, basis, address in batch
        ]
        if twice:
            asked.append(asked[0]._replace(entry=str(uuid4())))
        said = self.model.ask(asked, self.now)
        rows = self.run(
            _ASK,
            [_id(one.house) for one in asked],
            [UUID(one.entry) for one in asked],
            [_id("software")] * len(asked),
            [UUID(one.proof) for one in asked],
            ["rights"] * len(asked),
            [one.basis for one in asked],
            [_address(one) for one in asked],
            [one.care_on for one in asked],
            ["key"] * len(asked),
            ["dpop"] * len(asked),
        )
        # The function answers before its entries are seen by the same statement: they are read apart.
        logged = self.run(
            "select e.outcome from unnest($1::uuid[], $2::uuid[]) with ordinality as k (house, entry, ord)"
            " join gate.entry e on e.establishment_id = k.house and e.entry_id = k.entry order by k.ord",
            [_id(one.house) for one in asked],
            [UUID(one.entry) for one in asked],
        )
        assert [row["outcome"] for row in logged] == said, (asked, said)
        for one, outcome, row in zip(asked, said, rows, strict=True):
            shown = outcome if outcome in {"shown", "replayed"} else "not-shown"
            assert row["outcome"] == shown
            self._keep(one, outcome, row["alias"])
        self.compare()

    def _keep(self, one: Asked, outcome: str, alias: UUID | None) -> None:
        if outcome != "shown":
            assert alias is None
            return
        self.entries.append((one.house, one.entry))
        if one.basis in "PA":
            assert alias is not None
        if alias is not None and one.basis in "PA":
            [cover] = [
                each
                for each in (
                    self.model.cards.get(one.address)
                    or [self.houses[one.house].engagements[one.entry][0]]
                )
                if self.model.holds(one, each)
            ]
            self.aliases[one.house, str(alias)] = cover.person
            self.model.aliases[one.house, str(alias)] = cover.person

    def compare(self) -> None:
        for name, house in self.houses.items():
            [kept] = self.run(_KEPT, _id(name))
            window = {
                str(_id(address)): [
                    debt.person and str(_id(debt.person)),
                    debt.is_unmet,
                    debt.is_held,
                ]
                for address, debt in house.debts.items()
            }
            assert json.loads(kept["debts"]) == window, name
            assert kept["pace"] == house.pace, name
            assert kept["month_limit"] == house.month_limit, name
            assert kept["misses"] == house.misses, name
            assert kept["explained"] == len(house.explained), name
            explained = sorted(
                (str(_id(person)), when, day)
                for (when, person), day in house.explained.items()
                if day is not None
            )
            assert json.loads(kept["unmet_explained"]) == [
                [person, day.isoformat()] for person, _, day in explained
            ], name
            assert kept["met"] == len(house.met), name
            blocked = house.card_only_until is not None and house.card_only_until > self.now
            assert kept["until"] == (house.card_only_until if blocked else None), name

    def teardown(self) -> None:
        undo = _Undo()
        with suppress(_Undo):
            self.loop.run_until_complete(self.stack.__aexit__(_Undo, undo, None))
        self.loop.close()


def _address(one: Asked) -> UUID:
    if one.basis in "HE":
        try:
            return UUID(one.address)
        except ValueError:
            return _id(one.address)
    return _id(one.address)


def test_the_database_answers_and_counts_as_the_model_does(place: Place) -> None:
    class Machine(_Gates):
        pass

    Machine.place = place
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
