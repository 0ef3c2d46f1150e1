"""Keeps the throttle's rows in the database, so that guessing stays slow over a restart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import delete, insert, select

from callmanager.domain.clock import to_wire
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import throttles


class StoredThrottles:
    """security.throttle_store.ThrottleStore on the table `throttles`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def get(self, key: str) -> dict[str, Any] | None:
        with self._storage.read() as connection:
            text = connection.execute(select(throttles.c.state).where(throttles.c.key == key)).scalar()
        state: dict[str, Any] | None = None if text is None else orjson.loads(text)
        return state

    def put(self, key: str, state: Mapping[str, Any], expires_at: datetime) -> None:
        row = {"key": key, "state": orjson.dumps(dict(state)).decode(), "expires_at": to_wire(expires_at)}
        with self._storage.write() as connection:
            connection.execute(delete(throttles).where(throttles.c.key == key))
            connection.execute(insert(throttles), row)

    def delete(self, key: str) -> None:
        with self._storage.write() as connection:
            connection.execute(delete(throttles).where(throttles.c.key == key))

    def prune(self, now: datetime, *, keep: int) -> None:
        newest = select(throttles.c.key).order_by(throttles.c.expires_at.desc()).limit(keep)
        with self._storage.write() as connection:
            connection.execute(delete(throttles).where(throttles.c.expires_at <= to_wire(now)))
            connection.execute(delete(throttles).where(throttles.c.key.not_in(newest)))
