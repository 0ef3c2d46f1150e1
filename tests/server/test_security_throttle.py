"""Throttled sign-ins: guessing is slow from anywhere and over restarts; no address locks out another."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callmanager.domain.errors import TooMany
from callmanager.server.security.throttle import MOST_KNOWN, PRUNE_EVERY, Throttle
from callmanager.server.security.throttle_store import ThrottleStore
from callmanager.server.storage.schema import ensure_schema
from callmanager.server.storage.sqlite import SqliteStorage
from callmanager.server.storage.throttles import StoredThrottles
from tests.server.memory_throttles import MemoryThrottleStore

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HERE = "192.168.1.20"


class HandClock:
    def __init__(self) -> None:
        self.instant = START

    def now(self) -> datetime:
        return self.instant

    def pass_seconds(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


@contextmanager
def stored(folder: Path) -> Iterator[StoredThrottles]:
    """The rows as the server keeps them, in a database file."""
    storage = SqliteStorage(folder / "contacts.db")
    ensure_schema(storage, now=START)
    yield StoredThrottles(storage)
    storage.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ThrottleStore]:
    if request.param == "memory":
        yield MemoryThrottleStore()
        return
    with stored(tmp_path) as rows:
        yield rows


@pytest.fixture
def throttle(store: ThrottleStore, clock: HandClock) -> Throttle:
    return Throttle(store, clock, per_address=10)


@pytest.fixture
def long_throttle(clock: HandClock) -> Throttle:
    """For days and thousands of attempts, which would keep a disk busy."""
    return Throttle(MemoryThrottleStore(), clock, per_address=10)


def wait_of(throttle: Throttle, address: str, account: str) -> int:
    """Seconds to wait; 0 means that an attempt was let pass (and counts)."""
    try:
        throttle.check(address, account)
    except TooMany as refused:
        return refused.retry_after_seconds
    return 0


def fail(throttle: Throttle, address: str, account: str) -> None:
    throttle.check(address, account)
    throttle.failed(address, account)


def succeed(throttle: Throttle, address: str, account: str) -> None:
    throttle.check(address, account)
    throttle.succeeded(address, account)


def other_address(number: int) -> str:
    return f"10.0.{number // 250}.{number % 250}"


def test_the_eleventh_attempt_in_a_minute_from_one_address_waits_for_the_first_to_be_a_minute_old(
    throttle: Throttle, clock: HandClock
) -> None:
    for number in range(10):
        fail(throttle, HERE, f"person{number}")
        clock.pass_seconds(1)
    assert wait_of(throttle, HERE, "person99") == 50
    assert wait_of(throttle, "192.168.1.21", "person99") == 0
    clock.pass_seconds(49)
    assert wait_of(throttle, HERE, "person98") == 1
    clock.pass_seconds(1)
    assert wait_of(throttle, HERE, "person97") == 0
    assert wait_of(throttle, HERE, "person96") == 1


def test_a_refusal_says_what_to_do(throttle: Throttle) -> None:
    for _ in range(5):
        fail(throttle, HERE, "marta")
    with pytest.raises(TooMany) as caught:
        throttle.check(HERE, "marta")
    assert caught.value.code == "sign_in_throttled"
    assert str(caught.value) == "Too many attempts to sign in. Seconds to wait: 1."


def test_successful_attempts_count_for_the_address_too(throttle: Throttle) -> None:
    for _ in range(10):
        succeed(throttle, HERE, "marta")
    assert wait_of(throttle, HERE, "marta") == 60


def test_refused_attempts_do_not_prolong_the_wait_and_write_nothing(
    throttle: Throttle, store: ThrottleStore, clock: HandClock
) -> None:
    for number in range(10):
        fail(throttle, HERE, f"person{number}")
    kept = MemoryThrottleStore()
    kept.rows = dict(store.rows) if isinstance(store, MemoryThrottleStore) else {}
    for _ in range(50):
        assert wait_of(throttle, HERE, "marta") == 60
    if isinstance(store, MemoryThrottleStore):
        assert store.rows == kept.rows
    clock.pass_seconds(60)
    assert wait_of(throttle, HERE, "marta") == 0


def test_waits_grow_after_five_failures_up_to_fifteen_minutes(throttle: Throttle, clock: HandClock) -> None:
    for _ in range(5):
        fail(throttle, HERE, "marta")
    seen = []
    for _ in range(13):
        seen.append(wait_of(throttle, HERE, "marta"))
        clock.pass_seconds(seen[-1])
        fail(throttle, HERE, "marta")
    assert seen == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_the_wait_begins_when_the_answer_is_known(throttle: Throttle, clock: HandClock) -> None:
    for _ in range(4):
        fail(throttle, HERE, "marta")
    throttle.check(HERE, "marta")
    clock.pass_seconds(30)
    throttle.failed(HERE, "marta")
    assert wait_of(throttle, HERE, "marta") == 1


def test_other_people_at_the_same_address_do_not_wait(throttle: Throttle, clock: HandClock) -> None:
    for _ in range(7):
        clock.pass_seconds(wait_of(throttle, HERE, "marta") or 10)
    assert wait_of(throttle, HERE, "jorge") == 0


def test_signing_in_clears_the_waits_of_that_account_there(throttle: Throttle, clock: HandClock) -> None:
    for _ in range(5):
        fail(throttle, HERE, "marta")
    clock.pass_seconds(1)
    succeed(throttle, HERE, "marta")
    clock.pass_seconds(60)
    for _ in range(5):
        fail(throttle, HERE, "marta")
    assert wait_of(throttle, HERE, "marta") == 1


def test_signing_in_as_oneself_does_not_clear_the_guesses_at_another(throttle: Throttle, clock: HandClock) -> None:
    for _ in range(5):
        fail(throttle, HERE, "admin")
    succeed(throttle, HERE, "marta")
    assert wait_of(throttle, HERE, "admin") == 1


def test_many_attempts_at_once_are_not_free(throttle: Throttle) -> None:
    """Each is counted before its password is looked at: nobody gets more guesses by not waiting for answers."""
    waits = [wait_of(throttle, HERE, "marta") for _ in range(8)]
    assert waits == [0] * 5 + [1] * 3


def test_an_attempt_that_was_never_concluded_counts_as_failed(store: ThrottleStore, clock: HandClock) -> None:
    for _ in range(5):
        Throttle(store, clock, per_address=10).check(HERE, "marta")
    assert wait_of(Throttle(store, clock, per_address=10), HERE, "marta") == 1


def guess_from_many_addresses(throttle: Throttle, clock: HandClock, account: str, times: int) -> None:
    for number in range(times):
        fail(throttle, other_address(number), account)
        clock.pass_seconds(10)


def test_twenty_failures_from_many_addresses_make_an_account_wait_everywhere(
    throttle: Throttle, clock: HandClock
) -> None:
    guess_from_many_addresses(throttle, clock, "marta", 19)
    fail(throttle, other_address(100), "marta")
    seen = []
    for number in range(12):
        seen.append(wait_of(throttle, other_address(200 + number), "marta"))
        clock.pass_seconds(seen[-1])
        fail(throttle, other_address(200 + number), "marta")
    assert seen[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert seen[10] == 900


def test_a_day_of_guessing_from_everywhere_stays_below_a_thousand_guesses(
    long_throttle: Throttle, clock: HandClock
) -> None:
    guesses = 0
    end = clock.now() + timedelta(days=1)
    while clock.now() < end:
        wait = wait_of(long_throttle, other_address(guesses), "marta")
        if wait:
            clock.pass_seconds(wait)
        else:
            long_throttle.failed(other_address(guesses), "marta")
            guesses += 1
    assert 20 < guesses < 1000


def test_a_person_is_not_locked_out_where_she_signed_in_before(throttle: Throttle, clock: HandClock) -> None:
    succeed(throttle, HERE, "marta")
    guess_from_many_addresses(throttle, clock, "marta", 19)
    fail(throttle, other_address(100), "marta")
    assert wait_of(throttle, "192.168.1.99", "marta") == 1
    succeed(throttle, HERE, "marta")
    clock.pass_seconds(1)
    assert wait_of(throttle, "192.168.1.99", "marta") == 0


def test_a_known_address_is_known_for_thirty_days(throttle: Throttle, clock: HandClock) -> None:
    succeed(throttle, HERE, "marta")
    clock.pass_seconds(timedelta(days=30).total_seconds() - 1)
    guess_from_many_addresses(throttle, clock, "marta", 0)
    for number in range(20):
        fail(throttle, other_address(number), "marta")
    assert wait_of(throttle, HERE, "marta") == 0
    clock.pass_seconds(1)
    assert wait_of(throttle, HERE, "marta") > 0


def test_a_known_address_still_waits_for_its_own_failures(throttle: Throttle) -> None:
    succeed(throttle, HERE, "marta")
    for _ in range(5):
        fail(throttle, HERE, "marta")
    assert wait_of(throttle, HERE, "marta") == 1


def test_an_office_goes_on_while_one_address_guesses_at_everybody(long_throttle: Throttle, clock: HandClock) -> None:
    people = [f"person{number}" for number in range(40)]
    for _ in range(200):
        for account in people:
            wait_of(long_throttle, "192.168.1.66", account)
        clock.pass_seconds(7)
    for number, account in enumerate(people):
        assert wait_of(long_throttle, other_address(number), account) == 0


def test_one_address_alone_never_makes_an_account_wait_elsewhere(long_throttle: Throttle, clock: HandClock) -> None:
    end = clock.now() + timedelta(hours=30)
    guesses = 0
    while clock.now() < end:
        wait = wait_of(long_throttle, "192.168.1.66", "marta")
        clock.pass_seconds(wait)
        if not wait:
            long_throttle.failed("192.168.1.66", "marta")
            guesses += 1
            succeed(long_throttle, other_address(guesses), "marta")
    assert guesses > 100


def test_only_the_latest_known_addresses_are_kept(long_throttle: Throttle, clock: HandClock) -> None:
    for number in range(MOST_KNOWN + 8):
        succeed(long_throttle, other_address(number), "marta")
        clock.pass_seconds(1)
    for number in range(20):
        fail(long_throttle, other_address(500 + number), "marta")
    assert wait_of(long_throttle, other_address(0), "marta") == 1
    assert wait_of(long_throttle, other_address(MOST_KNOWN + 7), "marta") == 0


def test_waits_survive_a_restart(tmp_path: Path, clock: HandClock) -> None:
    with stored(tmp_path) as before:
        throttle = Throttle(before, clock, per_address=10)
        for _ in range(5):
            fail(throttle, HERE, "marta")
        guess_from_many_addresses(throttle, clock, "jorge", 20)
    clock.pass_seconds(-9.5)
    with stored(tmp_path) as after:
        assert wait_of(Throttle(after, clock, per_address=10), "10.9.9.9", "jorge") == 1
        clock.instant = START
        assert wait_of(Throttle(after, clock, per_address=10), HERE, "marta") == 1


def test_no_other_spelling_of_a_name_has_attempts_of_its_own(throttle: Throttle) -> None:
    for spelling in ["marta", "MARTA", " Marta ", "mar\u200atA", "\uff4darta"]:
        fail(throttle, HERE, spelling)
    assert wait_of(throttle, HERE, "marta") == 1


@pytest.mark.parametrize("account", ["", "\ud800", "x" * 1_000_000, "\0", "'; DROP TABLE throttles; --"])
def test_any_name_is_counted(throttle: Throttle, account: str) -> None:
    for _ in range(5):
        fail(throttle, HERE, account)
    assert wait_of(throttle, HERE, account) == 1


def test_the_rows_reveal_neither_names_nor_addresses(clock: HandClock) -> None:
    store = MemoryThrottleStore()
    throttle = Throttle(store, clock, per_address=10)
    fail(throttle, HERE, "marta")
    succeed(throttle, HERE, "marta")
    fail(throttle, HERE, "marta")
    kept = json.dumps([[key, state] for key, (state, _) in store.rows.items()])
    assert len(store.rows) == 3
    assert "marta" not in kept
    assert HERE not in kept


def test_a_clock_that_was_set_back_locks_nobody_out(throttle: Throttle, clock: HandClock) -> None:
    clock.instant = START + timedelta(days=400)
    for _ in range(10):
        clock.pass_seconds(wait_of(throttle, HERE, "marta"))
    guess_from_many_addresses(throttle, clock, "jorge", 20)
    for number in range(10):
        fail(throttle, "192.168.1.66", f"person{number}")
    clock.instant = START
    assert wait_of(throttle, "192.168.1.66", "ana") == 0
    assert wait_of(throttle, HERE, "marta") == 0
    assert wait_of(throttle, HERE, "jorge") == 0


def test_under_threads_exactly_ten_attempts_of_an_address_pass(throttle: Throttle) -> None:
    waits = from_threads(throttle, [(HERE, f"person{number}") for number in range(40)])
    assert sorted(waits) == [0] * 10 + [60] * 30


def test_under_threads_exactly_twenty_attempts_at_an_account_pass(throttle: Throttle) -> None:
    waits = from_threads(throttle, [(other_address(number), "marta") for number in range(40)])
    assert sorted(waits) == [0] * 20 + [1] * 20


def from_threads(throttle: Throttle, attempts: list[tuple[str, str]]) -> list[int]:
    start = threading.Barrier(len(attempts))

    def attempt(pair: tuple[str, str]) -> int:
        start.wait(timeout=20)
        return wait_of(throttle, *pair)

    with ThreadPoolExecutor(len(attempts)) as threads:
        return list(threads.map(attempt, attempts))


def test_rows_that_mean_nothing_any_more_are_deleted(clock: HandClock) -> None:
    store = MemoryThrottleStore()
    throttle = Throttle(store, clock, per_address=10)
    for number in range(2 * PRUNE_EVERY):
        fail(throttle, other_address(number), f"person{number}")
        clock.pass_seconds(60)
    assert len(store.rows) <= 3 * PRUNE_EVERY + 130, "three for each attempt since the pruning, two for the hour before"


def test_a_pruned_store_keeps_what_lasts_longest(store: ThrottleStore) -> None:
    for number in range(20):
        store.put(f"row{number}", {"number": number}, START + timedelta(seconds=number))
    store.prune(START + timedelta(seconds=4), keep=10)
    assert [number for number in range(20) if store.get(f"row{number}")] == list(range(10, 20))
    store.prune(START + timedelta(seconds=14), keep=10)
    assert [number for number in range(20) if store.get(f"row{number}")] == list(range(15, 20))
