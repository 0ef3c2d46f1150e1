"""Counts requests by route, method and status, and how long they took. Cheap enough for every request."""

from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import dataclass, field

COUNTS = "callmanager.counts"
"""Where an application keeps its counts: `app.extensions[COUNTS]`."""

UPPER_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(slots=True)
class Duration:
    """How many requests took at most each of UPPER_SECONDS (the last: longer), and all their seconds together."""

    within: list[int] = field(default_factory=lambda: [0] * (len(UPPER_SECONDS) + 1))
    seconds: float = 0.0


class RequestCounts:
    """Safe under threads. Its size is bounded: routes are ours, and what callers invent counts as one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._statuses: dict[tuple[str, str, int], int] = {}
        self._durations: dict[tuple[str, str], Duration] = {}

    def add(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request. `route` is the rule, such as `/contacts/<int:contact_id>`, or empty when none fits."""
        method = method if method in METHODS else "other"
        with self._lock:
            key = (route, method, status)
            self._statuses[key] = self._statuses.get(key, 0) + 1
            duration = self._durations.setdefault((route, method), Duration())
            duration.within[bisect_left(UPPER_SECONDS, seconds)] += 1
            duration.seconds += seconds

    def statuses(self) -> dict[tuple[str, str, int], int]:
        """Requests by route, method and status."""
        with self._lock:
            return dict(self._statuses)

    def durations(self) -> dict[tuple[str, str], Duration]:
        """Durations by route and method."""
        with self._lock:
            return {key: Duration(list(found.within), found.seconds) for key, found in self._durations.items()}
