"""What the pool tells of a transaction that another one was in the way of."""

import asyncio

import pytest

from conftest import Place, run
from egide import db

_LOCK = "select pg_advisory_xact_lock($1)"


def test_a_deadlock_is_told_as_something_to_ask_again(place: Place) -> None:
    async def both(first: int, second: int, pool: db.Pool, met: asyncio.Barrier) -> None:
        async with db.transaction(pool) as tx:
            await db.run(tx, _LOCK, first)
            await met.wait()
            await db.run(tx, _LOCK, second)

    async def work() -> list[BaseException | None]:
        met = asyncio.Barrier(2)
        async with place.store.pool("owner") as pool:
            return await asyncio.gather(
                both(1, 2, pool, met), both(2, 1, pool, met), return_exceptions=True
            )

    ended = [one for one in run(work()) if one is not None]
    assert len(ended) == 1
    with pytest.raises(db.CONTENDED):
        raise ended[0]
