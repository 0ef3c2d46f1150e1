"""SQLite in WAL mode with FULL synchronisation: one writer connection, readers that cannot write, group commit.

Nothing is told to be saved, or read, of a file that is not the server's own any more (own_file.py).
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, create_engine, make_url
from sqlalchemy.pool import NullPool, StaticPool
from sqlalchemy.util import LRUCache

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_
from callmanager.server.storage.own_file import OwnFile
from callmanager.server.storage.sqlite_errors import translated, translating

# A group shares one fsync. The bound keeps the first of a group from waiting for a long queue.
GROUP_LIMIT = 32
# Rows written between two checkpoints: about the thousand pages after which SQLite would make one unasked.
CHECKPOINT_ROWS = 500


class SqliteStorage:
    """One database file. See change-log.md, Storage rules, for why it has this shape."""

    dialect = "sqlite"

    def __init__(self, path: Path, *, readers: int = 8) -> None:
        self.path = path
        _create_private(path)
        self._writer_engine = _engine(path, StaticPool)
        with translating():
            writer = self._writer_engine.connect()
            self._readers = Readers(_engine(path, NullPool, mode="ro"), kept=readers)
            self._last = self._readers.open_one()
            self._file = OwnFile(path, _driver_of(self._last))
            self._writer = Writer(writer, self._file)

    @contextmanager
    def read(self, *, single: bool = False) -> Iterator[Connection]:
        with translating(), self._file.explaining():
            self._file.check_known()
            connection, driver = self._readers.take()
            try:
                if not single:
                    driver.execute("BEGIN")
                yield connection
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
                self._file.check()
            except BaseException:
                connection.close()
                raise
            self._readers.give(connection, driver)

    @contextmanager
    def write(self, *, bulk: bool = False) -> Iterator[Connection]:
        with self._writer.transaction(bulk=bulk) as connection:
            yield connection

    def check(self) -> None:
        try:
            self._file.check()
        except Unavailable as fault:
            if fault.code == "journal_lost":
                self._writer.rescue()
            raise

    def close(self) -> None:
        """SQLite writes the journal into the file when the last connection that can write is closed.

        That must not happen to a file which somebody put there, so one that cannot write is then the last.
        """
        with suppress(Unavailable):
            self.check()
        if not self._file.is_lost:
            self._close_readers()
        self._writer.close()
        self._writer_engine.dispose()
        self._close_readers()
        self._file.close()

    def _close_readers(self) -> None:
        self._last.close()
        self._readers.close()


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
        return connection, _driver_of(connection)

    def open_one(self) -> Connection:
        """A connection that has looked into the database and so holds it, for somebody who keeps it."""
        connection = self._engine.connect()
        _driver_of(connection).execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return connection

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

    def __init__(self, connection: Connection, file: OwnFile) -> None:
        self._connection = connection
        self._driver = _driver_of(connection)
        self._file = file
        self._rows = self._driver.total_changes
        self._turns = Turns()
        self._group: _Group | None = None

    @contextmanager
    def transaction(self, *, bulk: bool) -> Iterator[Connection]:
        self._turns.take(sharing=not bulk)
        try:
            with translating(), self._file.explaining():
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
            self._file.check()
            raise translated(group.error)

    def close(self) -> None:
        self._turns.take(sharing=False)
        try:
            self._connection.close()
        finally:
            self._turns.give()

    def rescue(self) -> None:
        """Save what only the journal holds, whose name somebody has removed, in the file."""
        self._turns.take(sharing=False)
        try:
            with suppress(sqlite3.Error):
                self._driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            self._turns.give()

    def _join(self, *, alone: bool) -> _Group:
        if self._connection.closed:
            raise Unavailable("stopping", N_("The server is stopping. Try again in a moment."))
        self._file.check()
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
                self._checkpoint()
        finally:
            self._turns.give()

    def _commit(self, group: _Group) -> None:
        """End the group, well or badly; whoever waits for it is told in every case.

        It is well only when the file was still the server's own after the commit.
        """
        self._group = None
        failure: BaseException | None = None
        try:
            self._driver.execute("COMMIT")
            self._file.check()
        except (sqlite3.Error, Unavailable) as error:
            failure = error
            if self._driver.in_transaction:
                self._driver.execute("ROLLBACK")
        except BaseException as error:
            failure = error
            raise
        finally:
            group.end(failure)

    def _checkpoint(self) -> None:
        """Write what the journal holds into the file, once the journal has grown, and never into a foreign file.

        What fails is tried again after the next commit: it is saved all the same, in the journal.
        """
        if self._driver.total_changes - self._rows < CHECKPOINT_ROWS:
            return
        with suppress(sqlite3.Error, Unavailable), self._file.checkpointing():
            self._driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self._rows = self._driver.total_changes


def _create_private(path: Path) -> None:
    """A new database is its owner's alone; SQLite gives -wal and -shm the rights that the file has."""
    with suppress(OSError):  # SQLite says it better
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _driver_of(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _engine(path: Path, pool: type[NullPool | StaticPool], *, mode: str = "rwc") -> Engine:
    address = f"{path.absolute().as_uri()}?mode={mode}"

    def connect() -> Any:  # SQLAlchemy has a type of its own for what any driver gives
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False, timeout=10, cached_statements=512
        )
        _prepare(connection, read_only=mode == "ro")
        return connection

    dialect = _dialect()
    engine = Engine(pool(connect, reset_on_return=None, dialect=dialect), dialect, make_url("sqlite://"))
    engine.update_execution_options(compiled_cache=_COMPILED)
    return engine


@cache
def _dialect() -> Dialect:
    """SQLite as SQLAlchemy speaks to it, told apart by its version."""
    engine = create_engine(
        "sqlite://",
        isolation_level="AUTOCOMMIT",  # transactions are ours: BEGIN and COMMIT are written out above
    )
    with engine.connect():
        pass
    engine.dispose()
    return engine.dialect


_COMPILED: LRUCache[Any, Any] = LRUCache(1000)
"""Statements in SQLite's words, for readers and writers alike: to find these takes longer than most statements do."""


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
    connection.execute("PRAGMA wal_autocheckpoint = 0")  # the writer makes each, when it has looked at the file
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_size_limit = 67108864")


class Turns:
    """A lock that is fair: an import that asks again at once waits behind whoever asked before.

    It knows whether the next in line would share a commit, which is what a group of transactions stays open for.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._line: deque[tuple[threading.Lock, bool]] = deque()

    def take(self, *, sharing: bool) -> None:
        """Wait for one's turn. `sharing` says that this one would share a commit with the one before."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            gate = threading.Lock()
            gate.acquire()
            self._line.append((gate, sharing))
        try:
            gate.acquire()
        except BaseException:
            self._leave_line(gate, sharing=sharing)
            raise

    def next_shares(self) -> bool:
        """Whether somebody waits who would share a commit with whoever has the turn now."""
        with self._guard:
            return bool(self._line) and self._line[0][1]

    def give(self) -> None:
        """Hand the turn to the next in line."""
        with self._guard:
            if self._line:
                self._line.popleft()[0].release()
            else:
                self._taken = False

    def _leave_line(self, gate: threading.Lock, *, sharing: bool) -> None:
        """An interrupt came while waiting: nobody may hand a turn to one who has left."""
        with self._guard:
            handed = (gate, sharing) not in self._line
            if not handed:
                self._line.remove((gate, sharing))
        if handed:
            self.give()
