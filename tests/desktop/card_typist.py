"""Types into a contact's card, saves, writes a note for later, and is killed between two steps. For test_card_crash.py.

`python -m tests.desktop.card_typist URL WHO PASSWORD FOLDER CONTACT DIE_AT` kills itself with SIGKILL at step DIE_AT
(0: never). A step is the entry or the end of a call to the store of unsent work or to the server. What is promised
to survive is noted in FOLDER/promised: `kept TEXT` (typed, and on the disk), `saved TEXT`, `queued TEXT`.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callmanager.desktop.background import Background, Bus
from callmanager.desktop.models.card.card import ContactCardModel
from callmanager.desktop.models.tools import Tools
from callmanager.desktop.remote import Remote
from callmanager.desktop.speech import Speech
from callmanager.desktop.store import Store, UnsentWork
from callmanager.desktop.workplace import Workplace
from callmanager.domain.clock import SystemClock

SECONDS = 60.0
STEPS = (
    (UnsentWork, ("save_draft", "drop_draft", "put", "note_sending", "note_done", "note_refused")),
    (Remote, ("ask",)),
)


class Mortal:
    """Counts steps of all threads, and dies at one."""

    def __init__(self, die_at: int) -> None:
        self._die_at, self._turn, self.steps = die_at, threading.Lock(), 0

    def step(self) -> None:
        with self._turn:
            self.steps += 1
            if self.steps == self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, kind: type, name: str) -> None:
        """Make the entry and the end of a method steps."""
        inner = getattr(kind, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.step()
            answer = inner(*args, **kwargs)
            self.step()
            return answer

        setattr(kind, name, call)


class Typist:
    """One user with the card open."""

    def __init__(self, url: str, who: str, password: str, folder: Path) -> None:
        self._bus = Bus()
        tools = Tools(self._bus, Background(self._bus), Speech("en"), SystemClock())
        remote = Remote(url, language="en")
        user = remote.sign_in(who, password)
        self._workplace = Workplace(remote, user, Store(folder), SystemClock(), self._hear)
        self.card = ContactCardModel(tools, self._workplace)
        self._promises = os.open(folder / "promised", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        self._workplace.start()
        self._until(lambda: self.card.now.is_online)

    def edit(self, contact_id: int) -> None:
        self._until(lambda: self._workplace.store.replica.find_contact(contact_id))
        self.card.open(contact_id)
        self.card.editing.begin()
        self._until(lambda: self.card.now.is_editing)

    def write(self, text: str) -> None:
        self.card.editing.type_in("note", text)
        self.card.now.drafts.flush()
        self._promise("kept", text)

    def save(self, text: str) -> None:
        self.card.saving.save()
        self._until(lambda: self.card.now.saved_at)
        self._promise("saved", text)

    def save_later(self, text: str) -> None:
        """As when the server is away for a moment."""
        self.card.now.is_online = False
        self.card.saving.save()
        self._promise("queued", text)
        self._until(lambda: not self._workplace.store.work.list_waiting())

    def _promise(self, what: str, text: str) -> None:
        os.write(self._promises, f"{what} {text}\n".encode())

    def _hear(self, event: Any) -> None:
        self._bus.post(lambda: self.card.hear(event))

    def _until(self, is_true: Callable[[], object]) -> None:
        end = time.monotonic() + SECONDS
        while not is_true():
            self._bus.drain()
            assert time.monotonic() < end, self.card.now.problem
            time.sleep(0.002)


def main() -> None:
    url, who, password, folder, contact_id, die_at = sys.argv[1:]
    mortal = Mortal(int(die_at))
    typist = Typist(url, who, password, Path(folder))
    typist.edit(int(contact_id))
    for kind, names in STEPS:
        for name in names:
            mortal.watch(kind, name)
    typist.write("uno")
    typist.write("uno dos")
    typist.save("uno dos")
    typist.write("uno dos tres")
    typist.save_later("uno dos tres")
    print(mortal.steps, flush=True)
    os._exit(0)  # nothing is given back: as when it is killed, only later


if __name__ == "__main__":
    main()
