"""Play one seed: honest establishments and thieves, side by side, through the same gate, for so many days."""

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
from egide.drills.campaign.profiles import PROFILES, Profile
from egide.drills.campaign.thieves import DAY, MONTH, Thief
from egide.drills.campaign.world import START, Establishment, World, days, prepare

_PERSONS: Final = 1500
_CROWD: Final = 12_000  # whom establishments that act together have never seen
_LISTED: Final = 900
_GHOSTS: Final = 20  # canaries of a leaked list: one person in fifty
LEAD: Final = 21  # days of honest service before anything is stolen: a thief steals an establishment that works
_ENTRIES: Final = """
select e.entry_id, e.person_id
  from unnest($2::uuid[]) as n (entry_id)
  join gate.entry e on e.establishment_id = any ($1::uuid[]) and e.entry_id = n.entry_id
"""
_BLOCKED: Final = """
select value from gate.segment where kind = 'establishment' and mode = 'card-only' and until > gate.instant()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """How a seed is played.

    Args:
        days: of theft; honest service alone goes before them.
        detection: whether establishments learn a first-contact rate, what a fact blocks stays blocked, and somebody
            looks each morning.
    """

    seed: int
    days: int
    establishments: int
    detection: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one attacker had, against what the access log says.

    Args:
        missing, invented: persons it learned of that the log lacks, and the other way round: none of either; by each of
            its questions, and by the list of its establishments' victims since the theft.
        all_day: what all its establishments exposed in a day, where they share a segment, against its cap.
    """

    profile: str
    style: str
    tried: int
    disclosed: int
    worst_day: int
    worst_month: int
    day_bound: int
    month_bound: int
    goal: int | None
    missing: int
    invented: int
    is_goal_monthly: bool = False
    all_day: int = 0
    all_day_bound: int | None = None

    @property
    def holds(self) -> bool:
        """Tell whether every hard bound held, and the log named its victims exactly."""
        bounded = self.worst_day <= self.day_bound and self.worst_month <= self.month_bound
        if self.all_day_bound is not None:
            bounded = bounded and self.all_day <= self.all_day_bound
        return bounded and not self.missing and not self.invented


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a seed showed."""

    campaign: Campaign
    taken: list[Taken]
    establishment_days: int
    prompted: int
    blocked: int
    cards: int
    cards_refused: int
    questions: int


async def play(app: db.Pool, owner: db.Pool, campaign: Campaign) -> Played:
    """Play a seed; the gate keeps what it is told, under establishments and persons of this seed alone."""
    await prepare(owner, START)
    rng = random.Random(f"egide drill {campaign.seed} {campaign.detection}")
    names = random.Random(os.urandom(16))
    world = World(learns_rate=campaign.detection, app=app, owner=owner, rng=rng, names=names)
    await world.people(_PERSONS, _GHOSTS, _CROWD)
    honest = await world.establishments(campaign.establishments)
    thieves = [
        (profile, await _thief(world, profile))
        for profile in PROFILES
        if profile.lasts <= campaign.days
    ]
    victims_of = [
        establishment
        for _, thief in thieves
        if len(thief.establishments) == 1
        for establishment in thief.establishments
    ]
    service, mine = Service(), {one.establishment_id for one in honest}
    for number, day in enumerate(days(LEAD + campaign.days)):
        # Stolen establishments go on serving: their thief hides among their own patients.
        served = [*honest, *(one for one in victims_of if one.visits)]
        if campaign.detection:
            await world.turn(day + timedelta(hours=6))
            await world.look()
        await _note_blocks(world, service, mine, number)
        await service.day(world, served, day, number)
        await _note_blocks(world, service, mine, number)
        await world.turn(day + timedelta(hours=20))
        for profile, thief in thieves if number >= LEAD else ():
            await profile.move(world, thief, number - LEAD)
            if not campaign.detection:
                await world.lift_facts()
        if number in {0, 7, LEAD}:
            await world.analyse()
    async with db.transaction(owner) as tx:
        stolen_at = START + timedelta(days=LEAD)
        taken = [await _taken(tx, *one, (stolen_at, world.now)) for one in thieves]
    stolen = {one.establishment_id for one in victims_of}
    return Played(
        campaign=campaign,
        taken=taken,
        establishment_days=(LEAD + campaign.days) * len(honest),
        prompted=len([one for one in service.prompts if one[0] not in stolen]),
        blocked=len(service.blocks),
        cards=service.cards,
        cards_refused=service.cards_refused,
        questions=service.questions + sum(thief.tried for _, thief in thieves),
    )


async def _thief(world: World, profile: Profile) -> Thief:
    establishments = await world.establishments(
        profile.establishments,
        proved=not profile.is_newcomer,
        vendor=f"{profile.name} {world.uuid()}",
    )
    if profile.establishments > 1 or profile.is_newcomer:
        for one in establishments:
            one.visits = 0
    if profile.establishments > 1:
        return Thief(
            profile.name,
            profile.style,
            establishments,
            world.rng.sample(world.crowd, len(world.crowd)),
        )
    targets = world.rng.sample(world.persons, _LISTED)
    if profile.name == "A5":
        targets += world.ghosts
        world.rng.shuffle(targets)
    return Thief(profile.name, profile.style, establishments, targets)


async def _note_blocks(world: World, service: Service, honest: set[UUID], number: int) -> None:
    async with db.statement(world.owner) as tx:
        rows = await db.many(tx, _BLOCKED)
    blocked = {UUID(row["value"]) for row in rows} & honest
    service.blocks |= {(one, number) for one in blocked}


async def _taken(
    tx: db.Tx, profile: Profile, thief: Thief, window: tuple[datetime, datetime]
) -> Taken:
    missing = invented = 0
    for establishment in thief.establishments:
        logged = await _victims(tx, establishment, window)
        had = thief.seen.get(establishment.establishment_id, set[UUID]())
        since = {person for person, at in establishment.shown.items() if at >= window[0]}
        missing += len((had | since) - logged)
        invented += len(logged - had - since)
    numbers = list(thief.answers)
    rows = await db.many(
        tx, _ENTRIES, [one.establishment_id for one in thief.establishments], numbers
    )
    written = {row["entry_id"]: row["person_id"] for row in rows}
    for number, person in thief.answers.items():
        missing += person is not None and written.get(number) != person
        invented += person is None and written.get(number) is not None
    missing += len(thief.answers.keys() - written.keys())
    return Taken(
        profile=profile.name,
        style=profile.style,
        tried=thief.tried,
        disclosed=thief.disclosed,
        worst_day=thief.worst(DAY),
        worst_month=thief.worst(MONTH),
        day_bound=profile.day,
        month_bound=profile.month,
        goal=profile.goal,
        is_goal_monthly=profile.is_goal_monthly,
        missing=missing,
        invented=invented,
        all_day=thief.worst_day_of_all,
        all_day_bound=profile.crowd,
    )


async def _victims(
    tx: db.Tx, establishment: Establishment, window: tuple[datetime, datetime]
) -> set[UUID]:
    found = await exposures(
        tx,
        EstablishmentId(establishment.establishment_id),
        since=window[0],
        until=window[1] + timedelta(seconds=1),
    )
    return {one.person_id for one in found}
