"""Timers for drivers, as a protocol: tests move their time by hand."""

from __future__ import annotations

from collections.abc import Callable
from threading import Timer
from typing import Protocol

Cancel = Callable[[], None]


class Timers(Protocol):
    """Runs something later, on another thread."""

    def after(self, seconds: float, act: Callable[[], None]) -> Cancel:
        """Run `act` once in `seconds`; what is returned calls it off, if it has not begun."""
        ...


class ThreadTimers:
    """Timers of the running program; none of them keeps it from ending."""

    def after(self, seconds: float, act: Callable[[], None]) -> Cancel:
        timer = Timer(seconds, act)
        timer.daemon = True
        timer.start()
        return timer.cancel
