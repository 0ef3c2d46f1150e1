"""A signed-in window of a module's own, used with the keys of a keyboard (xdotool) as an agent uses it."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import customtkinter

from callmanager.desktop.background import Bus
from callmanager.desktop.models.calling.call import CallModel, Stage
from callmanager.desktop.models.calling.outcome import OutcomeModel
from callmanager.desktop.pc.preferences import PreferenceFile
from callmanager.desktop.widgets.collecting import collect_in_window, collect_the_rest
from tests.desktop.conftest import LiveOffice
from tests.window.conftest import Screen
from tests.window.pressing import focused
from tests.window.signed_in_window import SignedInWindow, signed_in_window

SIZE = "1366x768"
PRESS_SECONDS = 20


class KeyedWindow:
    """`press` and `write` are the keyboard: the keys go to whatever has the focus of the screen."""

    def __init__(self, window: SignedInWindow, display: str) -> None:
        self.window, self._display = window, display
        self.screen, self.models, self.shell = window.screen, window.models, window.shell
        self.call: CallModel = window.models.calling.call
        self.outcome: OutcomeModel = window.models.calling.outcome
        self.form: Any = window.shell.outcome_place.panel.form
        self.place = 0
        self.search: Any = window.shell.list_view.search

    @property
    def holder(self) -> Any:
        """What has the focus."""
        return self.screen.root.focus_get()

    @property
    def list_rows(self) -> Any:
        return self.shell.list_view.table.tree

    @property
    def is_in_note(self) -> bool:
        return self.holder is self.form.note.field._textbox

    def press(self, *keys: str) -> None:
        """Keys by their names of X, one after the other: `F3`, `ctrl+Return`, `4`."""
        self._use("key", *keys)

    def write(self, text: str) -> None:
        self._use("type", "--delay", "2", "--args", "1", text)

    def until(self, is_true: Callable[[], object]) -> None:
        """Let the window live until it is so; fails with where it stands instead."""
        try:
            self.screen.until(is_true)
        except AssertionError as error:
            call, now = self.call, (self.holder, self.search.text)
            raise AssertionError(f"{call.stage} {call.state_text} {call.problem} {call.question} {now}") from error

    def dial(self) -> None:
        """F3, until the phone dials."""
        self.press("F3")
        self.until(lambda: self.call.stage is Stage.UP and self.call.current and self.call.current.has_dialled)

    def hang_up(self) -> None:
        self.press("F4")
        self.until(lambda: self.call.stage is Stage.OUTCOME)

    def save(self) -> None:
        """Ctrl+Enter, until the next contact is there."""
        self.press("ctrl+Return")
        self.until(lambda: self.call.stage is Stage.PREVIEW)

    def take_picture(self, name: str) -> None:
        """Into the folder that CALLMANAGER_SCREENS names, for whoever wants to see it; without it, none."""
        folder = os.environ.get("CALLMANAGER_SCREENS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.screen.settle()
            picture = Path(folder) / f"{name}.png"
            subprocess.run(["import", "-display", self._display, "-window", "root", str(picture)], check=True)

    def until_sent(self) -> None:
        """Until the server has all that was saved. The window counts what waits only when it has waited for a while."""
        self.until(lambda: not self.window.workplace.store.work.list_waiting() and self.models.status.waiting == 0)

    def leave_everything(self, step: int) -> None:
        """As after signing in: no card, nothing waits; the contact chosen is one that nobody has called, `step` on."""
        if self.call.stage is not Stage.PREVIEW:
            self.outcome.choose("NC")
            self.until(lambda: (self.call.close_by_hand(), self.call.save(), self.call.stage is Stage.PREVIEW)[-1])
        self.until_sent()
        self.until(lambda: self.models.status.is_online)
        if self.models.card.now.is_editing:
            self.models.card.leave_discarding()
        self.models.card.close()
        self.place += step
        self.models.list.select(self.models.list.fetch(self.place, 1)[0].id)
        self.window.main.toasts.close_all()
        self.shell.list_view.focus_table()
        self.screen.settle()

    def _use(self, *words: str) -> None:
        if self.screen.root.grab_current() is None:  # a dialog takes the focus by itself
            focused(self.screen.root)
        environ = {**os.environ, "DISPLAY": self._display}
        # The screen answers the question at the end when it has taken the keys before it: else they come after xdotool
        # has ended, and what is said of them at once is now and then said too early.
        command = ["xdotool", *words, "getwindowfocus", "-f"]
        process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
        self.screen.until(lambda: process.poll() is not None, PRESS_SECONDS)
        assert process.returncode == 0
        self.screen.root.winfo_pointerxy()  # a question of this connection, which brings the keys with its answer
        self.screen.root.update()
        self.screen.settle()


@contextmanager
def keyed_window(
    display: str, folder: Path, office: LiveOffice, username: str, contacts: str, *, role: str = "agent"
) -> Iterator[KeyedWindow]:
    """The window of somebody new, with the list searched for `contacts` and a simulated phone that is ready.

    Leaving it fails on any error of a Tk callback or in the log.
    """
    office.hire(username, role)
    PreferenceFile(folder).write({"phone": {"driver": "simulated"}})
    complaints = _Complaints()
    with ExitStack() as ends:
        ends.enter_context(complaints)
        screen = ends.enter_context(open_root(display))
        window = ends.enter_context(signed_in_window(screen, folder, office.server.url, username))
        calling, listed = window.models.calling, window.models.list
        screen.until(lambda: calling.phone.is_ready and calling.dispositions.is_known)
        listed.search(contacts)
        screen.until(lambda: not listed.is_waiting and listed.count > 0)
        screen.root.focus_force()
        window.shell.list_view.focus_table()
        yield KeyedWindow(window, display)
    assert complaints.said == [], "\n".join(complaints.said)


@contextmanager
def open_root(display: str) -> Iterator[Screen]:
    """A root window on a screen."""
    customtkinter.set_widget_scaling(1.0)
    before = os.environ.get("DISPLAY")
    os.environ["DISPLAY"] = display
    root = customtkinter.CTk()
    if before is not None:
        os.environ["DISPLAY"] = before
    else:
        del os.environ["DISPLAY"]
    collect_in_window(root, sets_aside=False)  # tests/conftest.py has done it
    root.geometry(f"{SIZE}+0+0")
    screen = Screen(root, Bus())
    yield screen
    screen.settle()
    root.destroy()
    collect_the_rest()
    assert not screen.errors, screen.errors


class _Complaints(logging.Handler):
    """Whatever is logged as an error while it is entered."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(logging.Formatter().format(record))  # with its traceback

    def __enter__(self) -> _Complaints:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_error: object) -> None:
        logging.getLogger().removeHandler(self)
