"""In which time zone a contact is: by its own zone or its number, else the office's."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import cache, lru_cache
from itertools import chain
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from callmanager.domain.errors import Unavailable
from callmanager.domain.region_zones import SAME_PLACE, ZONES, zones_of_region
from callmanager.domain.texts import N_
from callmanager.server.logs import get_log

_log = get_log("zones")
_UNKNOWN = "Etc/Unknown"


def zone_of(e164: str | None, now: datetime, office: tzinfo, *, own: str | None = None) -> tzinfo:
    """The zone of a number, the first where it may be in several; of one that tells none the office's."""
    return zones_of(e164, now, office, own=own)[0]


def zones_of(e164: str | None, now: datetime, office: tzinfo, *, own: str | None = None) -> list[tzinfo]:
    """Every zone that a number may be in (a mobile of Spain: its mainland or the Canaries).

    The one that shows the office's time alone, where there is one, and the office's for a number that tells none. An
    office that keeps UTC is a server that nobody told where its office is. `own` is the zone that somebody has written
    of the contact: it beats what its number tells.
    """
    written = _zone(own) if own else None
    if written is not None:
        return [written]
    names = _names(e164) if e164 else ()
    found: list[tzinfo] = [zone for name in names if (zone := _zone(name)) is not None]
    there = now.astimezone(office)
    here = None if there.tzname() == "UTC" else there.utcoffset()
    same = next((zone for zone in found if now.astimezone(zone).utcoffset() == here), None)
    return [same] if same is not None else found or [office]


def check_zones() -> None:
    """Raises Unavailable on a PC without tables of time zones (Windows, unless tzdata is installed), or with too old
    ones for the zones that this program itself names: contacts would have the office's hour without a word."""
    try:
        ZoneInfo("UTC")
    except ZoneInfoNotFoundError as error:
        raise Unavailable(
            "zones_missing",
            N_("This PC has no tables of time zones, so it cannot know a contact's hour. Run: pip install tzdata"),
        ) from error
    for name in (*chain.from_iterable(ZONES.values()), *SAME_PLACE.values()):
        try:
            ZoneInfo(name)
        except ZoneInfoNotFoundError as error:
            raise Unavailable(
                "zones_missing",
                N_("The time zones of this PC are too old: %(zone)s is missing. Run: pip install --upgrade tzdata"),
                zone=name,
            ) from error


@lru_cache(maxsize=1_024)
def _names(e164: str) -> tuple[str, ...]:
    # Imported with the first retry: its table takes longer to read than a start should.
    import phonenumbers  # noqa: PLC0415
    from phonenumbers.timezone import time_zones_for_number  # noqa: PLC0415

    number = phonenumbers.parse(e164)
    return zones_of_region(phonenumbers.region_code_for_number(number), tuple(time_zones_for_number(number)))


@cache
def _zone(name: str) -> ZoneInfo | None:
    """None for one that the tables of this PC are too old for, which the log says once."""
    if name == _UNKNOWN:
        return None
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        _log.error("zone_missing", zone=name)
        return None
