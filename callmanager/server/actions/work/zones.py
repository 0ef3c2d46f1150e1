"""Which clock the wall of a contact shows, as far as its number tells."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(e164: str | None, now: datetime) -> tzinfo:
    """The zone of a number, the first where it may be in several; of one that tells none the office's."""
    return zones_of(e164, now)[0]


def zones_of(e164: str | None, now: datetime) -> list[tzinfo]:
    """Every zone that a number may be in (a mobile of Spain: its mainland or the Canaries).

    The office's alone where one of them shows the same time, and for a number that tells none. A server that keeps UTC
    says nothing of where its office is.
    """
    office = now.astimezone().tzinfo
    assert office is not None
    names = _names(e164) if e164 else ()
    found: list[tzinfo] = [zone for name in names if (zone := _zone(name)) is not None]
    here = None if office.tzname(now) == "UTC" else office.utcoffset(now)
    same = next((zone for zone in found if now.astimezone(zone).utcoffset() == here), None)
    return [same] if same is not None else found or [office]


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
