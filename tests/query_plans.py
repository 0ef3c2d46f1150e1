"""Notes every statement that SQLite is really given, and tells from its plan whether it walks a table that grows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_STEPS_AT_ONCE = 500

BROAD = frozenset(
    {"actor_id", "assigned_to", "campaign_id", "created_by", "entity", "kind", "origin", "scope", "state", "status",
     "team_id", "user_id"}
)  # fmt: skip
"""Columns of which one value is borne by as many rows as there are: to be led to them all is to walk."""

FEW = frozenset(
    {"ix_agent_states_open", "ix_calls_live_contact_id", "ix_calls_live_user_id", "ix_calls_undisposed",
     "ix_leases_free_at", "ix_sessions_open_expires_at", "ix_sessions_open_user_id"}
)  # fmt: skip
"""Indexes of only what is going on just now; reading one whole is no walk."""

_LINE = re.compile(r"(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX (\w+)| USING INTEGER PRIMARY KEY)?(?: \((.*)\))?")


@dataclass(slots=True)
class Asked:
    """A statement as one thing asks it: the first values, and the most steps of SQLite's machine that it took."""

    sql: str
    values: Any
    by: str
    steps: int = 0


@dataclass
class Notes:
    """The statements by who asks them and their text; `by` is who asks just now."""

    by: str = ""
    asked: dict[tuple[str, str], Asked] = field(default_factory=dict)
    times: int = 0

    def note(self, sql: str, values: Any) -> Asked:
        self.times += 1
        return self.asked.setdefault((self.by, sql), Asked(sql, values, self.by))


def explain(connection: sqlite3.Connection, asked: Asked) -> list[str]:
    """The lines of its plan."""
    return [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {asked.sql}", asked.values)]


def walks(sql: str, plan: Collection[str], growing: Collection[str]) -> list[str]:
    """The lines of a plan by which rows of a growing table are read that are not wanted.

    That is a scan, but for a page of rows of which every one is wanted; an index made for the one statement; and an
    index entered by nothing but a value that any number of rows bear, but for a page in the index's own order.
    """
    names = {alias: table for table, alias in re.findall(r'"?(\w+)"? AS (\w+)', sql)}
    is_page = "LIMIT" in sql and "USE TEMP B-TREE FOR ORDER BY" not in plan
    is_chosen = re.search(r"\bWHERE\b(?! 1 = 1)", sql) is not None
    found = []
    for line in plan:
        step = _LINE.match(line)
        if step is None or names.get(step[2], step[2]) not in growing or step[3] in FEW:
            continue
        if (
            "AUTOMATIC" in line
            or (step[1] == "SCAN" and (is_chosen or not is_page))
            or (step[1] == "SEARCH" and step[4] is not None and not is_page and _is_broad(step[4]))
        ):
            found.append(line)
    return found


def _is_broad(entered_by: str) -> bool:
    """Whether an index is entered by values alone that any number of rows bear."""
    return set(re.findall(r"(\w+)=", entered_by)) <= BROAD and re.search("[<>]", entered_by) is None


@contextmanager
def noting() -> Iterator[Notes]:
    """Note what is asked on the connections that are opened meanwhile."""
    notes = Notes()
    connect = sqlite3.connect

    def connect_noting(*given: Any, **how: Any) -> sqlite3.Connection:
        return connect(*given, **{"factory": _noting_connection(notes), **how})

    sqlite3.connect = connect_noting  # type: ignore[assignment]
    try:
        yield notes
    finally:
        sqlite3.connect = connect


def _noting_connection(notes: Notes) -> type[sqlite3.Connection]:
    class NotingConnection(sqlite3.Connection):
        """One connection, and the statement at work on it, to whose account its steps go."""

        def __init__(self, *given: Any, **how: Any) -> None:
            super().__init__(*given, **how)
            self.at_work: Asked | None = None
            self.steps = 0
            self.set_progress_handler(self.step, _STEPS_AT_ONCE)

        def step(self) -> int:
            self.steps += _STEPS_AT_ONCE
            if self.at_work is not None:
                self.at_work.steps = max(self.at_work.steps, self.steps)
            return 0

        def begin(self, sql: str, values: Any) -> None:
            self.at_work, self.steps = notes.note(sql, values), 0

        def cursor(self, *_given: Any) -> Any:
            return super().cursor(NotingCursor)

        def execute(self, sql: str, values: Any = ()) -> Any:
            return self.cursor().execute(sql, values)

        def executemany(self, sql: str, rows: Any) -> Any:
            return self.cursor().executemany(sql, rows)

    class NotingCursor(sqlite3.Cursor):
        """Notes what it is given to do."""

        connection: NotingConnection  # type: ignore[assignment]

        def execute(self, sql: str, values: Any = ()) -> Any:
            self.connection.begin(sql, values)
            return super().execute(sql, values)

        def executemany(self, sql: str, rows: Any) -> Any:
            rows = list(rows)
            self.connection.begin(sql, rows[0] if rows else ())
            return super().executemany(sql, rows)

    return NotingConnection
