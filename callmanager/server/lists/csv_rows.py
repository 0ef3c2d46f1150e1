"""Reads a CSV as rows of text, in bounded memory whatever stands in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from callmanager.domain.errors import Invalid
from callmanager.server.lists import formulas
from callmanager.server.lists.csv_lines import OpenQuoteError, RecordLines
from callmanager.server.lists.csv_quotes import RowShape, find_shape, open_quote
from callmanager.server.lists.csv_text import (
    MIXED,
    check_encoding,
    detect_encoding,
    detect_separator,
    mend_letters,
    other_letters,
)
from callmanager.server.lists.rows import Dialect, Limits, Reading, Record, RowSource
from callmanager.server.lists.sources import Opener
from callmanager.server.lists.tables import build_table, cell_too_long, check_cells, too_many_rows

SAMPLE_CHARS = 64 * 1024
BLANK_ROWS = 10_000


def read_csv(open_file: Opener, limits: Limits, how: Reading) -> RowSource:
    """The rows of a CSV; encoding and separator are detected unless said, and `sep=;` on the first line is obeyed."""
    code = (check_encoding(open_file, how.encoding), "strict") if how.encoding else detect_encoding(open_file)
    sample = _sample(open_file, code)
    separator = how.separator or detect_separator(sample)
    dialect = Dialect(encoding=code[0], separator=separator)
    shape = find_shape(sample, separator)
    return build_table("csv", dialect, lambda: _records(open_file, code, shape, limits), limits, how.header_row)


def _sample(open_file: Opener, code: tuple[str, str]) -> str:
    with open_file() as stream:
        text = _text(stream, code)
        sample = text.read(SAMPLE_CHARS)
        text.detach()
    complete = sample if len(sample) < SAMPLE_CHARS else sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1]
    return complete or sample


def _text(stream: BinaryIO, code: tuple[str, str]) -> io.TextIOWrapper:
    encoding, errors = code
    return io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")


def _records(open_file: Opener, code: tuple[str, str], shape: RowShape, limits: Limits) -> Iterator[Record]:
    with open_file() as stream:
        text = _text(stream, code)
        try:
            records = _parsed(RecordLines(text, shape, limits), shape, limits)
            yield from map(_mended, records) if code[1] == MIXED else records
        finally:
            with suppress(ValueError):  # its owner closed the stream before this reader was done
                text.detach()


def _mended(record: Record) -> Record:
    cells = mend_letters(record.cells)
    return Record(record.number, cells, record.error or other_letters(record.number)) if cells else record


def _parsed(lines: RecordLines, shape: RowShape, limits: Limits) -> Iterator[Record]:
    reader = shape.parse(lines)
    most = 2 * limits.max_rows + BLANK_ROWS
    while True:
        lines.start_record()
        if lines.record > most:
            raise too_many_rows(limits)
        try:
            record = _next_record(reader, lines, shape, limits)
        except StopIteration:
            return
        if lines.record > 1 or not _declares_separator(record.cells, shape.separator):
            has_marks = "'" in "".join(record.cells)
            yield record._replace(cells=[*map(formulas.restore, record.cells)]) if has_marks else record


def _next_record(reader: Iterator[list[str]], lines: RecordLines, shape: RowShape, limits: Limits) -> Record:
    """The next row; one with an open quotation mark is given as its first line says, and reading goes on below it."""
    try:
        cells = next(reader)
        check_cells(cells, lines.record, limits)
    except csv.Error:
        return _broken(lines, cell_too_long(lines.record, limits))
    except (OpenQuoteError, Invalid) as error:
        return _broken(lines, error)
    if lines.ended_inside:
        return _broken(lines, None)
    if len(lines.taken) > 1 and shape.closes_within_a_word(lines.taken):
        return _cut(lines, whole=False) or Record(lines.record, cells)
    return Record(lines.record, cells)


def _broken(lines: RecordLines, error: Exception | None) -> Record:
    """Raises `error` when nothing below the first line looks like a row: it is not the quotation mark then."""
    record = _cut(lines, whole=error is None)
    if record is None:
        assert error is not None
        raise error
    return record


def _cut(lines: RecordLines, *, whole: bool) -> Record | None:
    """The present record up to the next line that looks like a row, refused for its open mark; None without such a
    line, unless `whole`."""
    line = lines.first_line
    cells = lines.give_back(whole=whole)
    return None if cells is None else Record(lines.record, cells, open_quote(line))


def _declares_separator(cells: list[str], separator: str) -> bool:
    return separator.join(cells).lower() == f"sep={separator}"
