"""Who persons are, unsealed: for cards, and for the lists of a breach."""

from collections.abc import Sequence
from uuid import UUID

from egide import db
from egide.members import sql
from egide.members.identity import Identity, read_identity
from egide.vault import Sealer


async def identities(
    tx: db.Tx, sealer: Sealer, persons: Sequence[UUID]
) -> dict[UUID, Identity]:
    """Return who persons are, unsealed; one that is unknown or was erased is not there. Owner only."""
    return {
        person: read_identity(sealer.unseal(sealed, person.bytes))
        for person, sealed in (await sql.sealed(tx, persons)).items()
    }
