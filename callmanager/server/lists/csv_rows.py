"""Reads a CSV as rows of text, in bounded memory whatever stands in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists import formulas
from callmanager.server.lists.csv_text import detect_encoding, detect_separator
from callmanager.server.lists.rows import Dialect, Limits, RowSource
from callmanager.server.lists.sources import Opener
from callmanager.server.lists.tables import Record, build_table, cell_too_long, check_cells, too_many_rows

SAMPLE_CHARS = 64 * 1024
BLANK_ROWS = 10_000


def read_csv(open_file: Opener, limits: Limits) -> RowSource:
    """The rows of a CSV; encoding and separator are detected, and `sep=;` on the first line is obeyed."""
    encoding = detect_encoding(open_file)
    separator = detect_separator(_sample(open_file, encoding))
    dialect = Dialect(encoding=encoding, separator=separator)
    return build_table("csv", dialect, lambda: _records(open_file, dialect, limits), limits)


def _sample(open_file: Opener, encoding: str) -> str:
    with open_file() as stream:
        text = _text(stream, encoding)
        sample = text.read(SAMPLE_CHARS)
        text.detach()
    complete = sample if len(sample) < SAMPLE_CHARS else sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1]
    return complete or sample


def _text(stream: BinaryIO, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, encoding=encoding, newline="")


def _records(open_file: Opener, dialect: Dialect, limits: Limits) -> Iterator[Record]:
    with open_file() as stream:
        text = _text(stream, dialect.encoding or "utf-8")
        try:
            yield from _parsed(text, dialect.separator or ",", limits)
        finally:
            with suppress(ValueError):  # its owner closed the stream before this reader was done
                text.detach()


def _parsed(text: io.TextIOWrapper, separator: str, limits: Limits) -> Iterator[Record]:
    lines = _BoundedLines(text, limits)
    reader = csv.reader(lines, delimiter=separator)
    most = 2 * limits.max_rows + BLANK_ROWS
    while True:
        lines.start_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise cell_too_long(lines.record, limits) from None
        if lines.record == 1 and _declares_separator(cells, separator):
            continue
        if lines.record > most:
            raise too_many_rows(limits)
        check_cells(cells, lines.record, limits)
        yield lines.record, [formulas.restore(cell) for cell in cells]


def _declares_separator(cells: list[str], separator: str) -> bool:
    return separator.join(cells).lower() == f"sep={separator}"


class _BoundedLines:
    """The lines of one record after another, so that neither a line nor a record can fill the memory."""

    def __init__(self, text: io.TextIOWrapper, limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self._left = 0
        self.record = 0

    def start_record(self) -> None:
        self._left = self._limits.max_record_chars
        self.record += 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._left + 1)
        if not line:
            raise StopIteration
        self._left -= len(line)
        if self._left < 0:
            raise self._too_long()
        return line

    def _too_long(self) -> Invalid:
        return Invalid(
            "file_line_too_long",
            N_("Row %(row)s is longer than %(characters)s characters. Is a quotation mark not closed?"),
            fields={"row": self.record},
            row=self.record,
            characters=self._limits.max_record_chars,
        )
