"""Opens the SQLite files of the desktop: one writer, and readers that see one instant. Knows no tables."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUSY_SECONDS = 10.0
SIDE_FILES = ("", "-wal", "-shm")


class SqliteFile:
    """A database file. Safe to use from several threads: writes take turns, reads do not wait for them."""

    def __init__(self, path: Path, *, synchronous: str) -> None:
        self.path = path
        self._turn = threading.RLock()
        self._readers: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._writer = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._writer.row_factory = sqlite3.Row
            self._writer.execute("PRAGMA journal_mode = WAL")
            self._writer.execute(f"PRAGMA synchronous = {synchronous}")
            self._writer.execute("PRAGMA journal_size_limit = 8388608")
        except sqlite3.DatabaseError:
            self._writer.close()
            raise

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or nothing."""
        with self._turn:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that cannot write; what it reads in the block is of one instant."""
        try:
            connection = self._readers.get_nowait()
        except queue.Empty:
            connection = self._open_reader()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")
            self._readers.put(connection)

    def close(self) -> None:
        """Close every connection; nobody may be using the file."""
        while not self._readers.empty():
            self._readers.get_nowait().close()
        with self._turn:
            self._writer.close()

    def _open_reader(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA query_only = ON")
        return connection


def remove_file(path: Path) -> None:
    """Remove a database with the files beside it."""
    for ending in SIDE_FILES:
        path.with_name(path.name + ending).unlink(missing_ok=True)
