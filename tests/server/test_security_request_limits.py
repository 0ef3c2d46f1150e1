"""Rate limits of requests: a moving window for each user and kind, bounded in memory."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from callmanager.domain.errors import TooMany
from callmanager.server.security.request_limits import RequestAllowance, RequestLimits

ALLOWANCES = {
    "import": RequestAllowance(10, 60),
    "read": RequestAllowance(600, 60),
    "closed": RequestAllowance(0, 60),
    "open": None,
}


class HandClock:
    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def pass_seconds(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def limits(clock: HandClock) -> RequestLimits:
    return RequestLimits(ALLOWANCES, clock)


def wait_of(limits: RequestLimits, user: str, bucket: str) -> int:
    try:
        limits.check(user, bucket)
    except TooMany as refused:
        return refused.retry_after_seconds
    return 0


def test_the_eleventh_import_in_a_minute_is_told_when_to_come_back(limits: RequestLimits, clock: HandClock) -> None:
    for _ in range(10):
        limits.check("7", "import")
        clock.pass_seconds(2)
    with pytest.raises(TooMany) as caught:
        limits.check("7", "import")
    assert caught.value.code == "too_many_requests"
    assert caught.value.retry_after_seconds == 40
    assert caught.value.fields == {"bucket": "import"}
    assert "40" in str(caught.value)


def test_the_window_moves_so_that_no_minute_holds_more_than_ten(limits: RequestLimits, clock: HandClock) -> None:
    passed: list[datetime] = []
    for _ in range(600):
        if not wait_of(limits, "7", "import"):
            passed.append(clock.now())
        clock.pass_seconds(1)
    assert len(passed) == 100
    for first in passed:
        assert sum(first <= at < first + timedelta(seconds=60) for at in passed) <= 10


def test_who_waits_as_told_is_let_pass(limits: RequestLimits, clock: HandClock) -> None:
    for _ in range(10):
        limits.check("7", "import")
        clock.pass_seconds(0.37)
    clock.pass_seconds(wait_of(limits, "7", "import"))
    assert wait_of(limits, "7", "import") == 0


def test_refused_requests_do_not_prolong_the_wait(limits: RequestLimits, clock: HandClock) -> None:
    for _ in range(10):
        limits.check("7", "import")
    for _ in range(59):
        clock.pass_seconds(1)
        assert wait_of(limits, "7", "import")
    clock.pass_seconds(1)
    assert wait_of(limits, "7", "import") == 0


def test_users_and_buckets_do_not_share(limits: RequestLimits) -> None:
    for _ in range(10):
        limits.check("7", "import")
    assert wait_of(limits, "8", "import") == 0
    assert wait_of(limits, "7", "read") == 0
    assert wait_of(limits, "7", "import") == 60


def test_an_allowance_of_none_closes_the_bucket(limits: RequestLimits) -> None:
    assert wait_of(limits, "7", "closed") == 60


def test_a_bucket_without_limit_never_waits(limits: RequestLimits) -> None:
    assert {wait_of(limits, "7", "open") for _ in range(2000)} == {0}


def test_an_unknown_bucket_is_a_mistake_of_the_program(limits: RequestLimits) -> None:
    with pytest.raises(KeyError):
        limits.check("7", "imports")


def test_a_clock_that_was_set_back_blocks_nobody(limits: RequestLimits, clock: HandClock) -> None:
    clock.pass_seconds(86_400)
    for _ in range(10):
        limits.check("7", "import")
    clock.pass_seconds(-86_400)
    assert wait_of(limits, "7", "import") == 0


def test_memory_is_bounded_and_the_longest_unused_is_forgotten(clock: HandClock) -> None:
    limits = RequestLimits(ALLOWANCES, clock, most_windows=3)
    for _ in range(10):
        limits.check("1", "import")
    for user in ("2", "3"):
        limits.check(user, "import")
    assert wait_of(limits, "1", "import") == 60
    for user in ("4", "5"):
        limits.check(user, "import")
    assert wait_of(limits, "1", "import") == 60, "it was used a moment ago"
    for user in ("6", "7", "8"):
        limits.check(user, "import")
    assert wait_of(limits, "1", "import") == 0


def test_under_threads_exactly_the_allowance_passes(limits: RequestLimits) -> None:
    start, waits = threading.Barrier(40), []

    def ask() -> None:
        start.wait(timeout=20)
        waits.append(wait_of(limits, "7", "import"))

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(waits) == [0] * 10 + [60] * 30
