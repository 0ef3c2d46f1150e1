"""The one clock. Everything that needs the time receives a Clock; nothing else asks the system."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

LEAP = timedelta(seconds=1)
"""A clock that moves by more than this against the stopwatch was set; less is the drift that time services correct."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware and in UTC."""
        ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


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


@lru_cache(maxsize=64)  # the rows of one change set all bear the same instant
def to_wire(instant: datetime) -> str:
    """`2026-11-22T10:53:31.123Z`: fixed width, so that text order is time order."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def from_wire(text: str) -> datetime:
    """The aware UTC instant that `text` (ISO 8601) names. Raises ValueError when it names none or has no zone."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    return instant.astimezone(UTC)
