"""Time that moves by hand: a clock and timers that agree, so that a script of minutes takes none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class MovedTime:
    """Is both Clock and Timers."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
        self._planned: list[tuple[datetime, int, Callable[[], None]]] = []
        self._made = 0

    def now(self) -> datetime:
        return self._now

    def after(self, seconds: float, act: Callable[[], None]) -> Callable[[], None]:
        self._made += 1
        entry = (self._now + timedelta(seconds=seconds), self._made, act)
        self._planned.append(entry)
        return lambda: self._planned.remove(entry) if entry in self._planned else None

    def move(self, seconds: float) -> None:
        """Let `seconds` pass; what is planned within them happens at its time."""
        until = self._now + timedelta(seconds=seconds)
        while due := sorted(entry for entry in self._planned if entry[0] <= until):
            self._planned.remove(due[0])
            self._now = due[0][0]
            due[0][2]()
        self._now = until

    @property
    def planned(self) -> int:
        return len(self._planned)
