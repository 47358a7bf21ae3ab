"""Every statement on grids and their levels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from egide import db

_KNOWN: Final = (
    "select level_code from plan_level where level_code = any ($1::text[]) order by 1"
)


async def known_levels(tx: db.Tx, levels: Sequence[str]) -> set[str]:
    """Return those of some levels that are published."""
    return {row["level_code"] for row in await db.many(tx, _KNOWN, list(levels))}


_OPTIONS: Final = """
select level_code from plan_level where level_code = any ($1::text[]) and cardinality(option_of) > 0 order by level_code
"""


async def first_option(tx: db.Tx, levels: Sequence[str]) -> str | None:
    """Return the first of some levels that is an option, None if all are bases."""
    row = await db.first(tx, _OPTIONS, list(levels))
    return None if row is None else row["level_code"]


_TAKEN: Final = (
    "select level_code from plan_level where level_code = any ($1::text[]) and plan_code <> $2"
)


async def taken_level(tx: db.Tx, levels: Sequence[str], plan_code: str) -> str | None:
    """Return one of some levels that another grid has."""
    row = await db.first(tx, _TAKEN, list(levels), plan_code)
    return None if row is None else row["level_code"]


_PUBLISH: Final = """
insert into plan (plan_code, version_on, source_text, digest)
values ($1, $2, $3, $4)
    on conflict (plan_code, version_on) do nothing
"""
_LEVELS: Final = """
insert into plan_level (level_code, plan_code, version_on, option_of, closed_on)
select level_code, $2, $3, $4, $5 from unnest($1::text[]) as l (level_code)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedGrid:
    """A version of a grid as it is stored."""

    plan_code: str
    version_on: date
    levels: Sequence[str]
    option_of: Sequence[str]
    closed_on: date | None
    text: str
    digest: str


async def insert_grid(tx: db.Tx, grid: PublishedGrid) -> bool:
    """Store a version of a grid with its levels; False if one is there already."""
    version = (grid.plan_code, grid.version_on)
    if not await db.run(tx, _PUBLISH, *version, grid.text, grid.digest):
        return False
    await db.run(tx, _LEVELS, list(grid.levels), *version, list(grid.option_of), grid.closed_on)
    return True


_DIGEST: Final = "select digest from plan where plan_code = $1 and version_on = $2"


async def digest_of(tx: db.Tx, plan_code: str, version_on: date) -> str | None:
    """Return the digest of a version of a grid."""
    row = await db.first(tx, _DIGEST, plan_code, version_on)
    return None if row is None else row["digest"]


_COUNT: Final = "select count(*) as grids from plan"


async def count_grids(tx: db.Tx) -> int:
    """Return how many versions of grids are published."""
    row = await db.first(tx, _COUNT)
    return 0 if row is None else row["grids"]


_ALL: Final = (
    "select plan_code, version_on, source_text from plan order by plan_code, version_on"
)


async def grid_texts(tx: db.Tx) -> list[str]:
    """Return the text of every published version."""
    return [row["source_text"] for row in await db.many(tx, _ALL)]


_IN_FORCE: Final = """
select distinct on (l.level_code) l.level_code, p.source_text as text
  from plan_level l
  join plan p using (plan_code, version_on)
 where l.level_code = any ($1::text[]) and l.version_on <= $2
 order by l.level_code, l.version_on desc
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A level, and the text of the version of its grid that holds on a day."""

    level_code: str
    text: str


async def in_force(tx: db.Tx, levels: Sequence[str], day: date) -> list[InForce]:
    """Return the grids of some levels on a day, without those that are not there yet."""
    return await db.read(tx, InForce, _IN_FORCE, list(levels), day)
