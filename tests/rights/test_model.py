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
from egide.rights.gate_model import Model
from egide.rights.gate_state import Asked, Cover, Establishment, newcomer, period, proved
from egide.vault import kept as digested

_START = datetime(2026, 3, 2, 8, tzinfo=UTC)
_DAY = date(2026, 3, 2)
_INSURER = uuid5(NAMESPACE_OID, "insurer")
_ESTABLISHMENTS = ("a", "b", "new", "newer")
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
# A run is one transaction: what it says of itself is as if another had said it.
_EARLIER = """
create or replace function gate.is_earlier(p_xid xid8) returns boolean language sql stable as $$ select true $$
"""
_INTEND = "select gate.intend($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[])"
_ASK = """
select gate.ask($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::date[], $9::text[],
                $10::text[])
"""
# A run is one transaction, of which gate.told says nothing: what it would say is read as the owner may.
_TOLD = """
select r.alias, e.outcome as logged
  from unnest($1::uuid[], $2::uuid[]) with ordinality as k (establishment, entry, ord)
  join gate.entry e on e.establishment_id = k.establishment and e.entry_id = k.entry
  left join gate.relation r on r.establishment_id = e.establishment_id and r.person_id = e.person_id
 order by k.ord
"""
_KEPT = """
select (select b.month_limit from gate.budget b where b.establishment_id = $1) as month_limit,
       (select b.first_contact_limit from gate.budget b where b.establishment_id = $1) as rate,
       (select b.misses from gate.budget b where b.establishment_id = $1) as misses,
       (select coalesce(jsonb_object_agg(d.address, jsonb_build_array(d.person_id, d.unmet, d.held)), '{}') from gate.unproved_query d
         where d.establishment_id = $1 and d.basis = 'U')::text as unproved,
       (select coalesce(jsonb_agg(jsonb_build_array(x.person_id, x.asked_on) order by x.person_id, x.period), '[]')
          from gate.justified x where x.establishment_id = $1 and x.unmet)::text as unmet_justified,
       (select count(*) from gate.justified x where x.establishment_id = $1) as justified,
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
        self.establishments: dict[str, Establishment] = {
            name: newcomer() if name.startswith("new") else proved() for name in _ESTABLISHMENTS
        }
        self.model = Model(self.establishments, cards, self.typed)
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
            await db.run(self.tx, _EARLIER)
            # What other tests contained lasts until the real year's end; here it is March.
            await db.run(self.tx, "delete from gate.segment")

        self.loop.run_until_complete(begin())
        self.tick(timedelta(0))
        self._insert([(address, one) for address, every in self.typed.items() for one in every])
        for name, establishment in self.establishments.items():
            self.run("select gate.open_budget($1, $2)", _id(name), establishment.is_proved)

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
            " select p, $4, 1980, '', '', '', array[gate.kept(u), gate.kept(c)] from unnest($1::uuid[], $2::uuid[], $3::uuid[]) t (p, u, c)",
            *columns[:3],
            _INSURER,
        )
        self.run(
            "insert into gate.cover select gate.kept(a.address), p, s, e, a.basis, $6, 'plan'"
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
        establishment=st.sampled_from(_ESTABLISHMENTS),
        first=st.integers(0, _PERSONS + 80),
        count=st.integers(1, 60),
        basis=st.sampled_from("UUUUP"),
    )
    def ask_many(self, establishment: str, first: int, count: int, basis: str) -> None:
        letter = "u" if basis == "U" else "c"
        self.ask([(establishment, basis, f"{letter}{first + n}") for n in range(count)])

    @rule(
        data=st.lists(
            st.tuples(
                st.sampled_from(_ESTABLISHMENTS), st.sampled_from("UUPPHE"), st.integers(0, 40)
            ),
            min_size=1,
            max_size=12,
        ),
        twice=st.booleans(),
    )
    def ask_some(self, data: list[tuple[str, str, int]], twice: bool) -> None:
        batch: list[tuple[str, str, str]] = []
        for establishment, basis, number in data:
            match basis:
                case "H":
                    known = sorted(self.aliases) or [(establishment, "unknown alias")]
                    batch.append((establishment, basis, known[number % len(known)][1]))
                case "E":
                    known = self.entries or [(establishment, "unknown entry")]
                    batch.append((establishment, basis, known[number % len(known)][1]))
                case _:
                    batch.append(
                        (establishment, basis, f"{'u' if basis == 'U' else 'c'}{number}")
                    )
        self.ask(batch, twice=twice)

    @rule(establishment=st.sampled_from(_ESTABLISHMENTS), other=st.sampled_from(_ESTABLISHMENTS), number=st.integers(0, 9), late=st.booleans())  # fmt: skip
    def ask_with_a_code_of_the_persons_page(
        self, establishment: str, other: str, number: int, late: bool
    ) -> None:
        self.ask([(establishment, "U", f"u{number}")])  # what the code justifies
        for asker in (establishment, other):
            code = self._give_code(establishment, number)
            if late:
                self.tick(timedelta(seconds=60))
            self.ask([(asker, "A", code)])
            self.ask([(establishment, "A", code)])  # used up, whoever used it

    def _give_code(self, establishment: str, number: int) -> str:
        self.codes += 1
        code, until = f"code{self.codes}", self.now + timedelta(seconds=60)
        self.model.codes[code] = establishment, f"p{number}", until
        values = (_id(code), _id(establishment), _id(f"p{number}"), until)
        self.run("insert into gate.presence values (gate.kept($1), $2, $3, $4)", *values)
        return code

    @rule(establishment=st.sampled_from(_ESTABLISHMENTS), number=st.integers(0, _PERSONS - 1))
    def settle_a_claim(self, establishment: str, number: int) -> None:
        self.tick(
            timedelta(seconds=1)
        )  # no two are accepted at once: they are taken in their order
        self.model.settle(establishment, f"p{number}", self.now)
        self.run("select gate.settle($1, $2)", [_id(establishment)], [_id(f"p{number}")])

    @rule(establishment=st.sampled_from(_ESTABLISHMENTS), number=st.integers(0, _PERSONS - 1))
    def have_a_person_object(self, establishment: str, number: int) -> None:
        self.model.object(establishment, f"p{number}")
        self.run(
            "insert into gate.objection values ($1, $2, gate.instant()) on conflict do nothing",
            _id(establishment),
            _id(f"p{number}"),
        )

    @rule(days=st.sampled_from([0, 5, 6]))
    def justify_by_claims(self, days: int) -> None:
        self.tick(timedelta(days=days))
        self.model.justify_claimed(self.now)
        self.run("select gate.justify_claimed()")
        self.compare()

    @rule(establishment=st.sampled_from(_ESTABLISHMENTS), number=st.integers(0, _PERSONS - 1))
    def have_a_person_say_it_was_there(self, establishment: str, number: int) -> None:
        self.model.justify(establishment, f"p{number}")
        self.run("select gate.justify($1, $2)", [_id(establishment)], [_id(f"p{number}")])

    @rule(
        establishment=st.sampled_from(("a", "b")),
        persons=st.sampled_from([39, 40, 60]),
        days=st.sampled_from([9, 10, 11]),
        busy=st.sampled_from([[], [5, 5], [5, 5, 5], [4, 7, 2, 6], [7, 7, 7, 7, 7], [2, 2, 2]]),
        step=st.sampled_from(_STEPS),
        later=st.sampled_from([0, 17]),
    )
    def know_its_patients_then_hurry(
        self,
        establishment: str,
        persons: int,
        days: int,
        busy: list[int],
        step: timedelta,
        later: int,
    ) -> None:
        """Meet so many persons, have strangers of some days justified, then type strangers until it is refused."""
        self.tick(timedelta(days=182))  # nothing typed before counts
        self._meet(establishment, [f"p{2000 + number}" for number in range(persons)])
        self.tick(timedelta(days=days - len(busy)))
        for day, count in enumerate(busy):
            self.tick(timedelta(days=1))
            numbers = [30 + 7 * day + n for n in range(count)]
            self._forget(establishment, [f"p{number}" for number in numbers])
            self.ask([(establishment, "U", f"u{number}") for number in numbers])
            self.tick(timedelta(hours=later))
            for number in numbers:
                self.have_a_person_say_it_was_there(establishment, number)
            self.tick(timedelta(hours=-later))
        self.tick(timedelta(hours=23))
        self.ask([(establishment, "U", f"u{7 + n}") for n in range(20)])
        for _ in range(3):
            self.tick(step)
            self.codes += 1
            self.ask([(establishment, "U", f"stranger{self.codes} {n}") for n in range(15)])
            self.ask(
                [
                    (establishment, "U", "u9"),
                    (establishment, "P", "c9"),
                    (establishment, "U", "u9"),
                ]
            )
            self.ask([(establishment, "U", f"u{70 + n}") for n in range(5)])
            self.ask(
                [
                    (establishment, "U", "u70"),
                    (establishment, "P", "c71"),
                    (establishment, "U", "u71"),
                ]
            )
            if step > timedelta(days=2):
                self.ask([(establishment, "U", "u5")])  # a canary rings, held or not

    def _meet(self, establishment: str, persons: list[str]) -> None:
        for person in persons:
            self.establishments[establishment].met.setdefault(person, self.now)
        self.run(
            "insert into gate.relation select $1, p, gen_random_uuid(), gate.instant() from unnest($2::uuid[]) as t (p)"
            " on conflict do nothing",
            _id(establishment),
            [_id(person) for person in persons],
        )

    def _forget(self, establishment: str, persons: list[str]) -> None:
        for person in persons:
            self.establishments[establishment].met.pop(person, None)
        for known in (self.aliases, self.model.aliases):
            for key in [
                key
                for key, whom in known.items()
                if key[0] == establishment and whom in persons
            ]:
                del known[key]
        query = "delete from gate.relation where establishment_id = $1 and person_id = any ($2)"
        self.run(query, _id(establishment), [_id(person) for person in persons])

    @rule(
        establishment=st.sampled_from(_ESTABLISHMENTS),
        persons=st.sampled_from([10, 41, 42, 250]),
        ago=st.integers(0, 2),
    )
    def remember_an_justified_past(self, establishment: str, persons: int, ago: int) -> None:
        before = period(self.now) - ago
        for number in range(persons):
            self.establishments[establishment].justified.setdefault(
                (before, f"p{1000 + number}"), None
            )
        self.run(
            "insert into gate.justified (establishment_id, period, person_id)"
            " select $1, $2, p from unnest($3::uuid[]) as t (p) on conflict do nothing",
            _id(establishment),
            before,
            [_id(f"p{1000 + number}") for number in range(persons)],
        )

    @rule(establishment=st.sampled_from(("a", "b")), limit=st.sampled_from([66, 150, 290, 300]))
    def have_grown(self, establishment: str, limit: int) -> None:
        kept = self.establishments[establishment]
        kept.month_limit, kept.adapted_in = limit, period(self.now)
        query = "update gate.budget set month_limit = $2, adapted_in = $3 where establishment_id = $1"
        self.run(query, _id(establishment), limit, period(self.now))

    @rule(
        establishment=st.sampled_from(_ESTABLISHMENTS),
        count=st.sampled_from([1, 2, 58, 60]),
        first=st.integers(7, 20),
        step=st.sampled_from(_STEPS),
    )
    def come_back(self, establishment: str, count: int, first: int, step: timedelta) -> None:
        """Spend what there is, on persons who are covered, and ask for others some time later."""
        self.ask([(establishment, "U", f"u{first + n}") for n in range(count)])
        self.tick(step)
        self.ask([(establishment, "U", f"u{first + count + n}") for n in range(3)])

    @rule(
        establishment=st.sampled_from(("a", "b")),
        count=st.sampled_from([11, 12, 13, 25]),
        days=st.sampled_from([9, 10, 11, 160, 181]),
        justified=st.sampled_from([0, 24, 30, 60]),
    )
    def leave_debts_unjustified(
        self, establishment: str, count: int, days: int, justified: int
    ) -> None:
        self.tick(timedelta(days=182))  # nothing of before counts
        self.ask([(establishment, "U", f"u{10 + n}") for n in range(count)])
        if justified:
            self.remember_an_justified_past(establishment, justified, 0)
        self.tick(timedelta(days=days))
        self.ask([(establishment, "U", f"u{50 + n}") for n in range(3)])

    @rule(establishment=st.sampled_from(_ESTABLISHMENTS), number=st.integers(7, 40))
    def renew_an_engagement_by_itself(self, establishment: str, number: int) -> None:
        for address in (f"c{number}", None, None):
            basis = "E" if address is None else "P"
            self.ask([(establishment, basis, address or self._last_entry(establishment))])

    def _last_entry(self, establishment: str) -> str:
        return next(
            (entry for at, entry in reversed(self.entries) if at == establishment), "no entry"
        )

    @rule(establishment=st.sampled_from(("a", "b")))
    def grow_to_the_last(self, establishment: str) -> None:
        self.have_grown(establishment, 290)
        self.remember_an_justified_past(establishment, 250, 0)
        self.tick(timedelta(days=31))
        self.ask([(establishment, "U", "u8")])

    @rule(establishment=st.sampled_from(("a", "b")))
    def not_grow_from_these_thirty_days(self, establishment: str) -> None:
        self.tick(timedelta(days=31))
        self.remember_an_justified_past(establishment, 250, 0)
        self.ask([(establishment, "U", "u9")])

    @rule(establishment=st.sampled_from(_ESTABLISHMENTS), count=st.integers(6, 9))
    def guess(self, establishment: str, count: int) -> None:
        for _ in range(count):
            self.codes += 1
            self.ask([(establishment, "U", f"guess{self.codes}")])

    @rule(establishment=st.sampled_from(("new", "newer")))
    def prove(self, establishment: str) -> None:
        kept = self.establishments[establishment]
        kept.is_proved, kept.month_limit = True, max(kept.month_limit, 60)
        self.run("select gate.prove($1)", _id(establishment))

    @rule(number=st.integers(0, _PERSONS - 1))
    def lose_a_card(self, number: int) -> None:
        self.model.revoked.add(f"c{number}")
        self.run("select gate.revoke_card($1)", _id(f"c{number}"))

    def ask(self, batch: list[tuple[str, str, str]], *, twice: bool = False) -> None:
        asked = [
            Asked(
                establishment,
                basis,
                address,
                max(_DAY, self.now.date()),
                str(uuid4()),
                str(uuid4()),
            )
            for establishment, basis, address in batch
        ]
        if twice:
            asked.append(asked[0]._replace(entry=str(uuid4())))
        said = self.model.ask(asked, self.now)
        self.run(
            _INTEND,
            [_id(one.establishment) for one in asked],
            [UUID(one.entry) for one in asked],
            [_id("software")] * len(asked),
            [one.basis for one in asked],
            [_address(one) for one in asked],
            ["key"] * len(asked),
            ["dpop"] * len(asked),
        )
        self.run(
            _ASK,
            [_id(one.establishment) for one in asked],
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
        rows = self.run(
            _TOLD,
            [_id(one.establishment) for one in asked],
            [UUID(one.entry) for one in asked],
        )
        assert [row["logged"] for row in rows] == said, (asked, said)
        for one, outcome, row in zip(asked, said, rows, strict=True):
            self._keep(one, outcome, row["alias"] if outcome == "shown" else None)
        self.compare()

    def _keep(self, one: Asked, outcome: str, alias: UUID | None) -> None:
        if outcome != "shown":
            assert alias is None
            return
        self.entries.append((one.establishment, one.entry))
        if one.basis in "PA":
            assert alias is not None
        if alias is not None and one.basis in "PA":
            [cover] = [
                each
                for each in (
                    self.model.cards.get(one.address)
                    or [self.establishments[one.establishment].engagements[one.entry][0]]
                )
                if self.model.holds(one, each)
            ]
            self.aliases[one.establishment, str(alias)] = cover.person
            self.model.aliases[one.establishment, str(alias)] = cover.person

    def compare(self) -> None:
        for name, establishment in self.establishments.items():
            [kept] = self.run(_KEPT, _id(name))
            window = {
                str(UUID(bytes=digested(_id(address).bytes))): [
                    query.person and str(_id(query.person)),
                    query.is_unmet,
                    query.is_held,
                ]
                for address, query in establishment.unproved.items()
            }
            assert json.loads(kept["unproved"]) == window, name
            assert kept["rate"] == establishment.rate, name
            assert kept["month_limit"] == establishment.month_limit, name
            assert kept["misses"] == establishment.misses, name
            assert kept["justified"] == len(establishment.justified), name
            justified = sorted(
                (str(_id(person)), when, day)
                for (when, person), day in establishment.justified.items()
                if day is not None
            )
            assert json.loads(kept["unmet_justified"]) == [
                [person, day.isoformat()] for person, _, day in justified
            ], name
            assert kept["met"] == len(establishment.met), name
            blocked = (
                establishment.card_only_until is not None
                and establishment.card_only_until > self.now
            )
            assert kept["until"] == (establishment.card_only_until if blocked else None), name

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
