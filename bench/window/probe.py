"""Runs as a process of its own, `python -m bench.window.probe STORE`: the list over a replica, used as people use it.

Prints JSON: `usable` (ms), `keys`, `scrolls`, `news` (lists of ms) and `resident` (bytes).
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callmanager.desktop.background import TICK_MILLISECONDS, Background, Bus
from callmanager.desktop.models.command_board import CommandBoard
from callmanager.desktop.models.contact_list import ContactListModel
from callmanager.desktop.models.presence import PresenceModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.pc.fonts import load_customtkinter
from callmanager.desktop.remote import Remote
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Store
from callmanager.desktop.sync_events import Applied
from callmanager.desktop.views.contact_list import ContactListView
from callmanager.desktop.views.kit import Kit
from callmanager.desktop.widgets.styling import Styling
from callmanager.desktop.wire import LiveChanges, SignedIn
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import SystemClock

load_customtkinter()
import customtkinter  # noqa: E402

TYPED = ("muñoz", "ana vargas", "café", "001", "8100", "q", "gutiérrez soto", "zzz")
SCROLLS, NEWS = 300, 150
WAIT_SECONDS = 30.0


class Nothing:
    """Preferences of a PC that was never used."""

    def recall(self, _name: str, default: Any = None) -> Any:
        return default

    def remember(self, _name: str, _value: Any) -> None:
        return None


class Probe:
    """A window as the program opens it after signing in, without the server."""

    def __init__(self, folder: Path) -> None:
        self.root = customtkinter.CTk()
        self.root.geometry("1366x768+0+0")
        self.bus = Bus()
        self.tools = Tools(self.bus, Background(self.bus), Speech("es"), SystemClock())
        self.kit = Kit(self.tools.speech, CommandBoard())
        Styling(self.root).apply("light", 100)
        self.root.update()
        self.root.after(TICK_MILLISECONDS, self._tick)
        began = time.perf_counter()
        self._build(folder)
        self.until(lambda: self.view.table.shown)
        self.usable = _since(began)

    def type(self) -> list[float]:
        """From a key to the rows that fit, drawn."""
        found = []
        entry = self.view.search.entry
        for word in TYPED:
            for letter in word:
                entry.insert("end", letter)
                began = time.perf_counter()
                entry.event_generate("<KeyRelease>", keysym="a")
                self.until(self._is_shown)
                found.append(_since(began))
                self.rest()
            self.view.search.clear()
            self.until(self._is_shown)
        return found

    def scroll(self) -> list[float]:
        """A step of the wheel, a page or a jump of the bar, until it is drawn."""
        dice, table, found = random.Random(2), self.view.table, []
        for number in range(SCROLLS):
            began = time.perf_counter()
            if number % 10 == 9:
                table.scroll_to(dice.randrange(max(1, self.list.count)))
            else:
                table.scroll(dice.choice((3, 3, 3, table.page_size)))
            table.draw()
            self.root.update()
            found.append(_since(began))
        return found

    def tell(self) -> list[float]:
        """From the sync's word that a contact on the screen was changed until the screen says so."""
        found, table = [], self.view.table
        for number in range(NEWS):
            chosen = table.shown[number % len(table.shown)]
            event = self._change(chosen.id, f"nota {number}")
            began = time.perf_counter()
            self.bus.post(lambda event=event: self.list.hear(event))  # type: ignore[misc]
            self.until(lambda text=f"nota {number}": self._shows(text))  # type: ignore[misc]
            found.append(_since(began))
            self.rest()
        return found

    def until(self, is_true: Callable[[], object]) -> None:
        end = time.monotonic() + WAIT_SECONDS
        while not is_true():
            self.root.update()
            if time.monotonic() > end:
                raise RuntimeError("the window did not come to it")
            time.sleep(0.0005)
        self.root.update()

    def rest(self) -> None:
        """As long as a person takes to the next key."""
        end = time.monotonic() + 0.12
        self.until(lambda: time.monotonic() > end)

    def _build(self, folder: Path) -> None:
        store = Store(folder)
        user = SignedIn(1, "admin", "admin", None, False, "")
        self.workplace = Workplace(Remote("http://127.0.0.1:9"), user, store, SystemClock(), lambda _event: None)
        presence = PresenceModel(self.tools, self.workplace)
        self.list = ContactListModel(self.tools, self.workplace, presence, Nothing())
        self.view = ContactListView(self.root, self.list, self.kit)
        self.view.pack(fill="both", expand=True)

    def _tick(self) -> None:
        self.bus.drain()
        self.root.after(TICK_MILLISECONDS, self._tick)

    def _is_shown(self) -> bool:
        return not self.list.is_waiting and self.view.table.is_drawn

    def _shows(self, text: str) -> bool:
        tree = self.view.table.tree
        return any(tree.set(item, "note") == text for item in tree.get_children())

    def _change(self, contact_id: int, note: str) -> Applied:
        replica = self.workplace.store.replica
        here, contact = replica.position, replica.find_contact(contact_id)
        assert here is not None
        assert contact is not None
        row = {**contact, "note": note, "seq": here.seq + 1}
        message = LiveChanges(here.epoch, here.seq, here.seq + 1, False, [], {"contact": [row]}, {})
        replica.apply_live(message)
        return Applied.by_message(here.seq, message)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _resident() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) * 1024


def main() -> None:
    probe = Probe(Path(sys.argv[1]))
    found = {"usable": probe.usable, "keys": probe.type(), "scrolls": probe.scroll(), "news": probe.tell()}
    print(json.dumps({**found, "resident": _resident()}))


if __name__ == "__main__":
    main()
