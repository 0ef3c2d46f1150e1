"""What reading a list yields: rows of text with a header. Knows nothing of any file format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

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
class Row:
    """One row of the file. `number` is counted from 1 as people see it there (record, sheet row, index in the array).

    `extra` and `phones` (text and label) only come from JSON, where a row may carry them as an object and a list.
    A row with an `error` has no usable cells beyond those shown; the other rows of the file are still good.
    """

    number: int
    cells: dict[str, str]
    extra: dict[str, str] = field(default_factory=dict)
    phones: tuple[tuple[str, str], ...] = ()
    error: Invalid | None = None


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
    """

    kind: Kind
    columns: list[str]
    dialect: Dialect
    total: int | None
    rows: Callable[[], Iterator[Row]]

    def __iter__(self) -> Iterator[Row]:
        return self.rows()
