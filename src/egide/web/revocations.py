"""What each serving process learns of keys that end."""

import asyncio
from typing import Final

from egide import db
from egide.access import Authenticator
from egide.edge.http import clock
from egide.web import errors

_SECONDS: Final = 0.5


async def heed_revocations(authenticator: Authenticator, pool: db.Pool) -> None:
    """Every second at most, learn which keys were revoked: their tokens stop here too."""
    while True:
        try:
            async with db.statement(pool) as tx:
                await authenticator.refresh_revoked(tx, clock())
                await authenticator.hand_over_mismatched(tx)
        except db.FAULTS as error:
            errors.log_trouble("revocations", error)
        await asyncio.sleep(_SECONDS)
