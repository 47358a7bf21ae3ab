"""Attackers of the gate's design, each with an establishment it stole, or made: what it tries, what it learns.

They act at the gate as a stolen establishment does, keys included, which is more than a stolen session can. Some know
nothing (black box), some the limits (white box), one feels its way up (adaptive), one grows for ninety days (poisoner).
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from egide.core.refusal import invariant
from egide.drills.campaign.world import Establishment, Person, World
from egide.rights import Answer, Basis, Purpose

DAY: Final = timedelta(hours=24)
MONTH: Final = timedelta(days=30)
POISONED: Final = 60
_ACCOMPLICES: Final = 100
_STAGED: Final = {50: (40, 4), 51: (60, 4), 52: (80, 4)}


@dataclass(slots=True)
class Thief:
    """An attacker and its disclosed.

    Args:
        establishments: those it holds; the bound is for each.
        learned: when it first learned of each person, by establishment.
        seen: all that its establishments were shown at its asking, by establishment.
        answers: to each of its questions, by its number: whom it was shown.
        asked: how many new persons it asked about, each day.
    """

    name: str
    style: str
    establishments: list[Establishment]
    targets: list[Person]
    tried: int = 0
    learned: dict[UUID, dict[UUID, datetime]] = field(
        default_factory=dict[UUID, dict[UUID, datetime]]
    )
    seen: dict[UUID, set[UUID]] = field(default_factory=dict[UUID, set[UUID]])
    taken: int = 0
    rate: float = 4.0
    asked: list[int] = field(default_factory=list[int])
    answers: dict[UUID, UUID | None] = field(default_factory=dict[UUID, UUID | None])

    @property
    def disclosed(self) -> int:
        """Return how many distinct persons it newly learned of."""
        return len({person for each in self.learned.values() for person in each})

    def worst(self, window: timedelta) -> int:
        """Return the most persons that one of its establishments newly exposed in a window."""
        return max((_most(each.values(), window) for each in self.learned.values()), default=0)

    @property
    def worst_day_of_all(self) -> int:
        """Return the most persons newly exposed by its establishments together in one day: a cap counts so."""
        days = Counter(at.date() for each in self.learned.values() for at in each.values())
        return max(days.values(), default=0)

    def take(self, count: int) -> list[Person]:
        """Return the next targets of its list, from the beginning again at its end."""
        taken = [self.targets[(self.taken + n) % len(self.targets)] for n in range(count)]
        self.taken += count
        return taken

    def spread(self, each: int) -> list[tuple[Establishment, Person]]:
        """Return the next targets of each of its establishments."""
        return [
            (establishment, one)
            for establishment in self.establishments
            for one in self.take(each)
        ]

    async def ask(
        self,
        world: World,
        establishment: Establishment,
        targets: Sequence[Person | None],
        purpose: Purpose = Purpose.RIGHTS,
    ) -> int:
        """Ask about targets, None for a guess; return how many were shown."""
        return await self.ask_from(world, [(establishment, one) for one in targets], purpose)

    async def ask_from(
        self,
        world: World,
        pairs: Sequence[tuple[Establishment, Person | None]],
        purpose: Purpose = Purpose.RIGHTS,
    ) -> int:
        """Ask each about its target, from its establishment; return how many were shown."""
        asked = [
            world.question(
                establishment, Basis.TYPED, world.uuid() if one is None else one.typed, purpose
            )
            for establishment, one in pairs
        ]
        shown = 0
        for (establishment, one), question, answer in zip(
            pairs, asked, await world.ask(asked), strict=True
        ):
            self.tried += 1
            self.answers[question.entry_id] = (
                answer.person_id if isinstance(answer, Answer) else None
            )
            if isinstance(answer, Answer):
                shown += 1
                self.learn(establishment, answer.person_id, world.now)
            invariant(one is not None or not isinstance(answer, Answer), "a guess is nobody")
        return shown

    def learn(self, establishment: Establishment, person: UUID, now: datetime) -> None:
        """Note whom an establishment was shown; a victim, unless the establishment had been shown it before."""
        self.seen.setdefault(establishment.establishment_id, set()).add(person)
        if person not in establishment.shown:
            self.learned.setdefault(establishment.establishment_id, {}).setdefault(person, now)


def _most(instants: Iterable[datetime], window: timedelta) -> int:
    ordered = sorted(instants)
    first = most = 0
    for last, instant in enumerate(ordered):
        while ordered[first] <= instant - window:
            first += 1
        most = max(most, last - first + 1)
    return most


Move = Callable[[World, Thief, int], Awaitable[None]]


async def burst(world: World, thief: Thief, number: int) -> None:
    """A2, A5: all it can, in one day, from the counter's own computer; then again, as long as it holds."""
    for establishment in thief.establishments:
        await thief.ask(world, establishment, thief.take(64 if number else 192))


