"""Keeps, beside an import, the rows that it refused, as they stood in the list, so that they can be mended and brought
again; and the remarks on rows that it took. A row has one or the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select

from callmanager.domain.errors import Invalid
from callmanager.server.imports.remarks import Remark
from callmanager.server.imports.reports import SHOWN_ERRORS, RowError
from callmanager.server.lists.rows import Row
from callmanager.server.storage.engine import Storage
from callmanager.server.storage.tables import import_rejections

# What is kept of a hopeless list: enough to mend it, not enough to fill the disk.
MOST_KEPT = 50_000
MOST_CELL_CHARS = 20_000
REMARKS = "remarks"  # the code of a row that was taken
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


def keep_remarks(connection: Connection, import_id: int, remarks: Sequence[Remark]) -> None:
    """Write what is told of rows that were taken beside the import, in their transaction. `remarks` are by row."""
    values = [
        {
            "import_id": import_id,
            "row": row,
            "field": "",
            "code": REMARKS,
            "detail": [remark.to_record() for remark in together],
            "cells": {},
        }
        for row, together in groupby(remarks, key=lambda remark: remark.row)
    ]
    if values:
        connection.execute(insert(_table), values)


def list_errors(connection: Connection, import_id: int) -> list[RowError]:
    """The first errors of an import, by row."""
    return [_error(found) for found in _first(connection, import_id, _table.c.code != REMARKS)]


def list_remarks(connection: Connection, import_id: int) -> list[Remark]:
    """The first remarks of an import, by row."""
    found = _first(connection, import_id, _table.c.code == REMARKS)
    return [remark for row in found for remark in _remarks(row)][:SHOWN_ERRORS]


def stream_rejections(storage: Storage, import_id: int) -> Iterator[tuple[Row, RowError]]:
    """Every refused row that was kept, by its number."""
    for found in _stream(storage, import_id, _table.c.code != REMARKS):
        yield Row(found["row"], found["cells"]), _error(found)


def stream_remarks(storage: Storage, import_id: int) -> Iterator[Remark]:
    """Every remark that was kept, by its row."""
    for found in _stream(storage, import_id, _table.c.code == REMARKS):
        yield from _remarks(found)


def _first(connection: Connection, import_id: int, wanted: ColumnElement[bool]) -> Sequence[RowMapping]:
    columns = (_table.c.row, _table.c.field, _table.c.code, _table.c.detail)
    statement = select(*columns).where(_table.c.import_id == import_id, wanted).order_by(_table.c.row)
    return connection.execute(statement.limit(SHOWN_ERRORS)).mappings().all()


def _stream(storage: Storage, import_id: int, wanted: ColumnElement[bool]) -> Iterator[RowMapping]:
    """Rows by their number. No transaction stays open between the pieces."""
    last = -1
    while True:
        statement = select(_table).where(_table.c.import_id == import_id, wanted, _table.c.row > last)
        with storage.read() as connection:
            piece = connection.execute(statement.order_by(_table.c.row).limit(PIECE)).mappings().all()
        yield from piece
        if len(piece) < PIECE:
            return
        last = piece[-1]["row"]


def heading(column: str) -> str:
    """A column's name as it is kept."""
    return column[:MOST_HEADING_CHARS]


def _remarks(found: RowMapping) -> list[Remark]:
    return [Remark.from_record(found["row"], kept) for kept in found["detail"]]


def _error(found: Any) -> RowError:
    detail = found["detail"]
    return RowError(found["row"], found["field"], found["code"], detail["message"], detail["params"])


def _cells(row: Row) -> dict[str, str]:
    """What stood in the row. Numbers that JSON brings as a list become columns that are read as numbers again."""
    cells = {**row.cells, **row.extra}
    for index, (number, _label) in enumerate(row.phones, 1):
        cells.setdefault("phone" if index == 1 else f"phone {index}", number)
    return {heading(name): text[:MOST_CELL_CHARS] for name, text in cells.items() if text}
