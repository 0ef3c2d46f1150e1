"""When a contact is tried again, by the rule of its disposition."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmanager.domain.dispositions import DEFAULTS
from callmanager.domain.errors import Invalid
from callmanager.domain.retries import LONGEST_SECONDS, NEXT_DAY, OPENING, SHORTEST_SECONDS, check_retry, next_call_at

RULES = {one.code: one.retry for one in DEFAULTS}
ZONES = {name: ZoneInfo(name) for name in ("America/Costa_Rica", "Europe/Madrid", "America/Santiago", "Asia/Kolkata")}
RICA = ZONES["America/Costa_Rica"]

seconds = st.integers(SHORTEST_SECONDS, LONGEST_SECONDS)
rules = st.fixed_dictionaries(
    {"delays": st.lists(seconds | st.just(NEXT_DAY), min_size=1, max_size=6), "most": st.integers(1, 20)}
)
instants = st.integers(1_577_836_800, 2_208_988_800).map(lambda number: datetime.fromtimestamp(number, UTC))


def at(text: str, zone: str = "America/Costa_Rica") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONES[zone])


@pytest.mark.parametrize(
    ("code", "attempts", "expected"),
    [
        ("NC", 1, "2026-11-23 12:15"),
        ("NC", 2, "2026-11-23 14:15"),
        ("NC", 3, "2026-11-24 10:15"),
        ("NC", 6, "2026-11-24 10:15"),
        ("NC", 7, None),
        ("OCUPADO", 4, "2026-11-23 10:30"),
        ("OCUPADO", 5, None),
        ("BUZON", 1, "2026-11-23 14:15"),
        ("CUELGA", 2, "2026-11-24 10:15"),
        ("CUELGA", 3, None),
        ("SIN_RED", 3, "2026-11-26 10:15"),
        ("SERVICIOS_ACTIVOS", 1, "2027-05-24 10:15"),
        ("VENTA", 1, None),
        ("VOLVER_A_LLAMAR", 1, None),
        ("NO_CONTACTO", 1, None),
    ],
)
def test_the_rules_of_the_table_lead_where_it_says(code: str, attempts: int, expected: str | None) -> None:
    found = next_call_at(RULES[code], at("2026-11-23 10:15"), attempts, RICA)
    assert found == (None if expected is None else at(expected))


@pytest.mark.parametrize(
    ("zone", "called", "expected"),
    [
        ("America/Costa_Rica", "2026-11-23 07:40", "2026-11-24 09:00"),
        ("America/Costa_Rica", "2026-11-23 21:05", "2026-11-24 21:05"),
        ("America/Costa_Rica", "2026-12-31 10:00", "2027-01-01 10:00"),
        ("Europe/Madrid", "2026-03-28 10:00", "2026-03-29 10:00"),  # the clock goes forward in between: 23 hours
        ("Europe/Madrid", "2026-10-24 10:00", "2026-10-25 10:00"),  # and back: 25 hours
        ("Europe/Madrid", "2024-02-28 18:30", "2024-02-29 18:30"),
    ],
)
def test_the_next_day_is_one_of_the_contacts_calendar(zone: str, called: str, expected: str) -> None:
    rule = {"delays": [NEXT_DAY], "most": 1}
    assert next_call_at(rule, at(called, zone).astimezone(UTC), 1, ZONES[zone]) == at(expected, zone)


def test_the_contacts_day_counts_and_not_the_servers() -> None:
    late = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # 21:00 of the 23rd in Costa Rica
    assert next_call_at({"delays": [NEXT_DAY], "most": 1}, late, 1, RICA) == datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


@given(rules, instants, st.integers(1, 25), st.sampled_from(sorted(ZONES)))
def test_the_next_try_is_later_and_only_as_often_as_the_rule_says(
    rule: dict[str, Any], now: datetime, attempts: int, zone: str
) -> None:
    found = next_call_at(check_retry(rule), now, attempts, ZONES[zone])
    assert (found is None) == (attempts > rule["most"])
    if found is None:
        return
    assert found.tzinfo is UTC
    delay = rule["delays"][min(attempts, len(rule["delays"])) - 1]
    if delay != NEXT_DAY:
        assert found - now == timedelta(seconds=delay)
        return
    here, there = now.astimezone(ZONES[zone]), found.astimezone(ZONES[zone])
    assert (there.date() - here.date()).days == 1
    assert there.time() >= OPENING or here.time() < OPENING
    assert there.time() == max(here.time(), OPENING)


@given(rules)
def test_a_good_rule_is_kept_as_it_is(rule: dict[str, Any]) -> None:
    assert check_retry(rule) == rule


def test_no_rule_is_no_try() -> None:
    assert check_retry({}) == {}
    assert next_call_at({}, at("2026-11-23 10:15"), 1, RICA) is None


@pytest.mark.parametrize(
    "rule",
    [
        {"delays": [900]},
        {"most": 1},
        {"delays": [], "most": 1},
        {"delays": [900], "most": 0},
        {"delays": [900], "most": 101},
        {"delays": [900], "most": True},
        {"delays": [900], "most": 1.5},
        {"delays": [59], "most": 1},
        {"delays": [LONGEST_SECONDS + 1], "most": 1},
        {"delays": [True], "most": 1},
        {"delays": ["tomorrow"], "most": 1},
        {"delays": [900] * 21, "most": 1},
        {"delays": 900, "most": 1},
        {"delays": [900], "most": 1, "more": 1},
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        check_retry(rule)
    assert refused.value.code == "retry_invalid"


def test_opening_is_at_nine() -> None:
    assert time(9) == OPENING
