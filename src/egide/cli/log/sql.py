"""What the commands of the log ask of the database."""

from typing import Final
from uuid import UUID

from egide import db

_KNOWN: Final = "select person_id from gate.person where person_id = $1"
_ERASE: Final = "select erase_person($1) as leaves"


async def erase(tx: db.Tx, person: UUID) -> int | None:
    """Erase a person; return how many leaves say nothing any more, None if it is unknown."""
    if await db.first(tx, _KNOWN, person) is None:
        return None
    row = await db.first(tx, _ERASE, person)
    return 0 if row is None else row["leaves"]


_ENTRY: Final = "select establishment_id from gate.entry where entry_id = $1"


async def establishment_of(tx: db.Tx, entry: UUID) -> UUID | None:
    """Return the establishment that an answer was given to."""
    row = await db.first(tx, _ENTRY, entry)
    return None if row is None else row["establishment_id"]
