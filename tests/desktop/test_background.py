"""Work away from the window, and what comes back: always in the window's thread, in order, and never without an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from callmanager.desktop.background import Background, Bus
from callmanager.domain.errors import CallManagerError, Unavailable

WAIT_SECONDS = 20.0


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def background(bus: Bus) -> Iterator[Background]:
    background = Background(bus)
    yield background
    background.close()


def drain_until(bus: Bus, is_true: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not is_true():
        assert time.monotonic() < end
        bus.drain()
        time.sleep(0.001)


def never(told: object) -> None:
    pytest.fail(f"told {told!r}")


def fail(error: Exception) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def test_what_is_posted_is_done_in_order_by_who_drains(bus: Bus) -> None:
    done: list[tuple[int, int]] = []
    for number in range(5):
        bus.post(lambda number=number: done.append((number, threading.get_ident())))  # type: ignore[misc]
    assert not bus.drain()
    assert done == [(number, threading.get_ident()) for number in range(5)]


def test_a_drain_that_has_no_time_left_does_one_piece_and_says_that_there_is_more(bus: Bus) -> None:
    done: list[int] = []
    for number in range(3):
        bus.post(lambda number=number: done.append(number))  # type: ignore[misc]
    assert bus.drain(0)
    assert done == [0]
    assert bus.drain(0)
    assert not bus.drain(0)


def test_a_result_comes_back_in_the_thread_that_drains(bus: Bus, background: Background) -> None:
    heard: list[tuple[int, bool]] = []
    me = threading.get_ident()
    background.run(threading.get_ident, lambda other: heard.append((threading.get_ident(), other == me)), never)
    drain_until(bus, lambda: heard)
    assert heard == [(me, False)]


def test_an_error_of_the_domain_is_told_and_not_raised(bus: Bus, background: Background) -> None:
    told: list[CallManagerError] = []
    refusal = Unavailable("no_server", "There is no server.")
    background.run(fail(refusal), never, told.append)
    drain_until(bus, lambda: told)
    assert told == [refusal]


def test_a_bug_is_raised_and_whoever_waits_is_told_that_the_program_failed(bus: Bus, background: Background) -> None:
    told: list[CallManagerError] = []
    background.run(fail(ZeroDivisionError()), never, told.append)
    with pytest.raises(ZeroDivisionError):
        drain_until(bus, lambda: told and not bus.drain())
    assert [error.code for error in told] == ["program_failed"]


def test_of_questions_of_one_name_only_the_newest_is_answered(bus: Bus, background: Background) -> None:
    answers: list[int] = []
    may_answer = threading.Event()

    def ask(number: int) -> None:
        def work() -> int:
            may_answer.wait(WAIT_SECONDS)
            return number

        background.run(work, answers.append, never, only_newest="search")

    for number in range(10):
        ask(number)
    may_answer.set()
    drain_until(bus, lambda: answers)
    background.run(lambda: None, lambda _none: answers.append(-1), never)
    drain_until(bus, lambda: answers[-1] == -1)
    assert answers == [9, -1]


def test_nothing_is_told_of_what_was_not_begun_before_the_end(bus: Bus) -> None:
    background = Background(bus, threads=1)
    may_end, done = threading.Event(), list[str]()
    background.run(lambda: may_end.wait(WAIT_SECONDS), lambda _none: done.append("begun"), never)
    background.run(lambda: None, lambda _none: done.append("not begun"), never)
    background.close()
    may_end.set()
    drain_until(bus, lambda: done)
    assert done == ["begun"]
