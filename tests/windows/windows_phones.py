"""The stand of InterPhone's suite on Windows: a real Win32 window, and a bridge in a real Windows Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.live_server import ROOT
from tests.softphones.phone_windows import PhoneStand
from tests.windows.windows_programs import PYTHON, compile_window, own_process, windows_path

SOURCE = Path(__file__).with_name("phone_window.c")


def make_phone(folder: Path) -> Path:
    """InterPhone.exe in `folder`: the name by which the profile knows it."""
    program = folder / "InterPhone.exe"
    compile_window(SOURCE, program)
    return program


class WindowsStand(PhoneStand):
    """`program`: which program is started as the phone."""

    def __init__(self, folder: Path, screen: str, program: Path) -> None:
        super().__init__(folder, screen)
        self.program = program
        module = ("-m", "callmanager.softphones.bridge", "win32")
        self.bridge = tuple(own_process(PYTHON, *module, DISPLAY=screen, PYTHONPATH=windows_path(ROOT)))

    def command(self, log: Path, options: Sequence[str]) -> list[str]:
        return own_process(self.program, "--log", windows_path(log), *options)
