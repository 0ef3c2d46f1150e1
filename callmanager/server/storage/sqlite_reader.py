"""A database opened for reading only: for programs beside the running server, which is the one that writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from callmanager.domain.clock import from_wire
from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_
from callmanager.server.storage.own_file import journal_path
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
    def read(self, *, single: bool = False) -> Iterator[Connection]:
        del single
        with translating(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    def write(self, *, bulk: bool = False) -> AbstractContextManager[Connection]:
        del bulk
        raise Unavailable("read_only", N_("The database is open for reading only."))

    def check(self) -> None:
        pass  # what it saw is judged by whoever reads beside the server

    def close(self) -> None:
        self._engine.dispose()


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What can be seen of a database file from beside. `revision` and `last_change_at` are None when it has none."""

    journal_mode: str
    first_fault: str | None
    revision: str | None
    last_change_at: datetime | None
    size: int
    wal_size: int


def inspect_sqlite(path: Path, *, still: bool = False) -> DatabaseFacts:
    """Look at the database without changing it; `still` when nobody has it open and what lies beside it is not its own.

    Raises Unavailable when it cannot be read at all.
    """
    how = "mode=ro&immutable=1" if still else "mode=ro"
    uri = f"{path.absolute().as_uri()}?{how}"
    with translating(), closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)) as connection:
        checked = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        wal = journal_path(path)
        at = _first(connection, "log_head", "at")
        return DatabaseFacts(
            journal_mode=str(connection.execute("PRAGMA journal_mode").fetchone()[0]),
            first_fault=None if checked == "ok" else checked,
            revision=_first(connection, "alembic_version", "version_num"),
            last_change_at=None if at is None else from_wire(at),
            size=path.stat().st_size,
            wal_size=wal.stat().st_size if wal.exists() and not still else 0,
        )


def _first(connection: sqlite3.Connection, table: str, column: str) -> str | None:
    """One value of a table that has one row; None without the table."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
        return None
    row = connection.execute(f"SELECT {column} FROM {table}").fetchone()
    return None if row is None else str(row[0])
