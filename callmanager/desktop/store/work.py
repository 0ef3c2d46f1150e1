"""The user's own work that the server has not got yet: requests waiting to be sent, refused ones, and drafts.

Nothing leaves it but by the server's answer or by the user's own decision; each write is on the disk when it returns.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from callmanager.desktop.store.files import SqliteFile
from callmanager.domain.errors import Unavailable
from callmanager.domain.texts import N_

WAITING = "waiting"
REFUSED = "refused"

_MIGRATIONS = (
    """
    CREATE TABLE outbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, method TEXT NOT NULL, path TEXT NOT NULL,
        body TEXT NOT NULL, version INTEGER, about TEXT NOT NULL, contact_id INTEGER, queued_at TEXT NOT NULL,
        state TEXT NOT NULL, sent_at TEXT, attempts INTEGER NOT NULL, problem TEXT
    );
    CREATE TABLE drafts (
        name TEXT PRIMARY KEY, body TEXT NOT NULL, version INTEGER, saved_at TEXT NOT NULL
    ) WITHOUT ROWID
    """,
)
_COLUMNS = "number, key, method, path, body, version, about, contact_id, queued_at, state, sent_at, attempts, problem"


@dataclass(frozen=True, slots=True)
class Queued:
    """One request of the outbox. `sent_at`: since when it may have been done; `problem`: why it was refused."""

    number: int
    key: str
    method: str
    path: str
    body: Any
    version: int | None
    about: str
    contact_id: int | None
    queued_at: str
    state: str
    sent_at: str | None
    attempts: int
    problem: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What was being written; `version` is the record's when it was begun."""

    name: str
    body: Any
    version: int | None
    saved_at: str


class UnsentWork:
    """Outbox and drafts of one user of one server."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = SqliteFile(path, synchronous="FULL")
        except sqlite3.DatabaseError as error:
            raise _unusable(path) from error
        self._migrate(path)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def put(
        self,
        method: str,
        path: str,
        body: Any,
        *,
        key: str,
        now: str,
        version: int | None = None,
        about: str = "",
        contact_id: int | None = None,
    ) -> int:
        """Keep a request until the server has answered it; returns its number. `about` names it for the user."""
        statement = (
            "INSERT INTO outbox (key, method, path, body, version, about, contact_id, queued_at, state, attempts) "
            "VALUES (?,?,?,?,?,?,?,?,?,0)"
        )
        values = (key, method, path, orjson.dumps(body).decode(), version, about, contact_id, now, WAITING)
        with self._file.write() as connection:
            number = connection.execute(statement, values).lastrowid
        assert number is not None
        return number

    def find_next(self) -> Queued | None:
        """The oldest request that waits, or None."""
        found = self._list("state = ? ORDER BY number LIMIT 1", WAITING)
        return found[0] if found else None

    def list_waiting(self) -> list[Queued]:
        """What is to be sent, oldest first."""
        return self._list("state = ? ORDER BY number", WAITING)

    def list_refused(self) -> list[Queued]:
        """What needs attention, oldest first."""
        return self._list("state = ? ORDER BY number", REFUSED)

    def note_sending(self, number: int, now: str) -> bool:
        """Before a request goes out: from now on it may have been done. False when it was withdrawn."""
        return self._update("sent_at = coalesce(sent_at, ?), attempts = attempts + 1", number, now)

    def withdraw(self, number: int) -> bool:
        """The user takes back what has never gone out; False when it has, or may have."""
        statement = "DELETE FROM outbox WHERE number = ? AND state = ? AND sent_at IS NULL"
        with self._file.write() as connection:
            return connection.execute(statement, (number, WAITING)).rowcount == 1

    def note_unsent(self, number: int, sent_at: str | None) -> None:
        """It did surely not reach the server this time: `sent_at` is what it was before."""
        self._update("sent_at = ?, attempts = attempts - 1", number, sent_at)

    def note_done(self, number: int) -> None:
        """The server has done it."""
        with self._file.write() as connection:
            connection.execute("DELETE FROM outbox WHERE number = ?", (number,))

    def note_refused(self, number: int, problem: Mapping[str, Any]) -> None:
        """The server refused it: it is kept for the user to decide."""
        self._update(f"state = '{REFUSED}', problem = ?", number, orjson.dumps(dict(problem), default=str).decode())

    def retry(self, number: int, *, key: str) -> None:
        """The user wants a refused request sent again, as a new one and after all that wait."""
        statement = (
            "INSERT INTO outbox (key, method, path, body, version, about, contact_id, queued_at, state, attempts) "
            "SELECT ?, method, path, body, version, about, contact_id, queued_at, ?, 0 FROM outbox "
            "WHERE number = ? AND state = ?"
        )
        with self._file.write() as connection:
            connection.execute(statement, (key, WAITING, number, REFUSED))
            connection.execute("DELETE FROM outbox WHERE number = ? AND state = ?", (number, REFUSED))

    def discard(self, number: int) -> None:
        """The user gives a refused request up."""
        with self._file.write() as connection:
            connection.execute("DELETE FROM outbox WHERE number = ? AND state = ?", (number, REFUSED))

    def save_draft(self, name: str, body: Any, *, now: str, version: int | None = None) -> None:
        """Keep what is being written under a name such as `contact:17`."""
        values = (name, orjson.dumps(body).decode(), version, now)
        with self._file.write() as connection:
            connection.execute("INSERT OR REPLACE INTO drafts VALUES (?,?,?,?)", values)

    def find_draft(self, name: str) -> Draft | None:
        """What was kept under a name, or None."""
        with self._file.read() as connection:
            row = connection.execute("SELECT * FROM drafts WHERE name = ?", (name,)).fetchone()
        return None if row is None else _draft(row)

    def drop_draft(self, name: str) -> None:
        """Forget a draft that was saved for good or given up."""
        with self._file.write() as connection:
            connection.execute("DELETE FROM drafts WHERE name = ?", (name,))

    def _list(self, where: str, *values: Any) -> list[Queued]:
        with self._file.read() as connection:
            return [_queued(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM outbox WHERE {where}", values)]

    def _update(self, assignments: str, number: int, value: Any) -> bool:
        with self._file.write() as connection:
            return (
                connection.execute(f"UPDATE outbox SET {assignments} WHERE number = ?", (value, number)).rowcount == 1
            )

    def _migrate(self, path: Path) -> None:
        with self._file.write() as connection:
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if found > len(_MIGRATIONS):
                raise _unusable(path)
            for number, migration in enumerate(_MIGRATIONS[found:], found + 1):
                for statement in migration.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")


def _queued(row: sqlite3.Row) -> Queued:
    values = dict(row)
    problem = values["problem"]
    values["problem"] = None if problem is None else orjson.loads(problem)
    return Queued(**{**values, "body": orjson.loads(values["body"])})


def _draft(row: sqlite3.Row) -> Draft:
    return Draft(**{**dict(row), "body": orjson.loads(row["body"])})


def _unusable(path: Path) -> Unavailable:
    return Unavailable(
        "unsent_work_unusable",
        N_("The file %(path)s, which holds work not yet sent, cannot be read. Tell IT; do not delete it."),
        path=str(path),
    )
