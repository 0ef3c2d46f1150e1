"""Carries events of the workplace to the window's thread, in order; news of records are joined when they pile up.

A window that is busy for a moment must not find a line of a thousand changes behind it, each of which reads the list
anew. The replica holds them already when they are told; so it is enough to say once which records they were.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from callmanager.desktop.background import Bus
from callmanager.desktop.sync_events import Applied, Heard
from callmanager.desktop.wire import Ids
from callmanager.desktop.workplace import WorkEvent


class Gathering:
    """`put` may be called from any thread; `tell` is called in the window's, one event for each turn of the bus."""

    def __init__(self, bus: Bus, tell: Callable[[WorkEvent], None]) -> None:
        self._bus, self._tell = bus, tell
        self._lock = threading.Lock()
        self._waiting: deque[list[WorkEvent]] = deque()
        self._growing: list[WorkEvent] | None = None

    def put(self, event: WorkEvent) -> None:
        """Have an event told. What a live message has changed is told by Applied alone, not by the message too."""
        if isinstance(event, Heard) and event.event == "changes":
            return
        with self._lock:
            if self._grown_by(event):
                return
            place = [event]
            self._waiting.append(place)
            if isinstance(event, Applied) and not event.is_snapshot:
                self._growing = place
            elif not isinstance(event, Heard):
                self._growing = None  # nothing is told before a status, or the progress of a loading, that it followed
        self._bus.post(self._tell_next)

    def _grown_by(self, event: WorkEvent) -> bool:
        """Whether the event went into one of its kind that waits, before what others have said since."""
        if self._growing is None or not isinstance(event, Applied) or event.is_snapshot:
            return False
        before = self._growing[0]
        assert isinstance(before, Applied)
        self._growing[0] = joined(before, event)
        return True

    def _tell_next(self) -> None:
        with self._lock:
            place = self._waiting.popleft()
            if place is self._growing:
                self._growing = None
        self._tell(place[0])


def joined(first: Applied, second: Applied) -> Applied:
    """Two steps of the replica as one. Only which records they were is kept: the replica holds what they are."""
    return replace(
        first,
        to=second.to,
        ids=_together(first.ids, second.ids),
        deleted=_together(first.deleted, second.deleted),
        records={},
        changes=None,
    )


def _together(first: Ids, second: Ids) -> dict[str, list[int]]:
    entities = dict.fromkeys((*first, *second))
    return {name: list(dict.fromkeys((*first.get(name, ()), *second.get(name, ())))) for name in entities}
