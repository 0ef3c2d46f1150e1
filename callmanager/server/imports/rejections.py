"""Keeps the rows that an import refused, as they stood in the list, so that they can be mended and brought again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from callmanager.domain.errors import Invalid
from callmanager.server.imports.reports import SHOWN_ERRORS, RowError
from callmanager.server.lists.rows import Row
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import import_rejections

# What is kept of a hopeless list: enough to mend it, not enough to fill the disk.
MOST_KEPT = 50_000
MOST_CELL_CHARS = 2_000
MOST_HEADING_CHARS = 120
PIECE = 200  # of so many rows is held what a slow reader has not taken

_table = import_rejections


def keep_rejections(connection: Connection, import_id: int, refused: Sequence[tuple[Row, Invalid]]) -> None:
    """Write refused rows beside the import, in the transaction of the rows that were taken."""
    values = []
    for row, error in refused:
        reason = RowError.of(row.number, error)
        detail = {"message": reason.message, "params": reason.params}
        values.append(
            {
                "import_id": import_id,
                "row": row.number,
                "field": reason.field,
                "code": reason.code,
                "detail": detail,
                "cells": _cells(row),
            }
        )
    if values:
        connection.execute(insert(_table), values)


def list_errors(connection: Connection, import_id: int) -> list[RowError]:
    """The first errors of an import, by row."""
    wanted = (_table.c.row, _table.c.field, _table.c.code, _table.c.detail)
    statement = select(*wanted).where(_table.c.import_id == import_id).order_by(_table.c.row).limit(SHOWN_ERRORS)
    return [_error(found) for found in connection.execute(statement).mappings()]


def stream_rejections(storage: Storage, import_id: int) -> Iterator[tuple[Row, RowError]]:
    """Every row that was kept, by its number. No transaction stays open between the pieces."""
    last = -1
    while True:
        statement = select(_table).where(_table.c.import_id == import_id, _table.c.row > last)
        with storage.read() as connection:
            piece = connection.execute(statement.order_by(_table.c.row).limit(PIECE)).mappings().all()
        for found in piece:
            yield Row(found["row"], found["cells"]), _error(found)
        if len(piece) < PIECE:
            return
        last = piece[-1]["row"]


def heading(column: str) -> str:
    """A column's name as it is kept."""
    return column[:MOST_HEADING_CHARS]


def _error(found: Any) -> RowError:
    detail = found["detail"]
    return RowError(found["row"], found["field"], found["code"], detail["message"], detail["params"])


def _cells(row: Row) -> dict[str, str]:
    """What stood in the row. Numbers that JSON brings as a list become columns that are read as numbers again."""
    cells = {**row.cells, **row.extra}
    for index, (number, _label) in enumerate(row.phones, 1):
        cells.setdefault("phone" if index == 1 else f"phone {index}", number)
    return {heading(name): text[:MOST_CELL_CHARS] for name, text in cells.items() if text}