async def low_and_slow(world: World, thief: Thief, number: int) -> None:
    """A3: two a day, among the establishment's own, for ninety days."""
    del number
    for establishment in thief.establishments:
        await thief.ask(world, establishment, thief.take(2))


async def white_box(world: World, thief: Thief, number: int) -> None:
    """A3, white box: stays a third below its limits, and asks again so that nothing it typed looks old."""
    for establishment in thief.establishments:
        left, rate = await world.left(establishment)
        if rate is not None:
            recent = sum(thief.asked[max(0, number - 29) : number])
            left = min(left, rate * 2 // 3, 2 * rate - recent)
        thief.asked.append(max(left, 0))
        await thief.ask(world, establishment, thief.take(max(left, 0)))
        if number % 9 == 8:
            await thief.ask(
                world, establishment, thief.targets[max(0, thief.taken - 60) : thief.taken]
            )


async def adaptive(world: World, thief: Thief, number: int) -> None:
    """A3, adaptive: a little more each day that goes well, half as much after a refusal."""
    del number
    for establishment in thief.establishments:
        wanted = thief.take(round(thief.rate))
        shown = await thief.ask(world, establishment, wanted)
        thief.rate = (
            min(thief.rate * 1.3, 100) if shown > len(wanted) // 2 else max(thief.rate / 2, 1)
        )


async def poison(world: World, thief: Thief, number: int) -> None:
    """A3, poisoner: accomplices show their cards after it typed them, so that its limits grow; then it harvests.

    For its thirty days' budget five a day, again and again; for its first-contact rate, which only new faces move,
    twenty on each of three days. Accomplices are nobody's victims.
    """
    if number == 0:
        thief.take(_ACCOMPLICES)
    accomplices = thief.targets[:_ACCOMPLICES]
    for establishment in thief.establishments:
        if number >= POISONED:
            await thief.ask(world, establishment, thief.take(100))
            continue
        first, groups = _STAGED.get(number, (number * 5 % 40, 1))
        for group in range(groups):
            some = accomplices[first + 5 * group :][:5]
            for basis in (Basis.TYPED, Basis.PRESENCE):
                asked = [
                    world.question(
                        establishment, basis, one.typed if basis is Basis.TYPED else one.card
                    )
                    for one in some
                ]
                for answer in await world.ask(asked):
                    thief.tried += 1
                    if isinstance(answer, Answer):
                        establishment.shown[answer.person_id] = world.now


async def guess(world: World, thief: Thief, number: int) -> None:
    """A4: numbers in a row, well formed; one in a thousand is somebody's."""
    del number
    for establishment in thief.establishments:
        tried = [
            world.rng.choice(thief.targets) if world.rng.random() < 1e-3 else None
            for _ in range(120)
        ]
        await thief.ask(world, establishment, tried)


async def through_claims(world: World, thief: Thief, number: int) -> None:
    """A7: the same harvest by invoices, prises en charge and quotes."""
    del number
    for establishment in thief.establishments:
        for purpose in (Purpose.CLAIM, Purpose.PREAUTH, Purpose.QUOTE):
            await thief.ask(world, establishment, thief.take(22), purpose)


async def rejects(world: World, thief: Thief, number: int) -> None:
    """A8: batches of invoices on engagements that others were given, or made up: their rejects as an oracle."""
    del number
    for establishment in thief.establishments:
        others = [
            entry for of, entry in world.issued.items() if of != establishment.establishment_id
        ]
        numbers = [
            *world.rng.sample(others, min(20, len(others))),
            *(world.uuid() for _ in range(12)),
        ]
        asked = [
            world.question(establishment, Basis.ENGAGEMENT, one, purpose)
            for one in numbers
            for purpose in (Purpose.CLAIM, Purpose.PREAUTH)
        ]
        # Sent twice: what a first answer hides, a second would not tell either.
        for answer in [*await world.ask(asked), *await world.replay(asked)]:
            thief.tried += 1
            if isinstance(answer, Answer):
                thief.learn(establishment, answer.person_id, world.now)


async def colluding(world: World, thief: Thief, number: int) -> None:
    """A6: two hundred accounts, five a day each, ten days long."""
    if number < 10:
        await thief.ask_from(world, thief.spread(5))


async def malicious_update(world: World, thief: Thief, number: int) -> None:
    """A9: a vendor's update asks thirty more a day at every site that has it."""
    if number < 10:
        await thief.ask_from(world, thief.spread(30))


async def as_newcomer(world: World, thief: Thief, number: int) -> None:
    """A10: an enrolment that should not have been, all it can each day."""
    del number
    for establishment in thief.establishments:
        await thief.ask(world, establishment, thief.take(30))
