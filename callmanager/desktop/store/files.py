"""Opens the SQLite files of the desktop: one writer, and readers that see one instant. Knows no tables."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

BUSY_SECONDS = 10.0
LOG_PAGES = 500
"""So long a log is copied into its file by the commit that made it so."""
SIDE_FILES = ("", "-wal", "-shm")


class SqliteFile:
    """A database file. Safe to use from several threads: writes take turns, reads do not wait for them."""

    def __init__(self, path: Path, *, synchronous: str, page_bytes: int = 4_096) -> None:
        """`page_bytes` counts when the file is made."""
        self.path = path
        self._copying: threading.Thread | None = None
        self._is_held = False
        self._turn = threading.RLock()
        self._readers: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._writer = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._writer.row_factory = sqlite3.Row
            self._writer.execute(f"PRAGMA page_size = {page_bytes}")
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

    def hold_back(self) -> None:
        """What is written from now on stays in the log beside the file: very much is coming, and whoever writes it
        should not also wait for the disk, over and over, while it is copied."""
        self._end_copying()
        self._is_held = True
        self._copy_after(0)

    def catch_up(self) -> None:
        """What was held back is copied into the file now, on a thread of its own: readers and writers go on."""
        if self._is_held:
            self._is_held = False
            self._copying = threading.Thread(target=self._copy, name="desktop-copying", daemon=True)
            self._copying.start()

    def _end_copying(self) -> None:
        if self._copying is not None:
            self._copying.join()

    def _copy(self) -> None:
        # an error is a full disk, say: the next commit tries again
        with suppress(sqlite3.Error), closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._copy_after(LOG_PAGES)

    def _copy_after(self, pages: int) -> None:
        with self._turn:
            self._writer.execute(f"PRAGMA wal_autocheckpoint = {pages}")

    def close(self) -> None:
        """Close every connection; nobody may be using the file."""
        self._end_copying()
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
