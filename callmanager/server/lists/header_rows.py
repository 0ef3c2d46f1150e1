"""Finds the row that names the columns among the first rows of a list. Opens no file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from callmanager.server.lists.headers import holds_phones, is_known
from callmanager.server.lists.heading_words import is_phone_heading
from callmanager.server.lists.rows import Record

ROWS_ABOVE_HEADER = 20
_HOLDS_PHONES = 5
_AS_WIDE = 2
_TOO_NARROW = -3
_SURE = 2
"""So many known headings, or one of phones, make a header even below a row with a phone."""


def find_header(head: Sequence[Record]) -> Record | None:
    """The best of these rows, or None when the list has no header.

    It counts how many headings people use, whether the row is as wide as the table, and whether a column whose heading
    says phone holds phones. A row with phones in it is a header only when it is the first, has a known heading, and no
    phones stand below them: else it is somebody.
    """
    width = _usual_width(head)
    best, most = None, 0.0
    for place, record in enumerate(head):
        if not _is_repeated(record, head[:place]) and _may_be_header(record, head[:place], head[place + 1 :]):
            score = _score(record, head[place + 1 :], width)
            if best is None or score > most:
                best, most = record, score
    return best


def has_phones(head: Sequence[Record]) -> bool:
    """Whether the table that begins with these rows has a column of phones."""
    header = find_header(head)
    below = [record for record in head if header is None or record.number > header.number]
    if header and any(map(is_phone_heading, header.cells)) and not below:
        return True
    width = max((len(record.cells) for record in head), default=0)
    return any(_holds_phones(below, place) for place in range(width))


def _is_repeated(record: Record, above: Sequence[Record]) -> bool:
    """Whether it says again what a row above says with a heading; a cell beside it changes nothing."""
    known = (one.cells for one in above if any(map(is_known, one.cells)))
    return any(record.cells[: len(cells)] == cells for cells in known)


def _may_be_header(record: Record, above: Sequence[Record], below: Sequence[Record]) -> bool:
    known = sum(map(is_known, record.cells))
    if record.error is not None and known < _SURE:
        return False
    phones = [place for place, cell in enumerate(record.cells) if holds_phones(cell)]
    if phones:
        return known > 0 and not above and bool(below) and not any(_holds_phones(below, place) for place in phones)
    if known >= _SURE or any(map(is_phone_heading, record.cells)):
        return True
    return not any(holds_phones(cell) for earlier in above for cell in earlier.cells)


def _score(record: Record, below: Sequence[Record], width: int) -> float:
    score = sum(map(is_known, record.cells))
    if any(_holds_phones(below, place) for place, cell in enumerate(record.cells) if is_phone_heading(cell)):
        score += _HOLDS_PHONES
    filled = _filled_cells(record)
    if filled >= width:
        return score + _AS_WIDE
    return score + (1 if 2 * filled > width else _TOO_NARROW)


def _holds_phones(below: Sequence[Record], place: int) -> bool:
    values = [record.cells[place] for record in below if len(record.cells) > place and record.cells[place].strip()]
    return bool(values) and 2 * sum(map(holds_phones, values)) > len(values)


def _filled_cells(record: Record) -> int:
    return sum(bool(cell.strip()) for cell in record.cells)


def _usual_width(head: Sequence[Record]) -> int:
    """The most frequent number of filled cells; of two as frequent the greater."""
    widths = Counter(map(_filled_cells, head))
    return max(widths, key=lambda width: (widths[width], width))
