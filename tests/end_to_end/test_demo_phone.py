"""The demo's phone: it opens beside the window, is what the window calls with, and closes with the demo."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from callmanager.cli.demo.phone import opened_phone
from callmanager.softphones.interphone.windows import Window
from callmanager.softphones.lab.interphone_port import LabWindows
from tests.hidden_screens import open_screen

SECONDS = 30.0


def wait_for_window(windows: LabWindows) -> Window:
    until = time.monotonic() + SECONDS
    while not (found := windows.list_windows()):
        assert time.monotonic() < until, "the phone does not open"
        time.sleep(0.05)
    return found[0]


def test_the_window_is_set_to_a_phone_that_calls_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, kept = tmp_path / "demo", tmp_path / "demo" / "window"
    with open_screen() as screen:
        monkeypatch.setenv("DISPLAY", screen)
        with opened_phone(home, kept, "en"):
            phone = json.loads((kept / "preferences.json").read_text("utf-8"))["phone"]
            windows = LabWindows(Path(phone["options"]["lab"]))
            assert wait_for_window(windows).title == "InterPhone - Extension 101"
        assert windows.list_windows() == []
        (kept / "preferences.json").write_text('{"phone": {"driver": "none"}}', "utf-8")
        with opened_phone(home, kept, "es"):
            assert wait_for_window(windows).title == "InterPhone - Extensión 101"
    assert json.loads((kept / "preferences.json").read_text("utf-8")) == {"phone": {"driver": "none"}}
