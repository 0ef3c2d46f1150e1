"""Calling hours as people write them into a setting: "mon-fri 08:00-12:00 13:00-18:00, sat 09:00-13:00". Pure."""

from __future__ import annotations

from collections.abc import Iterable

from callmanager.domain.calling_hours import WEEKDAYS, CallingHours, parse_hours
from callmanager.domain.search_text import fold

_DAYS = {
    name: number
    for names in ("mon tue wed thu fri sat sun", "lun mar mie jue vie sab dom")
    for number, name in enumerate(names.split())
}
_SHORTEST = 3
_ALWAYS = "00:00-24:00"


def parse_hours_text(text: str, holidays: Iterable[str] = ()) -> CallingHours | None:
    """Days are English or Spanish, in three letters or whole; a day that is not named is closed.

    Without hours and holidays it is None, always; with holidays alone every hour of every other day.
    Raises Invalid for hours or a holiday that are none, ValueError for days.
    """
    days = list(holidays)
    weekdays: list[list[str]] = [[] for _ in range(WEEKDAYS)]
    if text.strip():
        for part in text.split(","):
            named, *spans = part.split()  # an empty part is a ValueError, as it should be
            for day in _days(named):
                weekdays[day] += spans
            if not spans:
                raise ValueError("a day without hours")
    elif days:
        weekdays = [[_ALWAYS] for _ in range(WEEKDAYS)]
    else:
        return None
    return parse_hours({"weekdays": weekdays, "holidays": days})


def _days(named: str) -> Iterable[int]:
    first, dash, last = named.partition("-")
    begin = _day(first)
    end = _day(last) if dash else begin
    if end < begin:
        raise ValueError("the week begins on Monday")
    return range(begin, end + 1)


def _day(word: str) -> int:
    folded = fold(word)
    if len(folded) < _SHORTEST or folded[:_SHORTEST] not in _DAYS:
        raise ValueError("no day of the week")
    return _DAYS[folded[:_SHORTEST]]
