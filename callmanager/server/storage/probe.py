"""Knows whether the database could be written lately: a probe that a job repeats, so that asking changes nothing."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from callmanager.domain.errors import CallManagerError, Unavailable
from callmanager.domain.texts import N_
from callmanager.server.logs import get_log
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import throttles

PROBE_SECONDS = 10.0
STALE_SECONDS = 45.0

_log = get_log("storage")
_PROBED = "probe:write"


class WriteProbe:
    """Writes one row, takes it away again in the same transaction, and remembers how that went. Safe under threads."""

    def __init__(self, storage: Storage, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._storage = storage
        self._monotonic = monotonic
        self._last: tuple[float, CallManagerError | None] | None = None

    def run(self) -> CallManagerError | None:
        """Try now. Returns what is wrong; a change for the worse or the better is logged."""
        before = self._last[1] if self._last else None
        error = self._error()
        self._last = (self._monotonic(), error)
        if error is not None and before is None:
            _log.error("not_writable", code=error.code)
        if error is None and before is not None:
            _log.info("writable_again", code=before.code)
        return error

    def check(self) -> None:
        """Raise what the last try met, or Unavailable when it is too long ago to mean anything."""
        if self._last is None or self._monotonic() - self._last[0] > STALE_SECONDS:
            raise Unavailable(
                "probe_stale", N_("The server no longer checks its database. Restart it and look into its log.")
            )
        if self._last[1] is not None:
            raise self._last[1]

    def _error(self) -> CallManagerError | None:
        try:
            with self._storage.write() as connection:
                connection.execute(throttles.insert().values(key=_PROBED, state="{}", expires_at=""))
                connection.execute(throttles.delete().where(throttles.c.key == _PROBED))
        except CallManagerError as error:
            return error
        except (DBAPIError, sqlite3.Error):
            _log.exception("probe_failed")
            return Unavailable(
                "database_faulty", N_("The database cannot be written. Run `callmanager doctor` on the server.")
            )
        return None
