"""Looks inside a database file that nobody has open and says what it holds and what is wrong with it.

Reads only, with `immutable=1`: no lock, no companion file, also from a disk that cannot be written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callmanager.domain.changes import GENESIS, HASHED_COLUMNS, verify_rows
from callmanager.domain.texts import N_
from callmanager.server.pace import Pace

_CHAIN = f"SELECT {', '.join(HASHED_COLUMNS)}, hash FROM changes ORDER BY seq"
_TABLES = (
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%'"
    " ESCAPE '\\' ORDER BY name"
)
_NEEDED = {"meta", "log_head", "changes"}

# With one of these the file is not a database that a server could run on.
FATAL = frozenset({"file_missing", "file_unreadable", "not_a_database", "integrity_failed", "tables_missing"})


@dataclass(frozen=True, slots=True)
class ContentsProblem:
    """One thing that is wrong: `code` for programs, `message` an English msgid filled from `params`."""

    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fatal(self) -> bool:
        """Whether the file cannot be used even by force."""
        return self.code in FATAL

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database file holds: lineage, head of the change log, rows per table."""

    epoch: str
    backup_id: str | None
    seq: int
    head_hash: str
    rows: Mapping[str, int]


def open_still(path: Path) -> sqlite3.Connection:
    """Open a file that nobody writes, reading exactly its bytes and leaving nothing beside it."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)


def examine(path: Path, pace: Pace | None = None) -> tuple[Contents | None, list[ContentsProblem]]:
    """Contents and problems of a database file; no Contents when it cannot be read. Never raises for a bad file.

    `pace`: others are at work in this process.
    """
    try:
        with closing(open_still(path)) as connection:
            return examine_open(connection, pace)
    except (sqlite3.Error, UnicodeDecodeError, OverflowError, MemoryError):
        return None, [ContentsProblem("not_a_database", N_("The file is not a readable database."))]


def examine_open(
    connection: sqlite3.Connection, pace: Pace | None = None
) -> tuple[Contents | None, list[ContentsProblem]]:
    """The same for a database that is open. Raises what SQLite raises."""
    pace = pace or Pace()
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found is None or found[0] != "ok":
        return None, [ContentsProblem("integrity_failed", N_("The database is damaged."))]
    tables = [name for (name,) in connection.execute(_TABLES)]
    if not _NEEDED.issubset(tables):
        return None, [ContentsProblem("tables_missing", N_("The file is not a database of this program."))]
    contents = _contents(connection, tables)
    return contents, [*_foreign_keys(connection), *_chain(connection, contents, pace)]


def _contents(connection: sqlite3.Connection, tables: Iterable[str]) -> Contents:
    meta = dict(connection.execute("SELECT key, value FROM meta"))
    seq, head_hash = connection.execute("SELECT seq, hash FROM log_head").fetchone() or (0, GENESIS)
    rows = {name: connection.execute(f'SELECT count(*) FROM "{_quoted(name)}"').fetchone()[0] for name in tables}
    return Contents(str(meta.get("epoch", "")), meta.get("backup_id"), _number(seq), str(head_hash or GENESIS), rows)


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1


def _quoted(name: str) -> str:
    return name.replace('"', '""')


def _foreign_keys(connection: sqlite3.Connection) -> list[ContentsProblem]:
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken is None:
        return []
    message = N_("A row of %(table)s points to a record that does not exist.")
    return [ContentsProblem("foreign_keys_broken", message, {"table": broken[0]})]


def _chain(connection: sqlite3.Connection, contents: Contents, pace: Pace) -> list[ContentsProblem]:
    report = verify_rows(pace.walk(connection.execute(_CHAIN)))
    if not report.ok:
        message = N_("The change log does not follow from itself at change %(seq)s.")
        return [ContentsProblem("chain_broken", message, {"seq": report.first_bad_seq})]
    if (report.head_seq, report.head_hash) != (contents.seq, contents.head_hash):
        message = N_("The change log ends at %(found)s; it should end at %(expected)s.")
        return [ContentsProblem("chain_head_differs", message, {"found": report.head_seq, "expected": contents.seq})]
    return []
