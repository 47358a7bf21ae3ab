"""Play one seed: honest houses and thieves, side by side, through the same gate, for so many days."""

import os
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from egide import db
from egide.accesslog.victims import exposures
from egide.core.ids import EstablishmentId
from egide.drills.campaign.honest import Service
from egide.drills.campaign.thieves import DAY, MONTH, PROFILES, Profile, Thief
from egide.drills.campaign.world import START, House, World, days, prepare

_PERSONS: Final = 1500
_LISTED: Final = 900
_GHOSTS: Final = 20  # canaries of a leaked list: one person in fifty
LEAD: Final = (
    21  # days of honest service before anything is stolen: a thief steals a house that works
)
_BLOCKED: Final = """
select value from gate.segment where kind = 'establishment' and mode = 'card-only' and until > gate.instant()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """How a seed is played.

    Args:
        days: of theft; honest service alone goes before them.
        detection: whether houses learn a pace, what a fact blocks stays blocked, and somebody looks each morning.
    """

    seed: int
    days: int
    houses: int
    detection: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one attacker had, against what the access log says.

    Args:
        missing, invented: persons it learned of that the log lacks, and the other way round: none of either.
    """

    profile: str
    style: str
    tried: int
    loot: int
    worst_day: int
    worst_month: int
    day_bound: int
    month_bound: int
    goal: int
    missing: int
    invented: int

    @property
    def holds(self) -> bool:
        """Tell whether every hard bound held, and the log named its victims exactly."""
        bounded = self.worst_day <= self.day_bound and self.worst_month <= self.month_bound
        return bounded and not self.missing and not self.invented


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a seed showed."""

    campaign: Campaign
    taken: list[Taken]
    house_days: int
    prompted: int
    blocked: int
    cards: int
    cards_refused: int
    questions: int


async def play(app: db.Pool, owner: db.Pool, campaign: Campaign) -> Played:
    """Play a seed; the gate keeps what it is told, under houses and persons of this seed alone."""
    await prepare(owner, START)
    rng = random.Random(f"egide drill {campaign.seed} {campaign.detection}")
    names = random.Random(os.urandom(16))
    world = World(is_paced=campaign.detection, app=app, owner=owner, rng=rng, names=names)
    await world.people(_PERSONS, _GHOSTS)
    honest = await world.houses(campaign.houses)
    thieves = [(profile, await _thief(world, profile)) for profile in PROFILES]
    victims_of = [
        house for _, thief in thieves if len(thief.houses) == 1 for house in thief.houses
    ]
    service = Service()
    for number, day in enumerate(days(LEAD + campaign.days)):
        # Stolen houses go on serving: their thief hides among their own patients.
        served = [*honest, *(one for one in victims_of if one.visits)]
        if campaign.detection:
            await world.turn(day + timedelta(hours=6))
            await world.look()
        await service.day(world, served, day, number)
        await world.turn(day + timedelta(hours=20))
        for profile, thief in thieves if number >= LEAD else ():
            await profile.move(world, thief, number - LEAD)
            if not campaign.detection:
                await world.lift_facts()
        if number in {0, 7, LEAD}:
            await world.analyse()
        await _note_blocks(world, service, {one.house_id for one in honest}, number)
    async with db.transaction(owner) as tx:
        taken = [await _taken(tx, profile, thief, world.now) for profile, thief in thieves]
    stolen = {one.house_id for one in victims_of}
    return Played(
        campaign=campaign,
        taken=taken,
        house_days=(LEAD + campaign.days) * len(honest),
        prompted=len([one for one in service.prompts if one[0] not in stolen]),
        blocked=len(service.blocks),
        cards=service.cards,
        cards_refused=service.cards_refused,
        questions=service.questions + sum(thief.tried for _, thief in thieves),
    )


async def _thief(world: World, profile: Profile) -> Thief:
    houses = await world.houses(
        profile.houses, proved=not profile.is_newcomer, vendor=f"{profile.name} {world.uuid()}"
    )
    if profile.houses > 1 or profile.is_newcomer:
        for one in houses:
            one.visits = 0
    targets = world.rng.sample(world.persons, _LISTED)
    if profile.name == "A5":
        targets += world.ghosts
        world.rng.shuffle(targets)
    return Thief(profile.name, profile.style, houses, targets)


async def _note_blocks(world: World, service: Service, honest: set[UUID], number: int) -> None:
    async with db.statement(world.owner) as tx:
        rows = await db.many(tx, _BLOCKED)
    blocked = {UUID(row["value"]) for row in rows} & honest
    service.blocks |= {(one, number) for one in blocked}


async def _taken(tx: db.Tx, profile: Profile, thief: Thief, until: datetime) -> Taken:
    missing = invented = 0
    for house in thief.houses:
        logged = await _victims(tx, house, until)
        had = thief.seen.get(house.house_id, set[UUID]())
        missing += len((had | house.shown) - logged)
        invented += len(logged - had - house.shown)
    return Taken(
        profile=profile.name,
        style=profile.style,
        tried=thief.tried,
        loot=thief.loot,
        worst_day=thief.worst(DAY),
        worst_month=thief.worst(MONTH),
        day_bound=profile.day,
        month_bound=profile.month,
        goal=profile.goal,
        missing=missing,
        invented=invented,
    )


async def _victims(tx: db.Tx, house: House, until: datetime) -> set[UUID]:
    window = (START, until + timedelta(seconds=1))
    found = await exposures(
        tx, EstablishmentId(house.house_id), since=window[0], until=window[1]
    )
    return {one.person_id for one in found}
