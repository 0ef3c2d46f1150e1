"""Joins a column of ready JSON inside the database: a page of rows costs one fetch and one release of the GIL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, select


def joined_text(connection: Connection, statement: Select[Any]) -> str:
    """The single text column of `statement`, in its order, with commas between; empty when there are no rows."""
    rows = statement.subquery()
    (column,) = rows.columns
    return connection.execute(select(func.aggregate_strings(column, ","))).scalar() or ""
