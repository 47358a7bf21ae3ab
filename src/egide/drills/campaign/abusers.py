"""Attackers who use what the platform itself hands out: its server's login, its claims, its caps, one key."""

from collections.abc import Iterable
from uuid import UUID

from egide.drills.campaign.thieves import Thief
from egide.drills.campaign.world import Establishment, World
from egide.rights import Answer, Basis, Purpose, Question


async def _hear(
    world: World, thief: Thief, asked: list[tuple[Establishment, Question]]
) -> None:
    """Ask, and note whoever is shown."""
    answers = await world.ask([question for _, question in asked])
    for (establishment, question), answer in zip(asked, answers, strict=True):
        thief.tried += 1
        thief.answers[question.entry_id] = (
            answer.person_id if isinstance(answer, Answer) else None
        )
        if isinstance(answer, Answer):
            thief.learn(establishment, answer.person_id, world.now)


async def server_taken(world: World, thief: Thief, number: int) -> None:
    """A12: who holds the counter's login, and by its key ring everybody's typed address, asks for every establishment.

    It also makes up codes of persons' pages and aliases, and answers to others: none is its to write.
    """
    if number >= 10:
        return
    await thief.ask_from(world, thief.spread(12))
    others = list(world.issued.items())
    asked: list[tuple[Establishment, Question]] = []
    for establishment in thief.establishments:
        made_up = [(Basis.APP, world.uuid()), (Basis.RELATION, world.uuid())]
        taken = [
            (Basis.ENGAGEMENT, entry)
            for of, entry in world.rng.sample(others, min(2, len(others)))
            if of != establishment.establishment_id
        ]
        asked += [
            (establishment, world.question(establishment, basis, address))
            for basis, address in [*made_up, *taken]
        ]
    await _hear(world, thief, asked)


async def self_dealing(world: World, thief: Thief, number: int) -> None:
    """A13: types all it may, invoices them, and has its claims accepted in bulk the same evening; then types again."""
    del number
    for establishment in thief.establishments:
        left, _ = await world.left(establishment)
        before = set(thief.learned.get(establishment.establishment_id, {}))
        await thief.ask(world, establishment, thief.take(min(left, 64)), Purpose.CLAIM)
        new = set(thief.learned.get(establishment.establishment_id, {})) - before
        await world.settle([(establishment, person) for person in sorted(new)])


async def flood(world: World, thief: Thief, number: int) -> None:
    """A14: the same few of its own, by card and by numbers in turn, and numbers that are nobody's."""
    if number % 7:
        return
    for establishment in thief.establishments:
        own = [one for one in establishment.own if one.person_id in establishment.shown][:8]
        asked = [
            (establishment, world.question(establishment, basis, address))
            for _ in range(12)
            for one in own
            for basis, address in ((Basis.PRESENCE, one.card), (Basis.TYPED, one.typed))
        ]
        asked += [
            (establishment, world.question(establishment, Basis.TYPED, world.uuid()))
            for _ in range(64)
        ]
        await _hear(world, thief, asked)


async def key_only(world: World, thief: Thief, number: int) -> None:
    """A15: no list: walks what its establishment was given, what others were, and what it makes up."""
    del number
    for establishment in thief.establishments:
        own = world.issued.get(establishment.establishment_id)
        others = [
            entry for of, entry in world.issued.items() if of != establishment.establishment_id
        ]
        engagements: Iterable[UUID] = [
            *([own] if own is not None else []),
            *world.rng.sample(others, min(10, len(others))),
            *(world.uuid() for _ in range(10)),
        ]
        aliases = [*list(establishment.aliases.values())[:5], *(world.uuid() for _ in range(5))]
        asked = [
            (establishment, world.question(establishment, basis, address, purpose))
            for basis, addresses in (
                (Basis.ENGAGEMENT, engagements),
                (Basis.RELATION, aliases),
            )
            for address in addresses
            for purpose in (Purpose.RIGHTS, Purpose.CLAIM)
        ]
        await _hear(world, thief, asked)
