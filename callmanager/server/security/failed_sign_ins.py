"""Tells IT, in the log, who tried a password in vain and from where; a flood of attempts does not become one of lines.

The name is the one that was typed, whether there is such a user or not. What cannot be a name is only described: people
type a password into the wrong field, and the log holds none.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta

from callmanager.domain.clock import Clock
from callmanager.domain.people import USERNAME_PATTERN, fold_username
from callmanager.server.logs import get_log

WINDOW = timedelta(minutes=1)
MOST_OF_AN_ADDRESS = 20
MOST_IN_ALL = 200

_log = get_log("access")


class FailedSignIns:
    """Writes at most MOST_IN_ALL lines in a WINDOW; the first line of the next says how many were left out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.now()
        self._told: Counter[str] = Counter()
        self._left_out = 0
        self._lock = threading.Lock()

    def note(self, address: str, name: str, why: str) -> None:
        """One attempt that failed or was not let try; `why` is a word for it. Safe under threads."""
        with self._lock:
            self._begin_window(self._clock.now())
            if self._told[address] >= MOST_OF_AN_ADDRESS or self._told.total() >= MOST_IN_ALL:
                self._left_out += 1
                return
            self._told[address] += 1
            left_out, self._left_out = self._left_out, 0
        _log.warning("sign_in_failed", address=address, name=_shown(name), why=why, lines_left_out=left_out or None)

    def _begin_window(self, now: datetime) -> None:
        if not self._since <= now < self._since + WINDOW:
            self._since, self._told = now, Counter()


def _shown(name: str) -> str:
    folded = fold_username(name)
    return folded if USERNAME_PATTERN.fullmatch(folded) else f"(no name, {len(name)} characters)"
