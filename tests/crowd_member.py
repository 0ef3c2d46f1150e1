"""One process of a crowd: many clients as windows have them, noting what each does and when.

    python -m tests.crowd_member URL FOLDER FIRST COUNT PAGE_LIMIT KEY [KEY ...]

Clients FIRST to FIRST + COUNT - 1 share the keys in turn. Each note is a line of FOLDER/notes-FIRST: monotonic seconds,
client, what, number. Ends with its input.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callmanager.desktop.remote import Remote
from callmanager.desktop.store import Replica
from callmanager.desktop.sync import Sync
from callmanager.desktop.sync.seams import LiveLink
from callmanager.desktop.sync_events import Applied, StatusChanged, SyncEvent
from callmanager.desktop.wire import Page, Position
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import CallManagerError

Note = Callable[[str, int], None]


class Watched:
    """The server as a client asks it, with a note before and after every question."""

    def __init__(self, remote: Remote, note: Note) -> None:
        self._remote, self._note = remote, note

    def read_snapshot(self, *, limit: int, as_rows: bool) -> Page:
        self._note("snapshot", 0)
        return self._ask(lambda: self._remote.read_snapshot(limit=limit, as_rows=as_rows))

    def read_changes(self, position: Position, *, limit: int, as_rows: bool) -> Page:
        self._note("feed", position.seq)
        return self._ask(lambda: self._remote.read_changes(position, limit=limit, as_rows=as_rows))

    def _ask(self, read: Callable[[], Page]) -> Page:
        try:
            page = read()
        except CallManagerError:
            self._note("failed", 0)
            raise
        self._note("answered", max(map(len, (*page.records.values(), page.rows.rows if page.rows else ()))))
        return page

    def connect_live(self, on_event: Callable[[str, Any], None]) -> LiveLink:
        self._note("connects", 0)
        try:
            link = self._remote.connect_live(on_event)
        except CallManagerError as error:
            self._note(f"refused:{error.code}", 0)
            raise
        self._note("connected", 0)
        return link


class Client:
    """One window's sync, in a thread of its own."""

    def __init__(self, number: int, remote: Remote, replica: Replica, *, page_limit: int, notes: int) -> None:
        self._number, self._notes = number, notes
        self._remote, self._replica = remote, replica
        upstream = Watched(self._remote, self._note)
        self._sync = Sync(upstream, self._replica, SystemClock(), self._hear, page_limit=page_limit)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sync.run, args=(self._stop,))
        self._thread.start()

    def _hear(self, event: SyncEvent) -> None:
        if isinstance(event, Applied):
            self._note("applied", event.to)
        elif isinstance(event, StatusChanged):
            self._note(event.status.value, 0)

    def _note(self, what: str, number: int) -> None:
        os.write(self._notes, f"{time.monotonic():.4f} {self._number} {what} {number}\n".encode())

    def close(self) -> None:
        self._stop.set()
        self._sync.wake()
        self._thread.join()
        self._replica.close()
        self._remote.close()


def main(url: str, folder: Path, *numbers: int, keys: list[str]) -> None:
    first, count, page_limit = numbers
    notes = os.open(folder / f"notes-{first}", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    clients = []
    for number in range(first, first + count):
        remote = Remote(url, api_key=keys[number % len(keys)])
        replica = Replica(folder / f"replica-{number}.db")
        clients.append(Client(number, remote, replica, page_limit=page_limit, notes=notes))
    sys.stdin.read()
    for client in clients:
        client.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:6]), keys=sys.argv[6:])
