"""Numbers that an establishment says are its own: who tries them without a list is stopped."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from egide import db
from egide.access import sql
from egide.access.caller import Caller
from egide.core.refusal import Refusal, RefusalCode

_NONE_OF_THEIRS: Final = frozenset({RefusalCode.CLAIM_UNKNOWN, RefusalCode.PREAUTH_UNKNOWN})


@asynccontextmanager
async def counting_numbers(
    pool: db.Pool, caller: Caller, *, is_tried: bool = True
) -> AsyncGenerator[None]:
    """Count what is looked up by a number that is none of the caller's; beyond a hundred a day nothing is looked up.

    Args:
        is_tried: whether a number is looked up at all; nothing is counted else.

    Raises Refusal: ``reread-limit``. Cost: one statement, two for a number that is unknown; each commits alone.
    """
    if not is_tried:
        yield
        return
    async with db.statement(pool) as tx:
        await sql.try_number(tx, caller, is_missed=False)
    try:
        yield
    except Refusal as refusal:
        if refusal.code in _NONE_OF_THEIRS:
            async with db.statement(pool) as tx:
                await sql.try_number(tx, caller)
        raise
