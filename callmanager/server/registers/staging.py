"""Keeps the lines of one file apart, each once and in order, until they are compared. In a file of its own that nobody
else sees and that is gone with it: a million lines need little memory, and a dry run writes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager

from callmanager.server.registers.reading import Line
from callmanager.server.storage.sqlite_errors import translating

PIECE = 2_000

_MAKE = """
    CREATE TABLE lines (key TEXT PRIMARY KEY, reference TEXT NOT NULL, listed_on TEXT, expires_on TEXT) WITHOUT ROWID
"""
# Of a line that stands twice the first row is kept, and the longer of both times.
_PUT = """
    INSERT INTO lines VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
    SET expires_on = CASE WHEN expires_on IS NULL OR excluded.expires_on IS NULL THEN NULL
                          ELSE max(expires_on, excluded.expires_on) END
"""
_PAGE = "SELECT key, reference, listed_on, expires_on FROM lines WHERE key > ? ORDER BY key LIMIT ?"


class StagedLines:
    """Made by `staging`. Used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, lines: Iterable[Line]) -> None:
        """Keep these, too."""
        with translating():
            self._connection.executemany(_PUT, lines)

    def count(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM lines").fetchone()[0])

    def walk(self) -> Iterator[Line]:
        """All of them by key."""
        last = ""
        while page := self._connection.execute(_PAGE, (last, PIECE)).fetchall():
            for row in page:
                yield Line(*row)
            last = page[-1][0]

    def holding(self, keys: Sequence[str]) -> set[str]:
        """Those of these keys that it holds."""
        marks = ", ".join("?" * len(keys))
        found = self._connection.execute(f"SELECT key FROM lines WHERE key IN ({marks})", keys)
        return {key for (key,) in found}


@contextmanager
def staging() -> Iterator[StagedLines]:
    """Lines apart, for as long as the block lasts."""
    # "" is a file in the folder for such files that SQLite removes at once; None: no transactions, it is thrown away
    with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(_MAKE)
        connection.execute("BEGIN")
        yield StagedLines(connection)
