"""The time zones of regions for whose numbers phonenumbers names others. Only data, checked against tzdata by a test.

Source: zone.tab of the tz database, 2025b (iana.org/time-zones, public domain), compared with what phonenumbers 9.0
says of each region's numbers through all months of a year. phonenumbers takes +505 for Chicago and +213 for Paris, and
gives mobiles of a country that shares its code every zone of that code.
"""

from __future__ import annotations

from collections.abc import Mapping

ZONES: Mapping[str, tuple[str, ...]] = {
    # zones that phonenumbers names, but which keep other time for a part of the year or all of it
    "DZ": ("Africa/Algiers",),
    "EH": ("Africa/El_Aaiun",),
    "LY": ("Africa/Tripoli",),
    "MA": ("Africa/Casablanca",),
    "NI": ("America/Managua",),
    "SS": ("Africa/Juba",),
    # countries of +1
    "AG": ("America/Antigua",),
    "AI": ("America/Anguilla",),
    "AS": ("Pacific/Pago_Pago",),
    "BB": ("America/Barbados",),
    "BM": ("Atlantic/Bermuda",),
    "BS": ("America/Nassau",),
    "DM": ("America/Dominica",),
    "DO": ("America/Santo_Domingo",),
    "GD": ("America/Grenada",),
    "GU": ("Pacific/Guam",),
    "JM": ("America/Jamaica",),
    "KN": ("America/St_Kitts",),
    "KY": ("America/Cayman",),
    "LC": ("America/St_Lucia",),
    "MP": ("Pacific/Saipan",),
    "MS": ("America/Montserrat",),
    "PR": ("America/Puerto_Rico",),
    "SX": ("America/Lower_Princes",),
    "TC": ("America/Grand_Turk",),
    "TT": ("America/Port_of_Spain",),
    "VC": ("America/St_Vincent",),
    "VG": ("America/Tortola",),
    "VI": ("America/St_Thomas",),
    "CA": (
        *("America/Edmonton", "America/Fort_Nelson", "America/Halifax", "America/Regina", "America/St_Johns"),
        *("America/Toronto", "America/Vancouver", "America/Winnipeg"),
    ),
    "US": (
        *("America/Adak", "America/Anchorage", "America/Boise", "America/Chicago", "America/Denver", "America/Juneau"),
        *("America/Los_Angeles", "America/New_York", "America/North_Dakota/Center", "America/Phoenix"),
        "Pacific/Honolulu",
    ),
    # of +61, +262 and +7
    "AU": (
        *("Australia/Adelaide", "Australia/Brisbane", "Australia/Darwin", "Australia/Eucla", "Australia/Hobart"),
        *("Australia/Lord_Howe", "Australia/Melbourne", "Australia/Perth", "Australia/Sydney"),
    ),
    "CC": ("Indian/Cocos",),
    "CX": ("Indian/Christmas",),
    "RE": ("Indian/Reunion",),
    "YT": ("Indian/Mayotte",),
    "KZ": ("Asia/Almaty", "Asia/Aqtau", "Asia/Aqtobe", "Asia/Atyrau", "Asia/Oral", "Asia/Qostanay", "Asia/Qyzylorda"),
}
"""By region; of several a number has those that phonenumbers names too, or all when it names none of them."""

SAME_PLACE: Mapping[tuple[str, str], str] = {
    ("MX", "America/New_York"): "America/Cancun",
    ("RU", "Europe/Bucharest"): "Europe/Kaliningrad",
}
"""Of one region one zone that stands for another."""


def zones_of_region(region: str | None, named: tuple[str, ...]) -> tuple[str, ...]:
    """The zones of a number of this region for which phonenumbers names those."""
    own = ZONES.get(region or "")
    if own is None:
        return tuple(SAME_PLACE.get((region or "", name), name) for name in named)
    return tuple(name for name in named if name in own) or own
