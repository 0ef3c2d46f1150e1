"""Sessions that could not be written when somebody signed in, because the disk was full: they live in memory only.

Such a session ends as every other does (docs/decisions/0105), and with the server at the latest.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime
from itertools import count

MOST_SESSIONS = 5_000


@dataclass(frozen=True, slots=True)
class MemorySession:
    """What its row would hold. `number` stands for the id of the row; it is negative, as no id is."""

    number: int
    jti: str
    user_id: int
    address: str
    client: str
    expires_at: datetime


class MemorySessions:
    """Bounded by MOST_SESSIONS, of which the oldest goes first. Safe under threads."""

    def __init__(self) -> None:
        self._sessions: dict[str, MemorySession] = {}
        # Leases bear the number: one of an earlier run must not meet its like.
        self._numbers = count(secrets.randbelow(2**40) + 1)
        self._lock = threading.Lock()

    def open(self, jti: str, user_id: int, *, address: str, client: str, expires_at: datetime) -> None:
        with self._lock:
            number = -next(self._numbers)
            self._sessions[jti] = MemorySession(number, jti, user_id, address, client, expires_at)
            if len(self._sessions) > MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]

    def find(self, jti: str) -> MemorySession | None:
        return self._sessions.get(jti)

    def is_open(self, number: int) -> bool:
        with self._lock:
            return any(session.number == number for session in self._sessions.values())

    def end(self, number: int) -> MemorySession | None:
        """Forget the session of this number, and give back what it was."""
        with self._lock:
            for jti, session in self._sessions.items():
                if session.number == number:
                    return self._sessions.pop(jti)
        return None
