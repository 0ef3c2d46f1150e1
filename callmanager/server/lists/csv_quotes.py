"""Knows what the rows of a CSV look like, so that an open quotation mark is found before it swallows people."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.header_rows import ROWS_ABOVE_HEADER
from callmanager.server.lists.headers import holds_phones, is_known

_LINES_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class RowShape:
    """How wide the rows of a file usually are, and in which places they hold phones (none: nobody can say). Where it
    `is_spaced`, a blank stands between a separator and a quotation mark."""

    separator: str
    width: int
    phones: frozenset[int]
    is_spaced: bool = False

    def is_row(self, line: str) -> bool:
        """Whether a line inside quotation marks is for certain a row: as wide as the others, and wider than a sentence
        is, or with a phone in its place, or with a mark that would stand there twice if it were part of a text."""
        if not self.width or line.count(self.separator) < self.width - 1 or not self._may_begin(line):
            return False
        cells = self.cells(line)
        if len(cells) != self.width:
            return False
        if self.width == 1:
            return self._has_phone(cells) and self._has_quoted_cell(line)
        if self.width >= _wide(self.separator) or self._has_phone(cells) or self._has_quoted_cell(line):
            return True
        return self.separator != "," and self.width > 2 and any(map(holds_phones, cells))

    def may_be_row(self, line: str) -> bool:
        """The same where it is known already that a quotation mark was left open: less makes a row, too."""
        if (self.width != 1 and line.count(self.separator) < 1) or not self._may_begin(line):
            return False
        cells = self.cells(line)
        return (self.width > 1 and len(cells) == self.width) or self._has_phone(cells)

    def parse(self, lines: Iterable[str], *, strict: bool = False) -> Iterator[list[str]]:
        """The rows of lines; `strict` raises csv.Error where more than a separator follows a closing mark."""
        return csv.reader(lines, delimiter=self.separator, skipinitialspace=self.is_spaced, strict=strict)

    def closes_within_a_word(self, lines: Sequence[str]) -> bool:
        """Whether the cell of several lines ends with a mark that opens the next one in truth: more than a separator
        follows it (`..."Ana` on one line and `8888;"Luis` on another)."""
        try:
            next(self.parse(lines, strict=True), None)
        except csv.Error:
            return True
        return False

    def cells(self, line: str) -> list[str]:
        """The cells of one line by itself."""
        try:
            return next(self.parse([line]), [])
        except csv.Error:
            return []

    def _has_phone(self, cells: Sequence[str]) -> bool:
        return any(place < len(cells) and holds_phones(cells[place]) for place in self.phones)

    def _has_quoted_cell(self, line: str) -> bool:
        place = line.find('"')
        return place >= 0 and line[place + 1 : place + 2] != '"'

    def _may_begin(self, line: str) -> bool:
        """Not the last line of a cell that has several: the first mark on that one closes it."""
        place = line.find('"')
        if place < 0:
            return True
        before = line[:place].rstrip(" ") if self.is_spaced else line[:place]
        opens = not before or before[-1] == self.separator
        return opens and line[place + 1 : place + 2] not in {self.separator, "\r", "\n", ""}


def find_shape(sample: str, separator: str) -> RowShape:
    """The shape of the rows of which `sample` is the beginning; each line counts by itself."""
    lines = sample.splitlines()[:_LINES_LOOKED_AT]
    is_spaced = re.search(rf'{re.escape(separator)} +"', sample) is not None
    alone = RowShape(separator, 0, frozenset(), is_spaced)
    rows = [cells for line in lines if len(cells := alone.cells(line)) > 1]
    if not rows:
        column = [cells for line in lines if (cells := alone.cells(line))]
        return replace(alone, width=1, phones=frozenset({0})) if _holds_phones(column, 0) else alone
    header = _header_place(rows)
    width = _usual_width(rows) if header is None else len(rows[header])
    below = rows[0 if header is None else header + 1 :]
    usual = [cells for cells in below if len(cells) == width]
    phones = frozenset(place for place in range(width) if _holds_phones(usual, place))
    return replace(alone, width=width, phones=phones)


def _header_place(rows: Sequence[Sequence[str]]) -> int | None:
    """Where the row is that names the columns. It says how wide they are: rows of several lines have shorter ones."""
    known = [sum(map(is_known, cells)) for cells in rows[:ROWS_ABOVE_HEADER]]
    return known.index(max(known)) if max(known) > 1 else None


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    widths = Counter(map(len, rows))
    return max(widths, key=lambda one: (widths[one], one))


def open_quote(line: int) -> Invalid:
    """The reason of a row that begins on `line`."""
    return Invalid(
        "row_open_quote",
        N_('A quotation mark (") opens in the row on line %(line)s and is not closed there. Close it or remove it.'),
        fields={"line": line},
        line=line,
    )


def _holds_phones(rows: Sequence[Sequence[str]], place: int) -> bool:
    values = [cells[place] for cells in rows if cells[place].strip()]
    return bool(values) and 2 * sum(holds_phones(value.strip('"')) for value in values) > len(values)


def _wide(separator: str) -> int:
    """From how many cells on a line is no sentence. Commas stand in sentences, too."""
    return 8 if separator == "," else 4
