"""Runs statements that are built once and asked often straight through SQLite's driver, without SQLAlchemy's work for
each execution; on PostgreSQL, through SQLAlchemy. Decides nothing about what they say.

A statement given here must be the same object every time, with all its parameters named and none of them a list.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Table, Update, bindparam, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Statement = Select[Any] | Insert | Update | Delete
Convert = Callable[[Any], Any] | None
Values = Mapping[str, Any]


def fetch_prepared(connection: Connection, statement: Statement, values: Values) -> Sequence[Any]:
    """The one row there is, as the database has it: what SQLite keeps as text (instants, JSON) is text."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, values).one()
    row: Sequence[Any] = _run(connection, _prepare(statement, connection.dialect), values).fetchone()
    return row


def list_prepared(connection: Connection, statement: Statement, values: Values) -> list[dict[str, Any]]:
    """Every row, its columns by name and read as their types say."""
    if connection.dialect.name != "sqlite":
        return [plain(row) for row in connection.execute(statement, values).mappings()]
    ready = _prepare(statement, connection.dialect)
    return [ready.read(row) for row in _run(connection, ready, values).fetchall()]


def plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row of SQLAlchemy's, its columns by names that orjson takes as keys: SQLAlchemy's own are a subclass of str."""
    return {str(name): value for name, value in row.items()}


def find_prepared(connection: Connection, statement: Statement, values: Values) -> dict[str, Any] | None:
    """The first row, like `list_prepared`; None without one."""
    rows = list_prepared(connection, statement, values)
    return rows[0] if rows else None


def run_prepared(connection: Connection, statement: Statement, values: Values) -> None:
    """Change rows."""
    if connection.dialect.name == "sqlite":
        _run(connection, _prepare(statement, connection.dialect), values)
    else:
        connection.execute(statement, values)


def run_many_prepared(connection: Connection, statement: Statement, rows: Sequence[Values]) -> None:
    """Change rows once for each of `rows`, which all have the same names. Without any, nothing is done."""
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
        return
    ready = _prepare(statement, connection.dialect)
    written = [ready.write(row) for row in rows]
    try:
        _driver(connection).executemany(ready.sql, written)
    except sqlite3.Error as error:
        raise _as_sqlalchemy(error, ready, connection.dialect) from error


def insert_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert rows that all have the columns of the first. Nothing to insert is nothing to do."""
    if not rows:
        return
    statement = _insert(table, tuple(rows[0]))
    if len(rows) == 1:
        run_prepared(connection, statement, rows[0])
    else:
        run_many_prepared(connection, statement, rows)


@lru_cache(maxsize=256)
def _insert(table: Table, names: tuple[str, ...]) -> Insert:
    return insert(table).values({name: bindparam(name) for name in names})


@dataclass(frozen=True, slots=True)
class _Prepared:
    """`parameters`: name, default and conversion of each, in order; `columns`: name and conversion of each."""

    sql: str
    parameters: tuple[tuple[str, Any, Convert], ...]
    columns: tuple[tuple[str, Convert], ...]

    def write(self, values: Values) -> list[Any]:
        return [
            values.get(name, default) if convert is None else convert(values.get(name, default))
            for name, default, convert in self.parameters
        ]

    def read(self, row: Sequence[Any]) -> dict[str, Any]:
        pairs = zip(self.columns, row, strict=True)
        return {name: value if convert is None else convert(value) for (name, convert), value in pairs}


@lru_cache(maxsize=1024)
def _prepare(statement: Statement, dialect: Dialect) -> _Prepared:
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    assert isinstance(compiled, SQLCompiler)
    parameters = []
    for name in compiled.positiontup or ():
        bound = compiled.binds[name].type.dialect_impl(dialect)
        parameters.append((name, compiled.params.get(name), bound.bind_processor(dialect)))
    columns = [
        # str(): see plain
        (str(column.key), column.type.dialect_impl(dialect).result_processor(dialect, None))
        for column in statement.exported_columns
    ]
    return _Prepared(compiled.string, tuple(parameters), tuple(columns))


def _run(connection: Connection, ready: _Prepared, values: Values) -> sqlite3.Cursor:
    try:
        return _driver(connection).execute(ready.sql, ready.write(values))
    except sqlite3.Error as error:
        raise _as_sqlalchemy(error, ready, connection.dialect) from error


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _as_sqlalchemy(error: sqlite3.Error, ready: _Prepared, dialect: Dialect) -> BaseException:
    """The error as SQLAlchemy would raise it, so that nobody above must know which way a statement took."""
    return DBAPIError.instance(ready.sql, None, error, sqlite3.Error, dialect=dialect)
