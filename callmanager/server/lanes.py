"""Lets only few requests run at a time: many threads that all want the interpreter slow each other down.

Measured with eight busy threads, each request cost twice the processor time that it costs with two.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 2
YOUNG_SECONDS = 0.02


class Lane:
    """Runs work on `threads`, at most `at_once` pieces of it that are younger than `young_seconds`.

    What takes longer (a password, a long list) gives its place to the next and goes on beside it, so that slow work
    holds nobody up as long as there are threads. Ages are looked at while somebody waits, and only then. With `rest` a
    place stays empty for so many times as long as it was taken, before the next of those who wait.
    """

    def __init__(
        self,
        threads: Executor,
        *,
        at_once: int = AT_ONCE,
        young_seconds: float = YOUNG_SECONDS,
        rest: float = 0.0,
    ) -> None:
        self._threads = threads
        self._at_once = at_once
        self._young_seconds = young_seconds
        self._rest = rest
        self._resting = 0
        self._young: dict[asyncio.Future[None], float] = {}  # since when each piece runs, by loop time
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._patrol: asyncio.TimerHandle | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises, called on a thread when there is a place."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        if self._waiting or len(self._young) + self._resting >= self._at_once:
            await self._wait(turn, loop)
        else:
            self._young[turn] = loop.time()
        try:
            return await loop.run_in_executor(self._threads, work)
        finally:
            self._end(turn, loop)

    async def _wait(self, turn: asyncio.Future[None], loop: asyncio.AbstractEventLoop) -> None:
        self._waiting.append(turn)
        if self._patrol is None:
            self._patrol = loop.call_later(self._young_seconds, self._look_at_ages, loop)
        try:
            await turn
        except asyncio.CancelledError:
            self._end(turn, loop)  # its turn may just have come
            raise

    def _end(self, turn: asyncio.Future[None], loop: asyncio.AbstractEventLoop) -> None:
        """Take a piece's place, if it still has one, for whoever waits longest."""
        since = self._young.pop(turn, None)
        if since is None:
            return
        if self._rest and self._waiting:
            self._resting += 1
            loop.call_later((loop.time() - since) * self._rest, self._end_rest, loop)
        else:
            self._begin_next(loop)

    def _end_rest(self, loop: asyncio.AbstractEventLoop) -> None:
        self._resting -= 1
        self._begin_next(loop)

    def _begin_next(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            following = self._waiting.popleft()
            if not following.done():
                self._young[following] = loop.time()
                following.set_result(None)
                return

    def _look_at_ages(self, loop: asyncio.AbstractEventLoop) -> None:
        self._patrol = None
        for turn in [turn for turn, since in self._young.items() if loop.time() - since >= self._young_seconds]:
            self._end(turn, loop)
        if self._waiting:
            self._patrol = loop.call_later(self._young_seconds, self._look_at_ages, loop)
