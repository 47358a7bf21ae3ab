"""One lane per process: while a statement runs, what arrives waits and goes together in the next.

No timer: alone, a question leaves at once; under load one statement and one flush to disk serve
all that waits. If a batch fails, its members are tried one by one, so that one bad question never
takes down its neighbours.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from egide.core.refusal import Refusal, RefusalCode

Question = TypeVar("Question")
Answer = TypeVar("Answer")
MOST_AT_ONCE = 64
_MOST_WAITING = 4096


class Lane(Generic[Question, Answer]):
    """Groups concurrent questions into one call of ``serve``.

    Args:
        serve: answers a batch of at most 64 questions, in their order, in one transaction.
    """

    def __init__(
        self, serve: Callable[[Sequence[Question]], Awaitable[Sequence[Answer]]]
    ) -> None:
        self._serve = serve
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._running: asyncio.Task[None] | None = None

    def ask(self, question: Question) -> "asyncio.Future[Answer]":
        """Queue a question; the future holds its answer, or the error that befell it.

        Raises Refusal: ``busy``, when more wait than could be served in a few seconds.
        """
        if len(self._waiting) >= _MOST_WAITING:
            raise Refusal(RefusalCode.BUSY)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return future

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:MOST_AT_ONCE]
                del self._waiting[:MOST_AT_ONCE]
                await self._answer(batch)
        finally:
            self._running = None

    async def _answer(self, batch: list[tuple[Question, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers = await self._serve([question for question, _ in batch])
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
