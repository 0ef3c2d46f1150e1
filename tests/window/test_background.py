"""The bus and the threads behind the window."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from callmanager.desktop.background import Background, Bus
from callmanager.domain.errors import CallManagerError, Unavailable


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def background(bus: Bus) -> Iterator[Background]:
    made = Background(bus, threads=1)
    yield made
    made.close()


def drain_until(bus: Bus, found: list[object], count: int = 1) -> None:
    end = time.monotonic() + 10
    while len(found) < count and time.monotonic() < end:
        bus.drain()


def test_a_result_comes_in_the_thread_that_drains(bus: Bus, background: Background) -> None:
    found: list[object] = []
    background.run(threading.get_ident, lambda where: found.append((where, threading.get_ident())), found.append)
    drain_until(bus, found)
    worked, told = found[0]
    assert told == threading.get_ident() != worked


def test_an_error_of_the_domain_is_given_to_who_asked(bus: Bus, background: Background) -> None:
    def refuse() -> None:
        raise Unavailable("gone", "Gone.")

    found: list[object] = []
    background.run(refuse, found.append, found.append)
    drain_until(bus, found)
    assert isinstance(found[0], CallManagerError)


def test_a_bug_is_raised_in_the_window_and_whoever_waits_is_told_that_the_program_failed(
    bus: Bus, background: Background
) -> None:
    told: list[object] = []
    background.run(lambda: 1 // 0, print, told.append)
    with pytest.raises(ZeroDivisionError):
        drain_until(bus, [])
    assert [isinstance(error, Unavailable) and error.code for error in told] == ["program_failed"]


def test_nothing_is_told_of_what_was_not_begun_before_the_end(bus: Bus, background: Background) -> None:
    may_end, told = threading.Event(), list[object]()
    background.run(lambda: may_end.wait(10), lambda _none: told.append("begun"), told.append)
    background.run(lambda: None, lambda _none: told.append("not begun"), told.append)
    background.close()
    may_end.set()
    drain_until(bus, told)
    assert told == ["begun"]


def test_an_answer_that_comes_while_the_window_leaves_begins_nothing_more(bus: Bus, background: Background) -> None:
    told: list[object] = []

    def go_on(_none: None) -> None:
        background.run(lambda: told.append("begun"), told.append, told.append)
        told.append("answered")

    background.run(lambda: None, go_on, told.append)
    background.close()
    drain_until(bus, told)
    assert told in (["answered"], [])  # the threads may have ended before it was begun


def test_only_the_newest_answer_of_a_question_is_told_and_stale_ones_are_not_even_begun(
    bus: Bus, background: Background
) -> None:
    gate, begun, found = threading.Event(), list[int](), list[object]()

    def ask(number: int) -> int:
        begun.append(number)
        gate.wait(10)
        return number

    for number in range(5):
        background.run(lambda number=number: ask(number), found.append, found.append, only_newest="search")
    gate.set()
    drain_until(bus, found)
    assert found == [4]
    assert set(begun) <= {0, 4}


def test_a_drain_gives_the_window_its_turn_back(bus: Bus) -> None:
    for _ in range(3):
        bus.post(lambda: time.sleep(0.002))
    assert bus.drain(seconds=0.0)
    assert bus.drain(seconds=0.0)
    assert not bus.drain(seconds=0.0)
