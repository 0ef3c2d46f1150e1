"""MicroSIP's hooks: what each word means, whose word counts, and what is said when none comes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Unavailable
from callmanager.softphones import CallState, Confidence, EndCause, HealthState
from callmanager.softphones.microsip import HOOKS, MicroSipSoftphone, hook_lines
from callmanager.softphones.microsip_hook import main, send
from tests.softphones.moved_timers import MovedTime
from tests.softphones.phone_events import Heard
from tests.softphones.stands import ROOT, fake_microsip

NUMBER = "51234567"
KEY = "k3y"
REQUESTED, DIALING, RINGING, CONNECTED, ON_HOLD, ENDED = CallState


class Desk:
    """A driver whose MicroSIP says nothing by itself."""

    def __init__(self, folder: Path) -> None:
        self.heard, self.time = Heard(), MovedTime()
        program, settings, self.log = fake_microsip(folder, ())
        self.phone = MicroSipSoftphone(self.time, self.heard, self.time, program=program, key=KEY)
        settings.write_text(f"{self.phone.hook_port} {KEY}")

    def hook(self, word: str, number: str = NUMBER, key: str = KEY) -> bool:
        return send(self.phone.hook_port, key, word, number)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.phone.close()


@pytest.mark.parametrize(
    ("words", "states", "cause"),
    [
        (["outgoing", "busy", "end"], [DIALING, ENDED], EndCause.BUSY),
        (["outgoing", "end"], [DIALING, ENDED], EndCause.NO_ANSWER),
        (["outgoing", "start", "end"], [DIALING, CONNECTED, ENDED], EndCause.HUNG_UP),
        (["start", "outgoing", "end", "end"], [CONNECTED, ENDED], EndCause.HUNG_UP),
    ],
)
def test_hooks_tell_the_course_of_the_call(
    desk: Desk, words: list[str], states: list[CallState], cause: EndCause
) -> None:
    desk.phone.dial("a", NUMBER)
    assert all(desk.hook(word) for word in words)
    assert desk.heard.ending("a") is cause
    assert desk.heard.states("a") == [REQUESTED, *states]


@pytest.mark.parametrize("told", [NUMBER, "", f"sip:{NUMBER}@pbx.example", f"<sip:{NUMBER}@pbx.example>"])
def test_the_number_of_a_hook_may_be_spelled_in_any_of_its_ways(desk: Desk, told: str) -> None:
    desk.phone.dial("a", NUMBER)
    assert desk.hook("start", told)
    desk.heard.wait("a", CONNECTED)


def test_a_call_from_outside_meanwhile_does_not_end_ours(desk: Desk) -> None:
    desk.phone.dial("a", NUMBER)
    desk.hook("start")
    desk.heard.wait("a", CONNECTED)
    desk.hook("end", "88123456")
    desk.hook("outgoing")
    assert desk.heard.states("a") == [REQUESTED, CONNECTED]


def test_another_program_cannot_invent_a_call(desk: Desk) -> None:
    desk.phone.dial("a", NUMBER)
    assert not desk.hook("start", key="guess")
    assert not desk.hook("start", key="")
    assert desk.hook("outgoing")
    desk.heard.wait("a", DIALING)
    assert desk.heard.states("a") == [REQUESTED, DIALING]


def test_without_hooks_dialling_is_an_assumption(desk: Desk) -> None:
    desk.phone.dial("a", NUMBER)
    desk.time.move(60)
    assert desk.heard.states("a") == [REQUESTED, DIALING]
    assert desk.heard.events[-1].confidence is Confidence.ASSUMED


def test_hanging_up_uses_the_command_line_and_is_an_assumption(desk: Desk) -> None:
    desk.phone.dial("a", NUMBER)
    desk.phone.hang_up("a")
    assert desk.log.read_text().split() == [NUMBER, "/hangupall"]
    ended = desk.heard.wait("a", ENDED)
    assert (ended.cause, ended.confidence) == (EndCause.HUNG_UP_HERE, Confidence.ASSUMED)


def test_a_program_that_is_not_there_is_reported(tmp_path: Path) -> None:
    phone = MicroSipSoftphone(SystemClock(), Heard(), MovedTime(), program=(str(tmp_path / "MicroSIP.exe"),), key=KEY)
    try:
        assert phone.probe().state is HealthState.NOT_RUNNING
        with pytest.raises(Unavailable):
            phone.dial("a", NUMBER)
    finally:
        phone.close()


def test_a_taken_port_is_said_by_its_number(desk: Desk) -> None:
    with pytest.raises(Unavailable, match=str(desk.phone.hook_port)):
        MicroSipSoftphone(SystemClock(), Heard(), desk.time, program=("x",), key=KEY, port=desk.phone.hook_port)


def test_the_hook_is_a_program_that_says_whether_it_was_heard(desk: Desk) -> None:
    desk.phone.dial("a", NUMBER)
    module = [sys.executable, "-m", "callmanager.softphones.microsip_hook"]
    done = subprocess.run([*module, str(desk.phone.hook_port), KEY, "start", NUMBER], cwd=ROOT, check=False)
    assert done.returncode == 0
    desk.heard.wait("a", CONNECTED)
    launcher = [sys.executable, "client/call_manager_app.py", "--phone-hook"]
    done = subprocess.run([*launcher, str(desk.phone.hook_port), KEY, "end", NUMBER], cwd=ROOT, check=False)
    assert done.returncode == 0
    desk.heard.wait("a", ENDED)
    assert main([str(desk.phone.hook_port), "wrong", "end"]) == 1
    assert main(["1", KEY, "end"]) == 1
    assert main([]) == 2


def test_the_lines_for_its_settings_name_every_hook() -> None:
    lines = hook_lines("hook.exe", 5070, KEY).splitlines()
    assert lines == [f"{line}=hook.exe 5070 {KEY} {word}" for word, line in HOOKS.items()]
