"""Cancellations that nobody who pays has checked yet: those of ours count, a thief's do not."""

from collections.abc import Sequence
from uuid import UUID

from egide import db
from egide.adjudication import sql
from egide.vault import Attester


def cancellation_values(establishment_id: UUID, claim_id: UUID) -> tuple[object, ...]:
    """Return what is attested of the cancelling of a claim."""
    return ("cancelled", establishment_id, claim_id)


def is_ours(
    attester: Attester, attested: Sequence[bytes], establishment_id: UUID, claim_id: UUID
) -> bool:
    """Tell whether a process of ours took a cancellation: a thief may have written one before it."""
    values = cancellation_values(establishment_id, claim_id)
    return any(attester.holds(one, *values) for one in attested)


async def falsely_cancelled(
    tx: db.Tx, attester: Attester, persons: Sequence[UUID]
) -> list[sql.Unchecked]:
    """Return the claims of some persons whose cancelling no process of ours took."""
    return [
        one
        for one in await sql.unchecked(tx, persons)
        if not is_ours(attester, one.attested, one.establishment_id, one.claim_id)
    ]
