"""The lane: alone a question leaves at once; under load one call serves all that waits."""

import asyncio
from collections.abc import Sequence

import pytest

from conftest import run
from egide.core.refusal import Refusal
from egide.db import Lane


def test_what_waits_goes_together_and_each_gets_its_own_answer() -> None:
    batches: list[int] = []

    async def serve(batch: Sequence[int]) -> Sequence[int]:
        batches.append(len(batch))
        await asyncio.sleep(0.01)
        return [one * 2 for one in batch]

    async def work() -> list[int]:
        lane: Lane[int, int] = Lane(serve)
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
        lane: Lane[int, int] = Lane(serve)
        return await asyncio.gather(*(lane.ask(n) for n in range(6)), return_exceptions=True)

    answers = run(work())
    assert [n for n, answer in enumerate(answers) if isinstance(answer, ValueError)] == [3]
    assert [answer for answer in answers if isinstance(answer, int)] == [0, 1, 2, 4, 5]


def test_more_than_it_can_hold_is_refused_not_kept() -> None:
    async def serve(batch: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(5)
        return batch

    async def work() -> None:
        lane: Lane[int, int] = Lane(serve)
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
        lane: Lane[int, int] = Lane(serve)
        gone, kept = lane.ask(1), lane.ask(2)
        gone.cancel()
        return await kept

    assert run(work()) == 2
