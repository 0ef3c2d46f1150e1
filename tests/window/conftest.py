"""A real screen (Xvfb), and a root window that fails its test on any error of a Tk callback or in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

import customtkinter
import pytest

from callmanager.desktop.background import Bus
from callmanager.desktop.widgets.collecting import collect_in_window, collect_the_rest
from tests.hidden_screens import open_screen

WAIT_SECONDS = 20.0


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The name of a screen of this run's own."""
    with open_screen() as name, pytest.MonkeyPatch.context() as environ:
        environ.setenv("DISPLAY", name)
        yield name


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
    customtkinter.set_widget_scaling(1.0)  # it is one for the whole process: a test before may have left another
    root = customtkinter.CTk()
    collect_in_window(root, sets_aside=False)  # tests/conftest.py has done it
    root.geometry("1366x768+0+0")
    found = Screen(root, Bus())
    yield found
    found.settle()
    root.destroy()
    collect_the_rest()
    assert not found.errors, found.errors
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
