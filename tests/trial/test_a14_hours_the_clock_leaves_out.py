"""A14: a time that the clock leaves out is the first instant after the gap; of two equal ones the first is meant."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmanager.desktop.models.card.words import local_time, notice_of_time, parse_local_time
from callmanager.domain.office import ComputerZone
from callmanager.domain.retries import NEXT_DAY, next_call_at
from callmanager.domain.wall_times import Shown, how_shown, instant_of, start_of_day

MADRID = ZoneInfo("Europe/Madrid")
PLACES = ("Europe/Madrid", "America/Havana", "Australia/Lord_Howe", "America/New_York", "Africa/Casablanca", "UTC")
needs_tzset = pytest.mark.skipif(not hasattr(time, "tzset"), reason="this PC's zone cannot be changed here")


@pytest.fixture(params=["a zone", "the PC"])
def pc(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo | None]:
    """Madrid, named; or as the clock of this PC."""
    if request.param == "a zone":
        yield MADRID
        return
    if not hasattr(time, "tzset"):
        pytest.skip("this PC's zone cannot be changed here")
    monkeypatch.setenv("TZ", "Europe/Madrid")
    time.tzset()
    yield None
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("typed", "wire"),
    [
        ("28/03/2027 02:30", "2027-03-28T01:00:00.000Z"),
        ("28/03/2027 02:00", "2027-03-28T01:00:00.000Z"),
        ("28/03/2027 01:59", "2027-03-28T00:59:00.000Z"),
        ("28/03/2027 03:00", "2027-03-28T01:00:00.000Z"),
        ("31/10/2027 02:30", "2027-10-31T00:30:00.000Z"),
        ("31/10/2027 03:00", "2027-10-31T02:00:00.000Z"),
        ("22/11/2026 15:30", "2026-11-22T14:30:00.000Z"),
    ],
)
def test_what_is_typed_in_madrid_is_the_instant_that_its_clocks_show(
    pc: ZoneInfo | None, typed: str, wire: str
) -> None:
    assert parse_local_time(typed, pc) == wire


def test_a_time_that_comes_never_or_twice_is_told_on_screen(pc: ZoneInfo | None) -> None:
    never, twice = notice_of_time("28/03/2027 02:30", pc), notice_of_time("31/10/2027 02:30", pc)
    assert never is not None
    assert twice is not None
    assert never.params == {"typed": "02:30", "meant": "03:00"}
    assert twice.params == {"typed": "02:30"}
    for plain in ("22/11/2026 15:30", "", "mañana"):
        assert notice_of_time(plain, pc) is None


@needs_tzset
def test_what_was_typed_in_the_gap_comes_back_as_the_end_of_the_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Madrid")
    time.tzset()
    try:
        assert local_time(parse_local_time("28/03/2027 02:30")) == "28/03/2027 03:00"
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "TZ" not in os.environ or os.environ["TZ"] != "Europe/Madrid"


def test_the_next_day_of_a_retry_and_the_begin_of_a_day_go_by_the_same_rule() -> None:
    before = datetime(2027, 3, 27, 23, 30, tzinfo=ZoneInfo("America/Havana"))
    retry = {"delays": [NEXT_DAY], "most": 1}
    assert next_call_at(retry, before, 1, MADRID) == datetime(2027, 3, 29, 7, 0, tzinfo=UTC)
    havana = ZoneInfo("America/Havana")  # puts its clocks on at midnight
    assert how_shown(datetime.combine(date(2027, 3, 14), clock_time()), havana) is Shown.NEVER
    assert start_of_day(date(2027, 3, 14), havana).astimezone(havana).isoformat() == "2027-03-14T01:00:00-04:00"


days = st.dates(date(2026, 1, 1), date(2028, 1, 1))
walls = st.builds(datetime.combine, days, st.times().map(lambda at: at.replace(second=0, microsecond=0)))


@settings(max_examples=300, deadline=None)
@given(walls, st.sampled_from(PLACES))
def test_an_instant_shows_what_was_typed_or_ends_its_gap(wall: datetime, place: str) -> None:
    zone = ZoneInfo(place)
    instant = instant_of(wall, zone)
    shown = instant.astimezone(zone).replace(tzinfo=None, fold=0)
    if how_shown(wall, zone) is Shown.NEVER:
        assert shown > wall
        before = (instant - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert before < wall, "the second before shows a time before the gap"
    else:
        assert shown == wall
        earlier = (instant - timedelta(hours=1)).astimezone(zone).replace(tzinfo=None, fold=0)
        assert earlier != wall, "of two the first"


@settings(max_examples=100, deadline=None)
@given(walls)
def test_the_pcs_own_clock_goes_by_the_same_rule(wall: datetime) -> None:
    instant = instant_of(wall, ComputerZone())
    assert how_shown(wall, ComputerZone()) is not Shown.ONCE or instant.astimezone().replace(tzinfo=None) == wall
