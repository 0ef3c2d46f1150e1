"""Hands the lines of a CSV to its parser, one record after another, and takes back those that an open quotation mark
swallowed. Memory and work are bounded whatever the lines hold."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator

from callmanager.server.lists.csv_quotes import RowShape
from callmanager.server.lists.rows import Limits
from callmanager.server.lists.tables import line_too_long

READ_AGAIN = 16
"""So many times the longest record may be read a second time, in characters. Then the file is refused."""


class OpenQuoteError(Exception):
    """A line inside quotation marks is a row of the table."""


class RecordLines:
    """The lines of one record after another: neither a line nor a record can fill the memory.

    `record` counts records; `first_line` is the line that the present one begins on, `taken` are its lines.
    `ended_inside` says that the file ended before a quotation mark was closed.
    """

    def __init__(self, text: io.TextIOWrapper, shape: RowShape, limits: Limits) -> None:
        self._text = text
        self._shape = shape
        self._limits = limits
        self._left = 0
        self.taken: list[str] = []
        self._waiting: deque[str] = deque()
        self._again = READ_AGAIN * limits.max_record_chars
        self._lines = 0
        self.record = 0
        self.ended_inside = False

    @property
    def first_line(self) -> int:
        return self._lines - len(self.taken) + 1

    def start_record(self) -> None:
        self._left = self._limits.max_record_chars
        self.taken = []
        self.record += 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._read_again() if self._waiting else self._text.readline(self._left + 1)
        if not line:
            self.ended_inside = bool(self.taken)
            raise StopIteration
        self._left -= len(line)
        is_swallowed = bool(self.taken)
        self.taken.append(line)
        self._lines += 1
        if self._left < 0:
            raise line_too_long(self.record, self._limits)
        if is_swallowed and self._shape.is_row(line):
            raise OpenQuoteError
        return line

    def give_back(self, *, whole: bool) -> list[str] | None:
        """The cells of the present record up to the next line that looks like a row; that one and those below it are
        read again. Without such a line: all of it when `whole`, else None."""
        taken, self.ended_inside = self.taken, False
        below = next((place for place, line in enumerate(taken) if place and self._shape.may_be_row(line)), None)
        if below is None and not whole:
            return None
        again = [] if below is None else taken[below:]
        self._again -= sum(map(len, again))
        if self._again < 0:
            raise line_too_long(self.record, self._limits)
        self._waiting.extendleft(reversed(again))
        self._lines -= len(again)
        cells = self._shape.cells(taken[0])
        rest = taken[1:below]
        return [*cells[:-1], "".join([*cells[-1:], *rest])]

    def _read_again(self) -> str:
        """A line that was given back, or what of it is within bounds."""
        line = self._waiting.popleft()
        if not self._waiting and not line.endswith(("\n", "\r")):  # it was too long for the record that it was in
            line += self._text.readline(max(0, self._left + 1 - len(line)))
        return line
