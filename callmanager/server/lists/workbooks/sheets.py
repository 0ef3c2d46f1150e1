"""Reads a sheet of a workbook as rows of text while it is unpacked: memory does not grow with the sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.broken_cells import NOT_CALCULATED
from callmanager.server.lists.header_rows import ROWS_ABOVE_HEADER, has_phones
from callmanager.server.lists.rows import Dialect, Limits, Reading, Record, RowSource, SheetLook
from callmanager.server.lists.sources import Opener
from callmanager.server.lists.tables import build_table, cell_too_long, check_columns, filled
from callmanager.server.lists.workbooks.archives import Archive, damaged
from callmanager.server.lists.workbooks.elements import Visitor, walk
from callmanager.server.lists.workbooks.shared import Sheet, Workbook, open_workbook, unescaped
from callmanager.server.lists.workbooks.values import date_text, formatted, number_text

LAST_ROW = 1_048_576
TAGS_PER_CELL = 4
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


def read_xlsx(open_file: Opener, limits: Limits, how: Reading) -> RowSource:
    """The rows of the sheet named, or else of the first that has a column of phones, visible ones before hidden ones;
    without such a sheet of the first that is not empty."""
    with open_file() as stream:
        archive = Archive(stream, limits)
        book = open_workbook(archive, limits)
        sheets = [sheet for sheet in book.sheets if sheet.part in archive]
        chosen = _chosen(archive, book, sheets, limits, how.sheet)
    tally = Tally(skip_hidden=how.skip_hidden)
    source = build_table(
        "xlsx",
        Dialect(sheet=chosen.name),
        lambda: _records(open_file, book, chosen, limits, tally),
        limits,
        how.header_row,
    )
    own = SheetLook(chosen.name, tally.rows, tally.hidden, chosen.visible, is_read=True)
    with open_file() as stream:
        others = Archive(stream, limits)
        looks = [own if sheet is chosen else _look_at(others, book, sheet, limits) for sheet in sheets]
    return replace(source, sheets=tuple(looks))


def _chosen(archive: Archive, book: Workbook, sheets: list[Sheet], limits: Limits, name: str | None) -> Sheet:
    if name is not None:
        sheet = _named(sheets, name)
        _check_tags(archive, sheet, limits)
        return sheet
    filled = None
    for sheet in sorted(sheets, key=lambda sheet: not sheet.visible):
        _check_tags(archive, sheet, limits)
        if head := _head(archive, book, sheet, limits):
            if len(sheets) == 1 or has_phones(head):
                return sheet
            filled = filled or sheet
    if filled is None:
        raise Invalid("file_no_rows", N_("The file holds no rows."))
    return filled


def _head(archive: Archive, book: Workbook, sheet: Sheet, limits: Limits) -> list[Record]:
    rows = walk(archive.unpack(sheet.part), _SheetRows(book, limits, Tally()))
    return list(islice(filled(rows), ROWS_ABOVE_HEADER))


def _look_at(archive: Archive, book: Workbook, sheet: Sheet, limits: Limits) -> SheetLook:
    """What stands in a sheet that is not read. One that is damaged or too large stops nobody: it counts as empty."""
    tally = Tally()
    try:
        _check_tags(archive, sheet, limits)
        for _ in walk(archive.unpack(sheet.part), _SheetRows(book, limits, tally)):
            pass
    except Invalid:
        tally = Tally()
    return SheetLook(sheet.name, tally.rows, tally.hidden, sheet.visible, is_read=False)


def _check_tags(archive: Archive, sheet: Sheet, limits: Limits) -> None:
    """Counts before parsing, which takes many times longer. A cell has four tags or six, an empty one has one."""
    tags = 0
    for piece in archive.unpack(sheet.part):
        tags += piece.count(b"<")
        if tags > TAGS_PER_CELL * limits.max_sheet_cells:
            raise _too_many_cells(limits)


def _too_many_cells(limits: Limits) -> Invalid:
    return Invalid(
        "file_too_many_cells",
        N_("The sheet has more than %(cells)s cells. Delete empty rows and columns, or save the sheet as CSV."),
        cells=limits.max_sheet_cells,
    )


def _named(sheets: list[Sheet], name: str) -> Sheet:
    for sheet in sheets:
        if sheet.name.casefold() == name.strip().casefold():
            return sheet
    raise Invalid(
        "sheet_missing",
        N_("The workbook has no sheet %(sheet)s. It has: %(sheets)s."),
        fields={"sheets": [sheet.name for sheet in sheets]},
        sheet=name,
        sheets=", ".join(sheet.name for sheet in sheets),
    )


def _records(open_file: Opener, book: Workbook, sheet: Sheet, limits: Limits, tally: Tally) -> Iterator[Record]:
    tally.rows = tally.hidden = 0
    with open_file() as stream:
        yield from walk(Archive(stream, limits).unpack(sheet.part), _SheetRows(book, limits, tally))


@dataclass(slots=True)
class Tally:
    """How many rows of a sheet hold something, and how many of them are hidden; with `skip_hidden` they are no rows."""

    rows: int = 0
    hidden: int = 0
    skip_hidden: bool = False


class _SheetRows(Visitor[Record]):
    """Collects the cells of one row at a time. Cells without a text take no room, wherever they say they stand."""

    def __init__(self, book: Workbook, limits: Limits, tally: Tally) -> None:
        super().__init__()
        self._book = book
        self._tally = tally
        self._is_hidden = self._is_formula = False
        self._limits = limits
        self._number = 0
        self._column = -1
        self._seen = 0
        self._cells: dict[int, str] = {}
        self._type = self._style = ""
        self._pieces: list[str] = []
        self._length = 0
        self._inside = False
        self._hints = 0

    def on_start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name == "row":
            self._is_hidden = attributes.get("hidden") in {"1", "true"}
            self._start_row(attributes.get("r"))
        elif name == "f":
            self._is_formula = True
        elif name == "rPh":
            self._hints += 1
        self._inside = name == "v" or (name == "t" and not self._hints)

    def on_text(self, text: str) -> None:
        if self._inside:
            self._length += len(text)
            if self._length > self._limits.max_cell_chars:
                raise cell_too_long(self._number, self._limits)
            self._pieces.append(text)

    def on_end(self, name: str) -> None:
        self._inside = False
        if name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self._hints -= 1

    def _start_row(self, reference: str | None) -> None:
        self._number = int(reference) if reference and _is_row(reference) else self._number + 1
        if not 0 < self._number <= LAST_ROW:
            raise damaged()
        self._column = -1
        self._cells = {}

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._column = _column(attributes["r"]) if "r" in attributes else self._column + 1
        self._seen += 1
        if self._seen > self._limits.max_sheet_cells:
            raise _too_many_cells(self._limits)
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._pieces, self._length, self._is_formula = [], 0, False

    def _end_cell(self) -> None:
        raw = "".join(self._pieces)
        if text := self._text(raw) if raw else NOT_CALCULATED if self._is_formula else "":
            check_columns(self._column + 1, self._limits)
            self._cells[self._column] = text

    def _end_row(self) -> None:
        if self._cells:
            cells = [""] * (max(self._cells) + 1)
            for column, text in self._cells.items():
                cells[column] = text
            self._give(Record(self._number, cells))
            self._cells = {}

    def _give(self, record: Record) -> None:
        if "".join(record.cells).strip():
            self._tally.rows += 1
            self._tally.hidden += self._is_hidden
        if not (self._is_hidden and self._tally.skip_hidden):
            self.found.append(record)

    def _text(self, raw: str) -> str:
        if self._type == "s":
            return self._book.texts[int(raw)] if _is_row(raw.strip()) else ""
        if self._type == "n":
            return self._number_text(raw.strip())
        if self._type == "b":
            return "true" if raw.strip() == "1" else "false"
        return unescaped(raw)

    def _number_text(self, raw: str) -> str:
        look = self._book.formats[int(self._style)] if self._has_format() else ""
        if look == "date":
            return date_text(raw, since_1904=self._book.since_1904)
        return formatted(look, number_text(raw))

    def _has_format(self) -> bool:
        return _is_row(self._style) and int(self._style) < len(self._book.formats)


def _is_row(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _column(reference: str) -> int:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise damaged()
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - 64
    return column - 1
