"""A database opened for reading only: for programs beside the running server, which is the one that writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_
from callmanager.server.storage.sqlite_errors import translating

_BUSY_SECONDS = 10


class SqliteReader:
    """Storage that refuses to write. Used by one thread."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        address = f"{path.absolute().as_uri()}?mode=ro"
        self._engine = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(address, uri=True, isolation_level=None, timeout=_BUSY_SECONDS),
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
        )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with translating(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    def write(self, *, bulk: bool = False) -> AbstractContextManager[Connection]:
        del bulk
        raise Unavailable("read_only", N_("The database is open for reading only."))

    def close(self) -> None:
        self._engine.dispose()
