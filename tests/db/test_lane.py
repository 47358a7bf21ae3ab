"""The lane: alone a question leaves at once; under load one call serves all that waits."""

import asyncio
from collections.abc import Sequence

import pytest

from conftest import run
from egide.core.refusal import Refusal, RefusalCode
from egide.db import Lane


def test_what_waits_goes_together_and_each_gets_its_own_answer() -> None:
    batches: list[int] = []

    async def serve(batch: Sequence[int]) -> Sequence[int]:
        batches.append(len(batch))
        await asyncio.sleep(0.01)
        return [one * 2 for one in batch]

    async def work() -> list[int]:
        lane: Lane[int, int] = Lane(serve, lambda number: number)
        first = lane.ask(1)
        await asyncio.sleep(0.001)
        rest = [lane.ask(n) for n in range(2, 102)]
        return [await one for one in [first, *rest]]

    assert run(work()) == [n * 2 for n in range(1, 102)]
    assert batches == [1, 64, 36]


def test_one_failure_is_its_own() -> None:
    async def serve(batch: Sequence[int]) -> Sequence[int]:
        if 3 in batch:
            raise ValueError
        return list(batch)

    async def work() -> list[object]:
        lane: Lane[int, int] = Lane(serve, lambda number: number)
        return await asyncio.gather(*(lane.ask(n) for n in range(6)), return_exceptions=True)

    answers = run(work())
    assert [n for n, answer in enumerate(answers) if isinstance(answer, ValueError)] == [3]
    assert [answer for answer in answers if isinstance(answer, int)] == [0, 1, 2, 4, 5]


def test_more_than_it_can_hold_is_refused_not_kept() -> None:
    async def serve(batch: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(5)
        return batch

    async def work() -> None:
        lane: Lane[int, int] = Lane(serve, lambda number: number)
        with pytest.raises(Refusal) as refused:
            for n in range(10_000):
                lane.ask(n)
        assert refused.value.code == "busy"
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    run(work())


def test_a_caller_who_left_does_not_stop_the_others() -> None:
    async def serve(batch: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(0.01)
        return list(batch)

    async def work() -> int:
        lane: Lane[int, int] = Lane(serve, lambda number: number)
        gone, kept = lane.ask(1), lane.ask(2)
        gone.cancel()
        return await kept

    assert run(work()) == 2


def test_who_asks_a_thousand_at_once_waits_for_itself_alone() -> None:
    """Askers take turns: another's question is in the next batch, whatever stands in the queue."""

    async def work() -> list[list[int]]:
        batches: list[list[int]] = []

        async def serve(numbers: Sequence[int]) -> list[int]:
            batches.append(list(numbers))
            await asyncio.sleep(0)
            return list(numbers)

        lane: Lane[int, int] = Lane(serve, lambda number: number < 1_000)
        flood = [lane.ask(number) for number in range(500)]
        others = [lane.ask(number) for number in range(1_000, 1_010)]
        await asyncio.gather(*others)
        served = len(batches)
        await asyncio.gather(*flood)
        return batches[:served]

    batches = asyncio.run(work())
    assert len(batches[0]) == 64
    assert batches[0][1:20:2] == list(range(1_000, 1_010))


def test_one_asker_fills_no_more_than_its_own_places() -> None:
    async def work() -> int:
        async def serve(numbers: Sequence[int]) -> list[int]:
            await asyncio.sleep(0.05)
            return list(numbers)

        lane: Lane[int, int] = Lane(serve, lambda number: number < 1_000)
        asked = [lane.ask(0) for _ in range(512)]
        refused = 0
        try:
            lane.ask(1)
        except Refusal as refusal:
            refused += refusal.code is RefusalCode.BUSY
        assert await lane.ask(2_000) == 2_000
        for one in asked:
            one.cancel()
        return refused

    assert asyncio.run(work()) == 1
