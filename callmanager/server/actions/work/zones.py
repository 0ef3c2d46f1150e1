"""Which clock the wall of a contact shows, as far as its number tells."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(e164: str | None, now: datetime) -> tzinfo:
    """The zone of a number; of one that tells none, or several that differ from the office's, the office's."""
    office = now.astimezone().tzinfo
    assert office is not None
    found = [zone for name in _names(e164) if (zone := _zone(name)) is not None] if e164 else []
    here = now.astimezone().utcoffset()
    same = next((zone for zone in found if now.astimezone(zone).utcoffset() == here), None)
    return same or (found[0] if found else office)


@lru_cache(maxsize=1_024)
def _names(e164: str) -> tuple[str, ...]:
    # Imported with the first retry: its table takes longer to read than a start should.
    import phonenumbers  # noqa: PLC0415
    from phonenumbers.timezone import time_zones_for_number  # noqa: PLC0415

    return tuple(time_zones_for_number(phonenumbers.parse(e164)))


@cache
def _zone(name: str) -> ZoneInfo | None:
    """None for one that this PC does not know ("Etc/Unknown", or Windows without tzdata)."""
    try:
        return None if name == "Etc/Unknown" else ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return None
