"""From the time on a clock on the wall to the instant that is meant, where clocks are put on or back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

_SECOND = timedelta(seconds=1)


class Shown(StrEnum):
    """How often a clock shows a time on its day."""

    ONCE = "once"
    NEVER = "never"
    """It is left out when the clock is put on."""
    TWICE = "twice"
    """It comes again when the clock is put back."""


def instant_of(wall: datetime, zone: tzinfo) -> datetime:
    """The instant, in UTC, at which clocks of `zone` show `wall` (without a zone): of two the first, and of a time that
    they leave out the first instant after the gap. Raises OverflowError at the ends of the calendar."""
    first, last = _candidates(wall, zone)
    shown = [instant for instant in (first, last) if _wall(instant, zone) == wall.replace(fold=0)]
    return shown[0] if shown else _end_of_gap(first, last, zone)


def how_shown(wall: datetime, zone: tzinfo) -> Shown:
    """Whether clocks of `zone` show `wall` once, never or twice."""
    first, last = _candidates(wall, zone)
    if first == last:
        return Shown.ONCE
    return Shown.TWICE if _wall(first, zone) == wall.replace(fold=0) else Shown.NEVER


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """The instant, in UTC, at which a day begins there."""
    return instant_of(datetime.combine(day, time()), zone)


def span_of_day(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """From midnight to midnight there, in UTC: 23 or 25 hours where clocks change."""
    return start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)


def _candidates(wall: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    found = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return min(found), max(found)


def _wall(instant: datetime, zone: tzinfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _end_of_gap(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The clock is put on between the two, at a whole second."""
    new = after.astimezone(zone).utcoffset()
    low, high = before.replace(microsecond=0), after.replace(microsecond=0)
    while high - low > _SECOND:
        middle = low + ((high - low) // 2 // _SECOND) * _SECOND
        low, high = (low, middle) if middle.astimezone(zone).utcoffset() == new else (middle, high)
    return high
