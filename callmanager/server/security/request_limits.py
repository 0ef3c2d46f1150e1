"""How many requests of a kind one user may make: moving windows in memory, which a restart forgets without harm."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import NamedTuple

from callmanager.domain.clock import Clock
from callmanager.domain.errors import TooMany
from callmanager.domain.texts import N_

MOST_WINDOWS = 10_000


class RequestAllowance(NamedTuple):
    """At most so many `requests` in any `seconds`."""

    requests: int
    seconds: float


class RequestLimits:
    """The allowances of each user, by bucket (`import`, `read`, `write`); None is without limit. Safe under threads.

    A window costs about 40 bytes for each request it still remembers; at most MOST_WINDOWS are kept, and the one
    that was longest unused is forgotten first.
    """

    def __init__(
        self, allowances: Mapping[str, RequestAllowance | None], clock: Clock, *, most_windows: int = MOST_WINDOWS
    ) -> None:
        self._allowances = dict(allowances)
        self._clock = clock
        self._most_windows = most_windows
        self._windows: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, user_key: str, bucket: str) -> None:
        """Count one request, or raise TooMany with the seconds to wait. An unknown bucket is a KeyError."""
        allowance = self._allowances[bucket]
        if allowance is None:
            return
        with self._lock:
            now = self._clock.now().timestamp()
            window = self._window(user_key, bucket)
            _forget(window, now, allowance.seconds)
            if len(window) < allowance.requests:
                window.append(now)
                return
            # An allowance of 0 closes the bucket: there is no first request to wait for.
            first = window[0] if window else now
        raise TooMany(
            "too_many_requests",
            N_("Too many requests. Seconds to wait: %(seconds)s."),
            retry_after_seconds=max(1, math.ceil(first + allowance.seconds - now)),
            fields={"bucket": bucket},
        )

    def _window(self, user_key: str, bucket: str) -> deque[float]:
        window = self._windows.setdefault((user_key, bucket), deque())
        self._windows.move_to_end((user_key, bucket))
        if len(self._windows) > self._most_windows:
            self._windows.popitem(last=False)
        return window


def _forget(window: deque[float], now: float, seconds: float) -> None:
    while window and window[0] <= now - seconds:
        window.popleft()
    while window and window[-1] > now:  # the clock was set back
        window.pop()
