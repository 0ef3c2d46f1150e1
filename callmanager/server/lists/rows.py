"""What reading a list yields: rows of text with a header. Knows nothing of any file format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from callmanager.domain.errors import Invalid

Kind = Literal["csv", "xlsx", "json"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on a file of contacts; passing one refuses the file. Bytes are of the file, characters of its text."""

    max_bytes: int = 64 * 2**20
    max_unpacked_bytes: int = 256 * 2**20
    max_entries: int = 1_000
    max_rows: int = 1_000_000
    max_columns: int = 200
    max_sheet_cells: int = 5_000_000
    max_cell_chars: int = 65_536
    max_record_chars: int = 2**20


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person says of how the file is to be read; what is None is found out.

    `header_row` is the number of the row that names the columns, 0 when none does. Rows that are hidden in a workbook
    are read unless `skip_hidden`.
    """

    sheet: str | None = None
    header_row: int | None = None
    encoding: str | None = None
    separator: str | None = None
    skip_hidden: bool = False


FOUND_OUT = Reading()


class Record(NamedTuple):
    """A row before its columns have names. `number` as in Row."""

    number: int
    cells: list[str]
    error: Invalid | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file. `number` is counted from 1 as people see it there (record, sheet row, index in the array).

    `extra` and `phones` (text and label) come from JSON, where a row may carry them as an object and a list; in a
    workbook `extra` holds the cells beyond the header, as many as `strays`.
    A row with an `error` has no usable cells beyond those shown; the other rows of the file are still good.
    """

    number: int
    cells: dict[str, str]
    extra: dict[str, str] = field(default_factory=dict)
    phones: tuple[tuple[str, str], ...] = ()
    error: Invalid | None = None
    strays: int = 0


@dataclass(frozen=True, slots=True)
class SheetLook:
    """A sheet of a workbook: how many rows hold something, and how many of those are hidden."""

    name: str
    rows: int
    hidden_rows: int
    is_visible: bool
    is_read: bool


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file was written: of a CSV its encoding and separator, of a workbook its sheet."""

    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    has_header: bool = True


@dataclass(frozen=True, slots=True)
class RowSource:
    """A list that was checked whole: iterating it gives its rows one by one and may be done again.

    `columns` are the headings as written, made unique; `total` is the number of rows that iterating yields.
    `strays` name the columns beyond the header. `header_row` is the header's number, 0 without one; `head` are the
    first rows as they stand, so that a person can say which of them it is. `sheets` are those of a workbook.
    """

    kind: Kind
    columns: list[str]
    dialect: Dialect
    total: int | None
    rows: Callable[[], Iterator[Row]]
    strays: tuple[str, ...] = ()
    header_row: int = 0
    rows_above_header: int = 0
    head: tuple[Record, ...] = ()
    sheets: tuple[SheetLook, ...] = ()

    def __iter__(self) -> Iterator[Row]:
        return self.rows()
