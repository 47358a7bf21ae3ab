"""The statistics of a span, with what would tell of a few persons left out."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from egide import db
from egide.core.period import civil_day
from egide.statistics import sql

FEWEST_PERSONS: Final = (
    11  # a line of fewer persons tells of them (the health data hub's usual threshold)
)
_HEADS: Final = frozenset({"amc_number", "profession", "control"})


Figure = dict[str, str | int | float | None]
_Row = sql.FiguresRow | sql.RejectionsRow | sql.PreauthsRow | sql.DisputesRow


async def read_statistics(
    tx: db.Tx, span: sql.Span, now: datetime, *, shows_few: bool = False
) -> dict[str, list[Figure]]:
    """Return claims, rejections, prises en charge and disputes of a span, by insurer and profession.

    Args:
        shows_few: of an establishment's own claims, which it knows one by one: nothing is left out.
    """
    tables: dict[str, Sequence[_Row]] = {
        "claims": await sql.figures(tx, span, now),
        "rejections": await sql.rejections(tx, span),
        "preauths": await sql.preauths(tx, span, civil_day(now)),
        "disputes": await sql.disputes(tx, span, civil_day(now)),
    }
    return {
        name: [_shown(row, shows_few=shows_few) for row in rows]
        for name, rows in tables.items()
    }


def _shown(row: _Row, *, shows_few: bool) -> Figure:
    """Return a row; of fewer than eleven persons, its heads alone, every figure None."""
    said: Figure = asdict(row)
    if shows_few or row.persons >= FEWEST_PERSONS:
        return {
            name: round(one, 2) if isinstance(one, float) else one for name, one in said.items()
        }
    return {name: one if name in _HEADS else None for name, one in said.items()}
