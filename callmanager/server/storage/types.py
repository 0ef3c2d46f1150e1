"""What SQLite and PostgreSQL share that SQLAlchemy does not know: instants and JSON as text, in one spelling and order,
and a column of ready JSON joined inside the database, so that a page of rows costs one fetch and is never text here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, Select, Text, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from callmanager.domain.clock import from_wire, to_wire

# Numbers of changes never run out. SQLite's INTEGER has 64 bits already, and only that word makes a key the rowid.
BigNumber = BigInteger().with_variant(Integer(), "sqlite")

# Text that is compared or sorted: by code point on both databases, whatever language PostgreSQL was set up for.
Sortable = Text().with_variant(Text(collation="C"), "postgresql")


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as `2026-11-22T10:53:31.123Z`, so that rows go to the wire as they are."""

    impl = Sortable
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else to_wire(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else from_wire(value)


class Json(TypeDecorator[Any]):
    """A list or an object as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        del dialect
        return None if value is None else orjson.loads(value)


class joined_bytes(FunctionElement[bytes]):  # noqa: N801  # SQL functions are written in lower case
    """The texts of a column, with commas between, as UTF-8; null when there are no rows."""

    inherit_cache = True
    type = LargeBinary()
    separator = ","


class joined_lines(joined_bytes):  # noqa: N801
    """The same with an end of line between; the texts must hold none."""

    inherit_cache = True
    separator = "\n"


class json_row(FunctionElement[str]):  # noqa: N801
    """Texts and whole numbers as a JSON array without blanks, spelled the same on both databases."""

    inherit_cache = True
    type = Text()


def select_joined(statement: Select[Any]) -> Select[Any]:
    """The single text column of `statement` as one value, in its order; null when there are no rows."""
    rows = statement.subquery()
    (column,) = rows.columns
    return select(joined_bytes(column))


def select_rows_and_lines(statement: Select[Any, Any]) -> Select[Any, Any]:
    """The two text columns of `statement` as two values, in its order: the first with commas, the second as lines."""
    rows = statement.subquery()
    first, second = rows.columns
    return select(joined_bytes(first), joined_lines(second))


@compiles(joined_bytes, "sqlite")
@compiles(joined_lines, "sqlite")
def _joined_on_sqlite(element: joined_bytes, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(group_concat({compiler.process(element.clauses, **options)}, '{element.separator}') AS BLOB)"


@compiles(joined_bytes, "postgresql")
@compiles(joined_lines, "postgresql")
def _joined_on_postgresql(element: joined_bytes, compiler: SQLCompiler, **options: Any) -> str:
    joined = f"string_agg({compiler.process(element.clauses, **options)}, '{element.separator}')"
    return f"convert_to({joined}, 'UTF8')"


@compiles(json_row, "sqlite")
def _row_on_sqlite(element: json_row, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array({compiler.process(element.clauses, **options)})"


@compiles(json_row, "postgresql")
def _row_on_postgresql(element: json_row, compiler: SQLCompiler, **options: Any) -> str:
    values = (compiler.process(value, **options) for value in element.clauses)
    items = ", ".join(f"coalesce(CAST(to_json({value}) AS text), 'null')" for value in values)
    return f"'[' || concat_ws(',', {items}) || ']'"
