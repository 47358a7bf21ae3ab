"""Honest service, with the days that look like theft: Mondays after holidays, January, rounds, a locum, an outage.

What was typed is mostly justified: a claim that the insurer settles some days later, or the card at a later visit.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from egide.core.refusal import Refusal
from egide.drills.campaign.world import Establishment, Person, World
from egide.rights import Answer, Basis, Question

_TYPED: Final = {"pharmacy": 0.05, "laboratory": 0.12}
_TYPED_ELSE: Final = 0.09
_SETTLED_AFTER: Final = timedelta(days=3)
_CLAIMED: Final = 0.93
_MISTYPED: Final = 0.02
_PASSING: Final = 0.08  # of those who come to an establishment, they never came before
_ROUND: Final = 32
_NEW_RESIDENTS: Final = 3
_HOLIDAYS: Final = frozenset(
    {(1, 1), (4, 6), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
)


@dataclass(slots=True)
class Service:
    """What honest establishments met.

    Args:
        prompts: days of an establishment on which somebody honest, typed, was asked for its card by a limit.
        blocks: days of an establishment that a fact blocked.
        cards_refused: cards of covered persons that were not answered: never, by design.
    """

    establishment_days: int = 0
    prompts: set[tuple[UUID, int]] = field(default_factory=set[tuple[UUID, int]])
    blocks: set[tuple[UUID, int]] = field(default_factory=set[tuple[UUID, int]])
    cards: int = 0
    cards_refused: int = 0
    questions: int = 0
    _due: list[tuple[datetime, Establishment, UUID]] = field(
        default_factory=list[tuple[datetime, Establishment, UUID]]
    )

    async def day(
        self, world: World, establishments: list[Establishment], day: datetime, number: int
    ) -> None:
        """Play one day of every establishment, in three moments, a locum's and a network's troubles included."""
        await world.turn(day + timedelta(hours=7))
        if number % 50 == 25:  # a vendor's new version at every site
            await world.upgrade(establishments)
        await self._settle(world)
        share = _share(day)
        for moment, part in ((9, 0.4), (14, 0.35), (18, 0.25)):
            await world.turn(day + timedelta(hours=moment))
            visits = [
                (establishment, *self._visit(world, establishment, day))
                for establishment in establishments
                for _ in range(_rounded(world, establishment.visits * share * part))
            ]
            if moment == 14:
                visits += self._special(world, establishments, number)
            await self._play(world, visits, number)
        self.establishment_days += len(establishments)

    def _visit(
        self, world: World, establishment: Establishment, day: datetime
    ) -> tuple[Person, Basis]:
        typed = _TYPED.get(establishment.profession, _TYPED_ELSE)
        if day.month == 1:
            typed *= 1.5  # last year's card shown, this year's forgotten
        is_passing = world.rng.random() < _PASSING
        person = world.rng.choice(world.persons if is_passing else establishment.own)
        return person, Basis.TYPED if world.rng.random() < typed else Basis.PRESENCE

    def _special(
        self, world: World, establishments: list[Establishment], number: int
    ) -> list[tuple[Establishment, Person, Basis]]:
        """Return what some days bring: a round in a nursing home, a campaign, a locum, a merger."""
        rng, extra = world.rng, list[tuple[Establishment, Person, Basis]]()
        if (
            number % 14 == 5
        ):  # nobody has its card there: the establishment knows them by their aliases, but for newcomers
            establishment = rng.choice(establishments)
            known = [one for one in establishment.own if one.person_id in establishment.aliases]
            residents = rng.sample(known, min(_ROUND, len(known)))
            newcomers = rng.sample(world.persons, _NEW_RESIDENTS)
            extra += [(establishment, one, Basis.RELATION) for one in [*residents, *newcomers]]
        if number % 30 == 12:
            establishment = rng.choice(establishments)
            extra += [
                (establishment, one, Basis.PRESENCE) for one in rng.sample(world.persons, 150)
            ]
        if number % 45 == 20:  # a locum forgets the reader, one day
            establishment = rng.choice(establishments)
            extra += [
                (establishment, one, Basis.TYPED) for one in rng.sample(establishment.own, 12)
            ]
        if number % 60 == 40:
            one, other = rng.sample(establishments, 2)
            one.own = [*one.own, *rng.sample(other.own, 40)]
        return extra

    async def _play(
        self, world: World, visits: list[tuple[Establishment, Person, Basis]], number: int
    ) -> None:
        asked: list[Question] = []
        for establishment, person, basis in visits:
            alias = establishment.aliases.get(person.person_id)
            if basis is Basis.PRESENCE:
                asked.append(world.question(establishment, basis, person.card))
            elif basis is Basis.RELATION and alias is not None:
                asked.append(world.question(establishment, basis, alias))
            else:
                is_slip = world.rng.random() < _MISTYPED
                address = world.uuid() if is_slip else person.typed
                asked.append(world.question(establishment, Basis.TYPED, address))
        answers = await world.ask(asked)
        if number % 37 == 9:  # an outage: half is sent again when the network is back
            await world.replay(asked[::2])
        self.questions += len(asked)
        for (establishment, person, _), question, answer in zip(
            visits, asked, answers, strict=True
        ):
            known = {person.card, person.typed, establishment.aliases.get(person.person_id)}
            if question.address in known:
                self._note(world, (establishment, person, question.basis), answer, number)

    def _note(
        self,
        world: World,
        visit: tuple[Establishment, Person, Basis],
        answer: Answer | Refusal,
        number: int,
    ) -> None:
        establishment, person, basis = visit
        is_shown = isinstance(answer, Answer)
        if isinstance(answer, Answer):
            establishment.shown[person.person_id] = world.now
            if answer.alias is not None:
                establishment.aliases[person.person_id] = answer.alias
        if basis is Basis.PRESENCE:
            self.cards += 1
            self.cards_refused += not is_shown and person.ends is None
        elif is_shown and world.rng.random() < _CLAIMED:
            self._due.append((world.now + _SETTLED_AFTER, establishment, person.person_id))
        elif not is_shown and person.ends is None:
            self.prompts.add((establishment.establishment_id, number))

    async def _settle(self, world: World) -> None:
        due = [(establishment, who) for at, establishment, who in self._due if at <= world.now]
        self._due = [one for one in self._due if one[0] > world.now]
        await world.settle(due)
        await world.justify_claimed()


def _share(day: datetime) -> float:
    """Return how busy a day is: Sundays and holidays a night duty only, the day after one and a half."""
    before = day - timedelta(days=1)
    if day.weekday() == 6 or (day.month, day.day) in _HOLIDAYS:
        return 0.1
    return 1.5 if before.weekday() == 6 or (before.month, before.day) in _HOLIDAYS else 1.0


def _rounded(world: World, wanted: float) -> int:
    return int(wanted) + (world.rng.random() < wanted % 1)
