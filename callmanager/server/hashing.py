"""Keeps requests that hash a password apart from all others: a hash keeps a processor busy for a quarter of a second.

They wait in the order in which they came and hold no thread, no place in a lane and no transaction meanwhile.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

MOST_THREADS = 4


def hashing_threads(processors: int | None = None) -> int:
    """How many hashes run at once: one processor is left to everybody else, where there are two."""
    return min(max((processors or os.cpu_count() or 1) - 1, 1), MOST_THREADS)


class Full(Exception):
    """So many wait already that whoever came now would wait too long."""


class Left(Exception):
    """The client has gone away before its turn came."""


class HashingLane:
    """Runs work on threads of its own, in the order of asking. `most_waiting` may wait, beside those at work.

    `takes` says of a method and a path whether the request belongs here.
    """

    def __init__(self, takes: Callable[[str, str], bool], *, most_waiting: int, at_once: int | None = None) -> None:
        self.takes = takes
        self._at_once = at_once or hashing_threads()
        self._most = most_waiting + self._at_once
        self._threads = ThreadPoolExecutor(self._at_once, thread_name_prefix="hashing")
        self._inside = 0

    async def run(self, work: Callable[[], T], departure: Callable[[], Awaitable[None]]) -> T:
        """What `work` returns or raises. Raises Full at once, and Left when `departure` ended before the turn came."""
        if self._inside >= self._most:
            raise Full
        place = self._threads.submit(work)
        self._inside += 1
        watch = asyncio.ensure_future(departure())
        watch.add_done_callback(lambda _watch: place.cancel())  # which does nothing once the work has begun
        try:
            return await asyncio.wrap_future(place)
        except asyncio.CancelledError:
            if watch.done() and place.cancelled():
                raise Left from None
            raise
        finally:
            self._inside -= 1
            watch.cancel()

    def close(self) -> None:
        """Take nothing more; who waits is not served."""
        self._threads.shutdown(wait=False, cancel_futures=True)
