"""The clocks of a running server: one that notices when the PC's was set, and one for what must not notice it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from callmanager.domain.clock import Clock

LEAP = timedelta(seconds=1)
"""A clock that moves by more than this against the stopwatch was set; less is the drift that time services correct."""


def steady_seconds() -> float:
    """A stopwatch that nobody can set; it runs on while the PC sleeps, where the system has one that does."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class WatchedClock:
    """The computer's clock as a server follows it: it notices when somebody, or the time service, has set it.

    A small correction is waited out, so that time never goes back by less than a LEAP. A leap is followed at once, and
    `take_leap` tells by how much, for whoever moves what is under way along with it. Safe under threads.
    """

    def __init__(self, clock: Clock, stopwatch: Callable[[], float] = steady_seconds) -> None:
        self.stopwatch = stopwatch
        self._clock = clock
        self._lock = threading.Lock()
        self._last, self._passed = clock.now(), stopwatch()
        self._leapt = timedelta()

    def now(self) -> datetime:
        """The present instant by the computer's clock as it is set now."""
        with self._lock:
            wall, passed = self._clock.now(), self.stopwatch()
            leap = wall - self._last - timedelta(seconds=passed - self._passed)
            if abs(leap) >= LEAP:
                self._leapt += leap
                self._last = wall
            else:
                self._last = max(wall, self._last)
            self._passed = passed
            return self._last

    def take_leap(self) -> timedelta:
        """By how much the clock was set since this was asked last."""
        with self._lock:
            leapt, self._leapt = self._leapt, timedelta()
            return leapt

    def give_back(self, leap: timedelta) -> None:
        """What was done about a leap that was taken has not lasted: the next who asks is told of it."""
        with self._lock:
            self._leapt += leap


class SteadyClock:
    """A clock that never goes back and does not stand still: where the computer's is set back, time passes on."""

    def __init__(self, clock: Clock, stopwatch: Callable[[], float] = steady_seconds) -> None:
        self._clock, self._stopwatch = clock, stopwatch
        self._lock = threading.Lock()
        self._last, self._passed = clock.now(), stopwatch()

    def now(self, *, not_before: datetime | None = None) -> datetime:
        """The present instant, never before one that was given out nor before `not_before`; it goes on from there."""
        with self._lock:
            passed = self._stopwatch()
            self._last = max(self._clock.now(), self._last + timedelta(seconds=passed - self._passed))
            self._last = max(self._last, not_before or self._last)
            self._passed = passed
            return self._last

    def restart(self) -> None:
        """Go on from what the computer's clock shows, for whoever has moved all that was dated by this one."""
        with self._lock:
            self._last, self._passed = self._clock.now(), self._stopwatch()


@contextmanager
def taking_leap(clock: Clock) -> Iterator[Callable[[], timedelta]]:
    """Gives what takes the clock's leap (0 of one that is not watched); when the block fails, it is given back."""
    taken: list[timedelta] = []

    def take() -> timedelta:
        taken.append(clock.take_leap() if isinstance(clock, WatchedClock) else timedelta())
        return taken[-1]

    try:
        yield take
    except BaseException:
        if isinstance(clock, WatchedClock):
            clock.give_back(sum(taken, timedelta()))
        raise
