"""Joins a column of ready JSON inside the database: a page of rows costs one fetch and is never text in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, LargeBinary, Select, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class joined_bytes(FunctionElement[bytes]):  # noqa: N801  # SQL functions are written in lower case
    """The texts of a column, with commas between, as UTF-8; null when there are no rows."""

    inherit_cache = True
    type = LargeBinary()


def select_joined(statement: Select[Any]) -> Select[Any]:
    """The single text column of `statement` as one value, in its order; null when there are no rows."""
    rows = statement.subquery()
    (column,) = rows.columns
    return select(joined_bytes(column))


def fetch_prepared(connection: Connection, statement: Select[Any], parameters: Mapping[str, Any]) -> Sequence[Any]:
    """The one row of a statement that is built once and asked often, without SQLAlchemy's work for each execution.

    `statement` must be the same object every time, with all its parameters named and none of them a list.
    """
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, parameters).one()
    ready = _prepare(statement, connection.dialect)
    values = [parameters.get(name, ready.defaults.get(name)) for name in ready.names]
    written = [value if write is None else write(value) for value, write in zip(values, ready.writes, strict=True)]
    driver: Any = connection.connection.driver_connection
    row: Sequence[Any] = driver.execute(ready.sql, written).fetchone()
    return row


@dataclass(frozen=True, slots=True)
class _Prepared:
    sql: str
    names: tuple[str, ...]
    writes: tuple[Callable[[Any], Any] | None, ...]
    defaults: Mapping[str, Any]


@lru_cache(maxsize=512)
def _prepare(statement: Select[Any], dialect: Dialect) -> _Prepared:
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    assert isinstance(compiled, SQLCompiler)
    names = tuple(compiled.positiontup or ())
    writes = tuple(compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names)
    return _Prepared(compiled.string, names, writes, compiled.params)


@compiles(joined_bytes, "sqlite")
def _on_sqlite(element: joined_bytes, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(group_concat({compiler.process(element.clauses, **options)}, ',') AS BLOB)"


@compiles(joined_bytes, "postgresql")
def _on_postgresql(element: joined_bytes, compiler: SQLCompiler, **options: Any) -> str:
    return f"convert_to(string_agg({compiler.process(element.clauses, **options)}, ','), 'UTF8')"
