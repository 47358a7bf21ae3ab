"""The statements that call the gate; its tables themselves are out of reach."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.rights.question import Question

_ASK: Final = """
select outcome, person_id, insurer_id, plan_code, start_on, end_on, birth_year, alias
  from gate.ask($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
 order by ordinal
"""


async def ask(tx: db.Tx, questions: Sequence[Question]) -> list[db.Row]:
    """Ask a batch. Cost: one statement; a hundred microseconds, and tens more a question."""
    return await db.many(
        tx,
        _ASK,
        [one.establishment_id for one in questions],
        [one.entry_id for one in questions],
        [one.software_id for one in questions],
        [one.proof for one in questions],
        [one.purpose.value for one in questions],
        [one.basis.value for one in questions],
        [one.address for one in questions],
        [one.care_on for one in questions],
        [one.key for one in questions],
        [one.method for one in questions],
    )


_ENGAGEMENT: Final = """
select at, care_on, insurer_id, plan_code, start_on, end_on
  from gate.engagement($1, $2)
"""


async def engagement(tx: db.Tx, establishment_id: UUID, entry_id: UUID) -> db.Row | None:
    """Return what was answered under a number to this establishment."""
    return await db.first(tx, _ENGAGEMENT, establishment_id, entry_id)


_STANDING: Final = """
select day_limit, day_used, month_limit, month_used, relation_limit, relation_used, is_card_only,
       unmet_limit
  from gate.standing($1, $2, $3, $4)
"""


async def standing(
    tx: db.Tx, establishment_id: UUID, software_id: UUID, key: str, method: str
) -> db.Row | None:
    """Return what an establishment may still ask without a proof."""
    return await db.first(tx, _STANDING, establishment_id, software_id, key, method)


_IS_SEGMENT: Final = "select is_segment($1, $2) as is_known"
_CONTAINED: Final = "select kind, value, mode, reason, author, since, until from contained($1)"
_CONTAIN: Final = "select contain($1, $2, $3, $4, $5, $6) as said"


async def is_segment(tx: db.Tx, kind: str, value: str) -> bool:
    """Tell whether a segment is of somebody or something."""
    row = await db.first(tx, _IS_SEGMENT, kind, value)
    return row is not None and row["is_known"]


async def contained(tx: db.Tx, session_id: UUID) -> list[db.Row]:
    """Return what is contained now, to the session of an operator or an auditor."""
    return await db.many(tx, _CONTAINED, session_id)


async def contain(
    tx: db.Tx, session_id: UUID, segment: tuple[str, str, str, str], until: datetime
) -> str:
    """Contain a segment (kind, value, mode, reason) by a session: ``done``, ``no-operator`` or ``looser``."""
    row = await db.first(tx, _CONTAIN, session_id, *segment, until)
    return "no-operator" if row is None else row["said"]
