"""A store of the throttle that needs no database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any


class MemoryThrottleStore:
    """Forgets at the end of the process. It keeps text, as a database does, so that a state must be real JSON."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, datetime]] = {}

    def get(self, key: str) -> dict[str, Any] | None:
        row = self.rows.get(key)
        state: dict[str, Any] | None = json.loads(row[0]) if row else None
        return state

    def put(self, key: str, state: Mapping[str, Any], expires_at: datetime) -> None:
        self.rows[key] = (json.dumps(dict(state), sort_keys=True), expires_at)

    def delete(self, key: str) -> None:
        self.rows.pop(key, None)

    def prune(self, now: datetime, *, keep: int) -> None:
        alive = [(key, row) for key, row in self.rows.items() if row[1] > now]
        alive.sort(key=lambda item: item[1][1], reverse=True)
        self.rows = dict(alive[:keep])
