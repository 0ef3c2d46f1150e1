"""Every way a real SIP call can go, from F3 in the real window to its outcome: what the bar of the call says on the
screen, and on the server the states, instants and result that the line saw.

One window and one phone for all of them; the exchange puts each number through by its last digit. Where no peer can
keep a log (nobody is there, a program is killed), the instant is the test's own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from string import ascii_lowercase, digits
from typing import Any

import pytest

from callmanager.domain.clock import from_wire
from callmanager.domain.dispositions import DEFAULTS, STATUSES
from callmanager.softphones.baresip import Patience
from tests.sip_lab.phones import LabPhone
from tests.sip_lab.processes import LOOPBACK, LabProcess, free_port
from tests.softphones.sip_logs import (
    SILENCE_SECONDS,
    TOLERANCE_SECONDS,
    PeerTold,
    assert_close,
    check_by_log,
    check_death,
    check_end,
    find_message,
    list_messages,
    said,
)
from tests.window.real.call_center import (
    LIGHT,
    PEERS,
    CallCenter,
    bar_says,
    choose_outcome,
    dial,
    hang_up,
    read_bar,
    save_outcome,
)
from tests.window.real.premises import open_contact
from tests.window.real.real_window import WAIT_SECONDS, say

pytestmark = [pytest.mark.sip, pytest.mark.exchange]

USER = "ana"
NOBODY, PHONE = "9", "0"
DIGITS = {scenario: digit for digit, scenario in PEERS.items()} | {
    "leaves": "4",
    "rings": "5",
    "silent": "6",
    "unknown": "7",
    "unanswered": "8",
}
KEYS = {one.code: str(one.key) for one in DEFAULTS if one.key is not None}
LETTERS = str.maketrans(digits, ascii_lowercase[: len(digits)])
PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Course:
    """How a call to a peer goes. `ending`: the message that ends it, and about which. `words`: what the bar says then.

    known: how many of dialling, ringing and connected it comes to. until: what the bar says before the agent hangs up;
    "" when it ends without him.
    """

    scenario: str
    ending: tuple[str, str]
    words: str
    known: int
    cause: str
    result: str
    outcome: str
    until: str = ""


COURSES = {
    "hung up here": Course(
        "answers",
        ("BYE", "BYE"),
        "You hung up",
        3,
        "hung_up_here",
        "answered",
        "NO_INTERESADO",
        "On the phone %(time)s",
    ),
    "hung up there": Course("leaves", ("BYE", "BYE"), "The other side hung up", 3, "hung_up", "answered", "CUELGA"),
    "busy": Course("busy", ("INVITE", "486"), "Busy", 1, "busy", "busy", "OCUPADO"),
    "refused": Course("refuses", ("INVITE", "603"), "The call was rejected", 2, "rejected", "busy", "BUZON"),
    "unknown": Course(
        "unknown", ("INVITE", "404"), "The exchange knows no such number", 1, "wrong_number", "failed", "NC"
    ),
    "given up": Course(
        "rings", ("CANCEL", "CANCEL"), "You hung up", 2, "hung_up_here", "cancelled", "NC", "Ringing %(time)s"
    ),
    "unanswered": Course("unanswered", ("INVITE", "480"), "No answer", 2, "no_answer", "no_answer", "NC"),
}
RINGS_IN_VAIN = Course("rings", ("CANCEL", "CANCEL"), "No answer", 2, "no_answer", "no_answer", "NC")


class Desk:
    """The agent at his window, and the phone of the one whom he calls when it is no peer's."""

    def __init__(self, center: CallCenter, other: LabPhone) -> None:
        self.center, self._other = center, other
        self.window = center.seat(USER)
        self._turns = count(1)
        self._contact_id, self.number = 0, ""
        self._is_at_work = False

    def open(self, digit: str) -> None:
        """A new contact whose number ends so."""
        assert not self._is_at_work, "the test before has left its call unfinished"
        self._is_at_work = True
        turn = f"{next(self._turns):03}"
        name = f"Rosa {turn.translate(LETTERS)}"  # a search for digits finds numbers, too
        self.number = f"8811{turn}{digit}"
        self._contact_id = self.center.create(name=name, phone=self.number)
        open_contact(self.window, name)
        self.window.until(lambda: name in read_bar(self.window))

    def dial(self, words: str) -> None:
        """Until the bar says so."""
        dial(self.window, say(words, time="0:"))

    def until_bar_says(self, words: str, seconds: float = WAIT_SECONDS) -> None:
        self.window.until(lambda: bar_says(self.window, say(words)), seconds)

    def until_on_server(self, state: str) -> dict[str, Any]:
        """The call as the server has it, once it is so."""
        self.center.until(lambda: [call["state"] for call in self._calls] == [state])
        (call,) = self._calls
        return call

    def finish(self, outcome: str) -> None:
        """Give the outcome by its digit; the server has it."""
        name = say(STATUSES[outcome])
        choose_outcome(self.window, KEYS[outcome], name)
        save_outcome(self.window, name)
        self.center.until(lambda: [call["disposition"] for call in self._calls] == [outcome])
        (call,) = self._calls
        assert not call["needs_disposition"]
        self._is_at_work = False

    @contextmanager
    def other_phone(self) -> Iterator[tuple[LabProcess, PeerTold]]:
        """The phone of the one whose number is open, and what it tells."""
        phone = replace(self._other, user=self.number)
        process = phone.start()
        told = PeerTold(phone.control_port)
        try:
            yield process, told
        finally:
            told.close()
            process.kill()

    @property
    def _calls(self) -> list[dict[str, Any]]:
        return self.center.calls_of(self._contact_id)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """It closes without a complaint of the window nor of the server."""
    folder = tmp_path_factory.mktemp("sip")
    other = LabPhone(folder / "other", answers=True)
    places = {NOBODY: f"{LOOPBACK}:{free_port()}", PHONE: other.address}
    peers = {digit: scenario for scenario, digit in DIGITS.items()}
    with CallCenter(folder, peers, places, silence_seconds=SILENCE_SECONDS) as center:
        center.hire(USER).close()
        desk = Desk(center, other)
        yield desk
        desk.window.rest()  # it asks before it closes while it has not heard that the last outcome arrived
        assert desk.window.quit() == 0
        assert desk.window.complaints == ""
        assert center.logged_errors() == []


