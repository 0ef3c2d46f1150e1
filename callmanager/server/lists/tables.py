"""Turns records (a row number and its cells) into rows under a header: names columns and counts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.header_rows import ROWS_ABOVE_HEADER, find_header
from callmanager.server.lists.rows import Dialect, Kind, Limits, Record, Row, RowSource

Records = Callable[[], Iterator[Record]]


def build_table(
    kind: Kind, dialect: Dialect, records: Records, limits: Limits, header_row: int | None = None
) -> RowSource:
    """The rows of `records` under their header, the row `header_row` when that is said. Reads everything once, so that
    what is wrong with the file as a whole is raised (Invalid) before the first row is given."""
    head = list(islice(filled(records()), ROWS_ABOVE_HEADER))
    for record in head:
        check_columns(len(record.cells), limits)
    if not head:
        raise Invalid("file_no_rows", N_("The file holds no rows."))
    header = find_header(head) if header_row is None else _said_header(records, header_row)
    first = header.number if header else 0
    columns = unique_names(header.cells) if header else _numbered(head)
    count = _count(records(), first, limits)
    names = _Names(columns, _stray_names(columns, count.widest), is_forgiving=kind == "xlsx")
    return RowSource(
        kind=kind,
        columns=columns,
        dialect=replace(dialect, has_header=first > 0),
        total=count.rows,
        rows=lambda: map(names.row, _below(records(), first)),
        strays=tuple(names.strays),
        header_row=first,
        rows_above_header=count.above,
        head=tuple(head),
    )


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


def line_too_long(number: int, limits: Limits) -> Invalid:
    return Invalid(
        "file_line_too_long",
        N_("Row %(row)s is longer than %(characters)s characters. Is a quotation mark not closed?"),
        fields={"row": number},
        row=number,
        characters=limits.max_record_chars,
    )


def _said_header(records: Records, number: int) -> Record | None:
    if number == 0:
        return None
    found = next((record for record in filled(records()) if record.number >= number), None)
    if found is None or found.number != number:
        raise Invalid(
            "header_row_missing",
            N_("Row %(row)s of the file is empty or does not exist. Choose the row that names the columns."),
            fields={"field": "header_row"},
            row=number,
        )
    return found


def _numbered(head: Sequence[Record]) -> list[str]:
    return [str(index) for index in range(1, max(len(record.cells) for record in head) + 1)]


def _stray_names(columns: Sequence[str], widest: int) -> list[str]:
    beyond = (f"columna {number}" for number in range(len(columns) + 1, widest + 1))  # lists are in Spanish
    return unique_names([*columns, *beyond])[len(columns) :]


def filled(records: Iterator[Record]) -> Iterator[Record]:
    """Those in which something stands."""
    return (record for record in records if "".join(record.cells).strip())


def _below(records: Iterator[Record], header: int) -> Iterator[Record]:
    return (record for record in filled(records) if record.number > header)


@dataclass(slots=True)
class _Count:
    rows: int = 0
    above: int = 0
    widest: int = 0


def _count(records: Iterator[Record], header: int, limits: Limits) -> _Count:
    count = _Count()
    for record in filled(records):
        if len(record.cells) > count.widest:
            check_columns(len(record.cells), limits)
            count.widest = max(count.widest, _last_filled(record.cells))
        if record.number > header:
            count.rows += 1
            if count.rows > limits.max_rows:
                raise too_many_rows(limits)
        elif record.number < header:
            count.above += 1
    return count


def _last_filled(cells: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(cells, 1) if cell.strip()), default=0)


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of the columns under the header and of those beyond it. `is_forgiving`: a cell beyond the header is a
    note that somebody wrote beside the table. In a CSV it says that the row is cut in wrong places."""

    columns: list[str]
    strays: list[str]
    is_forgiving: bool

    def row(self, record: Record) -> Row:
        number, cells, error = record
        named = dict(zip(self.columns, cells, strict=False))
        if error is None and len(cells) <= len(self.columns):
            return Row(number, named)
        beyond = self._beyond(cells)
        if error is None and beyond:
            if self.is_forgiving:
                return Row(number, named, beyond, strays=len(beyond))
            error = _too_many_cells(len(self.columns))
        return Row(number, {**named, **beyond}, error=error)

    def _beyond(self, cells: Sequence[str]) -> dict[str, str]:
        texts = zip(self.strays, cells[len(self.columns) :], strict=False)
        return {name: text for name, text in texts if text.strip()}


def _too_many_cells(columns: int) -> Invalid:
    return Invalid(
        "row_too_many_cells",
        N_(
            "This row has more cells than the %(columns)s columns of the header. Put quotation marks round a text that "
            "holds the separator, or name every column."
        ),
        columns=columns,
    )
