"""When a campaign lets call, at the wall time of the contact."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmanager.domain.calling_hours import (
    MOST_HOLIDAYS,
    MOST_SPANS,
    CallingHours,
    check_hours,
    is_open,
    next_opening,
    opening_everywhere,
    parse_hours,
    to_wire,
)
from callmanager.domain.errors import Invalid

MADRID, CANARY = ZoneInfo("Europe/Madrid"), ZoneInfo("Atlantic/Canary")
RICA, SANTIAGO = ZoneInfo("America/Costa_Rica"), ZoneInfo("America/Santiago")
WORKDAY = ["09:00-13:00", "14:00-20:00"]


def hours_of(*weekdays: list[str], holidays: tuple[str, ...] = ()) -> CallingHours:
    """Of Monday on; the days that are not given are closed."""
    week = [*weekdays, *([[]] * (7 - len(weekdays)))]
    hours = parse_hours({"weekdays": week, "holidays": list(holidays)})
    assert hours is not None
    return hours


WEEK = hours_of(*[WORKDAY] * 5, ["10:00-24:00"], holidays=("2026-12-25",))
DAILY = hours_of(*[["09:00-20:00"]] * 7)


def at(text: str, zone: ZoneInfo = MADRID, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


@pytest.mark.parametrize(
    ("local", "opens"),
    [
        ("2026-11-23 08:59:59.999", "2026-11-23 09:00"),  # a Monday
        ("2026-11-23 09:00", None),
        ("2026-11-23 12:59:59.999", None),
        ("2026-11-23 13:00", "2026-11-23 14:00"),
        ("2026-11-23 19:59", None),
        ("2026-11-23 20:00", "2026-11-24 09:00"),
        ("2026-11-27 20:00", "2026-11-28 10:00"),
        ("2026-11-28 23:59:59", None),  # Saturday, until midnight
        ("2026-11-29 00:00", "2026-11-30 09:00"),  # Sunday is closed
        ("2026-11-29 12:00", "2026-11-30 09:00"),
        ("2026-12-24 20:00", "2026-12-26 10:00"),  # Christmas is a Friday
        ("2026-12-25 10:00", "2026-12-26 10:00"),
        ("2025-12-25 10:00", None),  # of that year alone
    ],
)
def test_the_hours_of_a_week_lead_where_it_says(local: str, opens: str | None) -> None:
    assert is_open(WEEK, at(local)) == (opens is None)
    assert next_opening(WEEK, at(local)) == at(opens or local).astimezone(UTC)


def test_without_hours_it_is_always_open() -> None:
    assert is_open(None, at("2026-12-25 03:00"))
    assert next_opening(None, at("2026-12-25 03:00")) == at("2026-12-25 03:00")
    assert opening_everywhere(None, at("2026-12-25 03:00"), [MADRID]) == at("2026-12-25 03:00")


def test_a_day_that_ends_at_midnight_goes_over_into_the_next() -> None:
    hours = hours_of(["20:00-24:00"], ["00:00-02:00"])
    for local, opened in (("23 23:59", True), ("24 00:00", True), ("24 01:59", True), ("24 02:00", False)):
        assert is_open(hours, at(f"2026-11-{local}")) is opened, local
    assert next_opening(hours, at("2026-11-24 02:00")) == at("2026-11-30 20:00")


def test_spain_is_called_from_costa_rica_by_the_clock_of_spain() -> None:
    called = at("2026-11-23 02:30", RICA)
    assert is_open(DAILY, called.astimezone(MADRID))
    assert not is_open(DAILY, called)
    evening = at("2026-11-23 13:00", RICA)  # 20:00 in Madrid
    assert not is_open(DAILY, evening.astimezone(MADRID))
    assert next_opening(DAILY, evening.astimezone(MADRID)) == at("2026-11-24 02:00", RICA)


@pytest.mark.parametrize(
    ("closed", "opens", "apart"),
    [
        ("2026-03-28 20:00", "2026-03-29 09:00", 12),  # an hour is left out in the night
        ("2026-10-24 20:00", "2026-10-25 09:00", 14),  # an hour comes twice
        ("2026-11-23 20:00", "2026-11-24 09:00", 13),
    ],
)
def test_the_night_in_which_clocks_change_is_shorter_or_longer(closed: str, opens: str, apart: int) -> None:
    found = next_opening(DAILY, at(closed))
    assert found == at(opens)
    assert found - at(closed).astimezone(UTC) == timedelta(hours=apart)


def test_a_time_that_comes_twice_is_open_twice() -> None:
    hours = hours_of(*[["02:00-02:45"]] * 7)
    assert is_open(hours, at("2026-10-25 02:30"))
    assert is_open(hours, at("2026-10-25 02:30", fold=1))
    between = at("2026-10-25 02:50")
    assert not is_open(hours, between)
    assert next_opening(hours, between) == datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


def test_a_time_that_is_left_out_opens_when_the_clock_goes_on() -> None:
    night = hours_of(*[["02:30-06:00"]] * 7)
    assert next_opening(night, at("2026-03-29 01:00")) == at("2026-03-29 03:00").astimezone(UTC)
    left_out = hours_of(*[["02:10-02:50"]] * 7)
    assert next_opening(left_out, at("2026-03-29 01:00")) == at("2026-03-30 02:10").astimezone(UTC)
    whole_day = hours_of(*[["00:00-24:00"]] * 7, holidays=("2026-09-05",))  # Chile leaves out the first hour of the 6th
    assert next_opening(whole_day, at("2026-09-05 12:00", SANTIAGO)) == at("2026-09-06 01:00", SANTIAGO)


def test_an_opening_is_looked_for_no_longer_than_it_is_said() -> None:
    never = hours_of()
    assert not is_open(never, at("2026-11-23 10:00"))
    assert next_opening(never, at("2026-11-23 10:00")) is None
    monday = hours_of(["09:00-10:00"])
    closed = at("2026-11-23 10:00")
    assert next_opening(monday, closed, timedelta(days=6)) is None
    assert next_opening(monday, closed, timedelta(days=7)) == at("2026-11-30 09:00")
    assert next_opening(DAILY, at("2026-11-23 21:00"), timedelta(hours=12)) == at("2026-11-24 09:00")


def test_a_number_that_may_be_in_two_zones_is_called_when_both_are_open() -> None:
    zones = [CANARY, MADRID]
    for local, opens in (
        ("2026-11-23 09:30", "2026-11-23 10:00"),  # half past eight in the Canaries
        ("2026-11-23 10:00", "2026-11-23 10:00"),
        ("2026-11-23 20:30", "2026-11-24 10:00"),
    ):
        assert opening_everywhere(DAILY, at(local), zones) == at(opens).astimezone(UTC)
    apart = hours_of(*[["09:00-10:00"]] * 7)
    assert opening_everywhere(apart, at("2026-11-23 09:30"), zones) is None
    assert opening_everywhere(hours_of(), at("2026-11-23 09:30"), zones) is None


def test_hours_are_kept_in_order_and_without_repeats() -> None:
    given = {"weekdays": [["14:00-20:00", "09:00-14:00"], *[[]] * 6], "holidays": ["2026-12-25", "2026-01-01"] * 2}
    kept = {"weekdays": [["09:00-14:00", "14:00-20:00"], *[[]] * 6], "holidays": ["2026-01-01", "2026-12-25"]}
    assert check_hours(given) == check_hours(kept) == kept
    assert check_hours({"weekdays": [[]] * 7}) == {"weekdays": [[]] * 7, "holidays": []}
    assert check_hours(None) is None


def days_from(first: date, count: int) -> list[str]:
    return [(first + timedelta(days=number)).isoformat() for number in range(count)]


FULL_DAY = [f"{hour:02}:00-{hour:02}:30" for hour in range(MOST_SPANS)]


def test_the_most_that_fits_is_taken() -> None:
    hours = check_hours({"weekdays": [FULL_DAY] * 7, "holidays": days_from(date(2026, 1, 1), MOST_HOLIDAYS)})
    assert hours is not None
    assert [len(hours["weekdays"][6]), len(hours["holidays"])] == [MOST_SPANS, MOST_HOLIDAYS]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({}, "calling_hours_invalid"),
        ({"weekdays": [[]] * 6}, "calling_hours_invalid"),
        ({"weekdays": [[]] * 8}, "calling_hours_invalid"),
        ({"weekdays": "daily"}, "calling_hours_invalid"),
        ({"weekdays": ["09:00-10:00", *[[]] * 6]}, "calling_hours_invalid"),
        ({"weekdays": [[*FULL_DAY, "20:00-21:00"], *[[]] * 6]}, "calling_hours_invalid"),
        ({"weekdays": [[]] * 7, "zone": "Europe/Madrid"}, "calling_hours_invalid"),
        ({"weekdays": [[]] * 7, "holidays": "2026-12-25"}, "holiday_invalid"),
        ({"weekdays": [[]] * 7, "holidays": days_from(date(2026, 1, 1), MOST_HOLIDAYS + 1)}, "holiday_invalid"),
        *(
            ({"weekdays": [[text], *[[]] * 6]}, "calling_hours_invalid")
            for text in ("9:00-18:00", "09:00", "09:00 - 18:00", "09:00-24:01", "24:00-24:00", "18:00-09:00", "", 9)
        ),
        ({"weekdays": [["09:00-09:00"], *[[]] * 6]}, "calling_hours_invalid"),
        ({"weekdays": [["09:00-18:00\n"], *[[]] * 6]}, "calling_hours_invalid"),
        ({"weekdays": [["09:60-18:00"], *[[]] * 6]}, "calling_hours_invalid"),
        ({"weekdays": [["12:00-14:00", "09:00-12:01"], *[[]] * 6]}, "calling_hours_overlap"),
        ({"weekdays": [["09:00-12:00", "09:00-12:00"], *[[]] * 6]}, "calling_hours_overlap"),
        *(
            ({"weekdays": [[]] * 7, "holidays": [text]}, "holiday_invalid")
            for text in ("2026-02-29", "20261225", "25/12/2026", "0000-01-01", "", 20261225)
        ),
    ],
)
def test_what_makes_no_sense_is_refused(value: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_hours(value)
    assert (refused.value.code, refused.value.fields["field"]) == (code, "calling_hours")
    assert "%(" not in str(refused.value)


minutes = st.integers(0, 1439)
zones = st.sampled_from([MADRID, RICA, SANTIAGO, ZoneInfo("Asia/Kolkata"), ZoneInfo("Australia/Lord_Howe")])
instants = st.integers(1_577_836_800, 2_208_988_800).map(lambda number: datetime.fromtimestamp(number, UTC))


@st.composite
def some_hours(draw: st.DrawFn) -> CallingHours:
    def day() -> list[str]:
        edges = sorted(draw(st.sets(minutes, max_size=2 * MOST_SPANS)))
        pairs = zip(edges[::2], edges[1::2], strict=False)
        return [f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in pairs]

    return hours_of(*[day() for _number in range(7)])


@given(some_hours(), instants, zones)
def test_an_opening_is_open_and_nothing_opened_before_it(hours: CallingHours, now: datetime, zone: ZoneInfo) -> None:
    assert parse_hours(to_wire(hours)) == hours
    opens = next_opening(hours, now.astimezone(zone))
    if opens is None:
        assert not any(hours.weekdays)
        return
    assert is_open(hours, opens.astimezone(zone))
    assert now <= opens
    if not is_open(hours, now.astimezone(zone)):
        looks = (now + (opens - now) * part / 7 for part in range(7))
        assert not any(is_open(hours, look.astimezone(zone)) for look in looks)
