"""SQLite in WAL mode with FULL synchronisation: one writer connection, readers that cannot write, group commit."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool, StaticPool

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_
from callmanager.server.storage.sqlite_errors import translated, translating
from callmanager.server.storage.sqlite_turns import Turns

# A group shares one fsync. The bound keeps the first of a group from waiting for a long queue.
GROUP_LIMIT = 32


class SqliteStorage:
    """One database file. See change-log.md, Storage rules, for why it has this shape."""

    dialect = "sqlite"

    def __init__(self, path: Path, *, readers: int = 8) -> None:
        self.path = path
        self._writer_engine = _engine(path, StaticPool)
        with translating():
            self._writer = Writer(self._writer_engine.connect())
        self._readers = Readers(_engine(path, NullPool, mode="ro"), kept=readers)

    @contextmanager
    def read(self, *, single: bool = False) -> Iterator[Connection]:
        with translating():
            connection, driver = self._readers.take()
            try:
                if not single:
                    driver.execute("BEGIN")
                yield connection
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
            except BaseException:
                connection.close()
                raise
            self._readers.give(connection, driver)

    @contextmanager
    def write(self, *, bulk: bool = False) -> Iterator[Connection]:
        with self._writer.transaction(bulk=bulk) as connection:
            yield connection

    def close(self) -> None:
        self._readers.close()
        self._writer.close()
        self._writer_engine.dispose()


class Readers:
    """Open connections that wait for the next reader. One that met an error is closed, not used again.

    A pool of SQLAlchemy's would make a Connection anew for every read, which costs more than reading a page.
    """

    def __init__(self, engine: Engine, *, kept: int) -> None:
        self._engine = engine
        self._kept = kept
        self._waiting: list[tuple[Connection, sqlite3.Connection]] = []
        self._closed = False

    def take(self) -> tuple[Connection, sqlite3.Connection]:
        """A connection that nobody else has, and its driver's."""
        try:
            return self._waiting.pop()  # append and pop of a list are atomic
        except IndexError:
            connection = self._engine.connect()
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        return connection, driver

    def give(self, connection: Connection, driver: sqlite3.Connection) -> None:
        """Take a connection back whose transaction has ended."""
        if self._closed or len(self._waiting) >= self._kept:
            connection.close()
        else:
            self._waiting.append((connection, driver))

    def close(self) -> None:
        """End the connections that wait; those at work end when they are given back."""
        self._closed = True
        while self._waiting:
            self._waiting.pop()[0].close()
        self._engine.dispose()


class _Group:
    """Transactions that will share one commit, and what became of it."""

    def __init__(self) -> None:
        self.size = 0
        self.done = threading.Event()
        self.error: BaseException | None = None

    def end(self, error: BaseException | None = None) -> None:
        self.error = error
        self.done.set()


class Writer:
    """The one connection that writes, used by one thread at a time.

    While others wait for their turn, a finished transaction stays open as a savepoint in a shared one; the last of
    the group commits for all, and only then is any of them told that it is durable.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        self._driver = driver
        self._turns = Turns()
        self._group: _Group | None = None

    @contextmanager
    def transaction(self, *, bulk: bool) -> Iterator[Connection]:
        self._turns.take(sharing=not bulk)
        try:
            with translating():
                group = self._join(alone=bulk)
                try:
                    yield self._connection
                    self._driver.execute("RELEASE one")
                except BaseException as error:
                    self._abandon(group, error)
                    raise
                group.size += 1
        finally:
            self._leave(bulk=bulk)
        group.done.wait()
        if group.error is not None:
            raise translated(group.error)

    def close(self) -> None:
        self._turns.take(sharing=False)
        try:
            self._connection.close()
        finally:
            self._turns.give()

    def _join(self, *, alone: bool) -> _Group:
        if self._connection.closed:
            raise Unavailable("stopping", N_("The server is stopping. Try again in a moment."))
        if self._group is not None and alone:
            self._commit(self._group)
        if self._group is None:
            self._driver.execute("BEGIN IMMEDIATE")
            self._group = _Group()
        self._driver.execute("SAVEPOINT one")
        return self._group

    def _abandon(self, group: _Group, error: BaseException) -> None:
        """Undo one member. When SQLite has already rolled everything back (disk full), the whole group failed."""
        if self._driver.in_transaction:
            self._driver.execute("ROLLBACK TO one")
            self._driver.execute("RELEASE one")
        else:
            self._group = None
            group.end(error)

    def _leave(self, *, bulk: bool) -> None:
        try:
            group = self._group
            if group is not None and (bulk or group.size >= GROUP_LIMIT or not self._turns.next_shares()):
                self._commit(group)
        finally:
            self._turns.give()

    def _commit(self, group: _Group) -> None:
        """End the group, well or badly; whoever waits for it is told in every case."""
        self._group = None
        failure: BaseException | None = None
        try:
            self._driver.execute("COMMIT")
        except sqlite3.Error as error:
            failure = error
            if self._driver.in_transaction:
                self._driver.execute("ROLLBACK")
        except BaseException as error:
            failure = error
            raise
        finally:
            group.end(failure)


def _engine(path: Path, pool: type[NullPool | StaticPool], *, mode: str = "rwc") -> Engine:
    address = f"{path.absolute().as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False, timeout=10, cached_statements=512
        )
        _prepare(connection, read_only=mode == "ro")
        return connection

    return create_engine(
        "sqlite://",
        creator=connect,
        poolclass=pool,
        isolation_level="AUTOCOMMIT",  # transactions are ours: BEGIN and COMMIT are written out above
        pool_reset_on_return=None,
    )


def _prepare(connection: sqlite3.Connection, *, read_only: bool) -> None:
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute("PRAGMA cache_size = -16000")
    connection.execute("PRAGMA temp_store = MEMORY")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
        return
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        connection.close()
        raise Unavailable(
            "journal_mode",
            N_("The database cannot use its journal (mode %(mode)s). Put it on a disk of this PC, not on a share."),
            mode=mode,
        )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_size_limit = 67108864")
