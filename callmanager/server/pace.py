"""Lets long work go on without keeping people waiting: while somebody is being answered, it works a little and rests.

Python runs one thread at a time, and a thread that only computes gives the others a turn every 5 ms; a request needs
many turns. So long work stops by itself after a few milliseconds and leaves the processor, and the database's one
writer, to the others for a multiple of that. Alone in the office, it never rests.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

SLICE_SECONDS = 0.005
REST = 3.0
"""So many times as long as it worked, long work rests."""

LONGEST_REST_SECONDS = 0.1
REMEMBERED_SECONDS = 1.0
"""For so long after the last request others count as being there: the next one should not meet work at full speed."""


class Pace:
    """Knows whether people are being answered, and how long each thread has worked since it last gave way.

    A request is `answering`; the long work in it, or on a thread of its own, is `behind`, which takes it out of those
    for whom others give way. Safe under threads.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._guard = threading.Lock()
        self._answered = 0
        self._last_at = float("-inf")
        self._own = threading.local()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While a person's request is answered on this thread."""
        self._own.answering = True
        self._count(1)
        try:
            yield
        finally:
            if self._own.answering:
                self._count(-1)
            self._own.answering = False

    @contextmanager
    def behind(self) -> Iterator[None]:
        """While this thread does long work. A request that turns into it holds up no other long work any more."""
        if getattr(self._own, "answering", False):
            self._own.answering = False
            self._count(-1, forget=True)
        self.begin()
        yield

    @property
    def crowded(self) -> bool:
        """Whether somebody is being answered, or was a moment ago."""
        return self._answered > 0 or self._monotonic() - self._last_at < REMEMBERED_SECONDS

    def begin(self) -> None:
        """Count what this thread has worked from now on: it has just been given a turn."""
        self._own.since = self._monotonic()

    def must_give_way(self) -> bool:
        """Whether this thread has worked for long enough while others are there. For work that holds the writer."""
        return self._worked() >= SLICE_SECONDS and self.crowded

    def give_way(self) -> None:
        """Rest, when `must_give_way`; never call it while holding what others wait for."""
        worked = self._worked()
        if worked < SLICE_SECONDS:
            return
        if self.crowded:
            self._sleep(min(worked * REST, LONGEST_REST_SECONDS))
        self.begin()

    def walk(self, items: Iterable[T]) -> Iterator[T]:
        """The same items, with rests between them."""
        for item in items:
            self.give_way()
            yield item

    def _worked(self) -> float:
        since: float | None = getattr(self._own, "since", None)
        if since is None:
            self.begin()
            return 0.0
        return self._monotonic() - since

    def _count(self, step: int, *, forget: bool = False) -> None:
        with self._guard:
            self._answered += step
            if step < 0 and not forget:
                self._last_at = self._monotonic()
