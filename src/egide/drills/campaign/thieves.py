"""Attackers of the gate's design, each with a house it stole, or made: what it tries, what it learns.

They act at the gate as a stolen establishment does, keys included, which is more than a stolen session can. Some know
nothing (black box), some the limits (white box), one feels its way up (adaptive), one grows for ninety days (poisoner).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from egide.drills.campaign.world import House, Person, World
from egide.rights import Answer, Basis, Purpose

DAY: Final = timedelta(hours=24)
MONTH: Final = timedelta(days=30)


@dataclass(slots=True)
class Thief:
    """An attacker and its loot.

    Args:
        houses: those it holds; the bound is for each.
        learned: when it first learned of each person, by house.
        known: whom its houses had been shown before: they are nobody's new victims.
    """

    name: str
    style: str
    houses: list[House]
    targets: list[Person]
    tried: int = 0
    learned: dict[UUID, dict[UUID, datetime]] = field(
        default_factory=dict[UUID, dict[UUID, datetime]]
    )
    seen: set[tuple[UUID, UUID]] = field(default_factory=set[tuple[UUID, UUID]])
    _next: int = 0
    pace: float = 4.0

    @property
    def loot(self) -> int:
        """Return how many distinct persons it newly learned of."""
        return len({person for each in self.learned.values() for person in each})

    def worst(self, window: timedelta) -> int:
        """Return the most persons that one of its houses newly exposed in a window."""
        most = 0
        for each in self.learned.values():
            instants = sorted(each.values())
            first = 0
            for last, instant in enumerate(instants):
                while instants[first] <= instant - window:
                    first += 1
                most = max(most, last - first + 1)
        return most

    def take(self, count: int) -> list[Person]:
        """Return the next targets of its list, from the beginning again at its end."""
        taken = [self.targets[(self._next + n) % len(self.targets)] for n in range(count)]
        self._next += count
        return taken

    async def ask(
        self,
        world: World,
        house: House,
        targets: Sequence[Person | None],
        purpose: Purpose = Purpose.RIGHTS,
    ) -> int:
        """Ask about targets, None for a guess; return how many were shown."""
        asked = [
            world.question(
                house, Basis.TYPED, world.uuid() if one is None else one.typed, purpose
            )
            for one in targets
        ]
        shown = 0
        for one, answer in zip(targets, await world.ask(asked), strict=True):
            self.tried += 1
            if isinstance(answer, Answer) and one is not None:
                shown += 1
                self.seen.add((house.house_id, one.person_id))
                if one.person_id not in house.shown:
                    mine = self.learned.setdefault(house.house_id, {})
                    mine.setdefault(one.person_id, world.now)
        return shown


Move = Callable[[World, Thief, int], Awaitable[None]]


async def burst(world: World, thief: Thief, number: int) -> None:
    """A2, A5: all it can, in one day, from the counter's own computer; then again, as long as it holds."""
    del number
    for house in thief.houses:
        for _ in range(3):
            await thief.ask(world, house, thief.take(64))


async def low_and_slow(world: World, thief: Thief, number: int) -> None:
    """A3: two a day, among the house's own, for ninety days."""
    del number
    for house in thief.houses:
        await thief.ask(world, house, thief.take(2))


async def white_box(world: World, thief: Thief, number: int) -> None:
    """A3, white box: knows the limits and stays just below them, day after day."""
    del number
    for house in thief.houses:
        await thief.ask(world, house, thief.take(60))


async def adaptive(world: World, thief: Thief, number: int) -> None:
    """A3, adaptive: a little more each day that goes well, half as much after a refusal."""
    del number
    for house in thief.houses:
        wanted = thief.take(round(thief.pace))
        shown = await thief.ask(world, house, wanted)
        thief.pace = (
            min(thief.pace * 1.3, 100) if shown > len(wanted) // 2 else max(thief.pace / 2, 1)
        )


async def poison(world: World, thief: Thief, number: int) -> None:
    """A3, poisoner: accomplices show their cards after it typed them, so that its own limit grows; then it harvests."""
    accomplices = thief.targets[:40]
    for house in thief.houses:
        if number < 60:
            some = [accomplices[(number * 5 + n) % len(accomplices)] for n in range(5)]
            await thief.ask(world, house, some)
            cards = [world.question(house, Basis.PRESENCE, one.card) for one in some]
            for one, answer in zip(some, await world.ask(cards), strict=True):
                if isinstance(answer, Answer):
                    house.shown.add(one.person_id)
        else:
            await thief.ask(world, house, thief.take(100))


async def guess(world: World, thief: Thief, number: int) -> None:
    """A4: numbers in a row, well formed; one in a thousand is somebody's."""
    del number
    for house in thief.houses:
        tried = [
            world.rng.choice(thief.targets) if world.rng.random() < 1e-3 else None
            for _ in range(120)
        ]
        await thief.ask(world, house, tried)


async def through_claims(world: World, thief: Thief, number: int) -> None:
    """A7, A8: the same harvest by invoices, and by batches of them, their rejects used as an oracle."""
    del number
    for house in thief.houses:
        await thief.ask(world, house, thief.take(64), Purpose.CLAIM)


async def colluding(world: World, thief: Thief, number: int) -> None:
    """A6: two hundred accounts, five a day each, ten days long."""
    if number < 10:
        for house in thief.houses:
            await thief.ask(world, house, thief.take(5))


async def malicious_update(world: World, thief: Thief, number: int) -> None:
    """A9: a vendor's update asks twenty more a day at every site that has it."""
    if number < 10:
        for house in thief.houses:
            await thief.ask(world, house, thief.take(20))


async def as_newcomer(world: World, thief: Thief, number: int) -> None:
    """A10: an enrolment that should not have been, all it can each day."""
    del number
    for house in thief.houses:
        await thief.ask(world, house, thief.take(30))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is promised of an attacker.

    Args:
        day, month: the hard bound of persons newly exposed by one house in 24 hours and in 30 days.
        goal: the p95 of all its loot that is aimed at, with detection on.
    """

    name: str
    style: str
    move: Move
    day: int = 100
    month: int = 300
    goal: int
    houses: int = 1
    is_newcomer: bool = False


PROFILES: Final = (
    Profile(name="A2", style="burst from the real counter", move=burst, goal=15),
    Profile(name="A3", style="low and slow, black box", move=low_and_slow, goal=60),
    Profile(name="A3w", style="low and slow, white box", move=white_box, goal=60),
    Profile(name="A3a", style="low and slow, adaptive", move=adaptive, goal=60),
    Profile(name="A3p", style="poisoner", move=poison, goal=60),
    Profile(name="A4", style="guessed NIRs", move=guess, goal=1),
    Profile(name="A5", style="leaked list with canaries", move=burst, goal=20),
    Profile(name="A6", style="200 colluding accounts", move=colluding, goal=1500, houses=200),
    Profile(name="A7", style="claims and their rejects", move=through_claims, goal=10),
    Profile(name="A9", style="malicious update", move=malicious_update, goal=2000, houses=40),
    Profile(
        name="A10",
        style="fake enrolment",
        move=as_newcomer,
        day=2,
        month=10,
        goal=4,
        is_newcomer=True,
    ),
)
