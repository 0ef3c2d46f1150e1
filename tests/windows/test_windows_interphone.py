"""The suite of InterPhone on a real Win32 window, which a bridge in a real Windows Python works."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.softphones import HealthState
from tests.hidden_screens import open_screen
from tests.softphones.interphone_behaviour import Desk, InterPhoneBehaviour, desk
from tests.windows.windows_phones import WindowsStand, make_phone
from tests.windows.windows_programs import end_all

__all__ = ["desk"]
pytestmark = pytest.mark.windows


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    with open_screen("1400x900") as name:
        yield name
        end_all()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_phone(tmp_path_factory.mktemp("program"))


@pytest.fixture
def stand(tmp_path: Path, screen: str, program: Path) -> Iterator[WindowsStand]:
    opened = WindowsStand(tmp_path, screen, program)
    yield opened
    opened.end()


class TestInterPhoneOnWindows(InterPhoneBehaviour):
    """Through the win32 adapter."""

    def test_another_program_with_the_same_title_is_left_alone(
        self, stand: WindowsStand, desk: Desk, tmp_path: Path
    ) -> None:
        other = tmp_path / "Notepad.exe"
        shutil.copy(stand.program, other)
        stand.program = other
        phone = stand.start_phone()
        assert desk.driver.probe().state is HealthState.NOT_RUNNING
        assert desk.refusal() == "window_none"
        assert phone.steps() == [("open", "")]
