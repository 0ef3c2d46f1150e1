"""When a contact that was not reached is tried again: the rule of a disposition, checked and applied. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.domain.wall_times import instant_of

NEXT_DAY = "next_day"
OPENING = time(9)
"""Before this wall time of the contact nobody is called back on the next day."""

DELAYS = 20
MOST_ATTEMPTS = 100
SHORTEST_SECONDS = 60
LONGEST_SECONDS = 2 * 365 * 86_400
_PARTS = frozenset({"delays", "most"})


def next_call_at(retry: Mapping[str, Any], now: datetime, attempts_in_a_row: int, zone: tzinfo) -> datetime | None:
    """The instant (UTC) of the next try, or None when there is none.

    `retry` is a rule as `check_retry` returns it; `attempts_in_a_row` counts the contact's calls in a row that ended
    in this disposition, the present one included, and chooses the delay: the last one repeats, and after more than
    `most` nobody tries again. "next_day" is the next day of the contact's calendar at the wall time of this call, but
    not before 09:00: the hour at which an office calls is as a rule one at which it may, whereas counting hours
    would drift across the clock change, and a call before opening (a list worked at 07:40) would come back as early.
    """
    if attempts_in_a_row < 1:
        raise ValueError("the present attempt counts")
    if not retry or attempts_in_a_row > retry["most"]:
        return None
    delays = retry["delays"]
    delay = delays[min(attempts_in_a_row, len(delays)) - 1]
    if delay == NEXT_DAY:
        return _next_day(now, zone)
    return now.astimezone(UTC) + timedelta(seconds=delay)


def _next_day(now: datetime, zone: tzinfo) -> datetime:
    here = now.astimezone(zone)
    wall = max(here.time(), OPENING)
    return instant_of(datetime.combine(here.date() + timedelta(days=1), wall.replace(fold=0)), zone)


def check_retry(value: Mapping[str, Any]) -> dict[str, Any]:
    """The rule as it is stored: {} for none, or `{"delays": [seconds | "next_day"], "most": n}`. Raises Invalid."""
    if not value:
        return {}
    delays, most = value.get("delays"), value.get("most")
    if set(value) != _PARTS or not isinstance(delays, list) or not 1 <= len(delays) <= DELAYS:
        raise _invalid()
    if not _is_within(most, 1, MOST_ATTEMPTS) or not all(map(_is_delay, delays)):
        raise _invalid()
    return {"delays": list(delays), "most": most}


def _is_delay(delay: Any) -> bool:
    return delay == NEXT_DAY or _is_within(delay, SHORTEST_SECONDS, LONGEST_SECONDS)


def _is_within(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _invalid() -> Invalid:
    return Invalid(
        "retry_invalid",
        N_(
            "A retry rule has delays (seconds from %(shortest)s to %(longest)s, or next_day; at most %(delays)s) "
            "and most (how often at most, 1 to %(most)s)."
        ),
        fields={"field": "retry"},
        shortest=SHORTEST_SECONDS,
        longest=LONGEST_SECONDS,
        delays=DELAYS,
        most=MOST_ATTEMPTS,
    )
