"""Few requests at a time on many threads, without slow ones holding up quick ones."""

import asyncio
import itertools
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from callmanager.server.lanes import Lane

PATIENCE_SECONDS = 20.0
NEVER_SECONDS = 3600.0


def in_a_loop(play: Callable[[ThreadPoolExecutor], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await play(threads)

    with ThreadPoolExecutor(8) as threads:
        asyncio.run(limited())


def test_no_more_run_at_a_time_than_there_are_places() -> None:
    counter, guard, most = 0, threading.Lock(), []

    def work() -> None:
        nonlocal counter
        with guard:
            counter += 1
            most.append(counter)
        with guard:
            counter -= 1

    async def play(threads: ThreadPoolExecutor) -> None:
        lane = Lane(threads, at_once=2, young_seconds=NEVER_SECONDS)
        await asyncio.gather(*(lane.run(work) for _ in range(200)))

    in_a_loop(play)
    assert len(most) == 200
    assert max(most) <= 2


def test_work_that_is_slow_gives_its_place_to_the_next() -> None:
    done = threading.Event()

    async def play(threads: ThreadPoolExecutor) -> None:
        lane = Lane(threads, at_once=2, young_seconds=0.001)
        slow = [asyncio.ensure_future(lane.run(lambda: done.wait(PATIENCE_SECONDS))) for _ in range(4)]
        assert await lane.run(lambda: "quick") == "quick"
        done.set()
        assert await asyncio.gather(*slow) == [True] * 4

    in_a_loop(play)


def test_what_fails_gives_its_place_back_too() -> None:
    async def play(threads: ThreadPoolExecutor) -> None:
        lane = Lane(threads, at_once=1, young_seconds=NEVER_SECONDS)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await lane.run(lambda: 1 // 0)
        assert await lane.run(lambda: 7) == 7

    in_a_loop(play)


def test_who_leaves_while_waiting_takes_no_place_with_him() -> None:
    holding = threading.Event()

    async def play(threads: ThreadPoolExecutor) -> None:
        lane = Lane(threads, at_once=1, young_seconds=NEVER_SECONDS)
        first = asyncio.ensure_future(lane.run(lambda: holding.wait(PATIENCE_SECONDS)))
        leaving = asyncio.ensure_future(lane.run(lambda: "left"))
        staying = asyncio.ensure_future(lane.run(lambda: "stayed"))
        await asyncio.sleep(0)
        leaving.cancel()
        holding.set()
        assert await first is True
        assert await staying == "stayed"
        assert await lane.run(lambda: "free again") == "free again"

    in_a_loop(play)


def test_a_place_rests_while_others_wait_and_not_when_nobody_does() -> None:
    begun: list[float] = []

    async def play(threads: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        lane = Lane(threads, at_once=1, young_seconds=NEVER_SECONDS, rest=2.0)

        def work() -> None:
            begun.append(loop.time())
            time.sleep(0.05)

        await asyncio.gather(*(lane.run(work) for _ in range(3)))
        assert lane._resting == 0
        assert await lane.run(lambda: "at once") == "at once"
        assert lane._resting == 0

    in_a_loop(play)
    pauses = [after - before for before, after in itertools.pairwise(begun)]
    assert len(pauses) == 2
    assert min(pauses) >= 0.15  # three times as long as the work itself, at the least


def test_one_who_leaves_while_a_place_rests_leaves_it_to_the_next() -> None:
    async def play(threads: ThreadPoolExecutor) -> None:
        lane = Lane(threads, at_once=1, young_seconds=NEVER_SECONDS, rest=1.0)
        first = asyncio.ensure_future(lane.run(lambda: time.sleep(0.02)))
        leaving, last = (asyncio.ensure_future(lane.run(lambda: "done")) for _ in range(2))
        await first
        leaving.cancel()
        assert await last == "done"

    in_a_loop(play)