def go_through(desk: Desk, course: Course, *, patience: float = 0.0) -> None:
    """The whole call, from F3 to the next; `patience`: how long it takes by itself."""
    peer = desk.center.peers[course.scenario]
    desk.open(DIGITS[course.scenario])
    if course.until:
        desk.dial(course.until)
        hang_up(desk.window)
    else:
        desk.dial("Ringing %(time)s" if patience else course.words)
    desk.until_bar_says(course.words, patience + WAIT_SECONDS)
    call = desk.until_on_server("ended")
    desk.center.until(lambda: find_message(list_messages(peer), *course.ending))
    lines = list_messages(peer)
    check_end(call, course.cause, course.result, known=course.known)
    check_by_log(call, lines, said(lines, *course.ending))
    desk.finish(course.outcome)


def call_who_says_nothing(desk: Desk) -> None:
    desk.open(DIGITS["silent"])
    desk.dial("Dialling")
    desk.until_bar_says("Not reachable")
    call = desk.until_on_server("ended")
    lines = list_messages(desk.center.peers["silent"])
    check_end(call, "unreachable", "failed", known=1)
    check_by_log(call, lines, said(lines, "INVITE", "INVITE") + timedelta(seconds=PATIENCE.setup))
    desk.finish("NC")


def call_where_nobody_is(desk: Desk) -> None:
    desk.open(NOBODY)
    before = datetime.now(UTC)
    desk.dial("Dialling")
    after = datetime.now(UTC)
    desk.until_bar_says("Not reachable")
    call = desk.until_on_server("ended")
    check_end(call, "unreachable", "failed", known=1)
    assert before <= from_wire(call["dialing_at"]) <= after + timedelta(seconds=TOLERANCE_SECONDS)
    assert_close(from_wire(call["ended_at"]), from_wire(call["dialing_at"]) + timedelta(seconds=PATIENCE.setup))
    desk.finish("NC")


def call_who_dies(desk: Desk) -> None:
    """It is noticed by its silence, one second after it began. The other phone tells when it was called."""
    desk.open(PHONE)
    with desk.other_phone() as (process, told):
        desk.dial("On the phone %(time)s")
        desk.until_on_server("connected")
        called, connected = told.at("CALL_REMOTE_SDP"), told.at("CALL_ESTABLISHED")
        killed = datetime.now(UTC)
        process.kill()
    desk.window.until(lambda: not bar_says(desk.window, say("On the phone %(time)s", time="")))
    call = desk.until_on_server("ended")
    assert bar_says(desk.window, say({"hung_up": "The other side hung up"}.get(call["cause"], "Not reachable")))
    check_death(call, killed)
    assert_close(from_wire(call["dialing_at"]), called)
    assert_close(from_wire(call["connected_at"]), connected)
    desk.finish("CUELGA")


def lose_the_phone(desk: Desk) -> None:
    """The agent's own phone is killed; he can call again as soon as it is back."""
    center, peer = desk.center, desk.center.peers["answers"]
    desk.open(DIGITS["answers"])
    desk.dial("On the phone %(time)s")
    desk.until_on_server("connected")
    killed = datetime.now(UTC)
    center.kill_phone(USER)
    desk.until_bar_says("The phone program went away")
    call = desk.until_on_server("ended")
    check_end(call, "phone_lost", "answered", known=3, estimated=True)
    check_by_log(call, list_messages(peer), killed)
    desk.finish("CUELGA")
    desk.window.until_says(f"{LIGHT} {say('Not running')}")
    center.start_phone(USER)
    go_through(desk, COURSES["hung up here"])
    desk.window.until_says(f"{LIGHT} {say('Ready')}")


@pytest.mark.parametrize("name", COURSES)
def test_a_call_from_the_window_is_on_record_as_the_line_saw_it(desk: Desk, name: str) -> None:
    go_through(desk, COURSES[name])


def test_a_call_from_the_window_to_somebody_who_says_nothing(desk: Desk) -> None:
    call_who_says_nothing(desk)


def test_a_call_from_the_window_to_where_nobody_is(desk: Desk) -> None:
    call_where_nobody_is(desk)


def test_a_phone_of_the_other_side_that_dies_while_the_window_is_on_a_call(desk: Desk) -> None:
    call_who_dies(desk)


def test_the_phone_killed_in_a_call_from_the_window(desk: Desk) -> None:
    lose_the_phone(desk)


@pytest.mark.long
def test_a_call_from_the_window_that_rings_as_long_as_the_phone_lets_it(desk: Desk) -> None:
    go_through(desk, RINGS_IN_VAIN, patience=PATIENCE.ring)


@pytest.mark.long
def test_all_these_calls_from_one_window_again_and_again(desk: Desk) -> None:
    others = (call_who_says_nothing, call_where_nobody_is, call_who_dies, lose_the_phone)
    for _ in range(10):
        for act in random.sample([*COURSES, *others], len(COURSES) + len(others)):
            if isinstance(act, str):
                go_through(desk, COURSES[act])
            else:
                act(desk)
