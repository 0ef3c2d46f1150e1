"""A13: the zone of a number keeps, in every month, a time that the country's own zones keep."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

import phonenumbers
import pytest
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneNumberType
from phonenumbers.timezone import UNKNOWN_TIMEZONE
from phonenumbers.tzdata import TIMEZONE_DATA

from callmanager.domain.errors import Unavailable
from callmanager.domain.region_zones import SAME_PLACE, ZONES, zones_of_region
from callmanager.server.actions import zones
from callmanager.server.actions.zones import check_zones, zones_of

OF_PEOPLE = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.VOIP,
    PhoneNumberType.PERSONAL_NUMBER,
)
KEPT_BY = {"AC": "SH", "TA": "SH", "XK": "RS"}  # tzdata has no lines of their own for these
MONTHS = [datetime(year, month, 15, 12, tzinfo=UTC) for year in (2026, 2027) for month in range(1, 13)]
NOWHERE = ZoneInfo("Etc/GMT+12")  # no number is there, so no zone is preferred for being the office's


def own_zones() -> dict[str, set[str]]:
    """By region, as the tz database says."""
    places = [Path(folder) / "zone.tab" for folder in TZPATH]
    place = next((one for one in places if one.is_file()), None)
    text = place.read_text() if place else files("tzdata.zoneinfo").joinpath("zone.tab").read_text()
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            region, _place, zone = line.split("\t")[:3]
            found.setdefault(region, set()).add(zone)
    return found


@cache
def offsets(zone: str) -> tuple[timedelta | None, ...]:
    return tuple(month.astimezone(ZoneInfo(zone)).utcoffset() for month in MONTHS)


def numbers(region: str) -> Iterator[str]:
    for kind in OF_PEOPLE:
        number = phonenumbers.example_number_for_type(region, kind)
        if number is not None and phonenumbers.region_code_for_number(number) == region:
            yield phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def test_in_every_month_numbers_of_every_region_have_an_hour_that_the_country_has() -> None:
    own = own_zones()
    wrong, seen = set(), set()
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        kept = {offsets(zone) for zone in own[KEPT_BY.get(region, region)]}
        for e164 in numbers(region):
            seen.add(region)
            for zone in zones_of(e164, MONTHS[0], NOWHERE):
                if zone is not NOWHERE and offsets(str(zone)) not in kept:
                    wrong.add((region, e164, str(zone)))
    assert wrong == set()
    assert len(seen) > 235


def test_of_every_prefix_that_has_zones_the_country_keeps_each() -> None:
    own, wrong = own_zones(), set()
    for prefix, named in TIMEZONE_DATA.items():
        code = next((int(prefix[:n]) for n in (1, 2, 3) if int(prefix[:n]) in COUNTRY_CODE_TO_REGION_CODE), 0)
        regions = COUNTRY_CODE_TO_REGION_CODE.get(code, ())
        kept = {offsets(zone) for region in regions for zone in own.get(KEPT_BY.get(region, region), ())}
        for zone in zones_of_region(regions[0], named) if kept else ():
            if zone != UNKNOWN_TIMEZONE and offsets(zone) not in kept:
                wrong.add((prefix, zone))
    assert wrong == set()


@pytest.mark.parametrize(
    ("e164", "zone"),
    [
        ("+50588123456", "America/Managua"),
        ("+212650123456", "Africa/Casablanca"),
        ("+213551234567", "Africa/Algiers"),
        ("+218912345678", "Africa/Tripoli"),
        ("+211977123456", "Africa/Juba"),
        ("+12684641234", "America/Antigua"),
        ("+50688123456", "America/Costa_Rica"),
    ],
)
def test_numbers_are_where_their_country_is(e164: str, zone: str) -> None:
    assert [str(found) for found in zones_of(e164, MONTHS[0], NOWHERE)] == [zone]


def test_the_table_holds_zones_of_the_regions_themselves() -> None:
    own = own_zones()
    for region, named in ZONES.items():
        assert set(named) <= own[region], region
    for (region, _name), zone in SAME_PLACE.items():
        assert zone in own[region]


def test_a_zone_that_cannot_be_loaded_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    check_zones()
    monkeypatch.setattr(zones, "ZONES", {"NI": ("America/Managua", "America/Not_Yet")})
    with pytest.raises(Unavailable) as refused:
        check_zones()
    assert (refused.value.code, refused.value.params["zone"]) == ("zones_missing", "America/Not_Yet")
