"""How much callers may hold, from the settings, and the counts of what they hold and were refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1_048_576
FILES_OF_OUR_OWN = 160
"""Open files that the server needs besides connections: databases, logs, bodies on disk."""


@dataclass(frozen=True, slots=True)
class Shares:
    """`slowest` is in bytes a second. `folder` is where bodies lie that are not kept in memory."""

    connections: int = 5_000
    strangers: int = 1_000
    strangers_per_address: int = 250
    stranger_seconds: float = 20.0
    slowest: int = 1_000
    body_bytes: int = 512 * MEGABYTE
    streams: int = 64
    streams_per_user: int = 8
    proxies: tuple[str, ...] = ()
    folder: Path | None = None

    def within(self, open_files: int | None) -> tuple[int, int]:
        """How many connections and how many strangers fit into what the system grants (None: it has no limit).

        Half of the places at least are kept for people who have signed in.
        """
        most = self.connections
        if open_files is not None:
            most = min(most, max(16, open_files - FILES_OF_OUR_OWN))
        return most, min(self.strangers, max(8, most // 2))


@dataclass(slots=True)
class GuestCounts:
    """For /metrics. The first six are what is held just now, the others have only ever grown."""

    strangers: int = 0
    known: int = 0
    bodies: int = 0
    body_bytes: int = 0
    body_memory: int = 0
    streams: int = 0
    dropped: int = 0
    turned_away: int = 0
    unread: int = 0
    too_slow: int = 0
    bodies_refused: int = 0
    streams_refused: int = 0
