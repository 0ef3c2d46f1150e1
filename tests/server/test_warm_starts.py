"""Servers and commands of the tests start warm, whatever tests before them have done to the environment."""

from __future__ import annotations

import pytest

from callmanager.cli.spoken import speak
from tests.live_server import WARM


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_command_that_spoke_in_this_process_makes_no_later_start_cold(language: str) -> None:
    speak(language)
    assert WARM.can_start()


@pytest.mark.parametrize("name", ["TZ", "LANG", "LC_ALL", "LD_PRELOAD", "PYTHONWARNINGS", "FAKETIME"])
def test_what_a_program_reads_before_its_first_line_makes_it_start_cold(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "another")
    assert not WARM.can_start()
