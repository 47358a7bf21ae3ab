"""An insured person's own space: opened for an hour, and in the log, before anything of it is told."""

from datetime import datetime
from uuid import UUID

from egide import db
from egide.core.ids import uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.rights import sql


async def open_space(tx: db.Tx, session_id: UUID, now: datetime) -> None:
    """Open the space of the person of a session, in a statement of its own; Refusal ``busy``, ``scope-missing``."""
    is_open = await sql.open_space(tx, session_id, uuid7(now))
    if is_open is None:
        raise Refusal(RefusalCode.SCOPE_MISSING)
    if not is_open:
        hint = "Trop de personnes ouvrent leur espace à la fois : réessayer dans une heure."
        raise Refusal(RefusalCode.BUSY, hint=hint)
