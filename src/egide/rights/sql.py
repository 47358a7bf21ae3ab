"""The statements that call the gate; its tables themselves are out of reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.rights.question import Question

_INTEND: Final = "select gate.intend($1, $2, $3, $4, $5, $6, $7)"
_COUNT_WORD: Final = "select gate.count_word($1, $2)"
_ASK: Final = "select gate.ask($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
_TOLD: Final = """
select outcome, person_id, insurer_id, plan_code, start_on, end_on, birth_year, alias, contract_id,
       elsewhere
  from gate.told($1, $2)
 order by ordinal
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a question was answered: ``shown``, ``replayed`` or ``not-shown``; the rest of what is shown alone."""

    outcome: str
    person_id: UUID
    insurer_id: UUID
    plan_code: str
    start_on: date
    end_on: date | None
    birth_year: int | None
    alias: UUID | None
    contract_id: UUID | None
    elsewhere: list[UUID] | None


async def intend(tx: db.Tx, questions: Sequence[Question]) -> None:
    """Say what is about to be asked without a proof, as far as budgets leave room. Cost: one statement, one commit."""
    await db.many(
        tx,
        _INTEND,
        [one.establishment_id for one in questions],
        [one.entry_id for one in questions],
        [one.software_id for one in questions],
        [one.basis.value for one in questions],
        [one.address for one in questions],
        [one.key for one in questions],
        [one.method for one in questions],
    )


async def ask(tx: db.Tx, questions: Sequence[Question]) -> None:
    """Ask a batch. Cost: one statement; a hundred microseconds, and tens more a question."""
    await db.many(
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
        [one.amc for one in questions],
    )


async def told(tx: db.Tx, questions: Sequence[Question]) -> list[Told]:
    """Return what a batch was answered; nothing of what is not committed yet."""
    establishments = [one.establishment_id for one in questions]
    return await db.read(tx, Told, _TOLD, establishments, [one.entry_id for one in questions])


_ENGAGEMENT: Final = """
select at, care_on, insurer_id, plan_code, start_on, end_on
  from gate.engagement($1, $2)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """What an entry of the log answered."""

    at: datetime
    care_on: date
    insurer_id: UUID
    plan_code: str
    start_on: date
    end_on: date | None


async def engagement(tx: db.Tx, establishment_id: UUID, read: UUID) -> Engagement | None:
    """Return what was answered to this establishment under the number that an entry of the log says it reads again."""
    return await db.read_one(tx, Engagement, _ENGAGEMENT, establishment_id, read)


_STANDING: Final = """
select day_limit, day_used, month_limit, month_used, relation_limit, relation_used, is_card_only,
       first_contact_limit
  from gate.standing($1, $2, $3, $4)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an establishment may still ask without a proof."""

    day_limit: int
    day_used: int
    month_limit: int
    month_used: int
    relation_limit: int
    relation_used: int
    is_card_only: bool
    first_contact_limit: int | None


async def standing(
    tx: db.Tx, establishment_id: UUID, software_id: UUID, key: str, method: str
) -> Standing | None:
    """Return what an establishment may still ask without a proof."""
    return await db.read_one(
        tx, Standing, _STANDING, establishment_id, software_id, key, method
    )


_ACCESSES: Final = """
select at, entry_id as entry, establishment_id as establishment, name, profession, department, purpose, basis, care_on,
       is_in_tree, is_owed, objected_at
  from accesses_of($1, $2)
"""


_OPEN_SPACE: Final = "select open_own_space($1, $2) as is_open"


async def open_space(tx: db.Tx, session_id: UUID, entry_id: UUID) -> bool | None:
    """Open the space of the person of a session for an hour, and log it; False where too many are, None of nobody."""
    row = await db.first(tx, _OPEN_SPACE, session_id, entry_id)
    return None if row is None else row["is_open"]


_CONFIRM: Final = "select confirm_presence($1, $2) as done"


_OBJECT: Final = "select object_access($1, $2) as done"
_GIVE: Final = "select give_presence($1, $2, $3) as until"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who learned something about a person."""

    at: datetime
    entry: UUID
    establishment: UUID | None
    name: str | None
    profession: str | None
    department: str | None
    purpose: str
    basis: str
    care_on: date | None
    is_in_tree: bool
    is_owed: bool
    objected_at: datetime | None


async def accesses(tx: db.Tx, session_id: UUID, before: datetime) -> list[Access]:
    """Return who learned something about the person of a session, a hundred answers before an instant."""
    return await db.read(tx, Access, _ACCESSES, session_id, before)


async def confirm_presence(tx: db.Tx, session_id: UUID, establishment_id: UUID) -> bool:
    """Justify what an establishment typed of the person of a session; False if it owes nothing."""
    row = await db.first(tx, _CONFIRM, session_id, establishment_id)
    return row is not None and bool(row["done"])


async def object_access(tx: db.Tx, session_id: UUID, establishment_id: UUID) -> bool:
    """Note that the person of a session was not at an establishment; False if that one learned nothing of it."""
    row = await db.first(tx, _OBJECT, session_id, establishment_id)
    return row is not None and bool(row["done"])


async def give_presence(
    tx: db.Tx, session_id: UUID, finess: str, address: UUID
) -> datetime | None:
    """Let the code of an address open one answer to an establishment; return until when, None if it is unknown."""
    row = await db.first(tx, _GIVE, session_id, finess, address)
    return None if row is None else row["until"]


async def count_word(tx: db.Tx, establishment_id: UUID, *, is_shown: bool) -> None:
    """Count what an insurer said of a person as what the asker was shown: a no is a miss like every other."""
    await db.run(tx, _COUNT_WORD, establishment_id, is_shown)
