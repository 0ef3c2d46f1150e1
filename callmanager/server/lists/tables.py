"""Turns records (a row number and its cells) into rows under a header: finds the header, names columns, counts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.headers import is_known, is_phone_heading, looks_like_phone
from callmanager.server.lists.rows import Dialect, Kind, Limits, Row, RowSource

Record = tuple[int, list[str]]
Records = Callable[[], Iterator[Record]]

ROWS_ABOVE_HEADER = 20


def build_table(kind: Kind, dialect: Dialect, records: Records, limits: Limits) -> RowSource:
    """The rows of `records` under their header. Reads everything once, so that what is wrong with the file as a
    whole is raised (Invalid) before the first row is given."""
    head = list(islice(_filled(records()), ROWS_ABOVE_HEADER))
    for _, cells in head:
        check_columns(len(cells), limits)
    columns, first = find_header(head)
    total = _count(_below(records(), first), limits)
    return RowSource(
        kind=kind,
        columns=columns,
        dialect=replace(dialect, has_header=first > 0),
        total=total,
        rows=lambda: (_row(number, cells, columns) for number, cells in _below(records(), first)),
    )


def find_header(head: Sequence[Record]) -> tuple[list[str], int]:
    """The columns and the number of the header's row, 0 when the file has none and columns are named `1`, `2`, ...

    A title above the header is passed over; a first row that holds a phone and no known heading is not a header.
    """
    if not head:
        raise Invalid("file_no_rows", N_("The file holds no rows."))
    number, first = head[0]
    if any(map(is_known, first)):
        return unique_names(first), number
    for later, cells in head[1:]:
        if any(map(is_phone_heading, cells)) and not any(map(looks_like_phone, cells)):
            return unique_names(cells), later
    if any(map(looks_like_phone, first)):
        width = max(len(cells) for _, cells in head)
        return [str(index) for index in range(1, width + 1)], 0
    return unique_names(first), number


def unique_names(cells: Sequence[str]) -> list[str]:
    """Headings trimmed; one without text is named by its position, a repeated one gets ` (2)`, ` (3)`, ..."""
    names: list[str] = []
    taken: set[str] = set()
    for index, cell in enumerate(cells, 1):
        name = base = cell.strip() or str(index)
        copy = 2
        while name in taken:
            name = f"{base} ({copy})"
            copy += 1
        taken.add(name)
        names.append(name)
    return names


def check_columns(count: int, limits: Limits) -> None:
    if count > limits.max_columns:
        raise Invalid(
            "file_too_many_columns",
            N_("The file has more than %(columns)s columns. Remove those that are not needed."),
            columns=limits.max_columns,
        )


def too_many_rows(limits: Limits) -> Invalid:
    return Invalid(
        "file_too_many_rows",
        N_("The file has more than %(rows)s rows. Split it and import the parts."),
        rows=limits.max_rows,
    )


def check_cells(texts: Collection[str], number: int, limits: Limits) -> None:
    if texts and max(map(len, texts)) > limits.max_cell_chars:
        raise cell_too_long(number, limits)


def cell_too_long(number: int, limits: Limits) -> Invalid:
    return Invalid(
        "file_cell_too_long",
        N_("A cell in row %(row)s is longer than %(characters)s characters. Is a quotation mark not closed?"),
        fields={"row": number},
        row=number,
        characters=limits.max_cell_chars,
    )


def _filled(records: Iterator[Record]) -> Iterator[Record]:
    return (record for record in records if "".join(record[1]).strip())


def _below(records: Iterator[Record], header: int) -> Iterator[Record]:
    return (record for record in _filled(records) if record[0] > header)


def _count(records: Iterator[Record], limits: Limits) -> int:
    count = 0
    for count, (_, cells) in enumerate(records, 1):
        if len(cells) > limits.max_columns:
            check_columns(len(cells), limits)
        if count > limits.max_rows:
            raise too_many_rows(limits)
    return count


def _row(number: int, cells: list[str], columns: list[str]) -> Row:
    named = dict(zip(columns, cells, strict=False))
    if any(cell.strip() for cell in cells[len(columns) :]):
        return Row(number, named, error=_too_many_cells(len(columns)))
    return Row(number, named)


def _too_many_cells(columns: int) -> Invalid:
    return Invalid(
        "row_too_many_cells",
        N_("This row has more cells than the %(columns)s columns of the header. Put quotation marks round the text."),
        columns=columns,
    )
