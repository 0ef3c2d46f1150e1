"""Shows a list before it is imported: its columns, its first rows, and what was found out about the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from typing import Any

from callmanager.i18n import sentence
from callmanager.server.lists.rows import Row, RowSource

PREVIEW_ROWS = 20
CELL_CHARS = 200
WORDS = 5
ROWS_FOR_WORDS = 5_000


def preview_to_wire(source: RowSource, mapping: Mapping[str, str], language: str) -> dict[str, Any]:
    """The answer of a preview; `mapping` is what each column is taken for."""
    return {
        "kind": source.kind,
        "encoding": source.dialect.encoding,
        "separator": source.dialect.separator,
        "sheet": source.dialect.sheet,
        "has_header": source.dialect.has_header,
        "columns": source.columns,
        "mapping": mapping,
        "rows_in_file": source.total or 0,
        "rows": [_row_to_wire(row, language) for row in islice(source, PREVIEW_ROWS)],
        "header_row": source.header_row,
        "rows_above_header": source.rows_above_header,
        "head": [{"row": one.number, "cells": [cell[:CELL_CHARS] for cell in one.cells]} for one in source.head],
        "sheets": [asdict(sheet) for sheet in source.sheets],
        "words": list(islice(_words(source), WORDS)) if source.kind == "csv" else [],
    }


def _words(source: RowSource) -> Iterator[str]:
    """Short cells with letters beyond English ones, each once: a wrong encoding shows in them."""
    seen: set[str] = set()
    for row in islice(source, ROWS_FOR_WORDS):
        for text in row.cells.values():
            short = " ".join(text[:CELL_CHARS].split())[:40]
            if not short.isascii() and short not in seen:
                seen.add(short)
                yield short


def _row_to_wire(row: Row, language: str) -> dict[str, Any]:
    cells = {name: text[:CELL_CHARS] for name, text in {**row.cells, **row.extra}.items()}
    error = row.error
    return {
        "row": row.number,
        "cells": cells,
        "code": error.code if error else None,
        "detail": sentence(error.message, language, error.params) if error else None,
    }
