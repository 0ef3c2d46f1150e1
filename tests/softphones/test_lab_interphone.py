"""The laboratory's InterPhone: its line plays the other side, and its window is worked through the door alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from callmanager.domain.errors import Unavailable
from callmanager.softphones import CallState, EndCause
from callmanager.softphones.interphone.windows import Control, ControlKind, Window
from callmanager.softphones.lab.interphone_door import ask_door
from callmanager.softphones.lab.interphone_line import REFUSED, DialLog, LabLine, other_side
from callmanager.softphones.lab.interphone_port import LabWindows
from tests.softphones.moved_timers import MovedTime
from tests.softphones.phone_windows import LabStand

NUMBER = "51234567"


def line_with(side: str, log: Path, **seconds: float) -> tuple[LabLine, MovedTime, list[object]]:
    """A line, its time, and what it showed of each change."""
    time, shown = MovedTime(), list[object]()
    line = LabLine(time, DialLog(log), other_side(side, **seconds), lambda: shown.append(line.state or line.cause))
    return line, time, shown


@pytest.mark.parametrize(
    ("side", "shown"),
    [
        ("answers", [CallState.DIALING, CallState.RINGING, CallState.CONNECTED]),
        ("leaves", [CallState.DIALING, CallState.RINGING, CallState.CONNECTED, EndCause.HUNG_UP]),
        ("busy", [CallState.DIALING, EndCause.BUSY]),
        ("silent", [CallState.DIALING, CallState.RINGING, EndCause.NO_ANSWER]),
        ("refuses", [CallState.DIALING, CallState.RINGING, EndCause.REJECTED]),
        ("unreachable", [CallState.DIALING, EndCause.UNREACHABLE]),
    ],
)
def test_the_other_side_plays_its_script(side: str, shown: list[object], tmp_path: Path) -> None:
    line, time, seen = line_with(side, tmp_path / "log")
    assert line.call(NUMBER)
    time.move(60)
    assert seen == shown


def test_the_seconds_of_the_other_side_can_be_chosen(tmp_path: Path) -> None:
    line, time, _ = line_with("leaves", tmp_path / "log", answer_seconds=2, talk_seconds=3)
    line.call(NUMBER)
    time.move(2.6)
    assert line.state is CallState.CONNECTED
    time.move(3)
    assert (line.state, line.cause) == (None, EndCause.HUNG_UP)


@pytest.mark.parametrize("text", ["", "1", "+50651234567", "5123-4567", "abc", "٥١٢٣٤٥٦٧", "*21#"])
def test_what_is_no_number_is_refused_and_written_down(text: str, tmp_path: Path) -> None:
    line, _, shown = line_with("answers", tmp_path / "log")
    assert not line.call(text)
    assert shown == [REFUSED]
    assert [row.split("\t")[1:] for row in (tmp_path / "log").read_text("utf-8").splitlines()] == [["refused", text]]


def test_a_second_call_is_refused_while_one_is_up_and_can_be_made_after_it(tmp_path: Path) -> None:
    line, time, _ = line_with("answers", tmp_path / "log")
    assert line.call(NUMBER)
    assert not line.call("88123456")
    line.hang_up()
    assert line.call("88123456")
    time.move(10)
    assert line.recent == ["88123456", NUMBER]
    assert line.state is CallState.CONNECTED


def named(windows: LabWindows, window: Window, text: str) -> Control:
    """The button with this caption."""
    controls = windows.look(window).controls
    return next(one for one in controls if one.kind is ControlKind.BUTTON and one.text == text)


def field(windows: LabWindows, window: Window) -> Control:
    return next(one for one in windows.look(window).controls if one.kind is ControlKind.EDIT)


def test_a_call_is_made_and_hung_up_through_the_door(stand: LabStand) -> None:
    phone = stand.start_phone("--other-side", "answers", "--answer-seconds", "0.1", "--language", "en")
    windows = LabWindows(stand.doors)
    (window,) = windows.list_windows()
    assert window.title == "InterPhone - Extension 101"
    assert not named(windows, window, "Hang up").enabled
    windows.set_text(window, field(windows, window), NUMBER)
    assert windows.read_text(window, field(windows, window)) == NUMBER
    windows.press(window, named(windows, window, "Call"))
    assert named(windows, window, "Hang up").enabled
    assert not named(windows, window, "Call").enabled
    phone.wait_for("connected")
    assert "00:0" in " ".join(control.text for control in windows.look(window).controls)
    windows.press(window, named(windows, window, "Hang up"))
    assert phone.steps()[1:] == [
        *(("call", NUMBER), ("ringing", NUMBER), ("connected", NUMBER)),
        ("ended", "hung_up_here"),
    ]


def test_the_field_takes_digits_alone(stand: LabStand) -> None:
    stand.start_phone()
    windows = LabWindows(stand.doors)
    (window,) = windows.list_windows()
    windows.set_text(window, field(windows, window), "+506 5123-4567 ñ")
    assert windows.read_text(window, field(windows, window)) == "50651234567"


def test_nobody_enters_without_the_token_which_only_its_owner_reads(stand: LabStand) -> None:
    phone = stand.start_phone()
    (path,) = stand.doors.glob("*.json")
    assert sys.platform == "win32" or path.stat().st_mode & 0o077 == 0
    door = json.loads(path.read_text("utf-8"))
    for token in ("", "wrong", None):
        assert ask_door(door["port"], {"ask": "windows", "token": token}, 5) == {"refused": "token"}
    assert phone.dialled == []


def test_a_program_that_was_killed_leaves_no_window(stand: LabStand) -> None:
    phone = stand.start_phone()
    windows = LabWindows(stand.doors)
    (window,) = windows.list_windows()
    control = field(windows, window)
    phone.kill()
    assert windows.list_windows() == []
    for act in (lambda: windows.look(window), lambda: windows.press(window, control)):
        with pytest.raises(Unavailable) as refused:
            act()
        assert refused.value.code == "window_gone"


def test_a_window_that_stands_still_is_listed_and_says_nothing(stand: LabStand) -> None:
    stand.start_phone("--hangs", "start")
    windows = LabWindows(stand.doors)
    (window,) = windows.list_windows()
    with pytest.raises(Unavailable) as refused:
        windows.look(window)
    assert refused.value.code == "window_hung"
    assert len(windows.list_windows()) == 1
