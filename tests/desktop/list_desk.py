"""A user at work with the models of the list, against a real server, for the tests of the list."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from callmanager.desktop.background import Background, Bus
from callmanager.desktop.models.colleagues import ColleaguesModel
from callmanager.desktop.models.contact_list import ContactListModel
from callmanager.desktop.models.presence import PresenceModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.remote import Remote
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Store
from callmanager.desktop.sync_events import Status
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import SystemClock
from tests.desktop.conftest import LiveOffice

Desk = TypeVar("Desk", bound="ListDesk")
WAIT_SECONDS = 60.0


class Drawer:
    """Preferences in memory."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def recall(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    def remember(self, name: str, value: Any) -> None:
        self.values[name] = value


class ShiftedClock(SystemClock):
    """The computer's clock, put forward by the test."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


class ListDesk:
    """Signed in at a PC of his own. `settle` does what a window does between two looks."""

    def __init__(
        self,
        office: LiveOffice,
        who: str,
        folder: Path,
        *,
        bus: Bus | None = None,
        drawer: Drawer | None = None,
        language: str = "en",
    ) -> None:
        self.bus = bus or Bus()
        self.drawer = drawer or Drawer()
        self.clock = ShiftedClock()
        self.tools = Tools(self.bus, Background(self.bus), Speech(language), self.clock)
        remote = Remote(office.server.url, language=language)
        user = remote.sign_in(who, f"clave de {who}")
        self.workplace = Workplace(remote, user, Store(folder / who), SystemClock(), self._hear)
        self.presence = PresenceModel(self.tools, self.workplace)
        self.list = ContactListModel(self.tools, self.workplace, self.presence, self.drawer)
        self.colleagues = ColleaguesModel(self.tools, self.workplace, self.presence)

    def start(self) -> None:
        self.workplace.start()
        self.until(lambda: self.workplace.sync.status is Status.LIVE and not self.list.is_waiting)

    def until(self, is_true: Callable[[], object], seconds: float = WAIT_SECONDS) -> None:
        end = time.monotonic() + seconds
        while not is_true():
            self.bus.drain()
            assert time.monotonic() < end, (self.list.count_text, self.list.view)
            time.sleep(0.002)

    def names(self) -> list[str]:
        return [row.cells["name"] for row in self.list.fetch(0, 1000)]

    def finds(self, *names: str) -> None:
        """Wait until the list shows exactly these, in this order."""
        self.until(lambda: not self.list.is_waiting and self.names() == list(names))

    def close(self) -> None:
        self.tools.background.close()
        self.workplace.close()

    def _hear(self, event: Any) -> None:
        for model in (self.presence, self.list, self.colleagues):
            self.bus.post(lambda model=model: model.hear(event))  # type: ignore[misc]


@contextmanager
def open_desks(kind: type[Desk], office: LiveOffice, folder: Path, usual: str) -> Iterator[Callable[..., Desk]]:
    """Makes desks at work, each at a PC of its own, and closes them at the end; `usual` sits there unless named."""
    numbers = count()
    with ExitStack() as opened:

        def make(who: str = usual, **how: Any) -> Desk:
            desk = opened.enter_context(closing(kind(office, who, folder / str(next(numbers)), **how)))
            desk.start()
            return desk

        yield make
