"""The book of a driver: each call ends once, in order, whatever threads report."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Conflict
from callmanager.softphones import CallEvent, CallState, EndCause
from callmanager.softphones.calls import CallBook
from tests.softphones.phone_events import Heard

REQUESTED, DIALING, RINGING, CONNECTED, ON_HOLD, ENDED = CallState


def test_steps_only_go_forward_but_for_the_hold() -> None:
    heard = Heard()
    book = CallBook(SystemClock(), heard)
    book.begin("a", "51234567")
    for state in (RINGING, DIALING, RINGING, CONNECTED, RINGING, ON_HOLD, CONNECTED, REQUESTED, ENDED):
        book.move("a", state)
    assert heard.states("a") == [REQUESTED, RINGING, CONNECTED, ON_HOLD, CONNECTED]


@given(st.lists(st.sampled_from([*CallState, "begin", "end", "close"]), max_size=30))
def test_any_report_leaves_a_course_that_makes_sense(reports: list[CallState | str]) -> None:
    heard = Heard()
    book = CallBook(SystemClock(), heard)
    made = 0
    for report in reports:
        if report == "begin":
            try:
                book.begin(f"call-{made}", "51234567")
                made += 1
            except Conflict:
                assert book.live
        elif isinstance(report, CallState):
            book.move(f"call-{made - 1}", report)
        elif report == "end":
            book.end(f"call-{made - 1}", EndCause.HUNG_UP)
    for number in range(made):
        states = heard.states(f"call-{number}")
        assert states[0] is REQUESTED
        assert states.count(ENDED) <= 1
        assert ENDED not in states[:-1]
        assert all(first is not second for first, second in pairwise(states))


def test_a_call_that_many_threads_end_is_told_once() -> None:
    heard = Heard()
    book = CallBook(SystemClock(), heard)
    barrier = Barrier(8)

    def end(_: int) -> bool:
        barrier.wait()
        return book.end("a", EndCause.HUNG_UP)

    with ThreadPoolExecutor(8) as pool:
        book.begin("a", "51234567")
        assert sum(pool.map(end, range(8))) == 1
    assert heard.states("a") == [REQUESTED, ENDED]


def test_what_is_told_while_telling_comes_after_it() -> None:
    events: list[CallEvent] = []

    def hear(event: CallEvent) -> None:
        if event.state is DIALING:
            book.move("a", RINGING)
            book.end("a", EndCause.BUSY)
        events.append(event)

    book = CallBook(SystemClock(), hear)
    book.begin("a", "51234567")
    book.move("a", DIALING)
    assert [event.state for event in events] == [REQUESTED, DIALING, RINGING, ENDED]


def test_a_listener_that_fails_loses_no_later_event() -> None:
    states: list[CallState] = []

    def hear(event: CallEvent) -> None:
        if event.state is DIALING:
            raise RuntimeError("the window is broken")
        states.append(event.state)

    book = CallBook(SystemClock(), hear)
    book.begin("a", "51234567")
    with pytest.raises(RuntimeError):
        book.move("a", DIALING)
    book.end("a", EndCause.HUNG_UP)
    assert states == [REQUESTED, ENDED]
