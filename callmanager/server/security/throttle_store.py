"""Where the throttle keeps what it remembers. The rules are in throttle.py; a store only keeps rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol


class ThrottleStore(Protocol):
    """Rows of key, state (an object of JSON) and the instant from which the row means nothing any more.

    A store that keeps them on disk makes guessing slow over restarts too. The table `throttles(key TEXT PRIMARY KEY,
    state TEXT, expires_at TEXT)` is enough, with an index on expires_at:
    put is `INSERT ... ON CONFLICT(key) DO UPDATE`, committed before it returns (a kill must not give attempts back);
    prune is two deletes, of `expires_at <= now` and of what is over the bound in order of expires_at.
    Calls come one at a time from one process. A lost row only forgives, so no other table needs its transaction.
    """

    def get(self, key: str) -> dict[str, Any] | None:
        """The state, also of a row that has expired: the throttle judges by the instants inside."""
        ...

    def put(self, key: str, state: Mapping[str, Any], expires_at: datetime) -> None: ...

    def delete(self, key: str) -> None:
        """Does nothing when there is no such row."""
        ...

    def prune(self, now: datetime, *, keep: int) -> None:
        """Delete the rows that have expired, then those that expire first until at most `keep` are left."""
        ...
