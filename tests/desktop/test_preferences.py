"""Preferences are kept on this PC, whatever state their file is in."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.desktop.background import Background, Bus
from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.pc.preferences import PreferenceFile
from callmanager.desktop.speech import Speech
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError


@pytest.fixture
def tools() -> Iterator[Tools]:
    bus = Bus()
    made = Tools(bus, Background(bus), Speech("es"), SystemClock())
    yield made
    made.background.close()


def wait_for(path: Path, name: str, value: object) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end and (not path.exists() or json.loads(path.read_text("utf-8")).get(name) != value):
        time.sleep(0.002)
    assert json.loads(path.read_text("utf-8"))[name] == value


def test_a_choice_is_there_at_the_next_start(tools: Tools, tmp_path: Path) -> None:
    first = Preferences(tools, PreferenceFile(tmp_path))
    told: list[str] = []
    first.changed.connect(lambda: told.append(first.appearance))
    first.appear("dark")
    first.resize(150)
    first.speak("en")
    assert told == ["dark"] * 3
    for name, value in (("appearance", "dark"), ("scale", 150), ("language", "en")):
        wait_for(tmp_path / "preferences.json", name, value)
    again = Preferences(tools, PreferenceFile(tmp_path))
    assert (again.appearance, again.scale, again.language) == ("dark", 150, "en")


def test_what_a_newer_version_wrote_stays(tools: Tools, tmp_path: Path) -> None:
    file = tmp_path / "preferences.json"
    file.write_text('{"sound": "bell", "scale": 1000}', "utf-8")
    preferences = Preferences(tools, PreferenceFile(tmp_path))
    assert preferences.scale == 100
    preferences.appear("light")
    wait_for(file, "appearance", "light")
    wait_for(file, "sound", "bell")


@pytest.mark.parametrize("damage", ["{", "[1]", "\x00\x00"])
def test_a_damaged_file_is_set_aside(tools: Tools, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "preferences.json"
    file.write_text(damage, "utf-8")
    assert Preferences(tools, PreferenceFile(tmp_path)).scale == 100
    assert (tmp_path / "preferences.json.damaged").read_text("utf-8") == damage


def test_what_cannot_be_saved_is_told(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("in the way", "utf-8")
    preferences = Preferences(tools, PreferenceFile(tmp_path / "folder"))
    failed: list[CallManagerError] = []
    preferences.failed.connect(failed.append)
    preferences.appear("dark")
    end = time.monotonic() + 10
    while not failed and time.monotonic() < end:
        tools.bus.drain()
    assert failed[0].code == "preferences_not_saved"
    assert preferences.appearance == "dark"
