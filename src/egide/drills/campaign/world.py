"""The world of one seed: establishments, persons with cards and numbers, and a clock that the drill turns itself.

The gate under test is the real one, in a database of the drill's own. Only its clock is replaced there: never
in a database that has answered anybody.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from egide import db
from egide.core.ids import EntryId, EstablishmentId
from egide.core.refusal import Refusal, RefusalCode, invariant
from egide.rights import Answer, Basis, Purpose, Question, ask_gate, intend, told

START: Final = datetime(2026, 1, 2, tzinfo=UTC)
_BATCH: Final = 64
_PROFESSIONS: Final = ("pharmacy", "doctor", "dentist", "optician", "audiologist", "laboratory")
_CLOCK: Final = """
set role egide_gate;
create table if not exists gate.drill_clock (at timestamptz not null);
create or replace function gate.instant() returns timestamptz language sql volatile
as 'select at from gate.drill_clock';
reset role;
"""
_IS_DRILL: Final = "select to_regclass('gate.drill_clock') is not null as is_drill"
_IS_USED: Final = """
select exists (select from gate.entry) or exists (select from gate.person)
       or exists (select from establishment) as is_used
"""
_SET: Final = "update gate.drill_clock set at = $1"
_BEGIN: Final = (
    "insert into gate.drill_clock select $1 where not exists (select from gate.drill_clock)"
)
_PERSONS: Final = """
insert into gate.person (person_id, insurer_id, birth_year, sealed, wrapped_key, digest, addresses)
select t.person, $5, 1980, '', '', '', array[gate.kept(t.card), gate.kept(t.typed)]
  from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[]) as t (person, card, typed, end_on)
"""
_COVERS: Final = """
insert into gate.cover (address, person_id, start_on, end_on, basis, insurer_id, plan_code)
select gate.kept(a.address), t.person, date '2020-01-01', t.end_on, a.basis, $5, 'DRILL'
  from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[]) as t (person, card, typed, end_on)
 cross join lateral (values (t.card, 'P'), (t.typed, 'U')) a (address, basis)
"""
_INSURER: Final = """
insert into insurer (insurer_id, amc_number, name, keyed_as) values ($1, $2, 'Drill', $2) on conflict do nothing
"""
_ESTABLISHMENTS: Final = """
insert into establishment
       (establishment_id, finess, siret, profession, name, department, iban_sealed, iban_tail, enrolled_at)
select h, left(replace(h::text, '-', ''), 9), left(replace(h::text, '-', ''), 14), p, 'Drill', d, '', '', $4
  from unnest($1::uuid[], $2::text[], $3::text[]) as t (h, p, d)
"""
_SOFTWARE: Final = """
insert into software (software_id, vendor, product, version) values ($1, $2, 'drill', $3) on conflict do nothing
"""
_UPGRADE: Final = """
insert into software (software_id, vendor, product, version)
select $1, vendor, product, $3 from software where software_id = $2
"""
_OPEN: Final = "select gate.open_budget($1, $2)"
_CANARY: Final = "insert into gate.canary (person_id, label, made_at) values ($1, 'leaked list', gate.instant())"
_RANKING: Final = "select establishment_id, score from gate.ranking($1)"
_CONTAIN: Final = """
select gate.set_segment('establishment', $1, 'card-only', 'stands out', 'analyst', $2)
"""
_CROWDED: Final = "select distinct kind, value from gate.crowded()"
_CONTAIN_CROWD: Final = "select gate.set_segment($1, $2, 'card-only', 'a crowd', 'analyst', $3)"
_LOOKED_AT: Final = 5
_STANDS_OUT: Final = 10
_SETTLE: Final = "select gate.settle($1, $2)"
_JUSTIFY_CLAIMED: Final = "select gate.justify_claimed()"
_UNLIMITED: Final = (
    "update gate.budget set first_contact_on = 'infinity' where establishment_id = any ($1)"
)
_STANDING: Final = """
select day_limit, day_used, month_limit, month_used, first_contact_limit
  from gate.standing($1, $2, '', '')
"""
_LIFT: Final = """
update gate.segment set until = gate.instant() where author = 'gate' and until > gate.instant()
"""


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the gate finds it."""

    person_id: UUID
    card: UUID
    typed: UUID
    ends: date | None


