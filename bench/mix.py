"""A seeded mix of claims, as counters see them in a year: what the pricing bench prices."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from egide.core.money import Money
from egide.nomenclature import BilledLine
from egide.plans import Catalogue, shipped_grids

YEAR: Final = 2026


@dataclass(frozen=True, slots=True)
class MixedClaim:
    """A claim as billed: who, under which cover, and its lines."""

    person: int
    age: int
    plan_code: str
    lines: tuple[BilledLine, ...]


def catalogue() -> Catalogue:
    """Return them by plan code."""
    return Catalogue(shipped_grids())


def covers() -> list[str]:
    """Return the plan codes that persons of the mix are covered by: every level of every base."""
    return [level for grid in shipped_grids() if not grid.option_of for level in grid.levels]


def _line(day: date, act: str, cents: int, quantity: int = 1, **more: object) -> BilledLine:
    system, _, code = act.partition(":")
    known = {"situation": frozenset[str](), **more}
    return BilledLine(
        system=system,
        code=code,
        care_on=day,
        quantity=quantity,
        expense=Money(cents),
        **known,  # type: ignore[arg-type]
    )


def _pharmacy(rng: random.Random, day: date, who: frozenset[str]) -> list[BilledLine]:
    codes = rng.choices(("PH7", "PH4", "PH2", "PH1"), (70, 18, 10, 2), k=rng.randint(1, 5))
    return [
        _line(
            day, f"grouping:{code}", rng.randint(150, 4_000), rng.randint(1, 3), situation=who
        )
        for code in codes
    ]


def _general(rng: random.Random, day: date, who: frozenset[str]) -> list[BilledLine]:
    outside = {"out-of-pathway"} if rng.random() < 0.08 else set[str]()
    return [_line(day, "ngap:G", 3_000, situation=who | outside)]


def _specialist(rng: random.Random, day: date, who: frozenset[str]) -> list[BilledLine]:
    free = {"not-optam"} if rng.random() < 0.4 else set[str]()
    cents = rng.randint(50, 90) * 100 if free else rng.randint(27, 60) * 100
    return [_line(day, "ngap:CS+MPC", cents, situation=who | free)]


def _laboratory(rng: random.Random, day: date, who: frozenset[str]) -> list[BilledLine]:
    prices = {"1104": 650, "1208": 625, "0552": 125, "0593": 175}
    codes = rng.sample(sorted(prices), rng.randint(2, 4))
    return [_line(day, f"nabm:{code}", prices[code], situation=who) for code in codes]


def _auxiliary(rng: random.Random, day: date, who: frozenset[str]) -> list[BilledLine]:
    act, cents = rng.choice((("ngap:AMI4", 1_260), ("ngap:AMK8", 1_768), ("ngap:AIS3", 795)))
    days = rng.randint(1, 4)
    return [_line(day + timedelta(days=n), act, cents, situation=who) for n in range(days)]


def _dentist(rng: random.Random, day: date, _who: frozenset[str]) -> list[BilledLine]:
    lines = [_line(day, "ngap:CDE", 2_300), _line(day, "ccam:HBJD001", 2_892)]
    if rng.random() < 0.3:
        act = rng.choice(("ccam:HBLD634", "ccam:HBLD491", "grouping:PFC"))
        lines.append(_line(day, act, rng.randint(400, 515) * 100, side="26"))
    return lines[-rng.randint(1, len(lines)) :]


def _optician(rng: random.Random, day: date, _who: frozenset[str]) -> list[BilledLine]:
    if rng.random() < 0.2:
        return [
            _line(day, "grouping:M01", 3_000),
            _line(day, "grouping:V01", 7_500, 2),
        ]
    lens = rng.choice(("VU1", "VU5", "VM1", "VM5"))
    return [
        _line(day, "grouping:M03", rng.randint(60, 180) * 100),
        _line(day, f"grouping:{lens}", rng.randint(120, 600) * 100, 2),
    ]


def _audiologist(rng: random.Random, day: date, _who: frozenset[str]) -> list[BilledLine]:
    if rng.random() < 0.4:
        return [
            _line(day, "lpp:2351057", 95_000, side="right"),
            _line(day, "lpp:2365119", 95_000, side="left"),
        ]
    return [_line(day, "lpp:2392530", rng.randint(1_200, 1_900) * 100, side="right")]


def _hospital(rng: random.Random, day: date, who: frozenset[str]) -> list[BilledLine]:
    nights, stay = rng.randint(1, 6), f"S{rng.randrange(10**9)}"
    cents = rng.randint(400, 4_000) * 100
    return [
        _line(day, "grouping:GHS", cents, base=Money(cents), stay=stay, situation=who),
        _line(day, "grouping:FJ", 2_300 * nights, nights, stay=stay, situation=who),
        _line(day, "grouping:SHO", 8_000 * nights, nights, stay=stay),
    ]


def _osteopath(rng: random.Random, day: date, _who: frozenset[str]) -> list[BilledLine]:
    return [_line(day, "libre:osteopathie", rng.randint(50, 75) * 100)]


_COUNTERS: Final = {
    _pharmacy: 42,
    _general: 20,
    _specialist: 7,
    _laboratory: 8,
    _auxiliary: 10,
    _dentist: 5,
    _optician: 3,
    _audiologist: 1,
    _hospital: 2,
    _osteopath: 2,
}


def claims(seed: int, count: int, persons: int) -> list[MixedClaim]:
    """Return claims in the order of their days; one person in eight has a long-term condition."""
    rng = random.Random(seed)
    codes = covers()
    vendors, weights = list(_COUNTERS), list(_COUNTERS.values())
    days = sorted(date(YEAR, 3, 1) + timedelta(days=rng.randrange(280)) for _ in range(count))
    made: list[MixedClaim] = []
    for day in days:
        person = rng.randrange(persons)
        who = frozenset({"ald"} if person % 8 == 0 else ())
        [vendor] = rng.choices(vendors, weights)
        made.append(
            MixedClaim(
                person=person,
                age=person % 90,
                plan_code=codes[person % len(codes)],
                lines=tuple(vendor(rng, day, who)),
            )
        )
    return made
