"""Joins a column of ready JSON inside the database: a page of rows costs one fetch and is never text in Python."""

from __future__ import annotations

from typing import Any

from sqlalchemy import LargeBinary, Select, select
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


@compiles(joined_bytes, "sqlite")
def _on_sqlite(element: joined_bytes, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(group_concat({compiler.process(element.clauses, **options)}, ',') AS BLOB)"


@compiles(joined_bytes, "postgresql")
def _on_postgresql(element: joined_bytes, compiler: SQLCompiler, **options: Any) -> str:
    return f"convert_to(string_agg({compiler.process(element.clauses, **options)}, ','), 'UTF8')"