@dataclass(slots=True)
class Establishment:
    """An establishment, and what it was shown.

    Args:
        own: who comes to it.
        shown: whom its own staff was shown, and when last.
    """

    establishment_id: UUID
    software_id: UUID
    profession: str
    own: list[Person]
    visits: int
    shown: dict[UUID, datetime] = field(default_factory=dict[UUID, datetime])
    aliases: dict[UUID, UUID] = field(default_factory=dict[UUID, UUID])


@dataclass(slots=True, kw_only=True)
class World:
    """One seed's world; ``now`` moves only forward.

    Args:
        rng: of all that happens.
        names: of numbers alone: the same seed is played again beside what it left in the log, which nothing empties.
        learns_rate: whether its establishments learn a first-contact rate; if not they have their budgets alone.
        issued: the latest engagements given, by establishment.
    """

    learns_rate: bool
    app: db.Pool
    owner: db.Pool
    rng: random.Random
    names: random.Random
    persons: list[Person] = field(default_factory=list[Person])
    crowd: list[Person] = field(default_factory=list[Person])
    ghosts: list[Person] = field(default_factory=list[Person])
    issued: dict[UUID, UUID] = field(default_factory=dict[UUID, UUID])
    now: datetime = START

    def uuid(self) -> UUID:
        """Return a number that nothing has yet."""
        return UUID(int=self.names.getrandbits(128), version=4)

    async def turn(self, now: datetime) -> None:
        """Set the gate's clock."""
        invariant(now >= self.now, "time goes forward")
        self.now = now
        async with db.statement(self.owner) as tx:
            await db.run(tx, _SET, now)

    async def people(self, count: int, ghosts: int, crowd: int = 0) -> None:
        """Make persons, one in twelve no longer covered; canaries, who do not exist; a crowd that nobody knows."""
        insurer = self.uuid()
        every: list[Person] = []
        for _ in range(count + crowd):
            ends = date(2025, 12, 31) if self.rng.random() < 1 / 12 else None
            every.append(Person(self.uuid(), self.uuid(), self.uuid(), ends))
        self.persons, self.crowd = every[:count], every[count:]
        self.ghosts = [
            Person(self.uuid(), self.uuid(), self.uuid(), None) for _ in range(ghosts)
        ]
        made = [*every, *self.ghosts]
        columns = (
            [one.person_id for one in made],
            [one.card for one in made],
            [one.typed for one in made],
            [one.ends for one in made],
        )
        async with db.transaction(self.owner) as tx:
            await db.run(tx, _INSURER, insurer, f"{self.names.randrange(10**8):08d}")
            await db.run(tx, _PERSONS, *columns, insurer)
            await db.run(tx, _COVERS, *columns, insurer)
            for one in self.ghosts:
                await db.run(tx, _CANARY, one.person_id)

    async def establishments(
        self, count: int, *, proved: bool = True, profession: str = "", vendor: str = ""
    ) -> list[Establishment]:
        """Make establishments, each with patients of its own."""
        software = self.uuid()
        made = [
            Establishment(
                establishment_id=self.uuid(),
                software_id=software,
                profession=profession or self.rng.choice(_PROFESSIONS),
                own=self.rng.sample(self.persons, min(120, len(self.persons))),
                visits=self.rng.randint(6, 24),
            )
            for _ in range(count)
        ]
        departments = [f"{self.rng.randint(1, 95):02d}" for _ in made]
        async with db.transaction(self.owner) as tx:
            await db.run(tx, _SOFTWARE, software, vendor or f"V{software.hex[:8]}", "1")
            ids = [one.establishment_id for one in made]
            professions = [one.profession for one in made]
            await db.run(tx, _ESTABLISHMENTS, ids, professions, departments, START)
            for one in ids:
                await db.run(tx, _OPEN, one, proved)
            if not self.learns_rate:
                await db.run(tx, _UNLIMITED, ids)
        return made

    async def settle(self, pairs: Sequence[tuple[Establishment, UUID]]) -> None:
        """Say that claims on persons were settled by their insurers."""
        if pairs:
            async with db.transaction(self.owner) as tx:
                establishments, persons = zip(
                    *((establishment.establishment_id, who) for establishment, who in pairs),
                    strict=True,
                )
                await db.run(tx, _SETTLE, list(establishments), list(persons))

    async def justify_claimed(self) -> None:
        """Let what insurers accepted justify what it may, as each server does every few seconds."""
        async with db.transaction(self.owner) as tx:
            await db.run(tx, _JUSTIFY_CLAIMED)

    async def analyse(self) -> None:
        """Let the database see that its tables are no longer empty: simulated days go by faster than it looks."""
        async with db.statement(self.owner) as tx:
            await db.script(
                tx,
                "analyze gate.entry, gate.unproved_query, gate.justified, gate.relation, gate.proof",
            )

    async def look(self) -> None:
        """What a person does each morning: crowds, and the first five that stand out, show cards a while."""
        async with db.transaction(self.owner) as tx:
            for row in await db.many(tx, _CROWDED):
                until = self.now + timedelta(days=30)
                await db.run(tx, _CONTAIN_CROWD, row["kind"], row["value"], until)
            for row in await db.many(tx, _RANKING, _LOOKED_AT):
                if row["score"] >= _STANDS_OUT:
                    establishment, until = (
                        str(row["establishment_id"]),
                        self.now + timedelta(days=90),
                    )
                    await db.run(tx, _CONTAIN, establishment, until)

    async def lift_facts(self) -> None:
        """Undo what facts blocked: detection is off."""
        async with db.statement(self.owner) as tx:
            await db.run(tx, _LIFT)

    def question(
        self,
        establishment: Establishment,
        basis: Basis,
        address: UUID,
        purpose: Purpose = Purpose.RIGHTS,
    ) -> Question:
        """Return a question of an establishment, at this instant."""
        return Question(
            entry_id=EntryId(self.uuid()),
            establishment_id=EstablishmentId(establishment.establishment_id),
            software_id=establishment.software_id,
            proof=self.uuid(),
            purpose=purpose,
            basis=basis,
            address=address,
            care_on=self.now.date(),
            key=establishment.establishment_id.hex,
        )

    async def ask(self, questions: Sequence[Question]) -> list[Answer | Refusal]:
        """Ask the gate, under the counter's own login."""
        answers: list[Answer | Refusal] = []
        for first in range(0, len(questions), _BATCH):
            async with db.statement(self.app) as tx:
                await intend(tx, questions[first : first + _BATCH])
                await ask_gate(tx, questions[first : first + _BATCH])
                answers += await told(tx, questions[first : first + _BATCH])
        for one, answer in zip(questions, answers, strict=True):
            if isinstance(answer, Answer) and one.basis is not Basis.ENGAGEMENT:
                self.issued[one.establishment_id] = one.entry_id
        return answers

    async def upgrade(self, establishments: Sequence[Establishment]) -> None:
        """Have a vendor's new version at all its sites, overnight."""
        async with db.transaction(self.owner) as tx:
            for old in {one.software_id for one in establishments}:
                new = self.uuid()
                await db.run(tx, _UPGRADE, new, old, new.hex[:8])
                for one in establishments:
                    one.software_id = new if one.software_id == old else one.software_id

    async def left(self, establishment: Establishment) -> tuple[int, int | None]:
        """Return how many new persons it could still type about now, and its first-contact rate, as it is told."""
        async with db.statement(self.app) as tx:
            row = await db.first(
                tx, _STANDING, establishment.establishment_id, establishment.software_id
            )
        if row is None:
            return 0, None
        left = min(row["day_limit"] - row["day_used"], row["month_limit"] - row["month_used"])
        return max(left, 0), row["first_contact_limit"]

    async def replay(self, questions: Sequence[Question]) -> list[Answer | Refusal]:
        """Send the same again, as a network that did not hear the answer does."""
        return await self.ask(
            [replace(one, entry_id=EntryId(self.uuid())) for one in questions]
        )


async def prepare(owner: db.Pool, at: datetime) -> None:
    """Make a database the drill's own; Refusal ``value-invalid`` for one that serves anybody."""
    async with db.transaction(owner) as tx:
        row = await db.first(tx, _IS_DRILL)
        if row is None or not row["is_drill"]:
            used = await db.first(tx, _IS_USED)
            if used is None or used["is_used"]:
                hint = "Cette base sert à quelqu'un : l'exercice veut la sienne (--data)."
                raise Refusal(RefusalCode.VALUE_INVALID, where="--data", hint=hint)
        await db.script(tx, _CLOCK)
        await db.run(tx, _BEGIN, at)
        # Each campaign begins on its own first day: the clock goes back between two, never inside one, and what an
        # earlier one contained or counted that day is forgotten.
        await db.script(
            tx,
            "delete from gate.segment; delete from gate.segment_use; delete from gate.budget",
        )
        await db.run(tx, _SET, at)


def days(count: int) -> list[datetime]:
    """Return the first instants of so many days."""
    return [START + timedelta(days=one) for one in range(count)]
