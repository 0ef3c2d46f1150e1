"""Knows whether the file of the database is still the one that this server opened and wrote (docs/decisions/0099).

In WAL mode the file changes by checkpoints alone, and the server makes all of them. What it knows of the file after
one of its own must still be true later: which file the path leads to, its size, its header, and the page with the
head of the change log. Whatever was copied, moved or written over it differs in one of these.

The file stays open here for as long as SQLite has it: closing it would drop SQLite's locks (POSIX locks belong to the
process).
"""

from __future__ import annotations

import os
import re
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_
from callmanager.server.logs import get_log

_log = get_log("storage")
_HEADER = 100  # bytes, of which a checkpoint leaves the first 20 as they are: name, size of pages, kind of journal
_STEADY = 20
_LOOKS, _LOOK_SECONDS = 10, 0.05
_HASH = re.compile(rb"[0-9a-f]{64}")
_RECENT = "SELECT seq, hash FROM changes ORDER BY seq DESC LIMIT 20000"
_NOTE = (
    "Another file was put in the place of the database while the server was running.\n"
    "The next start looks whether that file is to be taken over, and removes this note.\n"
)


def journal_path(database: Path) -> Path:
    """The file in which SQLite keeps what is committed and not yet in the database's own."""
    return database.with_name(f"{database.name}-wal")


def note_path(database: Path) -> Path:
    """The note for the next start that the file was replaced under a running server: which no header need show."""
    return database.with_name(f"{database.name}.replaced")


class OwnFile:
    """The open file and what is known of it. Safe under threads; asking costs two small reads of what is in memory.

    `reader` is a connection to the database that nobody else uses.
    """

    def __init__(self, path: Path, reader: sqlite3.Connection) -> None:
        self._path = path
        self._journal = journal_path(path)
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self._open = True
        self._reader = reader
        self._guard = threading.Lock()
        self._changing = False
        self._fault: str | None = None
        self._places = (_stat_of(path)[0], _stat_of(self._journal)[0])
        self._remember()

    @property
    def is_lost(self) -> bool:
        """Whether `check` has ever raised. It then stays so until the server is started again."""
        return self._fault is not None

    def check_known(self) -> None:
        """Raise what `check` has raised once, without looking again."""
        if self._fault is not None:
            raise _FAULTS[self._fault](self._path)

    def check(self) -> None:
        """Raise Unavailable when the database or its journal is not the server's own any more."""
        if self._fault is None:
            with self._guard:
                fault = self._look()
            self._note(fault)
        self.check_known()

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """What fails in the block, in whatever way, fails because the file was replaced, if it was."""
        try:
            yield
        except Exception:
            self.check()
            raise

    @contextmanager
    def checkpointing(self) -> Iterator[None]:
        """The block writes what the journal holds into the file; what it leaves there is the server's own."""
        with self._guard:
            fault = self._look()
            self._changing = fault is None
        self._note(fault)
        self.check_known()
        try:
            yield
        finally:
            self._end_change()

    def close(self) -> None:
        """Only when SQLite has closed it. Nothing is noticed after that."""
        with self._guard:
            if self._open:
                os.close(self._file)
            self._open = False

    def _end_change(self) -> None:
        with self._guard:
            fault = self._look() or (None if self._ends_in_our_log() else "database_replaced")
            self._changing = False
            if fault is None:
                self._remember()
        self._note(fault)

    def _look(self) -> str | None:
        if not self._open:
            return None
        place, size = _stat_of(self._path)
        if place != self._places[0] or not (self._is_as_known(size) or self._is_further(size)):
            return "database_replaced"
        return None if _stat_of(self._journal)[0] == self._places[1] else "journal_lost"

    def _is_as_known(self, size: int) -> bool:
        if self._changing:
            return size >= self._size and self._is_ours()
        return size == self._size and self._read(0, _HEADER) == self._header and self._read(*self._page) == self._head

    def _is_further(self, size: int) -> bool:
        """Whether another program makes a checkpoint: the file then ends, soon, at a later change of this very log."""
        known = self._newest(self._head)
        for _ in range(_LOOKS):
            if self._changing or size < self._size or not self._is_ours():
                return False
            if (found := self._newest_in_file()) > known:
                _log.warning("checkpoint_by_another", file=str(self._path), seq=found)
                self._remember()
                return True
            time.sleep(_LOOK_SECONDS)
        return False

    def _is_ours(self) -> bool:
        return self._read(0, _STEADY) == self._header[:_STEADY]

    def _ends_in_our_log(self) -> bool:
        """Whether the head that a checkpoint has left in the file is the log's, or one of not long ago."""
        try:
            place = self._find_page()
            row = self._reader.execute("SELECT hash FROM log_head").fetchone() if place[1] else None
        except sqlite3.Error:
            return False
        page = self._read(*place)
        return row is None or row[0].encode() in page or self._newest(page) >= self._newest(self._head)

    def _newest_in_file(self) -> int:
        try:
            return self._newest(self._read(*self._find_page()))
        except sqlite3.Error:
            return 0

    def _newest(self, page: bytes) -> int:
        """The last change, of those made lately, whose hash stands in the page; 0 when there is none."""
        hashes = {text.decode() for text in _HASH.findall(page)}
        try:
            return max((seq for seq, found in self._reader.execute(_RECENT) if found in hashes), default=0)
        except sqlite3.Error:
            return 0

    def _find_page(self) -> tuple[int, int]:
        """Where the log's head stands in the file, and how long its page is; nowhere before there is a log."""
        (length,) = self._reader.execute("PRAGMA page_size").fetchone()
        row = self._reader.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'log_head'").fetchone()
        return (0, 0) if row is None else ((row[0] - 1) * length, length)

    def _remember(self) -> None:
        self._page = self._find_page()
        self._size = _stat_of(self._path)[1]
        self._header = self._read(0, _HEADER)
        self._head = self._read(*self._page)

    def _read(self, offset: int, length: int) -> bytes:
        if sys.platform == "win32":
            os.lseek(self._file, offset, os.SEEK_SET)
            return os.read(self._file, length)
        return os.pread(self._file, length, offset)

    def _note(self, fault: str | None) -> None:
        with self._guard:
            if fault is None or self._fault is not None:
                return
            self._fault = fault
        _log.error(fault, file=str(self._path))
        if fault == "database_replaced":
            with suppress(OSError):  # a full disk; the mark of a copied backup speaks for itself
                note_path(self._path).write_text(_NOTE, "ascii")


def _stat_of(path: Path) -> tuple[tuple[int, int], int]:
    """Which file the path leads to, and its size."""
    try:
        found = os.stat(path)  # noqa: PTH116 - asked for every read and commit: Path.stat costs twice as much
    except (FileNotFoundError, NotADirectoryError):
        return (0, 0), -1
    return (found.st_dev, found.st_ino), found.st_size


def _replaced(database: Path) -> Unavailable:
    del database
    return Unavailable(
        "database_replaced",
        N_(
            "Another file was put in the place of the database while the server was running, so nothing is read or "
            "saved any more. Start the server again: it takes over what was put there."
        ),
    )


def _journal_lost(database: Path) -> Unavailable:
    return Unavailable(
        "journal_lost",
        N_(
            "The journal of the database (%(name)s) was removed while the server was running, so nothing is read or "
            "saved any more. What was saved before is safe. Start the server again."
        ),
        name=journal_path(database).name,
    )


_FAULTS = {"database_replaced": _replaced, "journal_lost": _journal_lost}
