"""Knows what the rows of a CSV look like, so that an open quotation mark is found before it swallows people."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.headers import looks_like_phone

_LINES_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class RowShape:
    """How wide the rows of a file usually are, and in which places they hold phones (none: nobody can say)."""

    separator: str
    width: int
    phones: frozenset[int]

    def is_row(self, line: str) -> bool:
        """Whether a line inside quotation marks is for certain a row: as wide as the others, a phone in its place."""
        if not self.phones or line.count(self.separator) < self.width - 1 or not self._may_begin(line):
            return False
        cells = self.cells(line)
        return len(cells) == self.width and self._has_phone(cells)

    def may_be_row(self, line: str) -> bool:
        """The same where it is known already that a quotation mark was left open: a shorter row is one, too."""
        if line.count(self.separator) < 1 or not self._may_begin(line):
            return False
        cells = self.cells(line)
        return self._has_phone(cells) if self.phones else len(cells) == self.width

    def cells(self, line: str) -> list[str]:
        """The cells of one line by itself."""
        try:
            return next(csv.reader([line], delimiter=self.separator), [])
        except csv.Error:
            return []

    def _has_phone(self, cells: Sequence[str]) -> bool:
        return any(place < len(cells) and looks_like_phone(cells[place]) for place in self.phones)

    def _may_begin(self, line: str) -> bool:
        """Not the last line of a cell that has several: the first mark on that one closes it."""
        place = line.find('"')
        if place < 0:
            return True
        opens = place == 0 or line[place - 1] == self.separator
        return opens and line[place + 1 : place + 2] not in {self.separator, "\r", "\n", ""}


def find_shape(sample: str, separator: str) -> RowShape:
    """The shape of the rows of which `sample` is the beginning; each line counts by itself."""
    lines = sample.splitlines()[:_LINES_LOOKED_AT]
    alone = RowShape(separator, 0, frozenset())
    rows = [cells for line in lines if len(cells := alone.cells(line)) > 1]
    if not rows:
        return alone
    widths = Counter(map(len, rows))
    width = max(widths, key=lambda one: (widths[one], one))
    usual = [cells for cells in rows if len(cells) == width]
    return RowShape(separator, width, frozenset(place for place in range(width) if _holds_phones(usual, place)))


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
    return bool(values) and 2 * sum(map(looks_like_phone, values)) > len(values)
