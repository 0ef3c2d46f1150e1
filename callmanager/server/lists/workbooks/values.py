"""Writes the numbers, dates and times of a workbook as text: what was stored, and of how a cell was made to look only
signs that belong to a phone number or a code: zeros in front, +505, hyphens."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_WHOLE = re.compile(r"-?\d{1,15}")
_NOT_LETTERS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|[_*].', re.DOTALL)
_BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_LAST_SERIAL = 2_958_466.0
_BRACKETS = re.compile(r"\[(?:\$-[^\]]*|[A-Za-z]+ ?\d*|[<>=][^\]]*)\]")
_CONDITION = re.compile(r"\[[<>=]")
_PIECE = re.compile(r'"([^"]*)"|\\(.)|([0#?])|([-+()/ ,1-9])', re.DOTALL)
_BEARS_PREFIX = re.compile(r"\\\+\\\d")
_SHOWN = re.compile(r"[-+()/ 0-9]*")
MOST_DIGITS = 15


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


def number_format(code: str) -> str:
    """What a number format shows of a whole number: `0` for each digit that is always there, `#` for others, and
    signs and digits that stand between, each behind a backslash. "" where it shows nothing more than the number, or
    what is no phone number nor a code (thousands, decimals, money). What bears the prefix of a country is one,
    whatever stands beside it, and whatever numbers it is for."""
    forms = [_section(section.replace("General", "#")) for section in _BRACKETS.sub("", code).split(";")]
    bearing = (form for form in forms if _BEARS_PREFIX.search(form))
    return next(bearing, "") if _CONDITION.search(code) else forms[0]


def _section(whole: str) -> str:
    form, position, is_plain = "", 0, True
    for piece in _PIECE.finditer(whole):
        quoted, escaped, digit, sign = piece.groups()
        shown = quoted if quoted is not None else escaped or sign or ""
        is_plain = is_plain and bool(_SHOWN.fullmatch(shown))
        if piece.start() != position:
            return ""
        position = piece.end()
        if shown != ",":
            form += ("0" if digit == "0" else "#") if digit else "".join(f"\\{char}" for char in shown)
    digits = sum(char in "0#" for char in re.sub(r"\\.", "", form))
    if position != len(whole) or not 0 < digits <= MOST_DIGITS or form in ("0", "#"):
        return ""
    return form if is_plain or _BEARS_PREFIX.search(form) else ""


def formatted(form: str, number: str) -> str:
    """A number as text, shown in a form of `number_format`. What is no whole number stays as it is."""
    if not form or not number.isdecimal():
        return number
    pieces, left = re.findall(r"\\.|[0#]", form), list(number)
    shown: list[str] = []
    places = sum(piece in "0#" for piece in pieces)
    for piece in reversed(pieces):
        if piece not in "0#":
            shown.append(piece[1])
            continue
        places -= 1
        if left:
            shown.append(left.pop())
        elif piece == "0":
            shown.append("0")
        if not places:
            shown += reversed(left)
            left = []
    return "".join(reversed(shown)).strip()
