"""Writes contacts as CSV or workbook, row by row. What a spreadsheet could run as a formula leaves as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.formulas import guard, holds_signed_number
from callmanager.server.lists.rows import Row

Cells = Mapping[str, str | None]

CHUNK_CHARS = 64 * 1024
MAX_SHEET_ROWS = 1_048_576
MAX_CELL_UTF16 = 32_767
ROW_COLUMN = "fila"
REASON_COLUMN = "motivo"
_REMARK_COLUMNS = (
    (ROW_COLUMN, "row"),
    ("contacto", "contact"),
    ("id", "contact_id"),
    ("campo", "field"),
    ("valor", "value"),
    (REASON_COLUMN, "reason"),
)

_BOM = "\ufeff"


def csv_chunks(rows: Iterable[Cells], columns: Sequence[str], *, separator: str = ",") -> Iterator[bytes]:
    """A CSV in pieces of about 64 KiB: UTF-8 with the mark by which Excel knows it, formulas behind an apostrophe.

    `columns` are the headings and the names of the cells; what a row lacks is empty. `read_list` gives back the same
    texts. NUL characters and lone surrogates, which no text file can hold, are left out.
    """
    buffer = io.StringIO(newline="")
    buffer.write(_BOM)
    plain = csv.writer(buffer, delimiter=separator, lineterminator="\r\n")
    marked = csv.writer(buffer, delimiter=separator, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    for texts in chain([columns], ([row.get(column) for column in columns] for row in rows)):
        cells = [_csv_cell(text) for text in texts]
        (marked if any(map(holds_signed_number, cells)) else plain).writerow(cells)
        if buffer.tell() > CHUNK_CHARS:
            yield buffer.getvalue().encode("utf-8")
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode("utf-8")


def rejected_chunks(
    rejected: Iterable[tuple[Row, str]], columns: Sequence[str], *, separator: str = ","
) -> Iterator[bytes]:
    """The rows that an import refused, as CSV: their own columns, then their number and the reason in the reader's
    language. Those two are passed over when the mended file is imported again."""
    own = [column for column in columns if column not in (ROW_COLUMN, REASON_COLUMN)]
    rows = ({**row.cells, ROW_COLUMN: str(row.number), REASON_COLUMN: reason} for row, reason in rejected)
    return csv_chunks(rows, [*own, ROW_COLUMN, REASON_COLUMN], separator=separator)


def remark_chunks(remarks: Iterable[Mapping[str, object]], *, separator: str = ",") -> Iterator[bytes]:
    """What an import tells of rows that it took, as CSV under Spanish headings, as lists have them."""
    rows = (
        {heading: str(remark[name]) for heading, name in _REMARK_COLUMNS if remark[name] is not None}
        for remark in remarks
    )
    return csv_chunks(rows, [heading for heading, _ in _REMARK_COLUMNS], separator=separator)


def write_xlsx(rows: Iterable[Cells], columns: Sequence[str], path: Path) -> None:
    """A workbook whose every cell is text, with its headings bold and frozen; memory does not grow with the rows.

    Raises Invalid, and leaves no file, when there are more rows than a sheet holds or a text is too long for a cell.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415 - 10 ms that a start need not wait for

    book = Workbook(path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    try:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(columns) - 1, 0), 20)
        bold = book.add_format({"bold": True})
        _write_row(lambda column, text: sheet.write_string(0, column, text, bold), columns)
        for number, row in enumerate(rows, 1):
            if number >= MAX_SHEET_ROWS:
                raise _too_many_rows()
            _write_row(_writer(sheet.write_string, number), [row.get(column) for column in columns])
    except BaseException:
        book.close()
        path.unlink(missing_ok=True)
        raise
    book.close()


def _writer(write_string: Callable[[int, int, str], int], number: int) -> Callable[[int, str], int]:
    return lambda column, text: write_string(number, column, text)


def _write_row(write: Callable[[int, str], int], texts: Iterable[str | None]) -> None:
    for column, text in enumerate(texts):
        if text and write(column, _encodable_text(text)) < 0:
            raise Invalid(
                "export_cell_too_long",
                N_("A text is too long for a cell of Excel. Export as CSV instead."),
                fields={"max": MAX_CELL_UTF16},
            )


def _too_many_rows() -> Invalid:
    return Invalid(
        "export_too_many_rows",
        N_("A sheet of Excel holds %(rows)s rows at most. Export as CSV, or fewer contacts."),
        rows=MAX_SHEET_ROWS,
    )


def _csv_cell(text: str | None) -> str:
    return guard(_encodable_text(text).replace("\0", "")) if text else ""


def _encodable_text(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "ignore").decode("utf-8")
