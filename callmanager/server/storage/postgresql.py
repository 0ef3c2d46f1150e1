"""PostgreSQL behind the same seam: writers are ordered by the one row of log_head, readers see one snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_

# 0x63616c6c: orders writers before the first row of log_head exists and keeps schema changes alone.
_WRITER_LOCK = 1667329132


class PostgresqlStorage:
    """One PostgreSQL database, which several servers may share."""

    dialect = "postgresql"

    def __init__(self, address: str, *, readers: int = 8) -> None:
        url = address.replace("postgresql://", "postgresql+psycopg://", 1)
        self._engine = create_engine(url, pool_size=readers, max_overflow=32, pool_pre_ping=True)

    @contextmanager
    def read(self, *, single: bool = False) -> Iterator[Connection]:
        del single
        with self._connect() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            yield connection
            connection.rollback()

    @contextmanager
    def write(self, *, bulk: bool = False) -> Iterator[Connection]:
        del bulk
        with self._connect() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
            yield connection
            connection.commit()

    def check(self) -> None:
        pass  # its files are the business of another server

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except OperationalError as error:
            code = getattr(error.orig, "sqlstate", None)
            if code == "53100":
                raise Unavailable(
                    "disk_full",
                    N_("The server's disk is full, so nothing can be saved. Free some space; reading still works."),
                ) from error
            if code is None or code.startswith(("08", "57")):
                raise Unavailable(
                    "database_busy", N_("The database does not answer. Try again in a moment.")
                ) from error
            raise
