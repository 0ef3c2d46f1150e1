"""The desktop's threads: long work away from the window, and its results back in the window's own thread.

Nothing else may start a thread that touches a model or Tk: whatever comes from elsewhere is posted to the bus.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from callmanager.domain.errors import CallManagerError, Unavailable
from callmanager.domain.texts import N_

T = TypeVar("T")
THREADS = 4
TICK_MILLISECONDS = 20
BREATH_MILLISECONDS = 2
"""Between two drains while something is left: enough for keys and drawing."""
TICK_SECONDS = 0.008
"""How long one drain may keep the window from drawing."""


class Bus:
    """Work for the window's thread, from any thread, done in order."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()

    def post(self, work: Callable[[], object]) -> None:
        """Have `work` done at the next drain."""
        self._waiting.put(work)

    def drain(self, seconds: float = TICK_SECONDS) -> bool:
        """Do what waits, for `seconds` at most (one piece at least). True when something is left.

        An error of a piece is raised after it; the rest waits for the next drain.
        """
        until = time.monotonic() + seconds
        while True:
            try:
                work = self._waiting.get_nowait()
            except queue.Empty:
                return False
            work()
            if time.monotonic() >= until:
                return not self._waiting.empty()


class Background:
    """Work in threads. `then` and `failed` are called in the window's thread, when the bus is drained."""

    def __init__(self, bus: Bus, threads: int = THREADS) -> None:
        self._bus = bus
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="desktop")
        self._turn = threading.Lock()
        self._newest: dict[str, int] = {}
        self._is_closed = False

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[CallManagerError], object],
        *,
        only_newest: str | None = None,
    ) -> None:
        """Do `work` in a thread; then `then(result)`, or `failed(error)` for an error of the domain.

        `only_newest` names a question of which only the last answer matters (a search): older ones are dropped, and
        are not even begun when a newer one waits. Any other error is a bug: `failed` is told that the program failed,
        so that nobody waits for ever, and the error itself is raised in the window's thread, where it is logged.
        """
        if self._is_closed:
            return  # an answer that came in the moment of leaving wants more to be done
        number = self._count(only_newest)

        def is_wanted() -> bool:
            return only_newest is None or self._newest[only_newest] == number

        def settle(done: Future[T | None]) -> None:
            if is_wanted() and not done.cancelled():
                _settle(done, then, failed)

        future = self._pool.submit(lambda: work() if is_wanted() else None)
        future.add_done_callback(lambda done: self._bus.post(lambda: settle(done)))

    def close(self) -> None:
        """Begin nothing more; what runs ends by itself and is not waited for."""
        self._is_closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _count(self, name: str | None) -> int:
        if name is None:
            return 0
        with self._turn:
            self._newest[name] = self._newest.get(name, 0) + 1
            return self._newest[name]


def _settle(done: Future[Any], then: Callable[[Any], object], failed: Callable[[CallManagerError], object]) -> None:
    error = done.exception()
    if isinstance(error, CallManagerError):
        failed(error)
    elif error is not None:
        try:
            failed(_program_failed())
        finally:
            raise error
    else:
        then(done.result())


def _program_failed() -> Unavailable:
    return Unavailable(
        "program_failed", N_("The program has failed at this. Try again; if it goes on, show IT the folder of its log.")
    )
