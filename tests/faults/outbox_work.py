"""Users whose work waits in an outbox and goes out through the faults; afterwards each piece must be done once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from callmanager.desktop.outbox import Outbox, Refused
from callmanager.desktop.remote import Remote
from callmanager.desktop.remote.rest import new_key
from callmanager.desktop.store import UnsentWork
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError

BETWEEN_TRIES_SECONDS = 0.05
MOST_TRIES = 2_000


class Keyless:
    """The control: a network that leaves out what makes two requests one."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def ask(self, *args: Any, **how: Any) -> Any:
        return self._remote.ask(*args, **{**how, "key": None})


class Poster:
    """One user. Each of his rounds is a new contact, and an edit of a contact that only he edits."""

    def __init__(self, remote: Remote, own: Mapping[str, Any], folder: Path, name: str, *, keyless: bool) -> None:
        self.name, self.contact_id = name, int(own["id"])
        self.rounds = 0
        self.refused: list[str] = []
        self._version = int(own["version"])
        self._store = UnsentWork(folder / f"{name}.db")
        self._remote = remote
        sender = Keyless(remote) if keyless else remote
        self._outbox = Outbox(sender, self._store, SystemClock(), new_key=new_key, tell=self._hear)

    def work(self, stop: threading.Event, pause: float) -> None:
        """Round after round until `stop`; what is left over waits."""
        while not stop.wait(pause):
            self._outbox.put("POST", "/contacts", {"phone": "8888-0000", "name": f"{self.name} {self.rounds}"})
            edit = {"note": f"vez {self.rounds}"}
            path = f"/contacts/{self.contact_id}"
            self._outbox.put("PATCH", path, edit, version=self._version + self.rounds)
            self.rounds += 1
            self._outbox.send_all()

    def finish(self) -> None:
        """Send what is left, now that the network is well, and close."""
        waiting = threading.Event()
        obstacle: CallManagerError | None = None
        for _ in range(MOST_TRIES):
            if (obstacle := self._outbox.send_all()) is None:
                break
            waiting.wait(BETWEEN_TRIES_SECONDS)
        self._store.close()
        self._remote.close()
        assert obstacle is None, obstacle

    def count_wrong(self, contacts: Mapping[int, Mapping[str, Any]]) -> Counter[str]:
        """How many pieces of work are `lost` and `double`, by all the contacts that there are now."""
        found = Counter(row["name"] for row in contacts.values())
        times = [found[f"{self.name} {number}"] for number in range(self.rounds)]
        edits = contacts[self.contact_id]["version"] - self._version
        wrong = Counter(lost=times.count(0), double=sum(count - 1 for count in times if count > 1))
        wrong["lost"] += max(0, self.rounds - edits)
        wrong["double"] += max(0, edits - self.rounds)
        return wrong

    def _hear(self, told: Any) -> None:
        if isinstance(told, Refused):
            self.refused.append(told.error.code)
