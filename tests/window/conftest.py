"""A real screen (Xvfb), and a root window that fails its test on any error of a Tk callback or in the log."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator

import customtkinter
import pytest

from callmanager.desktop.background import Bus
from callmanager.desktop.widgets.collecting import collect_in_window, collect_the_rest

SIZE = "1920x1080x24"
WAIT_SECONDS = 20.0


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The name of a screen of this run's own."""
    assert shutil.which("Xvfb"), "install the package xvfb"
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", SIZE, "-nolisten", "tcp", "-noreset"]
    process = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as said:
        name = f":{said.readline().strip()}"
    before = os.environ.get("DISPLAY")
    os.environ["DISPLAY"] = name
    yield name
    os.environ.pop("DISPLAY")
    if before is not None:
        os.environ["DISPLAY"] = before
    process.terminate()
    process.wait(10)


class Screen:
    """A root window with its bus: `until` lets Tk and the bus work until something is true."""

    def __init__(self, root: customtkinter.CTk, bus: Bus) -> None:
        self.root, self.bus = root, bus
        self.errors: list[BaseException] = []
        root.report_callback_exception = lambda _kind, error, _trace: self.errors.append(error)  # type: ignore[method-assign]

    def settle(self) -> None:
        """Do what Tk and the bus have to do at this moment."""
        while self.bus.drain():
            pass
        self.root.update()

    def until(self, is_true: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
        """Let the window live until `is_true`; fails when it does not come."""
        end = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < end, "it did not happen"
            self.settle()
            time.sleep(0.005)
        self.settle()


@pytest.fixture
def screen(display: str, caplog: pytest.LogCaptureFixture) -> Iterator[Screen]:
    root = customtkinter.CTk()
    collect_in_window(root)
    root.geometry("1366x768+0+0")
    found = Screen(root, Bus())
    yield found
    found.settle()
    root.destroy()
    collect_the_rest()
    assert not found.errors, found.errors
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
