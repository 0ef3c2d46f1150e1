"""Writes the numbers, dates and times of a workbook as text: what was stored, not how a cell was made to look."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_WHOLE = re.compile(r"-?\d{1,15}")
_NOT_LETTERS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|[_*].', re.DOTALL)
_BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_LAST_SERIAL = 2_958_466.0


def number_text(raw: str) -> str:
    """`88123456` for 88123456, 88123456.0 and 8.8123456E7; `5.06e+20` for what is no longer a number of digits."""
    if _WHOLE.fullmatch(raw):
        return raw
    try:
        return whole_or_repr(float(raw))
    except ValueError:
        return raw


def whole_or_repr(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def date_text(raw: str, *, since_1904: bool) -> str:
    """ISO text of a serial date: `2026-11-22`, `10:30:00` below one day, `2026-11-22T10:30:00` with both."""
    try:
        serial = float(raw)
    except ValueError:
        return raw
    if not 0 <= serial < _LAST_SERIAL:
        return number_text(raw)
    if serial < 1:
        return (_epoch(1, since_1904=True) + timedelta(seconds=round(serial * 86_400))).time().isoformat()
    instant = _epoch(serial, since_1904=since_1904) + timedelta(seconds=round(serial * 86_400))
    return instant.date().isoformat() if serial.is_integer() else instant.isoformat()


def _epoch(serial: float, *, since_1904: bool) -> datetime:
    """Excel counts a 29 February 1900 that never was."""
    if since_1904:
        return datetime(1904, 1, 1)  # noqa: DTZ001  a date in a cell has no zone
    return datetime(1899, 12, 31 if serial < 60 else 30)  # noqa: DTZ001


def is_date_format(number: int, code: str | None) -> bool:
    """Whether a cell with this number format (its number, and its code when it is not a built-in one) is a date."""
    if code is None:
        return number in _BUILT_IN_DATES
    letters = _NOT_LETTERS.sub("", code).casefold()
    return "general" not in letters and any(letter in letters for letter in "dmyhs")
