"""Every statement on the tables ``caller_key`` and ``assertion_seen``, and on proofs used."""

from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db

_LIVE_KEY: Final = """
select establishment_id, software_id, jwk
  from caller_key
 where thumbprint = $1 and revoked_at is null
"""


async def live_key(tx: db.Tx, thumbprint: str) -> db.Row | None:
    """Return whom a key belongs to, None if it is unknown or revoked."""
    return await db.first(tx, _LIVE_KEY, thumbprint)


_REVOKED_SINCE: Final = "select thumbprint from caller_key where revoked_at > $1"


async def revoked_since(tx: db.Tx, since: datetime) -> frozenset[str]:
    """Return the keys revoked after an instant."""
    return frozenset(
        [str(row["thumbprint"]) for row in await db.many(tx, _REVOKED_SINCE, since)]
    )


_USE_PROOF: Final = "select gate.use_proof($1) as fresh"


async def use_proof(tx: db.Tx, proof: UUID) -> bool:
    """Use a proof; False if it has been used before, by any process."""
    row = await db.first(tx, _USE_PROOF, proof)
    return row is not None and bool(row["fresh"])


_FORGET_ASSERTIONS: Final = "delete from assertion_seen where expires_at < $1"
_USE_ASSERTION: Final = """
insert into assertion_seen (assertion_hash, expires_at)
values ($1, $2)
    on conflict do nothing
"""


async def use_assertion(tx: db.Tx, digest: UUID, expires: datetime, now: datetime) -> bool:
    """Use an assertion; False if it has been used before."""
    await db.run(tx, _FORGET_ASSERTIONS, now)
    return await db.run(tx, _USE_ASSERTION, digest, expires) == 1


_FORGET_PROOFS: Final = "select gate.forget_proofs()"


async def forget_proofs(tx: db.Tx) -> None:
    """Forget the proofs that are too old to be accepted again."""
    await db.run(tx, _FORGET_PROOFS)
