"""A signed-in window on a real server and a real screen, put together as callmanager/desktop/window.py does it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from callmanager.desktop.background import Background
from callmanager.desktop.models.command_board import CommandBoard
from callmanager.desktop.models.preferences import Preferences
from callmanager.desktop.models.session.gathering import Gathering
from callmanager.desktop.models.signed_in import SignedInModels
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.pc.preferences import PreferenceFile
from callmanager.desktop.remote import Remote
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Store
from callmanager.desktop.sync_events import Status
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.views.shell import ShellView
from callmanager.desktop.views.window import MainWindow
from callmanager.desktop.widgets.styling import Styling
from callmanager.desktop.workplace import WorkEvent, Workplace
from callmanager.domain.clock import SystemClock
from tests.desktop.conftest import PASSWORD, LiveOffice
from tests.window.conftest import Screen


class SignedInWindow:
    """`shell` is the view; `rebuild` builds it anew, as with another language."""

    def __init__(self, screen: Screen, folder: Path, address: str, username: str, language: str = "es") -> None:
        self.screen = screen
        self.tools = Tools(screen.bus, Background(screen.bus), Speech(language), SystemClock())
        self.preferences = Preferences(self.tools, PreferenceFile(folder))
        self.board = CommandBoard()
        self.styling = Styling(screen.root)
        self.styling.apply(self.preferences.appearance, self.preferences.scale)
        self.kit = Kit(self.tools.speech, self.board)
        self.main = MainWindow(screen.root, self.kit, self.preferences)
        remote = Remote(address, language=language)
        user = remote.sign_in(username, PASSWORD)
        news = Gathering(screen.bus, self._hear)
        self.workplace = Workplace(remote, user, Store(folder / "replica"), self.tools.clock, news.put)
        self.models = SignedInModels(self.tools, self.workplace, self.preferences, self.board)
        self._is_closed = False
        self.shell: Any = None
        self.preferences.changed.connect(self._restyle)
        self.rebuild()

    def start(self) -> None:
        """Follow the server; returns when everything is there."""
        self.workplace.start()
        self.screen.until(lambda: self.models.status.status is Status.LIVE and not self.models.list.is_waiting)

    def rebuild(self) -> None:
        if self.shell is not None:
            self.shell.destroy()
        self.shell = ShellView(self.screen.root, self.models, self.kit)
        self.shell.pack(fill="both", expand=True)
        self.main.follow(self.shell, self.models.note_typing)
        self.screen.settle()

    def close(self) -> None:
        self._is_closed = True
        self.shell.destroy()
        self.models.calling.close()
        self.workplace.close()
        self.tools.background.close()

    def _restyle(self) -> None:
        self.styling.apply(self.preferences.appearance, self.preferences.scale)
        self.rebuild()

    def _hear(self, event: WorkEvent) -> None:
        if not self._is_closed:
            self.models.hear(event)


@contextmanager
def signed_in_window(
    screen: Screen, folder: Path, address: str, username: str, language: str = "es"
) -> Iterator[SignedInWindow]:
    """One that is closed at the end."""
    window = SignedInWindow(screen, folder, address, username, language)
    try:
        window.start()
        yield window
    finally:
        window.close()


@contextmanager
def window_of_somebody_new(screen: Screen, folder: Path, office: LiveOffice) -> Iterator[SignedInWindow]:
    """The window of a manager whom no other test knows."""
    username = f"u{random.SystemRandom().randrange(10**9)}"
    office.hire(username, "manager")
    with signed_in_window(screen, folder, office.server.url, username) as window:
        yield window
