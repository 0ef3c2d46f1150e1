"""How many lists are being sent at a time: each that is not taken holds a piece of it in memory. Safe under threads."""

from __future__ import annotations

import threading
from collections import Counter

from callmanager.domain.errors import TooMany, Unavailable
from callmanager.domain.texts import N_
from callmanager.server.guests.shares import GuestCounts, Shares

RETRY_SECONDS = 10


class Streams:
    """Places for answers that are sent piece by piece, in all and for each user."""

    def __init__(self, shares: Shares, counts: GuestCounts) -> None:
        self._most, self._most_of_one = shares.streams, shares.streams_per_user
        self._counts = counts
        self._taken: Counter[int] = Counter()
        self._lock = threading.Lock()

    def take(self, user_id: int) -> None:
        """A place, for a user (0: nobody). Raises TooMany when this user has too many, Unavailable when all have."""
        with self._lock:
            if self._taken[user_id] >= self._most_of_one:
                self._counts.streams_refused += 1
                raise TooMany(
                    "too_many_lists",
                    N_("You are already taking %(limit)s lists. Take one to its end, or close it, and try again."),
                    retry_after_seconds=RETRY_SECONDS,
                    limit=self._most_of_one,
                )
            if self._taken.total() >= self._most:
                self._counts.streams_refused += 1
                raise Unavailable(
                    "lists_full", N_("The server is sending as many lists as it can. Try again in a moment.")
                )
            self._taken[user_id] += 1
            self._counts.streams = self._taken.total()

    def give_back(self, user_id: int) -> None:
        """The list was taken, or its reader has left."""
        with self._lock:
            self._taken[user_id] -= 1
            if self._taken[user_id] <= 0:
                del self._taken[user_id]
            self._counts.streams = self._taken.total()
