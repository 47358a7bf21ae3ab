"""One lane per process: while a statement runs, what arrives waits and goes together in the next.

No timer: alone, a question leaves at once; under load one statement and one flush to disk serve
all that waits. A batch takes one question of each asker in turn, so that who asks a thousand at
once waits for itself and delays another by one batch. If a batch fails, its members are tried one
by one, so that one bad question never takes down its neighbours.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from egide.core.refusal import Refusal, RefusalCode
from egide.db.pool import UNAVAILABLE

Question = TypeVar("Question")
Answer = TypeVar("Answer")
MOST_AT_ONCE = 64
_MOST_WAITING = 4096
_MOST_OF_ONE = 512


class Lane(Generic[Question, Answer]):
    """Groups concurrent questions into one call of ``serve``.

    Args:
        serve: answers a batch of at most 64 questions, in their order, in one transaction.
        whose: who asks a question: askers take turns.
    """

    def __init__(
        self,
        serve: Callable[[Sequence[Question]], Awaitable[Sequence[Answer]]],
        whose: Callable[[Question], Hashable],
    ) -> None:
        self._serve = serve
        self._whose = whose
        self._turns: dict[Hashable, deque[tuple[Question, asyncio.Future[Answer]]]] = {}
        self._waiting = 0
        self._running: asyncio.Task[None] | None = None

    def ask(self, question: Question) -> "asyncio.Future[Answer]":
        """Queue a question; the future holds its answer, or the error that befell it.

        Raises Refusal: ``busy``, when more wait than could be served in a few seconds, of all or of this asker.
        """
        asker = self._whose(question)
        own = self._turns.get(asker, deque())
        if self._waiting >= _MOST_WAITING or len(own) >= _MOST_OF_ONE:
            raise Refusal(RefusalCode.BUSY)
        self._turns[asker] = own
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        own.append((question, future))
        self._waiting += 1
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return future

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._answer(self._next())
        finally:
            self._running = None

    def _next(self) -> list[tuple[Question, "asyncio.Future[Answer]"]]:
        """Take a batch: one question of each who waits, in turn, until it is full; who is served goes last."""
        batch: list[tuple[Question, asyncio.Future[Answer]]] = []
        while self._turns and len(batch) < MOST_AT_ONCE:
            asker = next(iter(self._turns))
            own = self._turns.pop(asker)
            batch.append(own.popleft())
            if own:
                self._turns[asker] = own
        self._waiting -= len(batch)
        return batch

    async def _answer(self, batch: list[tuple[Question, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers = await self._serve([question for question, _ in batch])
        except (
            UNAVAILABLE
        ) as error:  # not one question's fault: each alone would wait as long again
            for _, future in batch:
                _fail(future, error)
            return
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            if len(batch) == 1:
                _fail(batch[0][1], error)
                return
            for one in batch:
                await self._answer([one])
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)


def _fail(future: "asyncio.Future[Answer]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
