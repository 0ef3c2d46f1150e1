"""What the driver of InterPhone must do with its window, on whichever stand: the one suite for Linux and for Windows.

A module of tests gives the fixture `stand` and a class that extends `InterPhoneBehaviour`.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError, Conflict, Invalid
from callmanager.softphones import CallState, Confidence, EndCause, HealthState
from callmanager.softphones.interphone.driver import InterPhoneSoftphone
from callmanager.softphones.interphone.profile import default_profile
from callmanager.softphones.wiring.timers import ThreadTimers
from tests.softphones.phone_events import Heard
from tests.softphones.phone_windows import PATIENCE_SECONDS, PhoneStand

NUMBER = "51234567"
ANSWERS = ("--other-side", "answers", "--answer-seconds", "0.5")
REFUSED = ("+50651234567", "5123-4567", "5123 4567", "512ABC67", "51234567,1", "*21#", "5", "")
RINGS = ("--other-side", "silent")
PROFILE = replace(default_profile(), confirm_seconds=1.5)
"""The default, but for how long a sign of the call may take."""

REQUESTED, DIALING, RINGING, CONNECTED, ON_HOLD, ENDED = CallState


class Desk:
    """An agent's PC: the driver, and what it told."""

    def __init__(self, stand: PhoneStand) -> None:
        self.heard = Heard()
        self.driver = InterPhoneSoftphone(SystemClock(), self.heard, ThreadTimers(), PROFILE, command=stand.bridge)

    def await_bridge(self) -> None:
        """Until its process answers, as the window does from its start on: here it may take long."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self.driver.probe().is_starting:
            assert time.monotonic() < until, "the bridge does not start"

    def refusal(self, number: str = NUMBER, call_id: str = "a") -> str:
        """The code with which a dial is refused."""
        with pytest.raises(CallManagerError) as refused:
            self.driver.dial(call_id, number)
        return refused.value.code

    def kill_bridge(self) -> int:
        """As a crash would end it; its number."""
        number = self.driver.bridge_pid
        assert number
        os.kill(number, signal.SIGKILL)
        until = time.monotonic() + PATIENCE_SECONDS
        while self.driver.bridge_pid == number:
            assert time.monotonic() < until
            time.sleep(0.01)
        return number

    def check_nothing_is_up(self, call_id: str = "a") -> None:
        assert self.heard.ending(call_id) is EndCause.FAILED
        assert self.heard.states(call_id) == [REQUESTED, ENDED]


@pytest.fixture
def desk(stand: PhoneStand) -> Iterator[Desk]:
    opened = Desk(stand)
    opened.await_bridge()
    yield opened
    opened.driver.close()


class InterPhoneBehaviour:
    """The suite."""

    def test_a_number_is_dialled_and_hung_up(self, stand: PhoneStand, desk: Desk) -> None:
        phone = stand.start_phone(*ANSWERS)
        assert desk.driver.dial("a", NUMBER) == ""
        connected = desk.heard.wait("a", CONNECTED)
        assert connected.confidence is Confidence.OBSERVED
        assert phone.dialled == [NUMBER]
        desk.driver.hang_up("a")
        assert desk.heard.ending("a") is EndCause.HUNG_UP_HERE
        assert phone.of("ended") == ["hung_up_here"]
        assert desk.heard.states("a")[:2] == [REQUESTED, DIALING]

    @pytest.mark.parametrize(
        "options",
        [
            pytest.param((), id="llamar"),
            pytest.param(("--call", "Llamada"), id="llamada"),
            pytest.param(("--call", "LLAMAR..."), id="capitals"),
            pytest.param(("--language", "en"), id="english"),
            pytest.param(("--title", "InterPhone - ventas@empresa.cr"), id="title"),
            pytest.param(("--minimised",), id="minimised"),
            pytest.param(("--winforms",), id="winforms"),
        ],
    )
    def test_it_dials_however_the_window_looks(self, stand: PhoneStand, desk: Desk, options: tuple[str, ...]) -> None:
        phone = stand.start_phone(*RINGS, *options)
        assert desk.driver.probe().state is HealthState.READY
        desk.driver.dial("a", NUMBER)
        desk.heard.wait("a", RINGING)
        assert phone.dialled == [NUMBER]
        desk.driver.hang_up("a")
        assert phone.of("ended") == ["hung_up_here"]

    def test_without_a_window_nothing_is_dialled(self, desk: Desk) -> None:
        assert desk.driver.probe().state is HealthState.NOT_RUNNING
        assert desk.refusal() == "window_none"
        desk.check_nothing_is_up()

    def test_two_windows_are_never_chosen_between(self, stand: PhoneStand, desk: Desk) -> None:
        phone = stand.start_phone("--windows", "2")
        assert desk.refusal() == "window_two"
        desk.check_nothing_is_up()
        assert phone.dialled == []

    def test_two_programs_are_never_chosen_between(self, stand: PhoneStand, desk: Desk) -> None:
        phones = [stand.start_phone(), stand.start_phone()]
        assert desk.refusal() == "window_two"
        assert [phone.dialled for phone in phones] == [[], []]
        phones[0].kill()
        desk.driver.dial("b", NUMBER)
        assert [phone.dialled for phone in phones] == [[], [NUMBER]]

    @pytest.mark.parametrize("part", ["field", "call"])
    def test_a_part_that_is_missing_is_never_guessed(self, stand: PhoneStand, desk: Desk, part: str) -> None:
        phone = stand.start_phone("--without", part)
        assert desk.driver.probe().state is HealthState.UI_CHANGED
        assert desk.refusal() == "control_missing"
        desk.check_nothing_is_up()
        assert phone.steps() == [("open", "")]

    def test_a_dial_that_the_window_does_not_show_is_unconfirmed(self, stand: PhoneStand, desk: Desk) -> None:
        phone = stand.start_phone("--other-side", "unreachable", "--without", "hang_up")
        assert desk.refusal() == "dial_unconfirmed"
        assert desk.heard.states("a") == [REQUESTED]
        assert phone.dialled == [NUMBER]
        desk.driver.close_by_hand("a")
        assert desk.heard.ending("a") is EndCause.UNCONFIRMED

    def test_what_interphone_refuses_never_reaches_it(self, stand: PhoneStand, desk: Desk) -> None:
        phone = stand.start_phone()
        for number in REFUSED:
            with pytest.raises(Invalid) as refused:
                desk.driver.dial("a", number)
            assert refused.value.code == "number_not_dialable", number
        assert desk.heard.events == []
        assert phone.steps() == [("open", "")]

    def test_a_field_that_took_another_number_is_not_dialled_from(self, stand: PhoneStand, desk: Desk) -> None:
        phone = stand.start_phone("--most-digits", "6")
        assert desk.refusal() == "phone_misread"
        desk.check_nothing_is_up()
        assert phone.steps() == [("open", "")]

    def test_a_window_that_stands_still_is_not_waited_for(self, stand: PhoneStand, desk: Desk) -> None:
        phone = stand.start_phone(*RINGS, "--hangs", "start", "--hang-seconds", "600")
        assert desk.refusal() == "window_hung"
        desk.check_nothing_is_up()
        phone.kill()
        assert phone.dialled == []

    def test_a_phone_that_hangs_after_the_button_may_have_dialled(self, stand: PhoneStand, desk: Desk) -> None:
        phone = stand.start_phone(*RINGS, "--hangs", "call", "--hang-seconds", "7")
        assert desk.refusal() == "dial_unconfirmed"
        assert ENDED not in desk.heard.states("a")
        desk.heard.wait("a", DIALING)
        assert phone.dialled == [NUMBER]

    def test_a_phone_that_dies_with_the_button_may_have_dialled(self, stand: PhoneStand, desk: Desk) -> None:
        phone = stand.start_phone("--dies")
        assert desk.refusal() == "dial_unconfirmed"
        phone.wait_ended()
        assert phone.dialled == [NUMBER]
        desk.heard.wait("a", ENDED)
        assert desk.heard.states("a") == [REQUESTED, ENDED]

    def test_a_phone_that_is_killed_in_mid_call_is_lost(self, stand: PhoneStand, desk: Desk) -> None:
        phone = stand.start_phone(*ANSWERS)
        desk.driver.dial("a", NUMBER)
        desk.heard.wait("a", CONNECTED)
        phone.kill()
        ended = desk.heard.wait("a", ENDED)
        assert (ended.cause, ended.confidence) == (EndCause.PHONE_LOST, Confidence.ASSUMED)
        again = stand.start_phone(*RINGS)
        desk.driver.dial("b", NUMBER)
        assert again.dialled == [NUMBER]

    def test_the_other_side_that_leaves_ends_the_call(self, stand: PhoneStand, desk: Desk) -> None:
        stand.start_phone("--other-side", "leaves", "--answer-seconds", "0.5", "--talk-seconds", "1")
        desk.driver.dial("a", NUMBER)
        desk.heard.wait("a", CONNECTED)
        ended = desk.heard.wait("a", ENDED)
        assert (ended.cause, ended.confidence) == (EndCause.HUNG_UP, Confidence.OBSERVED)

    def test_a_call_made_by_hand_is_left_alone(self, stand: PhoneStand, desk: Desk) -> None:
        phone = stand.start_phone(*ANSWERS)
        other = Desk(stand)
        other.await_bridge()
        other.driver.dial("by hand", "88123456")
        with pytest.raises(Conflict) as refused:
            desk.driver.dial("a", NUMBER)
        other.driver.close()
        assert refused.value.code == "phone_busy"
        desk.check_nothing_is_up()
        assert phone.dialled == ["88123456"]

    def test_a_bridge_that_is_killed_is_started_again_for_the_next_call(self, stand: PhoneStand, desk: Desk) -> None:
        phone = stand.start_phone(*RINGS)
        assert desk.driver.probe().state is HealthState.READY
        first = desk.kill_bridge()
        desk.await_bridge()
        desk.driver.dial("a", NUMBER)
        assert desk.driver.bridge_pid not in {None, first}
        assert phone.dialled == [NUMBER]

    def test_a_bridge_that_is_killed_in_mid_call_sees_its_end_all_the_same(self, stand: PhoneStand, desk: Desk) -> None:
        phone = stand.start_phone("--other-side", "leaves", "--answer-seconds", "0.5", "--talk-seconds", "3")
        desk.driver.dial("a", NUMBER)
        desk.heard.wait("a", CONNECTED)
        desk.kill_bridge()
        assert desk.heard.ending("a") is EndCause.HUNG_UP
        assert phone.dialled == [NUMBER]
