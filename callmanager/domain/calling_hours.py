"""At which wall times of the contact a campaign lets call: per weekday, and on no holiday. Pure; None is no limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Any

from callmanager.domain.errors import Invalid
from callmanager.domain.search_text import fold
from callmanager.domain.texts import N_

WEEKDAYS = 7
MOST_SPANS = 4
MOST_HOLIDAYS = 400
LOOK_AHEAD = timedelta(days=31)
"""No opening is looked for beyond it."""

CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
SPAN = f"{CLOCK}-({CLOCK}|24:00)"
HOLIDAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PARTS = frozenset({"weekdays", "holidays"})


@dataclass(frozen=True, slots=True)
class Span:
    """From one minute of a day until before another; 1440 is its midnight."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"


@dataclass(frozen=True, slots=True)
class CallingHours:
    """The spans of Monday to Sunday, each in order; a weekday without any is closed, and so is a holiday."""

    weekdays: tuple[tuple[Span, ...], ...]
    holidays: frozenset[date]

    def spans_of(self, day: date) -> tuple[Span, ...]:
        return () if day in self.holidays else self.weekdays[day.weekday()]


def is_open(hours: CallingHours | None, local_time: datetime) -> bool:
    """Whether calls are allowed; `local_time` is aware and in the zone of the contact."""
    if hours is None:
        return True
    minute = local_time.hour * 60 + local_time.minute
    return any(span.start <= minute < span.end for span in hours.spans_of(local_time.date()))


def next_opening(hours: CallingHours | None, local_time: datetime, within: timedelta = LOOK_AHEAD) -> datetime | None:
    """The instant (UTC) from which calls are allowed: `local_time` when they are already; None when not `within`."""
    now = local_time.astimezone(UTC)
    if hours is None or is_open(hours, local_time):
        return now
    found = (at for at in _openings(hours, local_time, within.days) if now < at <= now + within)
    return next(found, None)


def opening_everywhere(
    hours: CallingHours | None, now: datetime, zones: Sequence[tzinfo], within: timedelta = LOOK_AHEAD
) -> datetime | None:
    """The same for a contact that may be in any of these zones: when every one of them is within hours."""
    at, latest = now.astimezone(UTC), now + within
    while at <= latest:
        found = [next_opening(hours, at.astimezone(zone), within) for zone in zones]
        openings = [one for one in found if one is not None]
        if len(openings) < len(found):
            return None
        if max(openings, default=at) == at:
            return at
        at = max(openings)
    return None


def _openings(hours: CallingHours, local_time: datetime, days: int) -> Iterator[datetime]:
    """The instants at which a span begins, from the day of `local_time` on, in order."""
    zone = local_time.tzinfo
    assert zone is not None
    for number in range(days + 2):
        day = local_time.date() + timedelta(days=number)
        begun = {at for span in hours.spans_of(day) for at in _minutes_of(day, span.start, zone)}
        yield from sorted(at for at in begun if is_open(hours, at.astimezone(zone)))


def _minutes_of(day: date, minute: int, zone: tzinfo) -> Iterator[datetime]:
    """When it is this minute there: one instant, but where a clock change leaves it out, or lets it come twice, all
    those between the two that it could be."""
    wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    at, last = sorted(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    while at <= last:
        yield at
        at += timedelta(minutes=1)


def check_hours(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Calling hours as they are stored and go on the wire. Raises Invalid."""
    hours = parse_hours(value)
    return None if hours is None else to_wire(hours)


def parse_hours(value: Mapping[str, Any] | None) -> CallingHours | None:
    """From `{"weekdays": [seven lists of "09:00-18:00", Monday first], "holidays": ["2026-12-25"]}`. Raises Invalid."""
    if value is None:
        return None
    weekdays, holidays = value.get("weekdays"), value.get("holidays", [])
    if not set(value) <= _PARTS or not isinstance(weekdays, list) or len(weekdays) != WEEKDAYS:
        raise _misshapen()
    if not isinstance(holidays, list) or len(holidays) > MOST_HOLIDAYS:
        raise _invalid("holiday_invalid", N_("Give at most %(limit)s holidays, as a list."), limit=MOST_HOLIDAYS)
    return CallingHours(tuple(map(_parse_day, weekdays)), frozenset(map(_parse_holiday, holidays)))


def to_wire(hours: CallingHours) -> dict[str, Any]:
    """As JSON, in order and without repeats."""
    return {
        "weekdays": [[str(span) for span in spans] for spans in hours.weekdays],
        "holidays": [day.isoformat() for day in sorted(hours.holidays)],
    }


def _parse_day(texts: Any) -> tuple[Span, ...]:
    if not isinstance(texts, list) or len(texts) > MOST_SPANS:
        raise _misshapen()
    spans = sorted(map(_parse_span, texts), key=lambda span: span.start)
    for one, other in pairwise(spans):
        if other.start < one.end:
            raise _invalid(
                "calling_hours_overlap",
                N_("On one day %(one)s and %(other)s overlap. Join them, or change one."),
                one=one,
                other=other,
            )
    return tuple(spans)


def _parse_span(text: Any) -> Span:
    if not isinstance(text, str) or not re.fullmatch(SPAN, text):
        raise _invalid("calling_hours_invalid", N_("Write calling hours like 09:00-18:00, at the latest until 24:00."))
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in text.split("-"))
    if end <= start:
        raise _invalid(
            "calling_hours_invalid",
            N_("%(span)s ends before it starts. What goes on after midnight belongs to the next day."),
            span=text,
        )
    return Span(start, end)


def _parse_holiday(text: Any) -> date:
    try:
        if isinstance(text, str) and re.fullmatch(HOLIDAY, text):
            return date.fromisoformat(text)
    except ValueError:  # as it is written, but no day of any year
        pass
    raise _invalid("holiday_invalid", N_("Write each holiday like 2026-12-25."))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _misshapen() -> Invalid:
    return _invalid(
        "calling_hours_invalid",
        N_("Give the calling hours of seven days, Monday first, with at most %(limit)s spans each."),
        limit=MOST_SPANS,
    )


def _invalid(code: str, message: str, **params: Any) -> Invalid:
    return Invalid(code, message, fields={"field": "calling_hours"}, **params)


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
    short = fold(word)[:_SHORTEST]
    if short not in _DAYS:
        raise ValueError("no day of the week")
    return _DAYS[short]
