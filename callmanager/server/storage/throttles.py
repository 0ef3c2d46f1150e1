"""Keeps the throttle's rows in the database, so that guessing stays slow over a restart.

What cannot be written, because the disk is full, is kept in memory and written with the next row that can: people still
sign in, and who guesses is still slowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import delete, insert, select

from callmanager.domain.clock import to_wire
from callmanager.domain.errors import Unavailable
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import throttles

MOST_WAITING = 500


class StoredThrottles:
    """security.throttle_store.ThrottleStore on the table `throttles`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._waiting: dict[str, dict[str, str] | None] = {}

    def get(self, key: str) -> dict[str, Any] | None:
        if key in self._waiting:
            row = self._waiting[key]
            waiting: dict[str, Any] | None = None if row is None else orjson.loads(row["state"])
            return waiting
        with self._storage.read() as connection:
            text = connection.execute(select(throttles.c.state).where(throttles.c.key == key)).scalar()
        state: dict[str, Any] | None = None if text is None else orjson.loads(text)
        return state

    def put(self, key: str, state: Mapping[str, Any], expires_at: datetime) -> None:
        state_text = orjson.dumps(dict(state)).decode()
        self._write(key, {"key": key, "state": state_text, "expires_at": to_wire(expires_at)})

    def delete(self, key: str) -> None:
        self._write(key, None)

    def prune(self, now: datetime, *, keep: int) -> None:
        newest = select(throttles.c.key).order_by(throttles.c.expires_at.desc()).limit(keep)
        with suppress(Unavailable), self._storage.write() as connection:  # it is done again
            connection.execute(delete(throttles).where(throttles.c.expires_at <= to_wire(now)))
            connection.execute(delete(throttles).where(throttles.c.key.not_in(newest)))

    def _write(self, key: str, row: dict[str, str] | None) -> None:
        self._waiting[key] = row
        try:
            with self._storage.write() as connection:
                connection.execute(delete(throttles).where(throttles.c.key.in_(list(self._waiting))))
                rows = [waiting for waiting in self._waiting.values() if waiting is not None]
                if rows:
                    connection.execute(insert(throttles), rows)
        except Unavailable:
            while len(self._waiting) > MOST_WAITING:
                del self._waiting[next(iter(self._waiting))]
        else:
            self._waiting.clear()
